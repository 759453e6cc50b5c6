"""Column files, line by line: our own check in front of the ``conll`` builder of datasets.

The builder pads a short line with "" and cuts a long one without a word, so every line is checked here first. Sentences that pass are
written to small clean files (UTF-8, one tab between columns, no comments, no -DOCSTART-), which the builder then reads one at a time:
memory stays flat, however long the corpus. Sentences that do not pass are set aside and listed with file, line and column.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from ner_app.core.corpus.checks import MAX_WORDS, Problems
from ner_app.core.corpus.columns import DOCSTART, LEFT_OUT, TOKENS, Layout, detect_layout
from ner_app.core.corpus.measure import ArrowFile, Batched
from ner_app.core.corpus.progress import EVERY, tell
from ner_app.core.corpus.text import TextFacts, check_text
from ner_app.core.errors import CorpusError

if TYPE_CHECKING:
    import pyarrow as pa

SHARD = 10_000  # sentences a clean file
GROUP = 5  # clean files for one call of the builder: some seconds of work
_SAMPLE = 5_000  # lines that the layout is detected from
_SENT_ID = ("# sent_id", "# id ")


@dataclass(frozen=True)
class ColumnFile:
    """A file of columns, checked to be text, and its layout."""

    path: Path
    shown: str  # name for messages
    facts: TextFacts
    layout: Layout


@dataclass
class Block:
    """One sentence while it is read: its first line, its id where a comment gave one, its rows (kept cells), what was wrong."""

    line: int = 0
    id: str | None = None
    rows: list[str] = field(default_factory=list)
    words: int = 0
    bad: bool = False


def open_columns(path: Path, *, shown: str = "", columns: tuple[str, ...] | None = None, encoding: str | None = None) -> ColumnFile:
    """Check that a file is text and find its layout. Raises CorpusError with file and line where it is neither."""
    shown = shown or path.name
    facts = check_text(path, encoding=encoding, shown=shown)
    with path.open(encoding=facts.encoding) as file:
        lines = [line.rstrip("\n") for line in islice(file, _SAMPLE)]
    return ColumnFile(path, shown, facts, detect_layout(lines, shown=shown, columns=columns))


def keep_columns(file: ColumnFile, names: tuple[str, ...]) -> ColumnFile:
    """The same file with the other label columns left out (for splits that do not all have them)."""
    kept = tuple(name if name == TOKENS or name in names else LEFT_OUT for name in file.layout.names)
    return replace(file, layout=replace(file.layout, names=kept))


def scan(file: ColumnFile, problems: Problems, *, order: tuple[str, ...] = ()) -> Iterator[Block]:
    """Sentences of a file that pass every check (labels in the ``order`` given); ``problems`` gets one entry a bad line of the others."""
    layout = file.layout
    quick, pick = _quick_split(layout), _picker(layout, order or layout.labels)
    block, sentences, size = Block(), 0, max(1, file.path.stat().st_size)
    with file.path.open(encoding=file.facts.encoding) as lines:
        if layout.header:
            next(lines)
        for number, raw in enumerate(lines, 2 if layout.header else 1):
            if raw.isspace():
                if block.words:
                    sentences += 1
                    if sentences % EVERY == 0:
                        share = lines.buffer.tell() / size  # type: ignore[attr-defined]  # a BufferedReader, whatever its type says
                        tell(f"Reading {file.shown}", sentences=sentences, share=share)
                    if _passes(block, file, problems):
                        yield block
                    block = Block()
                continue
            cells = quick(raw[:-1] if raw[-1] == "\n" else raw)
            if cells is None:
                cells = _careful_split(raw.rstrip("\n"), number, block, file, problems)
                if cells is None:
                    continue
            block.line = block.line or number
            block.words += 1
            if cells and block.words <= MAX_WORDS:
                block.rows.append(pick(cells))
    if block.words and _passes(block, file, problems):
        yield block


def _quick_split(layout: Layout) -> Callable[[str], list[str] | None]:
    """A function that gives the cells of a line about which there is nothing to say, or None: then it needs a careful look.

    ``isprintable`` is false for every white space but the blank, so no cell is empty to the eye.
    """
    count, numbered = len(layout.names), layout.index is not None

    def by_tab(line: str) -> list[str] | None:
        cells = line.split("\t")
        plain = "".join(cells)
        good = len(cells) == count and all(cells) and " " not in plain and plain.isprintable() and line[0] not in "#-"
        return cells if good and not numbered else None

    def by_blank(line: str) -> list[str] | None:
        cells = line.split(" ")
        good = len(cells) == count and all(cells) and line.isprintable() and line[0] not in "#-"
        return cells if good and not numbered else None

    return by_tab if layout.delimiter == "\t" else by_blank


def _careful_split(line: str, number: int, block: Block, file: ColumnFile, problems: Problems) -> list[str] | None:
    """Cells of any line; None for one that is no word (a comment, -DOCSTART-), nothing for one that is bad (listed, its block marked)."""
    layout = file.layout
    if line.startswith(DOCSTART):
        return None
    cells = layout.split(line)
    if line.startswith("#") and layout.is_comment(line, cells, first=not block.words):
        block.id = _sentence_id(line) or block.id
        return None
    if layout.index is not None and not cells[layout.index].isdigit() and _is_range(cells[layout.index]):
        return None
    trouble = _trouble(cells, layout)
    if trouble:
        problems.add(file.shown, number, *trouble)
        block.bad = True
        return []
    return cells


def _picker(layout: Layout, order: tuple[str, ...]) -> Callable[[list[str]], str]:
    """A function from the cells of a line to its word and labels, a tab between them."""
    kept = [layout.token, *(layout.names.index(name) for name in order)]
    if kept == list(range(len(layout.names))):
        return "\t".join
    return lambda cells: "\t".join([cells[i] for i in kept])


def _passes(block: Block, file: ColumnFile, problems: Problems) -> bool:
    if block.words > MAX_WORDS:
        problems.add(
            file.shown, block.line, "",
            f"a sentence of {block.words:,} words starts here: blank lines between sentences are missing (at most {MAX_WORDS:,} words).",
        )  # fmt: skip
        block.bad = True
    problems.set_aside += block.bad
    return not block.bad


def _is_range(cell: str) -> bool:
    """CoNLL-U's lines for several words in one (3-4) and for words that are not there (5.1): they carry no word of their own."""
    return cell.replace("-", "").replace(".", "").isdigit()


