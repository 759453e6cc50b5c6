"""Numbers about a corpus, each with the query that leads to its sentences. Counted over Arrow and numpy, without a loop over words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ner_app.core.corpus.index import BLOCK, Entities, split_index
from ner_app.core.corpus.model import Corpus
from ner_app.core.corpus.query import Query
from ner_app.core.errors import LabelError

if TYPE_CHECKING:
    from ner_app.core.corpus.index import IntArray


@dataclass(frozen=True)
class Count:
    """How often a label or an entity type stands in each split."""

    name: str
    column: str
    splits: dict[str, int]

    @property
    def total(self) -> int:
        """In all splits together."""
        return sum(self.splits.values())

    @property
    def query(self) -> Query:
        """The search for its sentences."""
        return Query(column=self.column, label=self.name)


@dataclass(frozen=True)
class Lengths:
    """Sentence lengths of a split, in words. ``counts[n]`` sentences have n words."""

    counts: tuple[int, ...]
    mean: float
    median: float

    @property
    def longest(self) -> int:
        """Words of the longest sentence (0 in an empty split)."""
        return max(0, len(self.counts) - 1)

    def bins(self, *, most: int = 40) -> list[tuple[int, int, int]]:
        """At most ``most`` bars as (first length, last length, sentences), each of the same width.

        >>> Lengths((0, 3, 1, 2), 1.8, 1.5).bins(most=2)
        [(0, 1, 3), (2, 3, 3)]
        """
        width = max(1, -(-len(self.counts) // most))
        starts = range(0, len(self.counts), width)
        return [(a, a + width - 1, sum(self.counts[a : a + width])) for a in starts]


@dataclass(frozen=True)
class Surface:
    """A surface form and how often it carries each type, most frequent type first.

    >>> leeds = Surface("Leeds", "ner_tags", {"LOC": 11, "ORG": 4})
    >>> leeds.total, leeds.minority, str(leeds.query("ORG"))
    (15, 4, 'case:yes column:ner_tags label:ORG entity:Leeds')
    """

    text: str
    column: str
    types: dict[str, int]

    @property
    def total(self) -> int:
        """Occurrences with any type."""
        return sum(self.types.values())

    @property
    def minority(self) -> int:
        """Occurrences that do not carry the most frequent type: the more there are, the more a look is worth."""
        return self.total - max(self.types.values())

    def query(self, label: str = "") -> Query:
        """The search for its sentences, with any type or with one."""
        return Query(column=self.column, label=label, surface=self.text, case=True)


def label_counts(corpus: Corpus, column: str) -> list[Count]:
    """Words with each label, in the order of the label ids."""
    import numpy as np

    names = corpus.label_set(column).names

    def count(split: str) -> IntArray:
        ids = split_index(corpus, split).labels(column)
        blocks = (ids[a : a + BLOCK] for a in range(0, len(ids), BLOCK))  # bincount makes eight bytes of every label
        total: IntArray = np.sum([np.zeros(len(names), np.int64), *(np.bincount(part, minlength=len(names)) for part in blocks)], axis=0)
        return total

    return _by_name(corpus, column, names, count)


def type_counts(corpus: Corpus, column: str) -> list[Count]:
    """Entities of each type (words with each label, where labels are plain)."""
    import numpy as np

    label_set = corpus.label_set(column)
    if not label_set.has_spans:
        return label_counts(corpus, column)
    types = label_set.types

    def count(split: str) -> IntArray:
        spans = split_index(corpus, split).spans(column)
        total: IntArray = np.sum(
            [np.zeros(len(types), np.int64), *(np.bincount(kind, minlength=len(types)) for _, _, kind in spans)], axis=0
        )
        return total

    return _by_name(corpus, column, types, count)


def sentence_lengths(corpus: Corpus, split: str) -> Lengths:
    """How long the sentences of a split are."""
    import numpy as np

    lengths = np.diff(split_index(corpus, split).offsets)
    if not len(lengths):
        return Lengths((), 0.0, 0.0)
    return Lengths(tuple(np.bincount(lengths).tolist()), float(lengths.mean()), float(np.median(lengths)))


def frequent_surfaces(corpus: Corpus, split: str, column: str, *, kind: str, limit: int = 20) -> list[tuple[Surface, int]]:
    """The most frequent surface forms of a type, each with how often it carries that type; ties in the order of the text.

    Raises LabelError where the column has no such type.
    """
    import numpy as np

    units = split_index(corpus, split).entities(column)
    if kind not in units.types:
        raise LabelError(f"{column} has no type {kind!r}; it has {', '.join(units.types)}.")
    surface, kinds, count = _pairs(units)
    rows = np.flatnonzero(kinds == units.types.index(kind))
    rows = rows[np.lexsort((surface[rows], -count[rows]))[:limit]]
    forms = _surfaces(units, column, surface, kinds, count, surface[rows])
    return [(forms[int(surface[row])], int(count[row])) for row in rows]


def ambiguous_surfaces(corpus: Corpus, split: str, column: str, *, limit: int = 200) -> tuple[int, list[Surface]]:
    """Surface forms that carry more than one type: how many there are, and those with most occurrences outside their main type."""
    import numpy as np

    units = split_index(corpus, split).entities(column)
    surface, kind, count = _pairs(units)
    if not len(surface):
        return 0, []
    first = np.flatnonzero(np.r_[True, surface[1:] != surface[:-1]])  # the pairs are sorted by surface
    total, most = np.add.reduceat(count, first), np.maximum.reduceat(count, first)
    several = np.flatnonzero(total > most)
    order = several[np.lexsort((surface[first][several], -total[several], most[several] - total[several]))[:limit]]
    forms = _surfaces(units, column, surface, kind, count, surface[first][order])
    return len(several), [forms[int(i)] for i in surface[first][order]]


def _by_name(corpus: Corpus, column: str, names: Sequence[str], count: Callable[[str], IntArray]) -> list[Count]:
    per_split = {split: count(split).tolist() for split in corpus.splits}
    return [Count(name, column, {split: numbers[i] for split, numbers in per_split.items()}) for i, name in enumerate(names)]


def _pairs(units: Entities) -> tuple[IntArray, IntArray, IntArray]:
    """Every (surface, type) that occurs and how often; three arrays of one shape, sorted by surface, then type."""
    import numpy as np

    width = max(1, len(units.types))
    parts = [np.unique(keys, return_counts=True) for keys in _keys(units, width)]
    if not parts:
        return (np.zeros(0, np.int64),) * 3
    keys, where = np.unique(np.concatenate([part[0] for part in parts]), return_inverse=True)
    counts = np.bincount(where, weights=np.concatenate([part[1] for part in parts])).astype(np.int64)
    return keys // width, keys % width, counts


def _keys(units: Entities, width: int) -> Iterator[IntArray]:
    import numpy as np

    for a in range(0, len(units.kind), BLOCK):
        yield units.surface[a : a + BLOCK].astype(np.int64) * width + units.kind[a : a + BLOCK]


def _surfaces(units: Entities, column: str, surface: IntArray, kind: IntArray, count: IntArray, wanted: IntArray) -> dict[int, Surface]:
    """The wanted surface forms, by number, with all their types."""
    import numpy as np

    forms = {}
    for i in wanted.tolist():
        rows = np.arange(np.searchsorted(surface, i), np.searchsorted(surface, i, side="right"))
        rows = rows[np.argsort(-count[rows], kind="stable")]
        types = {units.types[k]: n for k, n in zip(kind[rows].tolist(), count[rows].tolist(), strict=True)}
        forms[i] = Surface(units.surfaces[i].as_py(), column, types)
    return forms
