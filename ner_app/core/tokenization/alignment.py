"""Words and subwords: which label each subword gets, and what a sentence loses on the way into a model.

The rule "every" is the course's (Hugging Face course, chapter 7.2), written by label name: its ``label % 2`` holds only where every
B- has an odd id and its I- comes next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from ner_app.core.errors import LabelError
from ner_app.core.labels import LabelSet, Span, tags_to_spans
from ner_app.core.tokenization.subwords import Subwords, subwords_of

if TYPE_CHECKING:
    from ner_app.core.corpus.model import Corpus

Policy = Literal["every", "first", "same"]
POLICIES: Mapping[Policy, str] = {
    "every": "every subword, B- becomes I-",
    "first": "first subword only",
    "same": "every subword the same label",
}
"""What the further subwords of a word get: the inside label, nothing (-100), or the word's own label."""
IGNORED = -100
"""The label id that PyTorch's cross entropy leaves out (its ``ignore_index``)."""


def check_policy(policy: str) -> Policy:
    """The policy of that name; LabelError names the three there are.

    >>> check_policy("first")
    'first'
    """
    if policy not in get_args(Policy):
        raise LabelError(f"policy: {policy!r} is not one of {', '.join(get_args(Policy))}.")
    return policy  # type: ignore[return-value]


def continuation_ids(label_set: LabelSet, policy: Policy) -> list[int]:
    """For each label id the id that the further subwords of such a word get.

    >>> ner = LabelSet(("O", "B-PER", "I-PER"), "IOB2")
    >>> continuation_ids(ner, "every"), continuation_ids(ner, "first"), continuation_ids(ner, "same")
    ([0, 2, 2], [-100, -100, -100], [0, 1, 2])
    """
    policy = check_policy(policy)
    if policy == "first":
        return [IGNORED] * len(label_set)
    if policy == "same":
        return list(range(len(label_set)))
    return [label_set.id(label_set.continuation(name)) for name in label_set.names]


def align(tags: Sequence[str], word_ids: Sequence[int | None], label_set: LabelSet, policy: Policy = "every") -> list[int]:
    """Label ids of subwords from the labels of words. Special tokens (word id None) get -100.

    >>> ner = LabelSet(("O", "B-PER", "I-PER"), "IOB2")
    >>> align(["B-PER", "O"], [None, 0, 0, 1, None], ner)
    [-100, 1, 2, 0, -100]
    >>> align(["B-PER", "O"], [None, 0, 0, 1, None], ner, "first")
    [-100, 1, -100, 0, -100]

    Raises LabelError where a word id has no tag, and for a tag or policy that does not exist.
    """
    further = continuation_ids(label_set, policy)
    aligned: list[int] = []
    before: int | None = None
    for word in word_ids:
        if word is None:
            aligned.append(IGNORED)
        elif word >= len(tags):
            raise LabelError(f"Word {word} has no label: there are {len(tags)} labels. Words and labels must be as many.")
        else:
            label = label_set.id(tags[word])
            aligned.append(label if word != before else further[label])
        before = word
    return aligned


@dataclass(frozen=True)
class Alignment:
    """One tokenized sentence: every tuple from ``tokens`` to ``offsets`` has one entry a token.

    words, tags: the sentence (tags empty for words without labels; then labels are None and label_ids empty).
    word_ids: index of the word that a token comes from, None for special tokens.
    offsets: (char_start, char_end) inside that word, (0, 0) for special tokens.
    What was lost: words that gave no subword at all, words cut away by the length limit, words cut in two by it, and the entities that
    lost all or some of their words in either way.
    """

    words: tuple[str, ...]
    tags: tuple[str, ...]
    policy: Policy
    tokens: tuple[str, ...]
    ids: tuple[int, ...]
    word_ids: tuple[int | None, ...]
    labels: tuple[str | None, ...]
    label_ids: tuple[int, ...]
    offsets: tuple[tuple[int, int], ...]
    words_without_subword: tuple[int, ...]
    words_cut: tuple[int, ...]
    words_shortened: tuple[int, ...]
    entities_lost: tuple[Span, ...]
    entities_cut: tuple[Span, ...]

    @property
    def special(self) -> tuple[bool, ...]:
        """Is the token a special one, such as [CLS]?"""
        return tuple(word is None for word in self.word_ids)

    @property
    def complete(self) -> bool:
        """Did every word, whole, reach the model?"""
        return not (self.words_without_subword or self.words_cut or self.words_shortened)


