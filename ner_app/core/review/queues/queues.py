"""Queues: named, ordered lists of sentences to review, each with what is suggested for it and why.

A queue holds places and suggestions, never who did what: that is the ledger's (fold.py), so several reviewers can work on one queue without
seeing each other. :func:`to_rows` and :func:`from_rows` are its form in :meth:`Store.save_queue`. Queues are made by queue_makers.py, and
filtered and marked for a reviewer by queue_view.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ner_app.core.errors import ReviewError
from ner_app.core.review.ledger.fold import Place

ORIGINS = ("suspicion", "disagreement", "two models", "search", "random sample", "list", "reviewers differ")
MAX_NAME = 120  # characters


@dataclass(frozen=True)
class Item:
    """A sentence to review.

    start, end: the words in doubt (0, 0 for none); changes: (word, given label, suggested label), empty where nothing is suggested;
    versions: (name, all tags), where several suggestions stand against each other; score: 0 to 1; kind and detectors as in a Suspicion.
    """

    split: str
    index: int
    start: int = 0
    end: int = 0
    changes: tuple[tuple[int, str, str], ...] = ()
    reasons: tuple[str, ...] = ()
    score: float = 0.0
    kind: str = ""
    detectors: Mapping[str, float] = field(default_factory=dict)
    versions: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def place(self) -> Place:
        """Split and index."""
        return self.split, self.index

    def suggested(self, given: Sequence[str]) -> tuple[str, ...]:
        """All tags as suggested.

        >>> Item("test", 3, changes=((1, "O", "B-ORG"),)).suggested(["O", "O"])
        ('O', 'B-ORG')
        """
        tags = list(given)
        for word, _, label in self.changes:
            tags[word] = label
        return tuple(tags)


@dataclass(frozen=True)
class Queue:
    """Items in the order of work. origin is one of ORIGINS; note: what a reviewer should know of it (a model that saw the split)."""

    name: str
    origin: str
    items: tuple[Item, ...]
    note: str = ""

    @property
    def ranked(self) -> bool:
        """Are the first items more often wrong than the last? Only a random sample gives an honest error rate."""
        return self.origin != "random sample"


SINGLE = "sentence · "


def single_name(split: str, index: int) -> str:
    """The name of the queue that holds one sentence.

    >>> single_name("train", 4), single_place("sentence · train · 4"), single_place("search · train · 4")
    ('sentence · train · 4', ('train', 4), None)
    """
    return f"{SINGLE}{split} · {index}"


def single_place(name: str) -> Place | None:
    """The sentence that such a name stands for."""
    split, _, index = name.removeprefix(SINGLE).rpartition(" · ")
    return (split, int(index)) if name.startswith(SINGLE) and index.isdecimal() and len(index) < 12 else None


def from_places(places: Iterable[Place], *, name: str, origin: str = "list", reason: str = "") -> Queue:
    """Any list of sentences, each once, in the order given."""
    reasons = (reason,) if reason else ()
    return Queue(name, origin, tuple(Item(split, index, reasons=reasons) for split, index in dict.fromkeys(places)))


# ---- keeping them


def to_rows(queue: Queue) -> dict[str, Any]:
    """The queue as plain data, for Store.save_queue. Empty fields of an item are left out."""
    return {"name": queue.name, "origin": queue.origin, "note": queue.note, "items": [_to_row(item) for item in queue.items]}


def _to_row(item: Item) -> dict[str, Any]:
    row = {
        "s": item.split, "i": item.index, "a": [item.start, item.end], "c": item.changes, "r": item.reasons, "p": item.score,
        "k": item.kind, "d": dict(item.detectors), "v": item.versions,
    }  # fmt: skip
    return {key: value for key, value in row.items() if key in ("s", "i") or (value and value != [0, 0])}


def from_rows(rows: Any) -> Queue:
    """The queue that :func:`to_rows` wrote. ReviewError where it is damaged."""
    try:
        items = tuple(_from_row(row) for row in rows["items"])
        return Queue(rows["name"], rows["origin"], items, rows.get("note", ""))
    except (KeyError, TypeError, ValueError) as error:
        raise ReviewError(f"A stored queue is damaged ({error!r}); make it again.") from error


def _from_row(row: Mapping[str, Any]) -> Item:
    start, end = row.get("a", (0, 0))
    changes = tuple((int(at), str(old), str(new)) for at, old, new in row.get("c", ()))
    versions = tuple((str(name), tuple(tags)) for name, tags in row.get("v", ()))
    return Item(
        str(row["s"]), int(row["i"]), start, end, changes, tuple(row.get("r", ())), row.get("p", 0.0), row.get("k", ""), row.get("d", {}),
        versions,
    )  # fmt: skip


def clean_name(name: str) -> str:
    """A queue's name as it is kept: one line, at most 120 characters.

    >>> clean_name("a\\nb\\x00")
    'a b'
    """
    return " ".join("".join(c if c.isprintable() else " " for c in name).split())[:MAX_NAME]
