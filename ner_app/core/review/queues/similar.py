"""Apply to all like it: the same words with the same given label, elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ner_app.core.corpus.model import TOKENS, Corpus
from ner_app.core.labels import Scheme, Span, convert_tags, spans_to_tags, tags_to_spans


@dataclass(frozen=True)
class Match:
    """A place where the same words carry the same label: sentence, words ``start`` to ``end``, and its tags before and after."""

    split: str
    sentence: int
    start: int
    end: int
    before: tuple[str, ...]
    after: tuple[str, ...]


def retag(tags: Sequence[str], start: int, end: int, kind: str, scheme: Scheme) -> tuple[str, ...]:
    """Tags with words ``start`` to ``end`` made one entity of type ``kind`` ("" for none); entities that reach into them are cut back.

    >>> retag(["B-ORG", "I-ORG", "O"], 1, 3, "LOC", "IOB2")
    ('B-ORG', 'B-LOC', 'I-LOC')
    """
    if scheme == "plain":
        return (*tags[:start], *([kind] * (end - start)), *tags[end:])
    spans = []
    for span in tags_to_spans(tags):
        if span.end <= start or span.start >= end:
            spans.append(span)
            continue
        if span.start < start:
            spans.append(Span(span.start, start, span.label))
        if span.end > end:
            spans.append(Span(end, span.end, span.label))
    if kind:
        spans.append(Span(start, end, kind))
    return tuple(spans_to_tags(spans, len(tags), scheme=scheme))


def like_it(
    corpus: Corpus, column: str, words: Sequence[str], given: Sequence[str], kind: str, *, skip: tuple[str, int, int]
) -> list[Match]:
    """Every other place in all splits where ``words`` stand with exactly the tags ``given``, and what they would become as ``kind``.

    ``skip`` is the place it was started from (split, sentence, first word). A place counts only where ``given`` is whole there: the same
    entity, not a part of a longer one. Tags are compared in IOB2, so that B- and I- at the start of an IOB1 entity are the same.
    """
    scheme = corpus.label_set(column).scheme
    found = []
    for split, sentence, start in occurrences(corpus, words):
        if (split, sentence, start) == skip:
            continue
        tags = corpus.sentence(split, sentence).labels[column]
        end = start + len(words)
        if _same(tags, start, end, given, scheme):
            found.append(Match(split, sentence, start, end, tags, retag(tags, start, end, kind, scheme)))
    return found


def _same(tags: Sequence[str], start: int, end: int, given: Sequence[str], scheme: Scheme) -> bool:
    """Do words ``start`` to ``end`` carry the given tags, and does no entity run on over their borders?"""
    if scheme == "plain":
        return list(tags[start:end]) == list(given)
    inside = [span for span in tags_to_spans(tags) if span.end > start and span.start < end]
    whole = all(start <= span.start and span.end <= end for span in inside)
    return whole and convert_tags(tags[start:end], "IOB2") == convert_tags(given, "IOB2")


def occurrences(corpus: Corpus, words: Sequence[str]) -> list[tuple[str, int, int]]:
    """Places (split, sentence, first word) where a sequence of words stands, in order. Compares whole columns, not sentence by sentence."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    places = []
    for split in corpus.splits:
        column = corpus.table(split).column(TOKENS).combine_chunks()
        column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        offsets = np.asarray(column.offsets)
        tokens = column.values.slice(offsets[0], offsets[-1] - offsets[0])
        bounds = offsets - offsets[0]
        starts = np.flatnonzero(np.asarray(pc.equal(tokens, words[0])))
        for n, word in enumerate(words[1:], 1):
            hits = np.flatnonzero(np.asarray(pc.equal(tokens, word))) - n
            starts = np.intersect1d(starts, hits, assume_unique=True)
        rows = np.searchsorted(bounds, starts, side="right") - 1
        fits = starts + len(words) <= bounds[rows + 1]
        places += [(split, int(row), int(start - bounds[row])) for row, start in zip(rows[fits], starts[fits], strict=True)]
    return places
