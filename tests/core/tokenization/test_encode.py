"""Encoding a split equals the course's map over the tokenizer's own output, for every kind of tokenizer."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ner_app.core.corpus.model import Corpus
from ner_app.core.corpus.sources import CONLL_NER
from ner_app.core.errors import LabelError, ModelError, NerAppError
from ner_app.core.labels import LabelSet, tags_to_spans
from ner_app.core.tokenization import encode as encode_module
from ner_app.core.tokenization.alignment import Policy, align, align_sentence
from ner_app.core.tokenization.encode import encode
from ner_app.core.tokenization.losses import Losses
from tests.tokenizers_small import KINDS, SENTENCES, byte_level

NER = LabelSet(CONLL_NER, "IOB2")
Pairs = list[list[tuple[str, str]]]


def corpus_of(sentences: Pairs, label_set: LabelSet = NER) -> Corpus:
    """A corpus with one split of (word, tag) sentences."""
    table = pa.table(
        {
            "id": pa.array([str(i) for i in range(len(sentences))], pa.string()),
            "tokens": pa.array([[word for word, _ in s] for s in sentences], pa.list_(pa.string())),
            "ner_tags": pa.array([[label_set.id(tag) for _, tag in s] for s in sentences], pa.list_(pa.int64())),
        }
    )
    return Corpus("here", "here", "0" * 16, {"train": table}, {"ner_tags": label_set})


def expected(sentences: Pairs, tokenizer: Any, policy: Policy, limit: int) -> tuple[list[dict[str, Any]], Losses]:
    """Rows and losses by one call of the tokenizer and one Alignment a sentence."""
    rows, losses = [], Losses()
    for pairs in sentences:
        words, tags = [w for w, _ in pairs], [t for _, t in pairs]
        theirs = tokenizer(words, is_split_into_words=True, truncation=True, max_length=limit)
        rows.append({**theirs, "labels": align(tags, theirs.word_ids(), NER, policy)})
        one = align_sentence(words, tags, label_set=NER, tokenizer=tokenizer, policy=policy, max_length=limit)
        lost = (one.words_without_subword, one.words_cut, one.words_shortened, one.entities_lost, one.entities_cut)
        kept, cut = sum(not s for s in one.special), bool(one.words_cut or one.words_shortened)
        losses += Losses(1, len(words), kept, len(tags_to_spans(tags)), cut, *map(len, lost))
    return rows, losses


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60, deadline=None)
@given(st.lists(SENTENCES, max_size=6), st.sampled_from(get_args(Policy)), st.integers(3, 40))
def test_equals_the_tokenizer_sentence_by_sentence(
    tokenizers: dict[str, Any], kind: str, sentences: Pairs, policy: Policy, limit: int
) -> None:
    found = encode(corpus_of(sentences), "train", "ner_tags", tokenizers[kind], policy=policy, max_length=limit)
    assert (list(found.dataset), found.losses) == expected(sentences, tokenizers[kind], policy, limit)


@pytest.mark.parametrize("limit", [3, 64])
def test_slices_join_without_a_seam(tokenizers: dict[str, Any], monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    monkeypatch.setattr(encode_module, "SENTENCES_A_SLICE", 2)
    sentences = [[("EU", "B-ORG"), ("lamb", "O")], [], [("Peter", "B-PER"), ("Blackburn", "I-PER")], [("lamb", "B-LOC")], [("\u200b", "O")]]
    found = encode(corpus_of(sentences), "train", "ner_tags", tokenizers["wordpiece"], max_length=limit)
    assert (list(found.dataset), found.losses) == expected(sentences, tokenizers["wordpiece"], "every", limit)


@pytest.mark.parametrize("label_set", [LabelSet(("I-ORG", "B-MISC", "O", "B-ORG", "I-MISC"), "IOB2"), LabelSet(("O", "B-ORG"), "plain")])
def test_labels_go_by_name_not_by_id(tokenizers: dict[str, Any], label_set: LabelSet) -> None:
    corpus = corpus_of([[("lamb", "B-ORG"), ("EU", "O")]], label_set)
    labels = encode(corpus, "train", "ner_tags", tokenizers["wordpiece"]).dataset[0]["labels"]
    further = "I-ORG" if label_set.has_spans else "B-ORG"
    assert labels == [-100, *(label_set.id(name) for name in ("B-ORG", further, "O")), -100]


def test_plain_labels_that_look_like_tags_make_no_entities(tokenizers: dict[str, Any]) -> None:
    found = encode(corpus_of([[("EU", "B-17")]], LabelSet(("B-17", "NN"), "plain")), "train", "ner_tags", tokenizers["wordpiece"])
    assert found.losses.entities == 0


def test_the_tokenizers_own_limit_counts(tokenizers: dict[str, Any]) -> None:
    found = encode(corpus_of([[("EU", "B-ORG")] * 600]), "train", "ner_tags", tokenizers["wordpiece"])
    assert len(found.dataset[0]["input_ids"]) == 512
    assert (found.losses.words_cut, found.losses.entities_lost, found.losses.sentences_cut) == (90, 90, 1)
    assert str(found.losses) == "600 words in 1 sentence, 510 subwords; 90 words cut away by the length limit, 90 of 600 entities lost"


def test_limit_takes_the_first_sentences(course_corpus: Corpus, tokenizers: dict[str, Any]) -> None:
    encoded = encode(course_corpus, "train", "ner_tags", tokenizers["wordpiece"], limit=2).dataset
    assert encoded["labels"][:] == [[-100, 3, 0, 7, 0, 0, 0, 7, 0, 0, 0, -100], [-100, 1, 2, -100]]
    assert encode(course_corpus, "train", "ner_tags", tokenizers["wordpiece"], limit=0).dataset.num_rows == 0
    with pytest.raises(NerAppError, match="limit: -1 is negative"):
        encode(course_corpus, "train", "ner_tags", tokenizers["wordpiece"], limit=-1)


def test_wrong_arguments_are_named(course_corpus: Corpus, tokenizers: dict[str, Any]) -> None:
    with pytest.raises(LabelError, match="no label column 'pos_tags'"):
        encode(course_corpus, "train", "pos_tags", tokenizers["wordpiece"])
    with pytest.raises(LabelError, match="policy: 'all'"):
        encode(course_corpus, "train", "ner_tags", tokenizers["wordpiece"], policy="all")  # type: ignore[arg-type]
    with pytest.raises(ModelError, match="max_length: 2"):
        encode(course_corpus, "train", "ner_tags", tokenizers["wordpiece"], max_length=2)


def test_a_tokenizer_that_varies_is_asked_for_every_running_word() -> None:
    tokenizer = byte_level(dropout=0.5)
    words = [("committee", "B-ORG")] * 40
    rows = encode(corpus_of([words] * 8), "train", "ner_tags", tokenizer, max_length=1000).dataset
    assert len({tuple(row["input_ids"]) for row in rows}) > 1
    for row in rows:
        assert len(row["labels"]) == len(row["input_ids"]) == len(row["attention_mask"])
        assert row["labels"].count(NER.id("B-ORG")) == 40


def test_progress_reaches_the_end(course_corpus: Corpus, tokenizers: dict[str, Any]) -> None:
    seen: list[float] = []
    encode(course_corpus, "train", "ner_tags", tokenizers["wordpiece"], on_progress=seen.append)
    assert seen[-1] == 1.0


def test_the_tokenizer_is_left_as_it_was(course_corpus: Corpus, tokenizers: dict[str, Any]) -> None:
    tokenizer = tokenizers["wordpiece"]
    tokenizer.backend_tokenizer.enable_padding(length=20)
    try:
        before = tokenizer.backend_tokenizer.to_str()
        assert len(encode(course_corpus, "train", "ner_tags", tokenizer).dataset[1]["labels"]) == 4
        assert tokenizer.backend_tokenizer.to_str() == before
    finally:
        tokenizer.backend_tokenizer.no_padding()


def test_conll_2003_equals_the_courses_loop(shared_data: Path, tokenizers: dict[str, Any]) -> None:
    from ner_app.core.corpus.open import open_corpus

    corpus, tokenizer = open_corpus(str(shared_data / "conll2003")), tokenizers["wordpiece"]
    label_set, table = corpus.label_set("ner_tags"), corpus.table("validation")
    found = encode(corpus, "validation", "ner_tags", tokenizer).dataset
    theirs = tokenizer(table["tokens"].to_pylist(), is_split_into_words=True, truncation=True)
    assert found["input_ids"][:] == theirs["input_ids"]
    tags = ([label_set.names[i] for i in row] for row in table["ner_tags"].to_pylist())
    assert found["labels"][:] == [align(row, theirs.word_ids(i), label_set) for i, row in enumerate(tags)]
