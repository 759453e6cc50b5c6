"""Parquet files and data sets of the datasets library: checked a batch at a time, without a Python object a word."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ner_app.core.corpus.checks import Problems
from ner_app.core.corpus.columns import LEFT_OUT, TOKENS
from ner_app.core.corpus.encode import ROWS, RawSplit
from ner_app.core.corpus.fields import RESERVED, TOKEN_FIELDS, Fields, find_fields, trouble
from ner_app.core.corpus.measure import ArrowFile
from ner_app.core.corpus.progress import tell
from ner_app.core.corpus.sources import SPLIT_ALIASES
from ner_app.core.errors import CorpusError

if TYPE_CHECKING:
    import datasets
    import pyarrow as pa


@dataclass(frozen=True)
class Source:
    """Batches of one file or split, its name for messages, and the label names that it declares."""

    shown: str
    schema: pa.Schema
    batches: Iterable[pa.RecordBatch]
    names: Mapping[str, tuple[str, ...]]


def open_parquet(
    splits: Mapping[str, tuple[Path, ...]], work: Path, *, columns: tuple[str, ...] | None, problems: Problems
) -> dict[str, RawSplit]:
    """Splits of Parquet files."""
    raw: dict[str, RawSplit] = {}
    for split, paths in splits.items():
        sources = [_parquet(path) for path in paths]
        read = read_split(sources, work / f"{len(raw)}.arrow", columns=columns, problems=problems)
        if read is not None:
            raw[split] = read
    return raw


def _parquet(path: Path) -> Source:
    import pyarrow as pa
    import pyarrow.parquet as parquet

    try:
        file = parquet.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise CorpusError(f"{path.name} is no Parquet file: {str(error).splitlines()[0][:200]}") from None
    return Source(path.name, file.schema_arrow, _parquet_batches(file, path.name), declared_names(file.schema_arrow))


def _parquet_batches(file: Any, shown: str) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    try:
        yield from file.iter_batches(batch_size=ROWS)
    except (pa.ArrowException, OSError) as error:
        raise CorpusError(f"{shown} is damaged: {str(error).splitlines()[0][:200]}") from None


def declared_names(schema: pa.Schema) -> dict[str, tuple[str, ...]]:
    """ClassLabel names that the datasets library wrote into a schema.

    >>> import pyarrow as pa
    >>> features = '{"info": {"features": {"ner": {"feature": {"names": ["O", "B-X"], "_type": "ClassLabel"}, "_type": "List"}}}}'
    >>> declared_names(pa.schema([], metadata={"huggingface": features}))
    {'ner': ('O', 'B-X')}
    """
    try:
        features = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))["info"]["features"]
        pairs = [(name, entry["feature"].get("names")) for name, entry in features.items() if isinstance(entry.get("feature"), dict)]
    except (ValueError, KeyError, AttributeError, TypeError):
        return {}
    return {name: tuple(map(str, names)) for name, names in pairs if isinstance(names, list)}


def open_datasets(
    parts: Mapping[str, datasets.Dataset], work: Path, *, columns: tuple[str, ...] | None, problems: Problems
) -> dict[str, RawSplit]:
    """Splits of loaded data sets (from the Hub, or from a save_to_disk folder)."""
    raw: dict[str, RawSplit] = {}
    for split, data in parts.items():
        names = {name: tuple(labels) for name, feature in data.features.items() if (labels := _class_names(feature))}
        batches = (batch for table in data.with_format("arrow").iter(ROWS) for batch in table.combine_chunks().to_batches())
        source = Source(split, data.data.table.schema, batches, names)
        read = read_split([source], work / f"{len(raw)}.arrow", columns=columns, problems=problems)
        name = SPLIT_ALIASES.get(split.lower(), split)
        if read is not None:
            raw[split if name in raw else name] = read
    return raw


def _class_names(feature: Any) -> list[str] | None:
    names = getattr(getattr(feature, "feature", None), "names", None)
    return names if isinstance(names, list) else None


def read_split(sources: list[Source], target: Path, *, columns: tuple[str, ...] | None, problems: Problems) -> RawSplit | None:
    """Check all batches, write the rows that pass to an Arrow file; None where none does."""
    import pyarrow as pa

    fields = find_lists(sources[0], columns)
    text = pa.list_(pa.string())
    labels = [(name, pa.list_(pa.int64()) if fields.numbers[name] else text) for name in fields.labels]
    schema = pa.schema([(TOKENS, text), *labels, ("id", pa.string()), ("_file", pa.int16()), ("_line", pa.int32())])
    count = 0
    with pa.OSFile(str(target), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        for number, source in enumerate(sources):
            start = 1
            for batch in source.batches:
                good = _good_rows(_picked(batch, source, fields, schema, (number, start)), fields, source.shown, problems)
                writer.write_batch(good)
                count += good.num_rows
                start += batch.num_rows
                tell(f"Reading {source.shown}", sentences=start - 1)
    names = {name: sources[0].names[name] for name in fields.labels if name in sources[0].names}
    shown = tuple(source.shown for source in sources)
    return RawSplit(ArrowFile((target,)), schema, shown, names, by_row=True) if count else None


def find_lists(source: Source, columns: tuple[str, ...] | None) -> Fields:
    """Words and labels of a schema: columns of lists of text or of whole numbers."""
    import pyarrow.types as types

    lists = {f.name: f.type.value_type for f in source.schema if types.is_list(f.type) or types.is_large_list(f.type)}
    text = {name for name, kind in lists.items() if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind)}
    usable = {name for name, kind in lists.items() if name in text or types.is_integer(kind)}
    token = next((name for name in TOKEN_FIELDS if name in text), None)
    if token is None and len(text) == 1:
        token = next(iter(text))
    wanted = tuple(name for name in columns or () if name not in (TOKENS, LEFT_OUT))
    if token is not None and not wanted:
        wanted = tuple(name for name in source.schema.names if name in usable and name != token and name not in RESERVED)
    missing = [name for name in wanted if name not in usable]
    if token is None or not wanted or missing:
        # the same words as for JSON, with the columns that there are
        return find_fields([dict.fromkeys(source.schema.names)], shown=source.shown, columns=columns if missing else None)
    return Fields(token, wanted, {name: name not in text for name in wanted})


def _picked(batch: pa.RecordBatch, source: Source, fields: Fields, schema: pa.Schema, place: tuple[int, int]) -> pa.RecordBatch:
    """The columns that are used, in the types of ``schema``, with file and row numbers."""
    import pyarrow as pa

    number, start = place
    arrays = []
    for field in schema:
        name = fields.token if field.name == TOKENS else field.name
        if field.name == "_file":
            arrays.append(pa.array([number] * batch.num_rows, pa.int16()))
        elif field.name == "_line":
            arrays.append(pa.array(range(start, start + batch.num_rows), pa.int32()))
        elif field.name == "id" and ("id" not in batch.schema.names or not _is_plain(batch.schema.field("id").type)):
            arrays.append(pa.nulls(batch.num_rows, pa.string()))
        else:
            arrays.append(_cast(batch, name, field.type, source.shown))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _is_plain(kind: Any) -> bool:
    import pyarrow.types as types

    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_integer(kind))


def _cast(batch: pa.RecordBatch, name: str, kind: pa.DataType, shown: str) -> pa.Array:
    import pyarrow as pa

    if name not in batch.schema.names:
        raise CorpusError(f"{shown} has no column {name!r}, which the other files of the split have.")
    try:
        return batch.column(name).cast(kind)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise CorpusError(f"{shown}, column {name!r}: {str(error).splitlines()[0][:200]}") from None


def _good_rows(batch: pa.RecordBatch, fields: Fields, shown: str, problems: Problems) -> pa.RecordBatch:
    """Rows that pass the same checks as a JSON record: suspects are found on whole columns, then looked at one by one."""
    import numpy as np
    import pyarrow as pa

    bad = np.zeros(batch.num_rows, dtype=bool)
    for row in np.flatnonzero(_suspects(batch, fields)).tolist():
        record = {fields.token: batch.column(TOKENS)[row].as_py(), **{name: batch.column(name)[row].as_py() for name in fields.labels}}
        found = trouble(record, fields)
        if found:
            bad[row] = True
            place = f"row {batch.column('_line')[row].as_py()}, {found[0]}"
            problems.add(shown, 0, place, found[1])
    problems.set_aside += int(bad.sum())
    return batch if not bad.any() else batch.filter(pa.array((~bad).tolist()))


def _suspects(batch: pa.RecordBatch, fields: Fields) -> Any:
    """Rows in which something may be wrong: nulls, empty words, no words or too many, label counts that differ, numbers out of range."""
    import numpy as np
    import pyarrow.compute as pc

    from ner_app.core.corpus.checks import MAX_WORDS

    words = batch.column(TOKENS)
    lengths = pc.fill_null(pc.list_value_length(words), 0).to_numpy(zero_copy_only=False)
    suspects = (lengths == 0) | (lengths > MAX_WORDS)
    parents = pc.list_parent_indices(words).to_numpy(zero_copy_only=False)
    flat = words.flatten()
    empty = pc.fill_null(pc.equal(pc.binary_length(pc.utf8_trim_whitespace(flat)), 0), True).to_numpy(zero_copy_only=False)
    suspects[parents[empty]] = True
    for name in fields.labels:
        labels = batch.column(name)
        suspects |= pc.fill_null(pc.list_value_length(labels), -1).to_numpy(zero_copy_only=False) != lengths
        odd = _odd_labels(labels.flatten(), numbers=fields.numbers[name])
        suspects[pc.list_parent_indices(labels).to_numpy(zero_copy_only=False)[odd]] = True
    return np.asarray(suspects)


def _odd_labels(values: pa.Array, *, numbers: bool) -> Any:
    import pyarrow.compute as pc

    odd = pc.greater(pc.abs(values), 2**31 - 1) if numbers else pc.equal(pc.binary_length(values), 0)
    return pc.fill_null(odd, True).to_numpy(zero_copy_only=False)
