"""JSON Lines and JSON: one record a sentence, checked record by record, written to Arrow in batches."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ner_app.core.corpus.checks import Problems
from ner_app.core.corpus.columns import TOKENS
from ner_app.core.corpus.encode import ROWS, RawSplit
from ner_app.core.corpus.fields import Fields, find_fields, trouble
from ner_app.core.corpus.measure import ArrowFile
from ner_app.core.corpus.progress import EVERY, tell
from ner_app.core.corpus.sources import SPLIT_ALIASES
from ner_app.core.corpus.text import TextFacts, check_text
from ner_app.core.errors import CorpusError

if TYPE_CHECKING:
    import pyarrow as pa

_SAMPLE = 200


class Record(NamedTuple):
    """A parsed record, its line, the position of its file among the split's files; ``broken`` says why it could not be parsed."""

    line: int
    file: int
    value: Any
    broken: str = ""


def read_lines(path: Path, facts: TextFacts, number: int) -> Iterator[Record]:
    """Records of a JSON Lines file; a line that is no JSON is a broken record."""
    with path.open(encoding=facts.encoding) as file:
        for line, text in enumerate(file, 1):
            if not text.isspace():
                yield _parsed(text, line, number)


def _parsed(text: str, line: int, number: int) -> Record:
    try:
        return Record(line, number, json.loads(text))
    except json.JSONDecodeError as error:
        return Record(line, number, None, f"no JSON: {error.msg} at character {error.pos + 1}. Row set aside.")
    except (ValueError, RecursionError):  # a number of thousands of digits, or thousands of nested lists
        return Record(line, number, None, "no usable JSON: too long a number or too deeply nested. Row set aside.")


def is_json_lines(path: Path, facts: TextFacts) -> bool:
    """Does a .json file hold one object a line? (Many do.)"""
    with path.open(encoding=facts.encoding) as file:
        filled = list(islice((line for line in file if not line.isspace()), 2))
    if len(filled) < 2 or not filled[0].lstrip().startswith("{"):
        return False
    return isinstance(_parsed(filled[0], 1, 0).value, dict)


def read_document(path: Path, facts: TextFacts, number: int) -> dict[str, list[Record]]:
    """Records of a JSON file by split ("" where it names none): a list, {"data": list}, {"train": list, ...} or lists by column.

    The whole file is read into memory; large corpora are better kept as JSON Lines.
    """
    text = path.read_text(encoding=facts.encoding)
    if text.lstrip().startswith("["):
        return {"": list(_array(text, path.name, number))}
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise CorpusError(f"{path.name}:{error.lineno}, character {error.colno}: no JSON: {error.msg}.") from None
    except (ValueError, RecursionError):
        raise CorpusError(f"{path.name} is no usable JSON: too long a number or too deeply nested.") from None
    lists = {key: value for key, value in document.items() if isinstance(value, list)} if isinstance(document, dict) else {}
    objects = {key: rows for key, rows in lists.items() if rows and all(isinstance(row, dict) for row in rows[:10])}
    if objects:
        split_of = {key: SPLIT_ALIASES.get(key.lower(), "" if len(objects) == 1 else key) for key in objects}
        return {split_of[key]: [Record(0, number, row) for row in rows] for key, rows in objects.items()}
    if lists and len({len(rows) for rows in lists.values()}) == 1:
        rows = [dict(zip(lists, values, strict=True)) for values in zip(*lists.values(), strict=True)]
        return {"": [Record(0, number, row) for row in rows]}
    raise CorpusError(f'{path.name} holds no list of sentences; expected [{{"tokens": [...], "ner_tags": [...]}}, ...].')


def _array(text: str, shown: str, number: int) -> Iterator[Record]:
    """Elements of a JSON array one by one, each with its line."""
    decoder = json.JSONDecoder()
    at, line = text.index("[") + 1, 1
    line += text.count("\n", 0, at)
    while True:
        start = at
        while at < len(text) and text[at] in " \t\r\n,":
            at += 1
        line += text.count("\n", start, at)
        if at >= len(text) or text[at] == "]":
            if at >= len(text):
                raise CorpusError(f"{shown}:{line}: the list does not end; the file seems to be cut off.")
            return
        try:
            value, end = decoder.raw_decode(text, at)
        except json.JSONDecodeError as error:
            raise CorpusError(f"{shown}:{error.lineno}, character {error.colno}: no JSON: {error.msg}.") from None
        except (ValueError, RecursionError):
            raise CorpusError(f"{shown}:{line} is no usable JSON: too long a number or too deeply nested.") from None
        yield Record(line, number, value)
        line += text.count("\n", at, end)
        at = end