def align_sentence(
    words: Sequence[str],
    tags: Sequence[str] | None,
    *,
    label_set: LabelSet,
    tokenizer: Any,
    policy: Policy = "every",
    max_length: int | None = None,
) -> Alignment:
    """Tokenize one sentence and lay its labels on the subwords.

    ``["EU", "lamb"]`` with ``["B-ORG", "O"]`` and a BERT tokenizer that splits "lamb": tokens ``[CLS] EU la ##mb [SEP]``, label_ids
    ``[-100, 3, 0, 0, -100]``. ``max_length`` (tokens; None: the tokenizer's own) cuts as ``tokenizer(..., truncation=True)`` does.

    Raises ModelError for a tokenizer that cannot be used, LabelError where words and tags are not as many or a tag is unknown.
    """
    if tags is not None and len(tags) != len(words):
        raise LabelError(f"{len(words)} words but {len(tags)} labels; each word needs one label.")
    subwords = subwords_of(tokenizer)
    encoding = subwords.backend.encode(list(words), is_pretokenized=True)
    at = _kept(encoding.word_ids, subwords, max_length)
    word_ids = tuple(encoding.word_ids[i] for i in at)
    label_ids = tuple(align(tags, word_ids, label_set, policy)) if tags is not None else ()
    full, kept = _count(encoding.word_ids, len(words)), _count(word_ids, len(words))
    spans = tags_to_spans(tags) if tags is not None and label_set.has_spans else []
    reached = {span: sum(kept[i] > 0 for i in range(span.start, span.end)) for span in spans}
    return Alignment(
        words=tuple(words),
        tags=tuple(tags or ()),
        policy=check_policy(policy),
        tokens=tuple(encoding.tokens[i] for i in at),
        ids=tuple(encoding.ids[i] for i in at),
        word_ids=word_ids,
        labels=tuple(None if i == IGNORED else label_set.names[i] for i in label_ids) if tags is not None else (None,) * len(at),
        label_ids=label_ids,
        offsets=tuple(encoding.offsets[i] for i in at),
        words_without_subword=tuple(i for i, n in enumerate(full) if n == 0),
        words_cut=tuple(i for i, n in enumerate(full) if n and not kept[i]),
        words_shortened=tuple(i for i, n in enumerate(full) if 0 < kept[i] < n),
        entities_lost=tuple(span for span in spans if not reached[span]),
        entities_cut=tuple(span for span in spans if 0 < reached[span] < span.end - span.start),
    )


def _kept(word_ids: Sequence[int | None], subwords: Subwords, max_length: int | None) -> list[int]:
    """Positions that stay: all special tokens, and as many subwords as there is room for, from the side that the tokenizer keeps."""
    room = subwords.room(max_length)
    content = [i for i, word in enumerate(word_ids) if word is not None]
    if room is None or len(content) <= room:
        return list(range(len(word_ids)))
    gone = set(content[: len(content) - room] if subwords.cuts_left else content[room:])
    return [i for i in range(len(word_ids)) if i not in gone]


def _count(word_ids: Sequence[int | None], n_words: int) -> list[int]:
    """Subwords of each word."""
    counts = [0] * n_words
    for word in word_ids:
        if word is not None:
            counts[word] += 1
    return counts


def inspect_json(
    corpus: Corpus, split: str, index: int, *, column: str, tokenizer: Any, policy: Policy = "every", max_length: int | None = None
) -> dict[str, Any]:
    """What the Inspect tab shows of one sentence, as plain JSON values.

    Keys: corpus, split, index, column, checkpoint, policy, words, tags, tokens, input_ids, word_ids, labels (None where ignored),
    label_ids, lost.
    """
    sentence = corpus.sentence(split, index)
    label_set = corpus.label_set(column)
    tags = sentence.labels[column]
    found = align_sentence(sentence.words, tags, label_set=label_set, tokenizer=tokenizer, policy=policy, max_length=max_length)
    return {
        "corpus": corpus.source,
        "split": split,
        "index": index,
        "column": column,
        "checkpoint": str(getattr(tokenizer, "name_or_path", "")),
        "policy": found.policy,
        "words": list(found.words),
        "tags": list(found.tags),
        "tokens": list(found.tokens),
        "input_ids": list(found.ids),
        "word_ids": list(found.word_ids),
        "labels": list(found.labels),
        "label_ids": list(found.label_ids),
        "lost": lost_json(found),
    }


def lost_json(found: Alignment) -> dict[str, Any]:
    """What was lost, as plain JSON values: word indices, and entities as [start, end, label]."""
    return {
        "words_without_subword": list(found.words_without_subword),
        "words_cut": list(found.words_cut),
        "words_shortened": list(found.words_shortened),
        "entities_lost": [[span.start, span.end, span.label] for span in found.entities_lost],
        "entities_cut": [[span.start, span.end, span.label] for span in found.entities_cut],
    }
