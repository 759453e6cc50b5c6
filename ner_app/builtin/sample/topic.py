"""A kind of story: who plays in it and the lines that tell it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Topic:
    """`cast` maps a role to the kind of its name; the rest are templates, one a line.

    An opening is a headline, printed in capitals, and the lead that belongs to it; `body` sentences may come in any order;
    `tables` are short lines that close the story. `weight` is how often the kind of story is told, against the others.
    """

    name: str
    weight: int
    cast: dict[str, str]
    openings: tuple[tuple[str, str], ...]
    body: tuple[str, ...]
    tables: tuple[str, ...] = ()


def lines(text: str) -> tuple[str, ...]:
    """The lines of a block of templates, without the empty ones."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def openings(text: str) -> tuple[tuple[str, str], ...]:
    """Pairs of lines, a headline and its lead: `"a\\nb\\n\\nc\\nd"` -> `(("a", "b"), ("c", "d"))`."""
    found = lines(text)
    return tuple(zip(found[::2], found[1::2], strict=True))


def roles(text: str) -> dict[str, str]:
    """`"home=club away=club"` -> `{"home": "club", "away": "club"}`."""
    return dict(pair.split("=") for pair in text.split())
