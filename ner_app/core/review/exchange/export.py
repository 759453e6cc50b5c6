"""Taking a reviewed corpus away: in the layout it came in, or as JSON Lines, Parquet or a save_to_disk folder.

push.py sends it to the Hub.

``changes`` is always what :meth:`Ledger.changes` gives: (split, sentence) -> all tags of that sentence as they are now.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ner_app.core.corpus.model import TOKENS, Corpus
from ner_app.core.errors import CorpusError, ReviewError

if TYPE_CHECKING:
    import datasets
    import pyarrow as pa

Changes = Mapping[tuple[str, int], Sequence[str]]
FORMATS = ("conll", "jsonl", "parquet", "save_to_disk")
_CELL = re.compile(r"[^ \t]+")


def export(corpus: Corpus, column: str, changes: Changes, folder: Path, *, format: str = "conll") -> list[Path]:
    """Write the corrected corpus into a folder (made where absent) and return the files. Raises ReviewError for an unknown format.

    ``conll`` writes column files back as they came, byte for byte but for the changed labels; a corpus that did not come from column
    files is written with one blank between the columns: tokens, then every label column.
    """
    if format not in FORMATS:
        raise ReviewError(f"format: {format!r} is not one of {', '.join(FORMATS)}.")
    folder.mkdir(parents=True, exist_ok=True)
    if format == "conll":
        return export_columns(corpus, column, changes, folder)
    fixed = corrected(corpus, column, changes)
    if format == "save_to_disk":
        dataset_dict(fixed).save_to_disk(str(folder))
        return [folder]
    files = []
    for split in fixed.splits:
        file = folder / f"{split}.{format}"
        if format == "parquet":
            fixed.dataset(split).to_parquet(str(file))
        else:
            _write_json_lines(fixed, split, file)
        files.append(file)
    return files


def dataset_dict(corpus: Corpus) -> datasets.DatasetDict:
    """All splits, with ClassLabel features."""
    import datasets

    return datasets.DatasetDict({split: corpus.dataset(split) for split in corpus.splits})


def corrected(corpus: Corpus, column: str, changes: Changes) -> Corpus:
    """The corpus with the changed labels in its tables, and a fingerprint of its own. Without changes it is the corpus itself."""
    from ner_app.core.corpus.measure import fingerprint

    if not changes:
        return corpus
    by_split: dict[str, dict[int, Sequence[str]]] = defaultdict(dict)
    for (split, index), tags in changes.items():
        by_split[split][index] = tags
    tables = {split: _with_tags(corpus, split, column, by_split.get(split, {})) for split in corpus.splits}
    mark = fingerprint(tables, {name: labels.names for name, labels in corpus.label_sets.items()})
    return replace(corpus, tables=tables, fingerprint=mark, notice="")


def _with_tags(corpus: Corpus, split: str, column: str, rows: Mapping[int, Sequence[str]]) -> pa.Table:
    """The table of a split with some rows of a label column replaced."""
    import numpy as np
    import pyarrow as pa

    table = corpus.table(split)
    if not rows:
        return table
    labels = corpus.label_set(column)
    ids, offsets = corpus.flat(split, column)
    ids = np.array(ids)
    for index, tags in rows.items():
        start, end = int(offsets[index]), int(offsets[index + 1])
        if end - start != len(tags):
            raise ReviewError(f"{split} {index} has {end - start} words, but {len(tags)} labels were given.")
        ids[start:end] = [labels.id(tag) for tag in tags]
    kind = table.schema.field(column).type
    values = pa.array(ids, kind.value_type)
    fresh = pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), values).cast(kind)
    return table.set_column(table.column_names.index(column), table.schema.field(column), fresh)


def _write_json_lines(corpus: Corpus, split: str, file: Path) -> None:
    """One object a sentence: id, tokens, and every label column by name."""
    with file.open("w", encoding="utf-8", newline="\n") as out:
        for sentence in corpus.sentences(split):
            row = {"id": sentence.id, TOKENS: list(sentence.words)} | {name: list(tags) for name, tags in sentence.labels.items()}
            out.write(json.dumps(row, ensure_ascii=False) + "\n")


def export_columns(corpus: Corpus, column: str, changes: Changes, folder: Path) -> list[Path]:
    """Column files with the changed labels; see :func:`export`."""
    if corpus.details.get("builder") != "conll":
        return [_write_columns(corrected(corpus, column, changes), split, folder / f"{split}.txt") for split in corpus.splits]
    edits: dict[str, dict[int, tuple[str, str]]] = defaultdict(dict)  # file -> line from 1 -> (word, tag)
    for (split, index), tags in changes.items():
        origin = corpus.origin(split, index)
        if origin is None:
            raise ReviewError(f"{corpus.name} does not say where {split} {index} stands in its file; export it as jsonl.")
        file, line = origin
        words = corpus.sentence(split, index).words
        edits[file] |= {line + k: (word, tag) for k, (word, tag) in enumerate(zip(words, tags, strict=True))}
    written = []
    for split in corpus.splits:
        layouts = json.loads(corpus.details[f"layout:{split}"])
        for file, layout in zip(corpus.details[f"files:{split}"].split("\n"), layouts, strict=True):
            target = folder / Path(file).name
            _rewrite(Path(file), target, layout, column, edits.get(file, {}))
            written.append(target)
    return written


def _rewrite(source: Path, target: Path, layout: Mapping[str, Any], column: str, edits: Mapping[int, tuple[str, str]]) -> None:
    """Copy a file, changing one cell in some lines. Everything else stays as it is to the byte."""
    if target.resolve() == source.resolve():
        raise ReviewError(f"{target}: the export would overwrite the corpus itself; choose another folder.")
    try:
        data = source.read_bytes()
    except OSError as error:
        raise CorpusError(f"{source.name} cannot be read any more ({error.strerror}); open the corpus again.") from error
    if not edits:
        target.write_bytes(data)
        return
    encoding = layout["encoding"]
    lines = _lines(data.decode(encoding))
    names = list(layout["columns"])
    for number, (word, tag) in edits.items():
        lines[number - 1] = _with_cell(
            lines[number - 1], layout["delimiter"], names.index(TOKENS), word, names.index(column), tag, f"{source.name}:{number}"
        )
    target.write_bytes("".join(lines).encode(encoding))


def _lines(text: str) -> list[str]:
    """Lines with their ends, parted at LF alone: a CR, a form feed or U+2028 inside a line is not a line end here."""
    return re.findall(r"[^\n]*\n|[^\n]+$", text)


def _with_cell(line: str, delimiter: str, word_at: int, word: str, tag_at: int, tag: str, place: str) -> str:
    """A line with the cell of its label replaced; its word must be the one that was reviewed."""
    body = line.rstrip("\r\n")
    spans = _tab_cells(body) if delimiter == "\t" else [match.span() for match in _CELL.finditer(body)]
    found = body[slice(*spans[word_at])].lstrip("\ufeff") if len(spans) > max(word_at, tag_at) else ""
    if found != word:
        raise ReviewError(f"{place}: expected the word {word!r}, found {found!r}; the file changed since it was opened.")
    start, end = spans[tag_at]
    return line[:start] + tag + line[end:]


def _tab_cells(body: str) -> list[tuple[int, int]]:
    """Where the cells of a tab-separated line begin and end, blanks around them left out."""
    spans, at = [], 0
    for cell in body.split("\t"):
        lead = len(cell) - len(cell.lstrip(" "))
        spans.append((at + lead, at + max(lead, len(cell.rstrip(" ")))))
        at += len(cell) + 1
    return spans


def _write_columns(corpus: Corpus, split: str, file: Path) -> Path:
    """A fresh column file. Raises ReviewError where a word holds white space, which columns cannot say."""
    with file.open("w", encoding="utf-8", newline="\n") as out:
        for sentence in corpus.sentences(split):
            for row in zip(sentence.words, *sentence.labels.values(), strict=True):
                if any(len(cell.split()) != 1 for cell in row):
                    raise ReviewError(f"{split} {sentence.index}: {row[0]!r} holds white space; export as jsonl instead.")
                out.write(" ".join(row) + "\n")
            out.write("\n")
    return file