def _sentence_id(comment: str) -> str | None:
    if not comment.startswith(_SENT_ID):
        return None
    rest = comment.partition("=")[2] if comment.startswith("# sent_id") else comment[len("# id ") :]
    return next(iter(rest.split()), None)


def _trouble(cells: list[str], layout: Layout) -> tuple[str, str] | None:
    """What is wrong with the cells of a line: (column, message), or None."""
    count = len(layout.names)
    if len(cells) != count:
        what = "is missing" if len(cells) < count else "is one too many"
        position = min(len(cells), count) + 1
        name = f" ({layout.names[position - 1]})" if position <= count and layout.names[position - 1] != LEFT_OUT else ""
        return f"column {position}{name}", f"{what}: this line has {len(cells)} columns, the file has {count}. Sentence set aside."
    for i, name in enumerate(layout.names):
        if name != LEFT_OUT and not cells[i].strip():
            what = "the word is empty" if name == TOKENS else "the label is empty"
            return f"column {i + 1} ({name})", f"{what}. Sentence set aside."
    return None


def write_shards(
    file: ColumnFile, folder: Path, *, problems: Problems, number: int = 0, order: tuple[str, ...] = ()
) -> Iterator[tuple[Path, pa.Table]]:
    """Write the sentences that pass as clean files of at most 10,000, each with its table of ids, file number and first lines."""
    blocks = scan(file, problems, order=order)
    part = 0
    while chunk := list(islice(blocks, SHARD)):
        path = folder / f"{number:04d}-{part:05d}.conll"
        with path.open("w", encoding="utf-8", newline="\n") as out:
            out.writelines("\n".join(block.rows) + "\n\n" for block in chunk)
        yield path, origins([block.id for block in chunk], number, [block.line for block in chunk])
        part += 1


