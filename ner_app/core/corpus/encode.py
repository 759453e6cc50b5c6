"""From rows as they were read (labels as text or as numbers) to the tables of a Corpus (labels as ids of a LabelSet)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ner_app.core.corpus.checks import Problems
from ner_app.core.corpus.measure import Batched, from_numpy
from ner_app.core.corpus.model import TOKENS
from ner_app.core.corpus.progress import tell
from ner_app.core.corpus.sources import KNOWN_LABELS
from ner_app.core.errors import CorpusError
from ner_app.core.labels import OUTSIDE, ordered_labels, split_tag

if TYPE_CHECKING:
    import pyarrow as pa

LabelNames = Mapping[str, Sequence[str]]
ROWS = 20_000  # sentences a record batch
_PREFERRED = ("ner_tags", "ner", "tags", "labels", "chunk_tags", "pos_tags")
_MAX_LABELS = 2_000


@dataclass(frozen=True)
class RawSplit:
    """One split as it was read.

    rows: batches of ``tokens`` (lists of strings), label columns (lists of strings or of integers), ``id``, ``_file`` and ``_line``;
    schema: of those batches; files: names for messages; names: names that the file itself declares for integer labels.
    """

    rows: Batched
    schema: pa.Schema
    files: tuple[str, ...]
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    line_per_word: bool = False  # column files: word k of a sentence stands k lines below its first
    by_row: bool = False  # Parquet and the like: ``_line`` is a row, as the format has no lines

    def place(self, file: int, line: int, column: str, word: int) -> tuple[str, int, str]:
        """File, line and column of a word (from 0) of the sentence that starts at ``line``, for a Problem."""
        if self.by_row:
            return self.files[file], 0, f"row {line}, {column}, word {word + 1}"
        if self.line_per_word:
            return self.files[file], line + word, column
        return self.files[file], line, f"{column}, word {word + 1}"

    @property
    def columns(self) -> tuple[str, ...]:
        """Label columns of the batches."""
        return tuple(name for name in self.schema.names if name not in (TOKENS, "id", "_file", "_line"))

    def is_int(self, column: str) -> bool:
        """Are the labels of a column numbers?"""
        import pyarrow.types as types

        return bool(types.is_integer(self.schema.field(column).type.value_type))


def encode(
    raw: Mapping[str, RawSplit], files: Mapping[str, Path], *, label_names: LabelNames | None, problems: Problems
) -> dict[str, tuple[str, ...]]:
    """Write the Arrow file of every split that has a usable row; returns the label names of each column.

    Raises CorpusError where integer labels have no names, or no row at all can be used.
    """
    columns = common_columns(raw, problems)
    counts = {split: count_values(part, columns) for split, part in raw.items()}
    values = {column: {split: counts[split][column] for split in raw} for column in columns}
    names = {column: _names(column, raw, values[column], label_names, problems) for column in columns}
    for split, part in raw.items():
        _write_split(split, part, files[split], names, problems)
    _missing_in_train(raw, values, names, problems)
    return names


def common_columns(raw: Mapping[str, RawSplit], problems: Problems) -> tuple[str, ...]:
    """Label columns that every split has, NER first; a remark names the others."""
    every = dict.fromkeys(column for part in raw.values() for column in part.columns)
    shared = [column for column in every if all(column in part.columns for part in raw.values())]
    for column in every:
        if column not in shared:
            lacking = ", ".join(split for split, part in raw.items() if column not in part.columns)
            problems.add(lacking, 0, column, "this label column is left out, since not every split has it.")
    if not shared:
        has = "; ".join(f"{split}: {', '.join(part.columns) or 'none'}" for split, part in raw.items())
        raise CorpusError(f"No label column is in every split ({has}). Name them alike, or give columns=.")
    rank = {name: i for i, name in enumerate(_PREFERRED)}
    return tuple(sorted(shared, key=lambda name: rank.get(name, len(rank))))


def count_values(part: RawSplit, columns: Sequence[str]) -> dict[str, Counter[Any]]:
    """How often each label of each column occurs in a split."""
    import pyarrow.compute as pc

    counts: dict[str, Counter[Any]] = {column: Counter() for column in columns}
    done = 0
    for batch in part.rows.to_batches():
        done += batch.num_rows
        tell("Counting labels", sentences=done)
        for column, found in counts.items():
            for entry in pc.value_counts(batch.column(column).flatten()):
                found[entry["values"].as_py()] += entry["counts"].as_py()
            if len(found) > _MAX_LABELS:
                raise CorpusError(f"Column {column!r} has over {_MAX_LABELS:,} different values; that is text, not labels. Give columns=.")
    return counts


def _names(
    column: str, raw: Mapping[str, RawSplit], values: Mapping[str, Counter[Any]], given: LabelNames | None, problems: Problems
) -> tuple[str, ...]:
    """Names of a label column in the order of their ids: those given, declared, known, or found."""
    if given and column in given:
        return _no_doubles(column, tuple(given[column]))
    numbers = {part.is_int(column) for part in raw.values()}
    if len(numbers) > 1:
        raise CorpusError(f"Column {column!r} holds numbers in one split and text in another; write them alike.")
    declared = {part.names[column] for part in raw.values() if column in part.names}
    if len(declared) > 1:
        raise CorpusError(f"The splits number the labels of {column!r} differently; give label_names={{{column!r}: [...]}}.")
    if declared:
        return _no_doubles(column, declared.pop())
    total: Counter[Any] = sum(values.values(), Counter())
    total.pop(None, None)
    if numbers == {True}:
        return _known_numbers(column, total, raw, problems)
    return _found(column, set(total) - malformed(total))


def _no_doubles(column: str, names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) != len(names):
        doubled = Counter(names).most_common(1)[0][0]
        raise CorpusError(f"The label names of {column!r} list {doubled!r} twice; each label needs one id.")
    return names


def _found(column: str, found: set[str]) -> tuple[str, ...]:
    """The known names of CoNLL-2003 (all of them, so that ids equal the course's) where they suffice, else what was found, in order."""
    known = KNOWN_LABELS.get(column, ())
    return known if found <= set(known) else ordered_labels(found)


def _known_numbers(column: str, total: Counter[Any], raw: Mapping[str, RawSplit], problems: Problems) -> tuple[str, ...]:
    aliases = {"ner": "ner_tags", "pos": "pos_tags", "chunk": "chunk_tags"}
    known = KNOWN_LABELS.get(aliases.get(column, column), ())
    numbers = sorted(total)
    if known and numbers and numbers[0] >= 0 and numbers[-1] < len(known):
        file = next(iter(raw.values())).files[0]
        problems.add(
            file, 0, column, "the labels are numbers without names, read in CoNLL-2003's numbering; give label_names= if that is wrong."
        )
        return known
    span = f"{numbers[0]} to {numbers[-1]}" if numbers else "none"
    raise CorpusError(
        f"The labels of {column!r} are numbers ({span}) without names. Give the names in the order of their numbers: "
        f'label_names={{"{column}": ["O", "B-PER", ...]}} (or add ?labels.{column}=O,B-PER,... to the path).'
    )


def malformed(counts: Mapping[str, int]) -> set[str]:
    """Labels of a tag column that are neither O nor a prefixed tag, where nearly all are: slips of the pen such as 0 for O.

    >>> sorted(malformed({"O": 900, "B-PER": 80, "BPER": 1, "0": 1}))
    ['0', 'BPER']
    >>> malformed({"NN": 10, "VB": 5})
    set()
    """
    odd = {name for name in counts if name is not None and name != OUTSIDE and not split_tag(name)[0]}
    if OUTSIDE not in counts or len(odd) == len(counts) - 1:
        return set()
    return odd if sum(counts[name] for name in odd) <= 0.01 * sum(counts.values()) else set()


def _write_split(split: str, part: RawSplit, path: Path, names: Mapping[str, tuple[str, ...]], problems: Problems) -> None:
    """Labels to ids, rows with an unknown label set aside, the rest to an Arrow file in batches."""
    import pyarrow as pa

    lists = {TOKENS: pa.list_(pa.string()), **{column: pa.list_(pa.int32()) for column in names}}
    schema = pa.schema([("id", pa.string()), *lists.items(), ("_file", pa.int16()), ("_line", pa.int32())])
    written = 0
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        for batch in part.rows.to_batches():
            encoded = _encode_batch(batch, part, names, problems, written)
            if encoded.num_rows:
                writer.write_batch(encoded.cast(schema))
            written += encoded.num_rows
            tell(f"Numbering the labels of {split}", sentences=written)
    if not written:
        path.unlink()


def _encode_batch(
    batch: pa.RecordBatch, part: RawSplit, names: Mapping[str, tuple[str, ...]], problems: Problems, start: int
) -> pa.RecordBatch:
    import numpy as np
    import pyarrow as pa

    keep = np.ones(batch.num_rows, dtype=bool)
    arrays: dict[str, Any] = {}
    for column, labels in names.items():
        lists = batch.column(column)
        ids = _ids(lists.flatten(), labels)
        offsets = np.asarray(lists.offsets, dtype=np.int32)
        offsets = offsets - offsets[0]
        if ids.null_count:
            _set_aside(batch, part, column, (ids, offsets, labels), keep, problems)
            ids = ids.fill_null(0)
        arrays[column] = pa.ListArray.from_arrays(from_numpy(offsets, pa.int32()), ids)
    problems.set_aside += int((~keep).sum())
    columns = {TOKENS: batch.column(TOKENS), **arrays, "_file": batch.column("_file"), "_line": batch.column("_line")}
    kept = pa.RecordBatch.from_pydict({"id": batch.column("id"), **columns})
    kept = kept if keep.all() else kept.filter(pa.array(keep.tolist()))
    return kept.set_column(0, "id", _fill_ids(kept.column("id"), start))


def _ids(values: pa.Array, names: tuple[str, ...]) -> pa.Array:
    """Ids of labels; null for a label that has no name."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_integer(values.type):
        inside = pc.and_(pc.greater_equal(values, 0), pc.less(values, len(names)))
        return pc.if_else(inside, values, pa.scalar(None, values.type)).cast(pa.int32())
    return pc.index_in(values, value_set=pa.array(names, values.type))


def _set_aside(batch: pa.RecordBatch, part: RawSplit, column: str, coded: tuple[Any, Any, Any], keep: Any, problems: Problems) -> None:
    """List the unknown labels of a batch, each with its place, and strike their rows."""
    import numpy as np

    ids, offsets, labels = coded
    unknown = np.flatnonzero(ids.is_null().to_numpy(zero_copy_only=False))
    rows = np.searchsorted(offsets, unknown, side="right") - 1
    values = batch.column(column).flatten()
    keep[rows] = False
    for at, row in zip(unknown.tolist(), rows.tolist(), strict=True):
        word = at - int(offsets[row])
        value = values[at].as_py()
        what = "there is no label" if value is None else f"unknown label {value!r}"
        known = ", ".join(labels[:12]) + (", ..." if len(labels) > 12 else "")
        place = part.place(batch.column("_file")[row].as_py(), batch.column("_line")[row].as_py(), column, word)
        problems.add(*place, f"{what} (known: {known}). Sentence set aside.")


def _fill_ids(ids: pa.Array, start: int) -> pa.Array:
    """Ids of sentences that have none: their position in the split."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    if not ids.null_count:
        return ids
    return pc.coalesce(ids, from_numpy(np.arange(start, start + len(ids)), pa.int64()).cast(pa.string()))


def _missing_in_train(
    raw: Mapping[str, RawSplit], values: Mapping[str, Mapping[str, Counter[Any]]], names: Mapping[str, tuple[str, ...]], problems: Problems
) -> None:
    """A remark for every label whose type a split has and the train split lacks: no model can learn it there."""
    for column, splits in values.items():
        learnt = {split_tag(name)[1] for name in _named(splits.get("train", Counter()), names[column])}
        for split, counts in splits.items():
            for name in _named(counts, names[column]):
                if "train" in splits and split_tag(name)[1] not in learnt:
                    message = f"the label {name!r} first stands here; the train split lacks it, so no model can learn it."
                    problems.add(*_first(raw[split], column, names[column], name), message)


def _named(counts: Counter[Any], names: tuple[str, ...]) -> list[str]:
    """Labels that occur, as names, in the order of their ids."""
    return [name for i, name in enumerate(names) if counts[name] or counts[i]]


def _first(part: RawSplit, column: str, names: tuple[str, ...], name: str) -> tuple[str, int, str]:
    """File, line and column where a label first stands in a split."""
    import numpy as np
    import pyarrow.compute as pc

    for batch in part.rows.to_batches():
        lists = batch.column(column)
        at = pc.index(_ids(lists.flatten(), names), names.index(name)).as_py()
        if at >= 0:
            offsets = np.asarray(lists.offsets, dtype=np.int64)
            row = int(np.searchsorted(offsets - offsets[0], at, side="right")) - 1
            word = at - int(offsets[row] - offsets[0])
            return part.place(batch.column("_file")[row].as_py(), batch.column("_line")[row].as_py(), column, word)
    return part.files[0], 0, column