def read_split(
    records: Iterable[Record], shown: tuple[str, ...], target: Path, *, columns: tuple[str, ...] | None, problems: Problems
) -> RawSplit | None:
    """Check records and write those that pass to an Arrow file; None where none does."""
    stream = iter(records)
    sample = list(islice(stream, _SAMPLE))
    objects = [record.value for record in sample if isinstance(record.value, dict)]
    if not objects:
        first = next((record for record in sample if record.broken), None)
        why = f"{shown[0]}:{first.line}: {first.broken}" if first else f"{shown[0]} holds no object with words and labels."
        raise CorpusError(f'{why} Expected one object a sentence: {{"tokens": [...], "ner_tags": [...]}}.')
    fields = find_fields(objects, shown=shown[0], columns=columns)
    schema, count = _write(_checked(chain(sample, stream), shown, fields, problems), fields, target)
    return RawSplit(ArrowFile((target,)), schema, shown) if count else None


def _checked(records: Iterable[Record], shown: tuple[str, ...], fields: Fields, problems: Problems) -> Iterator[Record]:
    for row, record in enumerate(records, 1):
        if row % EVERY == 0:
            tell(f"Reading {shown[record.file]}", sentences=row)
        found = ("", record.broken) if record.broken else trouble(record.value, fields)
        if found is None:
            yield record if record.line else record._replace(line=row)
            continue
        place = found[0] if record.line else f"row {row}{', ' * bool(found[0])}{found[0]}"
        problems.add(shown[record.file], record.line, place, found[1])
        problems.set_aside += 1


def _write(records: Iterator[Record], fields: Fields, target: Path) -> tuple[pa.Schema, int]:
    import pyarrow as pa

    text = pa.list_(pa.string())
    labels = [(name, pa.list_(pa.int64()) if fields.numbers[name] else text) for name in fields.labels]
    schema = pa.schema([(TOKENS, text), *labels, ("id", pa.string()), ("_file", pa.int16()), ("_line", pa.int32())])
    count = 0
    with pa.OSFile(str(target), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        while chunk := list(islice(records, ROWS)):
            writer.write_batch(pa.RecordBatch.from_pylist([_row(record, fields) for record in chunk], schema=schema))
            count += len(chunk)
    return schema, count


def _row(record: Record, fields: Fields) -> dict[str, Any]:
    given = record.value.get("id")
    name = str(given) if isinstance(given, (str, int)) and not isinstance(given, bool) else None
    name = name.encode("utf-8", "replace").decode() if name else None
    return {
        TOKENS: record.value[fields.token], **{label: record.value[label] for label in fields.labels},
        "id": name, "_file": record.file, "_line": record.line,
    }  # fmt: skip


def open_records(
    splits: dict[str, tuple[Path, ...]], work: Path, *, columns: tuple[str, ...] | None, encoding: str | None, problems: Problems
) -> dict[str, RawSplit]:
    """Splits of JSON Lines or JSON files (a .json file with an object a line is read as JSON Lines)."""
    checked = {path: check_text(path, encoding=encoding) for paths in splits.values() for path in paths}
    whole = {path for path, facts in checked.items() if path.suffix.lower() == ".json" and not is_json_lines(path, facts)}
    raw: dict[str, RawSplit] = {}
    for split, paths in splits.items():
        shown = tuple(path.name for path in paths)
        streams = [_streams(path, checked[path], number, whole=path in whole) for number, path in enumerate(paths)]
        inner = dict.fromkeys(name for stream in streams for name in stream)
        for name in inner:
            records = chain.from_iterable(stream.get(name, ()) for stream in streams)
            target = work / f"{len(raw)}.arrow"
            read = read_split(records, shown, target, columns=columns, problems=problems)
            if read is not None:
                raw[name or split] = read
    return raw


def _streams(path: Path, facts: TextFacts, number: int, *, whole: bool) -> dict[str, Iterable[Record]]:
    if whole:
        return dict(read_document(path, facts, number))
    return {"": read_lines(path, facts, number)}