def origins(ids: list[str | None], number: int, lines: list[int]) -> pa.Table:
    """Where sentences come from: ``id`` (or null), ``_file`` (position in the split's list of files), ``_line`` (1-based)."""
    import pyarrow as pa

    columns = [pa.array(ids, pa.string()), pa.array([number] * len(ids), pa.int16()), pa.array(lines, pa.int32())]
    return pa.table(columns, names=["id", "_file", "_line"])


@contextmanager
def quiet() -> Iterator[None]:
    """No progress bars of the datasets library on the terminal of a server."""
    import datasets

    showing = not datasets.are_progress_bars_disabled()
    if showing:
        datasets.disable_progress_bars()
    try:
        yield
    finally:
        if showing:
            datasets.enable_progress_bars()


def read_with_builder(shards: list[Path], names: tuple[str, ...], cache: Path) -> ArrowFile:
    """Clean files through the ``conll`` builder: the Arrow files that it wrote, with lists of strings, a column a name."""
    import datasets

    features = datasets.Features(dict.fromkeys(names, datasets.List(datasets.Value("string"))))
    written: list[Path] = []
    for start in range(0, len(shards), GROUP):  # a few at a time, to tell between them how far it is
        tell("Building the Arrow tables", share=start / len(shards))
        with quiet():
            read = datasets.load_dataset(
                "conll", data_files={"train": [str(path) for path in shards[start : start + GROUP]]}, split="train", cache_dir=str(cache),
                delimiter="\t", column_names=list(names), features=features, skip_docstart=False,
            )  # fmt: skip
        written += [Path(entry["filename"]) for entry in read.cache_files]
    return ArrowFile(tuple(written))


def read_directly(shards: list[Path], names: tuple[str, ...]) -> pa.Table:
    """The same without importing datasets (which takes a second): for small corpora, such as the built-in sample."""
    import pyarrow as pa

    tables = []
    for path in shards:
        sentences = [block.split("\n") for block in path.read_text(encoding="utf-8").split("\n\n") if block]
        columns = [[[row.split("\t")[i] for row in rows] for rows in sentences] for i in range(len(names))]
        tables.append(pa.table([pa.array(column, pa.list_(pa.string())) for column in columns], names=list(names)))
    return pa.concat_tables(tables)


@dataclass(frozen=True)
class WithOrigins:
    """Sentences as the builder gave them back, with the ids and places that were kept apart, in batches of 10,000."""

    sentences: Batched
    places: pa.Table
    shown: str

    def to_batches(self) -> Iterator[pa.RecordBatch]:
        """Record batches; CorpusError where the builder did not give back every sentence that was written for it."""
        import pyarrow as pa

        done, waiting = 0, list[pa.RecordBatch]()
        for batch in self.sentences.to_batches():
            waiting.append(batch)
            if sum(part.num_rows for part in waiting) >= SHARD:
                yield self._joined(waiting, done)
                done, waiting = done + sum(part.num_rows for part in waiting), []
        if waiting:
            yield self._joined(waiting, done)
            done += sum(part.num_rows for part in waiting)
        if done != self.places.num_rows:
            raise CorpusError(f"{self.shown}: {self.places.num_rows} sentences were written but {done} read back; please report this file.")

    def _joined(self, waiting: list[pa.RecordBatch], start: int) -> pa.RecordBatch:
        import pyarrow as pa

        table = pa.Table.from_batches(waiting)
        places = self.places.slice(start, table.num_rows)
        for name in places.column_names:
            table = table.append_column(name, places.column(name))
        return table.combine_chunks().to_batches()[0]

    def schema(self, names: tuple[str, ...]) -> pa.Schema:
        """Schema of the batches: ``names`` are lists of text."""
        import pyarrow as pa

        return pa.schema([*((name, pa.list_(pa.string())) for name in names), *self.places.schema])
