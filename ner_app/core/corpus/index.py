"""A split, turned into flat arrays that searching and counting can work on without a Python loop over words.

Parts are built when first asked for. At 20 words a sentence, a million sentences take about 150 MB with every part built; the cache keeps
the indexes that were used last, within ``MAX_BYTES``.
"""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ner_app.core.corpus.model import TOKENS, Corpus
from ner_app.core.labels import OUTSIDE, LabelSet, split_tag

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    IntArray = np.ndarray[Any, np.dtype[np.integer[Any]]]
    BoolArray = np.ndarray[Any, np.dtype[np.bool_]]

MAX_BYTES = 300 * 2**20
BLOCK = 1 << 20  # words worked on at a time, so that temporary arrays stay small


@dataclass(frozen=True, eq=False)
class Entities:
    """What the labels of one column mark: its spans, or (for plain labels) every word with its label.

    Arrays have the shape (units,), in the order of the text. ``start`` and ``end`` count words of the whole split, and are None where
    every word is a unit. ``kind`` indexes ``types``; ``surface`` indexes ``surfaces`` (the words of a unit, joined by single spaces).
    """

    types: tuple[str, ...]
    kind: IntArray
    surface: IntArray
    surfaces: pa.Array
    start: IntArray | None = None
    end: IntArray | None = None

    def positions(self, keep: BoolArray) -> IntArray:
        """The first word of each unit that ``keep``, of shape (units,), holds."""
        import numpy as np

        return np.flatnonzero(keep) if self.start is None else self.start[keep]

    def holding(self, marked: BoolArray) -> BoolArray:
        """Which units hold a word that is marked; ``marked`` has the shape (words,), the answer (units,)."""
        import numpy as np

        if self.start is None or self.end is None:
            return marked
        before = np.concatenate([[0], np.cumsum(marked, dtype=np.int32)])
        return np.asarray(before[self.end] > before[self.start])

    @property
    def nbytes(self) -> int:
        """Memory of the arrays in bytes, not counting those that the index has anyway."""
        if self.start is None or self.end is None:
            return 0
        return int(sum(part.nbytes for part in (self.start, self.end, self.kind, self.surface, self.surfaces)))


