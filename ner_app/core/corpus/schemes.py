"""Tag schemes of whole corpora: conversion, and what breaks the rules."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ner_app.core.corpus.measure import fingerprint, from_numpy, iter_flat, sentence_starts
from ner_app.core.corpus.model import Corpus
from ner_app.core.corpus.sources import KNOWN_LABELS
from ner_app.core.errors import LabelError
from ner_app.core.labels import OUTSIDE, LabelSet, Scheme, Span, Violation, ordered_labels, spans_to_tags, split_tag, violations

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

_STARTS, _ENDS = "BSU", "ELSU"


def with_scheme(corpus: Corpus, column: str, scheme: Scheme = "IOB2") -> Corpus:
    """The same corpus with a column written in another scheme; all entities are kept (only IO merges neighbours of one type).

    Illegal sequences are read as conlleval reads them: a tag that continues nothing starts an entity. Raises LabelError for a column of
    plain labels (part of speech), which has no scheme.
    """
    old = corpus.label_set(column)
    if old.scheme == scheme:
        return corpus
    _require_spans(corpus, column)
    new = LabelSet(scheme_names(column, old, scheme), scheme)
    tables = {split: _converted(table, column, old, new) for split, table in corpus.tables.items()}
    label_sets = {**corpus.label_sets, column: new}
    mark = fingerprint(tables, {name: labels.names for name, labels in label_sets.items()})
    return replace(corpus, tables=tables, label_sets=label_sets, fingerprint=mark)


def _require_spans(corpus: Corpus, column: str) -> None:
    if not corpus.label_set(column).has_spans:
        raise LabelError(f"{column} of {corpus.name} has plain labels, one a word; only tags such as B-PER have a scheme.")


def scheme_names(column: str, old: LabelSet, scheme: Scheme) -> tuple[str, ...]:
    """Label names of a column in another scheme: CoNLL-2003's own order where it has them all, else type by type.

    >>> scheme_names("x", LabelSet(("O", "I-PER"), "IO"), "BIOES")
    ('O', 'B-PER', 'I-PER', 'E-PER', 'S-PER')
    """
    samples = [[Span(0, 3, kind), Span(3, 4, kind), Span(5, 6, kind)] for kind in old.types]
    found = {OUTSIDE, *(tag for spans in samples for tag in spans_to_tags(spans, 6, scheme=scheme))}
    known = KNOWN_LABELS.get(column, ())
    return known if found <= set(known) else ordered_labels(found)


class _Tags:
    """What the ids of a label set mean, as arrays to look them up in."""

    def __init__(self, labels: LabelSet) -> None:
        import numpy as np

        split = [split_tag(name) for name in labels.names]
        kinds = {kind: i for i, kind in enumerate(dict.fromkeys(kind for _, kind in split))}
        self.kinds = list(kinds)
        self.kind = np.array([kinds[kind] for _, kind in split], dtype=np.int64)
        self.inside = np.array([prefix not in ("", OUTSIDE) for prefix, _ in split])
        self.starts = np.array([prefix != "" and prefix in _STARTS for prefix, _ in split])
        self.ends = np.array([prefix != "" and prefix in _ENDS for prefix, _ in split])


def _edges(tags: _Tags, ids: Array, offsets: Array) -> tuple[Array, Array, Array, Array]:
    """inside, starts an entity, ends an entity, continues the type of the word before: four flags a word, as tags_to_spans decides."""
    import numpy as np

    first = sentence_starts(offsets, len(ids))
    inside, kind = tags.inside[ids], tags.kind[ids]
    follows = np.zeros(len(ids), dtype=bool)  # an inside word of the same type stands before, in this sentence
    follows[1:] = inside[:-1] & (kind[1:] == kind[:-1]) & ~first[1:]
    follows &= inside
    after_end = np.zeros(len(ids), dtype=bool)
    after_end[1:] = tags.ends[ids[:-1]]
    starts = inside & (~follows | tags.starts[ids] | after_end)
    ends = inside.copy()
    ends[:-1] &= first[1:] | starts[1:] | ~inside[1:]
    return inside, starts, ends, follows


def _rewrite(tags: _Tags, lookup: Array, ids: Array, offsets: Array, *, scheme: Scheme) -> Array:
    """Ids in the target set: ``lookup[kind, role]`` with the roles begin, inside, end, single, outside."""
    import numpy as np

    inside, starts, ends, follows = _edges(tags, ids, offsets)
    by_place = np.where(starts, np.where(ends, 3, 0), np.where(ends, 2, 1))
    role = np.where(starts & follows, 0, 1) if scheme == "IOB1" else by_place
    return lookup[tags.kind[ids], np.where(inside, role, 4)]


def _lookup(tags: _Tags, new: LabelSet) -> Array:
    import numpy as np

    table = np.zeros((len(tags.kinds), 5), dtype=np.int32)
    outside = new.id(OUTSIDE)
    for i, kind in enumerate(tags.kinds):
        if kind:
            begin, inside, end = spans_to_tags([Span(0, 3, kind)], 3, scheme=new.scheme)
            single = spans_to_tags([Span(0, 1, kind)], 1, scheme=new.scheme)[0]
            if new.scheme == "IOB1":
                begin = f"B-{kind}"
            table[i, :4] = [new.label2id.get(name, outside) for name in (begin, inside, end, single)]
        table[i, 4] = outside
    return table


def _converted(table: Any, column: str, old: LabelSet, new: LabelSet) -> Any:
    import pyarrow as pa

    tags = _Tags(old)
    lookup = _lookup(tags, new)
    chunks = []
    for ids, offsets in iter_flat(table, column):
        written = _rewrite(tags, lookup, ids, offsets, scheme=new.scheme)
        chunks.append(pa.ListArray.from_arrays(from_numpy(offsets, pa.int32()), from_numpy(written, pa.int32())))
    return table.set_column(table.column_names.index(column), column, pa.chunked_array(chunks, pa.list_(pa.int32())))


def list_violations(corpus: Corpus, split: str, column: str, *, limit: int = 100) -> tuple[int, list[tuple[int, Violation]]]:
    """How many tags of a split break the column's scheme, and the first ``limit`` of them with the index of their sentence.

    A column of plain labels has none.
    """
    import numpy as np

    labels = corpus.label_set(column)
    if not labels.has_spans:
        return 0, []
    tags = _Tags(labels)
    known = LabelSet(tuple(dict.fromkeys([*labels.names, *scheme_names(column, labels, labels.scheme)])), labels.scheme)
    lookup = _lookup(tags, known)
    count, before, listed = 0, 0, list[tuple[int, Violation]]()
    for ids, offsets in iter_flat(corpus.table(split), column):
        bad = np.flatnonzero(_rewrite(tags, lookup, ids, offsets, scheme=labels.scheme) != ids)
        count += len(bad)
        rows = np.unique(np.searchsorted(offsets, bad, side="right") - 1)
        for row in rows[: max(0, limit - len(listed))].tolist():
            names = [labels.names[i] for i in ids[offsets[row] : offsets[row + 1]].tolist()]
            listed += [(before + row, violation) for violation in violations(names, labels.scheme)]
        before += len(offsets) - 1
    return count, listed[:limit]
