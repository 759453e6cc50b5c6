"""What a split loses between its words and the model, counted without a Python loop over words."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from ner_app.core.labels import OUTSIDE, LabelSet, split_tag

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


def counted(number: int, noun: str) -> str:
    """A number with its noun.

    >>> counted(1, "entity"), counted(1204, "entity"), counted(0, "token")
    ('1 entity', '1,204 entities', '0 tokens')
    """
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"


@dataclass(frozen=True)
class Losses:
    """What a split loses between its words and the model, in numbers.

    words_without_subword: the tokenizer gives nothing for them (such as a zero-width space). words_cut: cut away whole by the length
    limit; words_shortened: cut in two by it. entities_lost: none of their words is left; entities_cut: some are. subwords: those kept,
    without special tokens.
    """

    sentences: int = 0
    words: int = 0
    subwords: int = 0
    entities: int = 0
    sentences_cut: int = 0
    words_without_subword: int = 0
    words_cut: int = 0
    words_shortened: int = 0
    entities_lost: int = 0
    entities_cut: int = 0

    def __add__(self, other: Losses) -> Losses:
        """The losses of two parts together."""
        return Losses(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    @property
    def complete(self) -> bool:
        """Did every word reach the model?"""
        return not (self.words_without_subword or self.words_cut or self.words_shortened)

    def __str__(self) -> str:
        """One line for logs.

        >>> str(Losses(sentences=1, words=9, subwords=10))
        '9 words in 1 sentence, 10 subwords; nothing lost'
        """
        head = f"{counted(self.words, 'word')} in {counted(self.sentences, 'sentence')}, {counted(self.subwords, 'subword')}; "
        lost = [
            (self.words_without_subword, "words without a subword"),
            (self.words_cut, "words cut away by the length limit"),
            (self.words_shortened, "words cut in two by it"),
            (self.entities_lost, f"of {self.entities:,} entities lost"),
            (self.entities_cut, "entities cut short"),
        ]
        return head + (", ".join(f"{n:,} {what}" for n, what in lost if n) or "nothing lost")


def count_losses(labels: Array, offsets: Array, counts: Array, kept: Array, *, label_set: LabelSet) -> Losses:
    """Count what some sentences lost: words by their kept subwords, entities by their kept words.

    labels, counts (subwords a word has) and kept (subwords that reach the model) are (words,); offsets (sentences + 1,).
    """
    import numpy as np

    entity = entity_of_words(labels, offsets, label_set) if label_set.has_spans else np.full(len(labels), -1)
    number = int(entity.max(initial=-1)) + 1
    inside = entity >= 0
    size = np.bincount(entity[inside], minlength=number)
    reached = np.bincount(entity[inside], weights=kept[inside] > 0, minlength=number).astype(np.int64)
    missing = counts > kept
    hit = np.searchsorted(offsets, np.flatnonzero(missing), side="right")
    return Losses(
        sentences=len(offsets) - 1,
        words=len(counts),
        subwords=int(kept.sum()),
        entities=number,
        sentences_cut=len(np.unique(hit)),
        words_without_subword=int((counts == 0).sum()),
        words_cut=int((missing & (kept == 0)).sum()),
        words_shortened=int((missing & (kept > 0)).sum()),
        entities_lost=int((reached == 0).sum()),
        entities_cut=int(((reached > 0) & (reached < size)).sum()),
    )


def entity_of_words(labels: Array, offsets: Array, label_set: LabelSet) -> Array:
    """For each word the running number of its entity, -1 outside any: :func:`ner_app.core.labels.tags_to_spans` for a whole split at once.

    Labels ``[B-X, I-X, O, B-X]`` as ids of two sentences with offsets ``[0, 3, 4]`` give ``[0, 0, -1, 1]``. Whether a tag starts an entity
    depends on the tag before it alone, so a table of label pairs decides. Shapes: labels (words,), offsets (sentences + 1,), result
    (words,) int64.
    """
    import numpy as np

    starts, inside = _start_table(label_set)
    outside = len(label_set)  # stands before the first word of a sentence
    before = np.empty(len(labels), np.int64)
    before[1:] = labels[:-1]
    first = offsets[:-1][np.diff(offsets) > 0]
    before[first] = outside
    begins = np.asarray(starts, bool)[before, labels]
    return np.where(np.asarray(inside, bool)[labels], np.cumsum(begins) - 1, -1)


def _start_table(label_set: LabelSet) -> tuple[list[list[bool]], list[bool]]:
    """Does a tag (column) start an entity after another (row; the last row is the start of a sentence)? And is a tag inside one at all?"""
    tags = [split_tag(name) for name in label_set.names]
    inside = [prefix not in ("", OUTSIDE) for prefix, _ in tags]

    def goes_on(before: tuple[str, str], tag: tuple[str, str]) -> bool:
        return before[0] not in ("", OUTSIDE, "E", "L", "S", "U") and tag[0] not in ("B", "S", "U") and before[1] == tag[1]

    rows = [*tags, (OUTSIDE, "")]
    return [[here and not goes_on(row, tag) for tag, here in zip(tags, inside, strict=True)] for row in rows], inside
