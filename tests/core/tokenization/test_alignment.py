"""Which label each subword gets, and that nothing is lost without being said."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ner_app.core.errors import CorpusError, LabelError, ModelError
from ner_app.core.labels import LabelSet, Span
from ner_app.core.tokenization.alignment import IGNORED, Alignment, Policy, align, align_sentence, inspect_json
from tests.tokenizers_small import KINDS, SENTENCES

NER = LabelSet(("O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC", "B-MISC", "I-MISC"), "IOB2")
SHUFFLED = LabelSet(("I-ORG", "B-MISC", "O", "B-ORG", "I-MISC"), "IOB2")
BIOES = LabelSet(("O", "B-X", "I-X", "E-X", "S-X"), "BIOES")
POS = LabelSet(("NNP", "VBZ", "B-17"), "plain")


@pytest.fixture(scope="module")
def wordpiece(tiny_tokenizer: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(tiny_tokenizer)


@pytest.mark.parametrize(
    ("label_set", "tag", "policy", "expected"),
    [
        (NER, "B-ORG", "every", ["B-ORG", "I-ORG", "I-ORG"]),
        (NER, "I-ORG", "every", ["I-ORG", "I-ORG", "I-ORG"]),
        (NER, "O", "every", ["O", "O", "O"]),
        (NER, "B-ORG", "same", ["B-ORG", "B-ORG", "B-ORG"]),
        (NER, "B-ORG", "first", ["B-ORG", None, None]),
        (SHUFFLED, "B-ORG", "every", ["B-ORG", "I-ORG", "I-ORG"]),  # the course's id + 1 would give I-MISC here
        (SHUFFLED, "B-MISC", "every", ["B-MISC", "I-MISC", "I-MISC"]),
        (BIOES, "S-X", "every", ["S-X", "I-X", "I-X"]),
        (BIOES, "E-X", "every", ["E-X", "I-X", "I-X"]),
        (LabelSet(("O", "I-X"), "IO"), "I-X", "every", ["I-X", "I-X", "I-X"]),
        (LabelSet(("O", "B-X", "M-X", "E-X", "S-X"), "BMES"), "B-X", "every", ["B-X", "M-X", "M-X"]),
        (LabelSet(("O", "B-X"), "IOB2"), "B-X", "every", ["B-X", "B-X", "B-X"]),  # no I-X to turn into
        (POS, "VBZ", "every", ["VBZ", "VBZ", "VBZ"]),
        (POS, "B-17", "every", ["B-17", "B-17", "B-17"]),  # looks like a tag, but the column has no spans
    ],
)
def test_policy_goes_by_label_name(label_set: LabelSet, tag: str, policy: Policy, expected: list[str | None]) -> None:
    ids = align([tag], [None, 0, 0, 0, None], label_set, policy)
    assert ids[0] == ids[-1] == IGNORED
    assert ids[1:-1] == [IGNORED if name is None else label_set.id(name) for name in expected]


def test_a_word_without_subword_shifts_nothing() -> None:
    assert align(["B-PER", "O", "B-LOC"], [None, 0, 2, 2, None], NER) == [-100, 1, 5, 6, -100]


def test_neighbouring_entities_keep_their_own_beginnings() -> None:
    assert align(["B-PER", "B-PER"], [0, 0, 1, 1], NER) == [1, 2, 1, 2]


def test_missing_labels_and_unknown_policies_are_named() -> None:
    with pytest.raises(LabelError, match="Word 1 has no label"):
        align(["O"], [0, 1], NER)
    with pytest.raises(LabelError, match="'last' is not one of every, first, same"):
        align(["O"], [0], NER, "last")  # type: ignore[arg-type]
    with pytest.raises(LabelError, match="Unknown label 'B-DOG'"):
        align(["B-DOG"], [0], NER)


def test_words_and_labels_must_be_as_many(wordpiece: Any) -> None:
    with pytest.raises(LabelError, match="2 words but 1 labels"):
        align_sentence(["EU", "lamb"], ["O"], label_set=NER, tokenizer=wordpiece)


def test_zero_width_space_is_reported_with_its_entity(wordpiece: Any) -> None:
    found = align_sentence(["EU", "\u200b", "\u200b", "lamb"], ["B-ORG", "I-ORG", "B-LOC", "O"], label_set=NER, tokenizer=wordpiece)
    assert found.word_ids == (None, 0, 3, 3, None)
    assert found.words_without_subword == (1, 2)
    assert found.entities_cut == (Span(0, 2, "ORG"),)
    assert found.entities_lost == (Span(2, 3, "LOC"),)
    assert not found.complete


def test_the_length_limit_is_reported(wordpiece: Any) -> None:
    words, tags = ["EU", "lamb", "German", "lamb"], ["B-ORG", "B-PER", "B-MISC", "O"]
    found = align_sentence(words, tags, label_set=NER, tokenizer=wordpiece, max_length=4)
    assert found.tokens == ("[CLS]", "EU", "la", "[SEP]")
    assert found.label_ids == (-100, 3, 1, -100)
    assert (found.words_cut, found.words_shortened) == ((2, 3), (1,))
    assert found.entities_lost == (Span(2, 3, "MISC"),)
    with pytest.raises(ModelError, match=r"max_length: 2 leaves no room .* use at least 3"):
        align_sentence(words, tags, label_set=NER, tokenizer=wordpiece, max_length=2)


def test_words_without_labels_have_a_grid_too(wordpiece: Any) -> None:
    found = align_sentence(["lamb"], None, label_set=NER, tokenizer=wordpiece)
    assert found.tokens == ("[CLS]", "la", "##mb", "[SEP]")
    assert found.labels == (None,) * 4 and found.label_ids == ()
    assert found.offsets[1:3] == ((0, 2), (2, 4))


def test_no_words_at_all(wordpiece: Any) -> None:
    assert align_sentence([], [], label_set=NER, tokenizer=wordpiece).tokens == ("[CLS]", "[SEP]")


def test_slow_tokenizers_are_told_why() -> None:
    class Slow:
        is_fast = False
        name_or_path = "old/checkpoint"

    with pytest.raises(ModelError, match=r"old/checkpoint has a slow tokenizer only .* which word .* tokenizer\.json"):
        align_sentence(["EU"], ["O"], label_set=NER, tokenizer=Slow())


def test_inspect_json_has_the_course_values(course_corpus: Any, wordpiece: Any) -> None:
    found = inspect_json(course_corpus, "train", 0, column="ner_tags", tokenizer=wordpiece)
    assert found["tokens"][-5:-2] == ["British", "la", "##mb"]
    assert found["label_ids"] == [-100, 3, 0, 7, 0, 0, 0, 7, 0, 0, 0, -100]
    assert found["labels"][:2] == [None, "B-ORG"]
    assert found["lost"]["entities_lost"] == []
    with pytest.raises(CorpusError, match="sentences 0 to 4"):
        inspect_json(course_corpus, "train", 9, column="ner_tags", tokenizer=wordpiece)


def ours_and_theirs(pairs: list[tuple[str, str]], policy: Policy, limit: int, tokenizer: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """An Alignment, and what it must equal: transformers' own tokens, labelled by the course's rule, and nothing unaccounted for."""
    words, tags = [word for word, _ in pairs], [tag for _, tag in pairs]
    found = align_sentence(words, tags, label_set=NER, tokenizer=tokenizer, policy=policy, max_length=limit)
    theirs = tokenizer(words, is_split_into_words=True, truncation=True, max_length=limit)
    expected = {"ids": theirs["input_ids"], "word_ids": theirs.word_ids(), "tokens": theirs.tokens()}
    expected["label_ids"] = align(tags, theirs.word_ids(), NER, policy)
    return {name: list(getattr(found, name)) for name in expected} | {"faults": faults(found)}, expected | {"faults": []}


def faults(found: Alignment) -> list[str]:
    """Words and entities whose whereabouts are told wrong: each word reached the model or is reported as lost, never both."""
    present = {word for word in found.word_ids if word is not None}
    lost = {*found.words_without_subword, *found.words_cut}
    wrong = [f"word {i} is neither there nor lost" for i in set(range(len(found.words))) - present - lost]
    wrong += [f"word {i} is there and lost" for i in present & lost]
    wrong += [f"word {i} is shortened and not there" for i in set(found.words_shortened) - present]
    spans = (*found.entities_lost, *found.entities_cut)
    return wrong + [f"{span} lost none of its words" for span in spans if not lost & set(range(span.start, span.end))]


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=100, deadline=None)
@given(SENTENCES, st.sampled_from(get_args(Policy)), st.integers(3, 40))
def test_nothing_is_lost_silently(tokenizers: dict[str, Any], kind: str, pairs: list[tuple[str, str]], policy: Policy, limit: int) -> None:
    ours, theirs = ours_and_theirs(pairs, policy, limit, tokenizers[kind])
    assert ours == theirs