class SplitIndex:
    """Flat arrays of one split; made by :func:`split_index`, safe to share between threads."""

    def __init__(self, table: pa.Table, label_sets: dict[str, LabelSet]) -> None:
        self.table = table
        self.label_sets = label_sets
        self.results: OrderedDict[object, IntArray] = OrderedDict()  # the latest searches, see query.py
        self._labels: dict[str, IntArray] = {}
        self._entities: dict[str, Entities] = {}
        self._lock = threading.RLock()

    @property
    def size(self) -> int:
        """Number of sentences."""
        return int(self.table.num_rows)

    @cached_property
    def offsets(self) -> IntArray:
        """Where each sentence starts, in words; shape (sentences + 1,), int64."""
        import numpy as np
        import pyarrow.compute as pc

        ends = np.zeros(self.size + 1, dtype=np.int64)
        lengths = pc.list_value_length(self.table.column(TOKENS))
        np.cumsum(lengths.to_numpy(), out=ends[1:])
        return ends

    @cached_property
    def _words(self) -> tuple[IntArray, pa.Array]:
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        coded = pc.list_flatten(self.table.column(TOKENS)).dictionary_encode()
        if not coded.num_chunks or not len(coded):
            return np.zeros(0, dtype=np.int32), pa.array([], pa.string())
        return np.concatenate([chunk.indices.to_numpy() for chunk in coded.chunks]), coded.chunks[0].dictionary

    @property
    def codes(self) -> IntArray:
        """Each word as an index into :attr:`vocabulary`; shape (words,), int32."""
        with self._lock:
            return self._words[0]

    @property
    def vocabulary(self) -> pa.Array:
        """The different words of the split, as an Arrow array of strings."""
        with self._lock:
            return self._words[1]

    @cached_property
    def lowered(self) -> pa.Array:
        """:attr:`vocabulary` in lower case, in the same order."""
        import pyarrow.compute as pc

        return pc.utf8_lower(self.vocabulary)

    @cached_property
    def has_spaces_in_words(self) -> bool:
        """Does any word hold a space of its own? Then the joined text has more words than the sentence."""
        import pyarrow.compute as pc

        return bool(pc.any(pc.match_substring(self.vocabulary, " ")).as_py())

    def labels(self, column: str) -> IntArray:
        """Label ids of all words; shape (words,), in the smallest unsigned type that holds them."""
        with self._lock:
            if column not in self._labels:
                self._labels[column] = _narrow_labels(self.table.column(column), len(self.label_sets[column]))
            return self._labels[column]

    def entities(self, column: str) -> Entities:
        """Spans of a column, or its words where the labels are plain."""
        with self._lock:
            if column not in self._entities:
                spans = self.label_sets[column].has_spans
                self._entities[column] = self._find_spans(column) if spans else self._words_as_entities(column)
            return self._entities[column]

    def sentence_of(self, positions: IntArray) -> IntArray:
        """The sentence that each word position is in; same shape."""
        import numpy as np

        return np.searchsorted(self.offsets, positions, side="right") - 1

    def sentences_with(self, positions: IntArray) -> BoolArray:
        """Which sentences hold at least one of these word positions; shape (sentences,)."""
        import numpy as np

        found = np.zeros(self.size, dtype=bool)
        found[self.sentence_of(positions)] = True
        return found

    @property
    def nbytes(self) -> int:
        """Memory of the parts built so far, in bytes."""
        built = [self.__dict__[name] for name in ("offsets", "lowered") if name in self.__dict__]
        parts = [*built, *self.__dict__.get("_words", ()), *self._labels.values(), *self._entities.values(), *self.results.values()]
        return int(sum(part.nbytes for part in list(parts)))

    def spans(self, column: str) -> Iterator[tuple[IntArray, IntArray, IntArray]]:
        """Start, end and type of the spans of a column, a block of words at a time: all that counting types needs."""
        tags, ids = _TagTable(self.label_sets[column]), self.labels(column)
        return (_span_edges(tags, ids, self.offsets, a, b) for a, b in self.blocks(BLOCK))

    def _find_spans(self, column: str) -> Entities:
        import numpy as np

        tags, found = _TagTable(self.label_sets[column]), list(self.spans(column))
        start, end, kind = (np.concatenate([part[i] for part in found] or [np.zeros(0, np.int32)]) for i in range(3))
        return Entities(tags.types, kind, *self._surfaces(start, end), start, end)

    def _words_as_entities(self, column: str) -> Entities:
        return Entities(self.label_sets[column].names, self.labels(column), self.codes, self.vocabulary)

    def blocks(self, words: int) -> Iterator[tuple[int, int]]:
        """Ranges of whole sentences with at most ``words`` words each (a longer sentence is a range of its own)."""
        import numpy as np

        a = 0
        while a < self.size:
            b = int(np.searchsorted(self.offsets, self.offsets[a] + words, side="right")) - 1
            b = min(max(b, a + 1), self.size)
            yield a, b
            a = b

    def _surfaces(self, start: IntArray, end: IntArray) -> tuple[IntArray, pa.Array]:
        """The text of spans, dictionary-encoded: indices of shape (spans,) and the different texts.

        The words are taken from the table, so that counting entities does not need :attr:`codes`.
        """
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        low, texts = 0, []
        for words in pc.list_flatten(self.table.column(TOKENS)).chunks:
            a, b = np.searchsorted(start, (low, low + len(words)))  # no span runs from chunk to chunk
            texts.append(_joined(words, start[a:b] - low, end[a:b] - low))
            low += len(words)
        coded = pa.chunked_array(texts, pa.string()).dictionary_encode()
        if not len(coded):
            return np.zeros(0, dtype=np.int32), pa.array([], pa.string())
        return np.concatenate([chunk.indices.to_numpy() for chunk in coded.chunks]), coded.chunks[0].dictionary


