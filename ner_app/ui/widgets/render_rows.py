"""Words in the colours of their labels, as HTML: over rows of labels, in running text, and the legend (see ``render``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ner_app.core.labels import OUTSIDE, split_tag
from ner_app.ui.palette import hue_of, type_of
from ner_app.ui.widgets.render import direction, escape


@dataclass(frozen=True)
class Row:
    """One row of labels under the words: its title (shown when there are several) and one label a word."""

    title: str
    labels: Sequence[str]
    types: Sequence[str]  # all types of the column, so that each keeps its hue


def aligned(words: Sequence[str], rows: Sequence[Row], *, marked: Iterable[int] = ()) -> str:
    """Words with their labels beneath; a word and its labels wrap as one. The first row colours the words.

    Several rows are named by a first pair that holds their titles.
    ``marked`` are word indices to underline (search hits).
    """
    hues = [hue_of(row.types) for row in rows]
    marks = set(marked)
    head = rows[0] if rows else None
    cells = [_row_titles(rows)] if len(rows) > 1 else []
    for i, word in enumerate(words):
        classes = ["tk", *(_pair_classes(head.labels, i, hues[0]) if head else []), *(["hit"] if i in marks else [])]
        lines = "".join(_label(row.labels[i], row_hues, first=n == 0) for n, (row, row_hues) in enumerate(zip(rows, hues, strict=True)))
        cells.append(f'<span class="{" ".join(classes)}"><span class="w" dir="auto">{escape(word)}</span>{lines}</span>')
    return f'<div class="aligned" dir="{direction(words)}">{"".join(cells)}</div>'


def _row_titles(rows: Sequence[Row]) -> str:
    titles = "".join(f'<span class="l" dir="ltr">{escape(row.title)}</span>' for row in rows)
    return f'<span class="tk titles"><span class="w">&nbsp;</span>{titles}</span>'


def _pair_classes(labels: Sequence[str], i: int, hues: Mapping[str, int]) -> list[str]:
    """Classes of a word: its hue, and whether an entity begins (``b``) or ends (``z``) at it, for the rounded corners."""
    prefix, kind = split_tag(labels[i])
    if prefix in ("", OUTSIDE):
        return []
    before = split_tag(labels[i - 1]) if i else (OUTSIDE, "")
    after = split_tag(labels[i + 1]) if i + 1 < len(labels) else (OUTSIDE, "")
    begins = prefix in "BSU" or before[1] != kind or before[0] in "ELSU"
    ends = prefix in "ELSU" or after[1] != kind or after[0] in "BSU"
    return ["e", f"hue-{hues.get(kind, 8)}", *(["b"] if begins else []), *(["z"] if ends else [])]


def _label(label: str, hues: Mapping[str, int], *, first: bool) -> str:
    """One label under a word: a quiet dot for O, else the tag, tinted in rows after the first."""
    if label == OUTSIDE:
        return '<span class="l o" dir="ltr" title="O">·</span>'
    tint = "" if first else f" tint hue-{hues.get(type_of(label), 8)}"
    return f'<span class="l{tint}" dir="ltr">{escape(label)}</span>'


def legend(types: Sequence[str], *, counts: Mapping[str, int] | None = None) -> str:
    """The type names in their colours, with counts where given."""
    hues = hue_of(types)
    chips = "".join(
        f'<span class="chip hue-{hues[kind]}">{escape(kind)}{f" <b>{counts[kind]:,}</b>" if counts and kind in counts else ""}</span>'
        for kind in types
    )
    return f'<div class="legend" aria-label="label types">{chips}</div>'


@dataclass(frozen=True)
class Marked:
    """A stretch of text to highlight: offsets in characters (Unicode code points), half-open, its type and a note such as the score."""

    char_start: int
    char_end: int
    kind: str
    note: str = ""


def highlighted(text: str, marks: Sequence[Marked], *, types: Sequence[str]) -> str:
    """Text with entities marked in it: type name written behind each, the note in its title and for screen readers."""
    hues = hue_of(types)
    parts, at = [], 0
    for mark in sorted(marks, key=lambda m: (m.char_start, m.char_end)):
        if mark.char_start < at:
            continue  # overlapping marks cannot be drawn; the first one stands
        parts.append(escape(text[at : mark.char_start]))
        note = f' title="{escape(mark.note)}"' if mark.note else ""
        spoken = f'<span class="sr">, {escape(mark.note)}</span>' if mark.note else ""
        inner = escape(text[mark.char_start : mark.char_end])
        parts.append(
            f'<mark class="ent hue-{hues.get(mark.kind, 8)}" tabindex="0"{note}>{inner}'
            f'<span class="t" dir="ltr">{escape(mark.kind)}{spoken}</span></mark>'
        )
        at = mark.char_end
    parts.append(escape(text[at:]))
    return f'<div class="prose-text" dir="{direction([text])}">{"".join(parts)}</div>'
