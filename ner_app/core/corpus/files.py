"""Corpora in files: columns, JSON Lines, JSON, Parquet, and save_to_disk folders.

What ``Corpus.details`` holds for them (text, so that it can be kept and shown):

==================  =================================================================================================================
``builder``         "conll", "jsonl", "json", "parquet" or "save_to_disk"
``set_aside``       number of sentences that are not in the corpus because of a problem
``left_out``        files of the folder that are no corpus, one a line
``files:<split>``   absolute paths of the split's files, one a line; ``Corpus.origin`` says in which of them a sentence starts, and where
``layout:<split>``  columns only: JSON list, one a file: delimiter, columns (names, ``_`` for one left out), encoding, bom, newline
                    ("\\n", "\\r\\n" or "mixed"), header, comments. With ``origin`` this is enough to write labels back into an
                    otherwise unchanged file: word k of a sentence stands k lines below its first.
==================  =================================================================================================================
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ner_app.core.corpus.arrow_rows import open_datasets, open_parquet
from ner_app.core.corpus.cache import build_corpus, through_cache
from ner_app.core.corpus.checks import Problems
from ner_app.core.corpus.columns import LEFT_OUT, TOKENS
from ner_app.core.corpus.encode import LabelNames, RawSplit
from ner_app.core.corpus.locate import Located, locate
from ner_app.core.corpus.model import Corpus
from ner_app.core.corpus.records import open_records
from ner_app.core.corpus.scan import (
    ColumnFile,
    WithOrigins,
    keep_columns,
    open_columns,
    quiet,
    read_directly,
    read_with_builder,
    write_shards,
)
from ner_app.core.errors import CorpusError

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Options:
    """How to read files: what :func:`open_corpus` was given beside the path."""

    columns: tuple[str, ...] | None = None
    label_names: LabelNames | None = None
    encoding: str | None = None
    direct: bool = False  # read columns without the builder of datasets


def open_path(
    path: Path, *, columns: tuple[str, ...] | None = None, label_names: LabelNames | None = None, encoding: str | None = None,
    cache_dir: Path | None = None, direct: bool = False, name: str = "", located: Located | None = None,
) -> Corpus:  # fmt: skip
    """A corpus from a folder or a file, through the cache. ``located`` says which files, where that is known already."""
    options = Options(columns, label_names, encoding, direct)
    located = located or locate(path)
    what = [str(path.resolve()), name, columns, {k: list(v) for k, v in (label_names or {}).items()}, encoding]
    state = [(split, str(file), file.stat().st_size, file.stat().st_mtime_ns) for split, files in located.splits.items() for file in files]
    shown = name or (path.resolve().name if path.is_dir() else path.stem)

    def build(folder: Path) -> Corpus:
        problems = Problems()
        with workspace(folder) as work:
            raw, details = READERS[located.kind](located, work, options, problems)
            details |= {"left_out": "\n".join(file for file, _ in located.left_out)} if located.left_out else {}
            details |= _file_details(located, raw)
            for file, reason in located.left_out:
                if reason != "documentation or metadata":
                    problems.add(file, 0, "", f"left out: {reason}.")
            if not raw:
                raise problems.nothing_left(shown)
            return build_corpus(shown, name or str(path), raw, folder, problems=problems, label_names=label_names, details=details)

    return through_cache(cache_dir, what, state, build)


def _file_details(located: Located, raw: Mapping[str, RawSplit]) -> dict[str, str]:
    """``files:<split>``; a split inside a JSON file has the files of the split that the file itself was taken for."""
    if located.kind == "save_to_disk":
        return {}
    every = next(iter(located.splits.values()))
    return {f"files:{split}": "\n".join(str(file.resolve()) for file in located.splits.get(split, every)) for split in raw}


@contextmanager
def workspace(folder: Path) -> Iterator[Path]:
    """A folder for files that are needed only while a corpus is built."""
    import shutil

    work = folder / "work"
    work.mkdir()
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def read_columns(located: Located, work: Path, options: Options, problems: Problems) -> tuple[dict[str, RawSplit], dict[str, str]]:
    """Splits of column files: checked, cleaned, and read by the ``conll`` builder."""
    alone = sum(map(len, located.splits.values())) == 1
    opened = {split: _open_all(files, options, problems, alone=alone) for split, files in located.splits.items()}
    opened = {split: files for split, files in opened.items() if files}
    names = _shared_columns(opened, problems)
    raw, details = {}, {"builder": "conll"}
    for number, (split, files) in enumerate(opened.items()):
        folder = work / str(number)
        folder.mkdir()
        files = [keep_columns(file, names) for file in files]
        part = _read_split(files, folder, options, problems)
        if part is not None:
            raw[split] = part
        details[f"layout:{split}"] = json.dumps([_layout_facts(file) for file in files])
    return raw, details


def _open_all(files: tuple[Path, ...], options: Options, problems: Problems, *, alone: bool) -> list[ColumnFile]:
    """Open the files of a split; a file that cannot be read is a problem of its own, unless it is the only one."""
    opened = []
    for file in files:
        try:
            opened.append(open_columns(file, columns=options.columns, encoding=options.encoding))
        except CorpusError as error:
            if alone:
                raise
            problems.add_error(file.name, error)
            continue
        _remarks(opened[-1], problems)
    return opened


def _remarks(file: ColumnFile, problems: Problems) -> None:
    if file.facts.bom:
        problems.add(file.shown, 1, "column 1", "the file starts with a byte order mark; it is not taken for part of the first word.")
    if file.facts.newline != "\n":
        kind = "Windows line ends (CRLF)" if file.facts.newline == "\r\n" else "both kinds of line ends (LF and CRLF)"
        problems.add(file.shown, 0, "", f"the file has {kind}; they are not taken for part of the last column.")


def _shared_columns(opened: Mapping[str, list[ColumnFile]], problems: Problems) -> tuple[str, ...]:
    """Label columns that all files have; a remark names the others."""
    files = [file for group in opened.values() for file in group]
    every = dict.fromkeys(name for file in files for name in file.layout.labels)
    shared = tuple(name for name in every if all(name in file.layout.labels for file in files))
    if files and not shared:
        has = "; ".join(f"{file.shown}: {', '.join(file.layout.labels)}" for file in files)
        raise CorpusError(f"The files have no label column in common ({has}). Open one of them, or name the columns with columns=.")
    for file in files:
        for name in file.layout.labels:
            if name not in shared:
                problems.add(file.shown, 0, name, "this label column is left out, since not every file has it.")
    return shared


def _read_split(files: list[ColumnFile], folder: Path, options: Options, problems: Problems) -> RawSplit | None:
    import pyarrow as pa

    shards: list[Path] = []
    origins: list[pa.Table] = []
    labels = files[0].layout.labels
    for number, file in enumerate(files):
        before = len(shards)
        for path, rows in write_shards(file, folder, problems=problems, number=number, order=labels):
            shards.append(path)
            origins.append(rows)
        if before == len(shards):
            problems.add(file.shown, 0, "", "no sentence of this file can be used.")
    if not shards:
        return None
    names = (TOKENS, *labels)
    read = read_directly(shards, names) if options.direct else read_with_builder(shards, names, folder / "arrow")
    rows = WithOrigins(read, pa.concat_tables(origins).combine_chunks(), files[0].shown)
    return RawSplit(rows, rows.schema(names), tuple(file.shown for file in files), line_per_word=True)


def _layout_facts(file: ColumnFile) -> dict[str, object]:
    layout = file.layout
    return {
        "delimiter": layout.delimiter, "columns": [name if name != LEFT_OUT else "_" for name in layout.names], "header": layout.header,
        "comments": layout.comments, "encoding": file.facts.encoding, "bom": file.facts.bom, "newline": file.facts.newline,
    }  # fmt: skip


def read_records(located: Located, work: Path, options: Options, problems: Problems) -> tuple[dict[str, RawSplit], dict[str, str]]:
    """Splits of JSON Lines, JSON or Parquet files, one after the other: a split that cannot be read is listed, unless it is alone."""
    raw: dict[str, RawSplit] = {}
    for number, (split, files) in enumerate(located.splits.items()):
        folder = work / str(number)
        folder.mkdir()
        try:
            if located.kind == "parquet":
                raw |= open_parquet({split: files}, folder, columns=options.columns, problems=problems)
            else:
                raw |= open_records({split: files}, folder, columns=options.columns, encoding=options.encoding, problems=problems)
        except CorpusError as error:
            if len(located.splits) == 1:
                raise
            problems.add_error(files[0].name, error)
    return raw, {"builder": located.kind}


def read_saved(located: Located, work: Path, options: Options, problems: Problems) -> tuple[dict[str, RawSplit], dict[str, str]]:
    """Splits of a folder that ``save_to_disk`` wrote."""
    import datasets
    import pyarrow as pa

    folder = next(iter(located.splits.values()))[0].parent
    try:
        with quiet():
            loaded = datasets.load_from_disk(str(folder))
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
        first = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise CorpusError(f"{folder.name} looks like a save_to_disk folder but cannot be loaded: {first}") from None
    parts = loaded if isinstance(loaded, dict) else {str(loaded.split or "train"): loaded}
    return open_datasets(parts, work, columns=options.columns, problems=problems), {"builder": "save_to_disk"}


READERS = {"columns": read_columns, "jsonl": read_records, "json": read_records, "parquet": read_records, "save_to_disk": read_saved}
