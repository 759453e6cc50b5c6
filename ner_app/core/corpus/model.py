"""Corpus and Sentence: what every tab reads.

A split is an Arrow table (memory-mapped where it comes from a file), one row a sentence: ``id`` (string), ``tokens`` (list of strings)
and, for each label column, a list of integer ids (int32 or int64) into that column's LabelSet. Corpora from files also have ``_file`` and
``_line``: where the sentence starts (:meth:`Corpus.origin`). ``Corpus.details`` is described in :mod:`ner_app.core.corpus.files`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from ner_app.core.errors import CorpusError, LabelError
from ner_app.core.labels import LabelSet, Span, tags_to_spans

if TYPE_CHECKING:
    import datasets
    import numpy as np
    import pyarrow as pa

TOKENS = "tokens"


class Problem(NamedTuple):
    """A row that was set aside, or a remark on how a file was read: ``train.txt``, 120, ``column 3``, what is wrong and what to do."""

    file: str
    line: int  # 1-based; 0 where the whole file is meant
    column: str
    message: str

    def __str__(self) -> str:
        place = ":".join([self.file, str(self.line)]) if self.line else self.file
        return f"{place}{', ' + self.column if self.column else ''}: {self.message}"


@dataclass(frozen=True)
class Sentence:
    """One sentence with every label column, as names.

    >>> s = Sentence("train", 0, "0", ("EU", "rejects"), {"ner_tags": ("B-ORG", "O")})
    >>> s.spans("ner_tags")
    [Span(start=0, end=1, label='ORG')]
    """

    split: str
    index: int
    id: str
    words: tuple[str, ...]
    labels: Mapping[str, tuple[str, ...]]

    def spans(self, column: str) -> list[Span]:
        """Entities of a label column (none for a plain one)."""
        return tags_to_spans(self.labels[column])

    def two_lines(self, column: str) -> str:
        """Words and labels padded into two lines, to the character as the course prints them (no trailing spaces).

        >>> print(Sentence("train", 0, "0", ("EU", "rejects"), {"ner_tags": ("B-ORG", "O")}).two_lines("ner_tags"))
        EU    rejects
        B-ORG O
        """
        pairs = list(zip(self.words, self.labels[column], strict=True))
        widths = [max(len(word), len(label)) for word, label in pairs]
        line1 = " ".join(word.ljust(width) for (word, _), width in zip(pairs, widths, strict=True))
        line2 = " ".join(label.ljust(width) for (_, label), width in zip(pairs, widths, strict=True))
        return f"{line1.rstrip()}\n{line2.rstrip()}"


@dataclass(frozen=True, eq=False)
class Corpus:
    """Splits of sentences with label columns. Immutable; safe to share between visitors and threads.

    name: short name for the screen; source: what :func:`open_corpus` was given; fingerprint: hash of words and labels.
    problems: rows set aside, at most the first 1,000 (``n_problems`` counts all); notice: a banner, such as "the Hub is not reachable".
    """

    name: str
    source: str
    fingerprint: str
    tables: Mapping[str, pa.Table]
    label_sets: Mapping[str, LabelSet]
    problems: tuple[Problem, ...] = ()
    n_problems: int = 0
    notice: str = ""
    details: Mapping[str, str] = field(default_factory=dict)  # e.g. {"revision": "...", "builder": "conll"}

    @property
    def sizes(self) -> dict[str, int]:
        """Split name -> number of sentences."""
        return {split: table.num_rows for split, table in self.tables.items()}

    @property
    def splits(self) -> tuple[str, ...]:
        """Split names, in the order train, validation, test, others."""
        return tuple(self.tables)

    @property
    def columns(self) -> tuple[str, ...]:
        """Label columns, NER first where there is one."""
        return tuple(self.label_sets)

    def table(self, split: str) -> pa.Table:
        """The Arrow table of a split; CorpusError names the splits there are."""
        if split not in self.tables:
            raise CorpusError(f"{self.name} has no split {split!r}; choose one of: {', '.join(self.tables)}.")
        return self.tables[split]

    def label_set(self, column: str) -> LabelSet:
        """The labels of a column; LabelError names the columns there are."""
        if column not in self.label_sets:
            raise LabelError(f"{self.name} has no label column {column!r}; choose one of: {', '.join(self.label_sets)}.")
        return self.label_sets[column]

    def sentence(self, split: str, index: int) -> Sentence:
        """One sentence; CorpusError where the index is out of range."""
        size = self.table(split).num_rows
        if not 0 <= index < size:
            raise CorpusError(f"{self.name} {split} has the sentences 0 to {size - 1}; {index} is not one of them.")
        return self.sentences(split, index, index + 1)[0]

    def sentences(self, split: str, start: int = 0, stop: int | None = None) -> list[Sentence]:
        """Sentences ``start`` up to, not including, ``stop`` (cut to the size of the split)."""
        table = self.table(split)
        stop = table.num_rows if stop is None else min(stop, table.num_rows)
        start = max(0, start)
        rows = table.slice(start, max(0, stop - start)).to_pylist()
        return [self._sentence(split, start + i, row) for i, row in enumerate(rows)]

    def pick(self, split: str, indices: list[int]) -> list[Sentence]:
        """Sentences by index, in the order given."""
        return [self.sentence(split, i) for i in indices]

    def _sentence(self, split: str, index: int, row: Mapping[str, Any]) -> Sentence:
        labels = {c: tuple(s.names[i] for i in row[c]) for c, s in self.label_sets.items()}
        return Sentence(split, index, str(row["id"]), tuple(row[TOKENS]), labels)

    def flat(self, split: str, column: str) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """A label column without sentences: ids of all words in order, and offsets (sentence i is ids[offsets[i]:offsets[i+1]]).

        Shapes: ids (words,), offsets (sentences + 1,), both int64 and without copying more than the column itself.
        """
        import numpy as np

        array = self.table(split).column(column).combine_chunks()
        offsets = np.asarray(array.offsets, dtype=np.int64)
        return array.flatten().to_numpy(zero_copy_only=False).astype(np.int64, copy=False), offsets - offsets[0]

    def origin(self, split: str, index: int) -> tuple[str, int] | None:
        """File and line (or row, from 1) where a sentence starts; None where the source does not say.

        The file is a path for corpora from files (one of ``details["files:<split>"]``).
        """
        table = self.table(split)
        files = self.details.get(f"files:{split}", "").split("\n")
        if "_line" not in table.column_names or not files[0]:
            return None
        return files[table.column("_file")[index].as_py()], table.column("_line")[index].as_py()

    def dataset(self, split: str) -> datasets.Dataset:
        """The split as a Dataset with ClassLabel features, for training and export."""
        import datasets

        features = self.features()
        table = self.table(split).select(list(features)).cast(features.arrow_schema)
        return datasets.Dataset(table, info=datasets.DatasetInfo(features=features), fingerprint=f"{self.fingerprint}-{split}")

    def features(self) -> datasets.Features:
        """``id``, ``tokens`` and one list of ClassLabel a label column."""
        import datasets

        columns = {c: datasets.List(datasets.ClassLabel(names=list(s.names))) for c, s in self.label_sets.items()}
        return datasets.Features({"id": datasets.Value("string"), TOKENS: datasets.List(datasets.Value("string")), **columns})

    def schema(self) -> str:
        """Splits, features and row counts, printed as the course prints them (features in alphabetical order)."""
        names = sorted(["id", TOKENS, *self.label_sets])
        lines = ["DatasetDict({"]
        for split, size in self.sizes.items():
            lines += [f"    {split}: Dataset({{", f"        features: {names!r},", f"        num_rows: {size}", "    })"]
        return "\n".join([*lines, "})"])
