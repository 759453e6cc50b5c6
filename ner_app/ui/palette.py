"""One hue a label type, the same in rows, spans, plots and tables; readable in light and dark.

The hues are those of Okabe and Ito (2008, "Color Universal Design"), lightened to a ground and darkened to an ink.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ner_app.core.labels import split_tag


class Hue(NamedTuple):
    """Ground and ink (#rrggbb) in light and in dark, and the strong colour for plots."""

    name: str
    ground: str
    ink: str
    dark_ground: str
    dark_ink: str
    strong: str


HUES: tuple[Hue, ...] = (
    Hue("blue", "#cfe4f4", "#0b4a75", "#123a57", "#bfe0f8", "#0072b2"),
    Hue("orange", "#fbdcc8", "#7d3500", "#562a0d", "#fbd2b6", "#d55e00"),
    Hue("green", "#cdeee2", "#00543d", "#0d4032", "#b9ecd9", "#009e73"),
    Hue("purple", "#f3d9e8", "#72224f", "#4b1c38", "#f5cfe4", "#cc79a7"),
    Hue("yellow", "#f6eba6", "#574a00", "#453c0b", "#f3e9a9", "#b8a100"),
    Hue("sky", "#cdeef7", "#0a4f63", "#103f4d", "#bdeaf6", "#56b4e9"),
    Hue("amber", "#fce2ad", "#6b4300", "#4f370a", "#fbdda2", "#e69f00"),
    Hue("violet", "#e0dcf8", "#3e2f80", "#312862", "#d9d3fa", "#7a68c7"),
    Hue("grey", "#e3e1dc", "#45413a", "#3a3833", "#dedbd4", "#8a857b"),
)
_KNOWN = {
    "PER": 0, "PERSON": 0, "ORG": 1, "ORGANIZATION": 1, "CORPORATION": 1, "LOC": 2, "LOCATION": 2, "GPE": 2, "MISC": 3,
    "GROUP": 6, "PRODUCT": 7, "CREATIVE-WORK": 3, "NP": 0, "VP": 1, "PP": 2, "ADVP": 3, "ADJP": 4, "SBAR": 5, "PRT": 6,
    "NN": 0, "VB": 1, "IN": 2, "JJ": 4, "RB": 3, "PR": 7, "CD": 6, "DT": 8, "TO": 2, "MD": 1, "CC": 5, "WD": 7, "WP": 7, "WR": 7,
}  # fmt: skip


def hue_of(types: Iterable[str]) -> dict[str, int]:
    """Index into HUES for each type: well-known types always get theirs, the rest take the free ones in order.

    >>> hue_of(["LOC", "PER", "weapon"])
    {'LOC': 2, 'PER': 0, 'weapon': 1}
    """
    types = list(types)
    known = {kind: hue for kind in types if (hue := _known(kind)) is not None}
    free = [i for i in range(len(HUES)) if i not in known.values()] or list(range(len(HUES)))
    rest = {kind: free[n % len(free)] for n, kind in enumerate(kind for kind in types if kind not in known)}
    return {kind: known.get(kind, rest.get(kind, len(HUES) - 1)) for kind in types}


def _known(kind: str) -> int | None:
    """Hue of a well-known type; Penn part-of-speech tags go by their first two letters (NN, NNP and NNS are all nouns)."""
    name = kind.upper()
    if name in _KNOWN:
        return _KNOWN[name]
    if name.isalpha() and 2 < len(name) <= 4 and name[:2] in {"NN", "VB", "JJ", "RB", "PR", "WD", "WP", "WR"}:
        return _KNOWN[name[:2]]
    return None if any(c.isalnum() for c in name) else len(HUES) - 1  # punctuation tags are grey


def type_of(tag: str) -> str:
    """The type that a tag is coloured by: ``B-ORG`` -> ``ORG``, ``O`` -> ``''``, ``NNP`` -> ``NNP``."""
    return split_tag(tag)[1]


def stylesheet() -> str:
    """The CSS variables and classes ``hue-0`` ... of the palette."""
    lines = []
    for i, hue in enumerate(HUES):
        lines.append(f".hue-{i}{{--hue:{hue.ground};--hue-ink:{hue.ink};--hue-strong:{hue.strong}}}")
        lines.append(f".dark .hue-{i}{{--hue:{hue.dark_ground};--hue-ink:{hue.dark_ink}}}")
    return "\n".join(lines)
