"""Column files (a word and its label a line, an empty line after a sentence) read as documents of sentences."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

DOCUMENT_START = "-DOCSTART-"


@dataclass(frozen=True)
class Tagged:
    """One sentence: words, and a label a word (or no labels at all)."""

    words: tuple[str, ...]
    labels: tuple[str, ...] = ()


def read_documents(path: Path, *, word: int = 0, label: int | None = -1) -> list[list[Tagged]]:
    """Documents of sentences; a new one at each -DOCSTART- line (one document in all where there is none).

    `word` and `label` are columns; `label=None` reads text alone. Lines that start with "# " are comments. Columns are separated by
    tabs where the line has one, otherwise by spaces.

    Raises ValueError naming file and line where a line has too few columns.
    """
    documents: list[list[Tagged]] = [[]]
    rows: list[list[str]] = []
    for number, line in enumerate([*path.read_text(encoding="utf-8").split("\n"), ""], start=1):
        columns = line.rstrip("\r").split("\t") if "\t" in line else line.split()
        if not "".join(columns).strip():
            if rows:
                documents[-1].append(_sentence(rows, word, label))
            rows = []
        elif columns[0] == DOCUMENT_START:
            documents.append([])
        elif not line.startswith("# "):
            if len(columns) <= max(word, label or 0):
                raise ValueError(f"{path}:{number}: needs at least {max(word, label or 0) + 1} columns, has {len(columns)}")
            rows.append(columns)
    return [document for document in documents if document]


def _sentence(rows: list[list[str]], word: int, label: int | None) -> Tagged:
    words = tuple(columns[word].strip() for columns in rows)
    return Tagged(words, () if label is None else tuple(columns[label].strip() for columns in rows))