def _joined(words: pa.Array, start: IntArray, end: IntArray) -> pa.Array:
    """``words[start:end]`` joined by spaces, for each pair; shape (pairs,)."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    offsets = np.concatenate([[0], np.cumsum(end - start)]).astype(np.int32)
    positions = np.repeat(start - offsets[:-1], end - start) + np.arange(offsets[-1])
    return pc.binary_join(pa.ListArray.from_arrays(offsets, words.take(pa.array(positions))), " ")


class _TagTable:
    """Label id -> type index (-1 outside), and whether the tag always starts or always ends an entity."""

    def __init__(self, label_set: LabelSet) -> None:
        import numpy as np

        parts = [split_tag(name) for name in label_set.names]
        self.types = label_set.types
        inside = [prefix not in ("", OUTSIDE) for prefix, _ in parts]
        self.kind = np.array([self.types.index(k) if ok else -1 for (_, k), ok in zip(parts, inside, strict=True)], dtype=np.int16)
        self.starts = np.array([prefix in ("B", "S", "U") for prefix, _ in parts], dtype=bool)
        self.ends = np.array([prefix in ("E", "S", "L", "U") for prefix, _ in parts], dtype=bool)


def _span_edges(tags: _TagTable, labels: IntArray, offsets: IntArray, a: int, b: int) -> tuple[IntArray, IntArray, IntArray]:
    """Start, end and type of every span of the sentences a to b, as ``labels.tags_to_spans`` decodes them."""
    import numpy as np

    low = offsets[a]
    ids = labels[low : offsets[b]]
    if not len(ids):
        return np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.int16)
    bounds = offsets[a:b][np.diff(offsets[a : b + 1]) > 0] - low  # where a sentence that has words begins
    kind = tags.kind[ids]
    inside = kind >= 0
    breaks = np.ones(len(ids) + 1, dtype=bool)  # breaks[i]: no entity runs from word i-1 into word i
    breaks[1:-1] = (kind[1:] != kind[:-1]) | tags.starts[ids[1:]] | tags.ends[ids[:-1]]
    breaks[bounds] = True
    start = np.flatnonzero(inside & breaks[:-1])
    end = np.flatnonzero(inside & breaks[1:]) + 1
    return (start + low).astype(np.int32), (end + low).astype(np.int32), kind[start]


def _narrow_labels(column: pa.ChunkedArray, n_labels: int) -> IntArray:
    import numpy as np
    import pyarrow.compute as pc

    dtype = np.uint8 if n_labels <= 256 else np.uint16 if n_labels <= 65536 else np.uint32
    chunks = [chunk.to_numpy(zero_copy_only=False).astype(dtype) for chunk in pc.list_flatten(column).chunks]
    return np.concatenate(chunks) if chunks else np.zeros(0, dtype=dtype)


class _IndexCache:
    """The indexes used last. An index goes when its corpus does."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self._kept: OrderedDict[tuple[int, str], SplitIndex] = OrderedDict()
        self._lock = threading.RLock()  # reentrant: a corpus may be collected, and call _forget, while a thread is in here

    def get(self, corpus: Corpus, split: str) -> SplitIndex:
        key = id(corpus), split
        with self._lock:
            index = self._kept.get(key)
            if index is None:
                index = self._kept[key] = SplitIndex(corpus.table(split), dict(corpus.label_sets))
                weakref.finalize(corpus, self._forget, key).atexit = False
            self._kept.move_to_end(key)
            while len(self._kept) > 1 and sum(i.nbytes for i in self._kept.values()) > self.max_bytes:
                self._kept.popitem(last=False)
            return index

    def _forget(self, key: tuple[int, str]) -> None:
        with self._lock:
            self._kept.pop(key, None)


_CACHE = _IndexCache(MAX_BYTES)


def split_index(corpus: Corpus, split: str) -> SplitIndex:
    """The index of a split, shared by everybody who asks for this corpus. Raises CorpusError where there is no such split."""
    return _CACHE.get(corpus, split)
