"""Plain data to HTML. The one place that writes HTML: every word, label and name is escaped here.

Interaction without inline handlers: an element with ``data-act`` (and ``data-index`` ...) reports its clicks through a gr.HTML made with
``js_on_load=ACTIONS_JS``: the handler gets a gr.EventData whose ``_data`` holds the data attributes. An element with ``data-copy`` copies
that text; see static/page.js.
"""

from __future__ import annotations

import base64
import html
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ner_app.core.labels import OUTSIDE, split_tag
from ner_app.ui.palette import hue_of, type_of

if TYPE_CHECKING:
    from ner_app.core.tokenizer_health import Finding

ACTIONS_JS = """
element.addEventListener('click', event => {
  const target = event.target.closest('[data-act]');
  if (target && element.contains(target)) { event.preventDefault(); trigger('click', {...target.dataset}); }
});
"""


def escape(text: object) -> str:
    """Text made safe for element content and for quoted attributes.

    >>> escape('<img src=x onerror="y">')
    '&lt;img src=x onerror=&quot;y&quot;&gt;'
    """
    return html.escape(str(text), quote=True)


def direction(text: Iterable[str]) -> str:
    """``rtl`` where the first strong character of the words runs right to left, else ``ltr``.

    >>> direction(["(", "سلام"]), direction(["EU"])
    ('rtl', 'ltr')
    """
    for word in text:
        for char in word:
            kind = unicodedata.bidirectional(char)
            if kind in ("R", "AL"):
                return "rtl"
            if kind == "L":
                return "ltr"
    return "ltr"


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
class Action:
    """A quiet link-like button on a card: what it says, its ``data-act``, and more data attributes (or ``copy`` text)."""

    title: str
    act: str = ""
    data: Mapping[str, object] | None = None
    copy: str | None = None


def action(it: Action) -> str:
    """The button of an Action."""
    data = "".join(f' data-{escape(name)}="{escape(value)}"' for name, value in (it.data or {}).items())
    what = f' data-copy="{escape(it.copy)}"' if it.copy is not None else f' data-act="{escape(it.act)}"'
    return f'<button type="button" class="act"{what}{data}>{escape(it.title)}</button>'


def card(title: str | Action, body: str, *, meta: str = "", actions: Sequence[Action] = (), right: str = "", current: bool = False) -> str:
    """A card: a title line (title, meta, actions or other HTML at the right) over a body that is HTML already."""
    links = "".join(action(it) for it in actions)
    mark = ' aria-current="true"' if current else ""
    name = action(title) if isinstance(title, Action) else escape(title)
    head = f'<h4><span>{name}</span><span class="meta">{escape(meta)}</span><span class="r">{right}{links}</span></h4>'
    return f'<section class="card"{mark}>{head}{body}</section>'


def intro(text: str, keys: Sequence[tuple[str, str]] = ()) -> str:
    """The sentence a tab opens with; keys are (keys parted by spaces, what they do)."""
    hints = ", ".join(f"{''.join(key(k) for k in names.split())} {escape(what)}" for names, what in keys)
    return f'<p class="intro">{escape(text)} <span class="keys">{hints}{"." if hints else ""}</span></p>'


def key(name: str) -> str:
    """A key cap."""
    return f'<kbd class="k">{escape(name)}</kbd>'


def notice(text: str, *, kind: str = "info", more: Sequence[str] = ()) -> str:
    """A banner: ``info``, ``warning`` or ``error``, with further lines as a list. Empty text gives no banner."""
    if not text:
        return ""
    items = "".join(f"<li>{escape(line)}</li>" for line in more)
    role = "alert" if kind == "error" else "status"
    return f'<div class="notice {escape(kind)}" role="{role}">{escape(text)}{f"<ul>{items}</ul>" if items else ""}</div>'


def line(text: str, *, actions: Sequence[Action] = (), right: str = "") -> str:
    """One line of status: text, what one can do about it, and other HTML (a legend) at the right."""
    links = "".join(action(it) for it in actions)
    return f'<div class="line" role="status"><span>{escape(text)}</span>{links}<span class="r">{right}</span></div>'


def fold(title: str, body: str) -> str:
    """A card that opens on a click; the body is HTML already."""
    return f'<details class="card"><summary>{escape(title)}</summary>{body}</details>'


def download(title: str, filename: str, text: str) -> str:
    """A link that saves a text as a file; the text travels in the link itself."""
    data = base64.b64encode(text.encode()).decode()
    return f'<a class="act" download="{escape(filename)}" href="data:text/plain;charset=utf-8;base64,{data}">{escape(title)}</a>'


def link(title: str, address: str) -> str:
    """A link to another place of the app (``?corpus=...``) or to a web page; any other kind of address is written as text.

    >>> link("Train", "?tab=train")
    '<a class="act" href="?tab=train">Train</a>'
    """
    if not address.startswith(("?", "https://", "http://")):
        return escape(address)
    away = "" if address.startswith("?") else ' target="_blank" rel="noopener noreferrer"'
    return f'<a class="act" href="{escape(address)}"{away}>{escape(title)}</a>'


def empty(title: str, how: str) -> str:
    """An empty place: what is missing, and how to fill it."""
    return f'<div class="empty"><b>{escape(title)}</b><p>{escape(how)}</p></div>'


def waiting(text: str) -> str:
    """A place whose content is on its way."""
    return f'<div class="empty waiting" role="status"><b>{escape(text)}</b></div>'


def progress(fraction: float, text: str) -> str:
    """A bar that is ``fraction`` (0 to 1) full, with what it says beneath.

    >>> 'width:50.0%' in progress(0.5, "step 1 of 2")
    True
    """
    share = 100 * min(1.0, max(0.0, fraction))
    bar = f'<div class="progress" role="progressbar" aria-valuemin="0" aria-valuemax="100" aria-valuenow="{share:.0f}"'
    return f'{bar} aria-label="{escape(text)}"><i style="width:{share:.1f}%"></i></div><p class="progress-text">{escape(text)}</p>'


def code(text: str, *, copy: bool = True) -> str:
    """A block of code or preformatted lines, with a copy button."""
    button = action(Action("Copy", copy=text)) if copy else ""
    return f'<div class="code">{button}<pre dir="ltr">{escape(text)}</pre></div>'


def stats(rows: Sequence[tuple[str, object]]) -> str:
    """Name and value pairs with aligned digits."""
    cells = "".join(f'<div class="num"><span>{escape(name)}</span><span>{escape(value)}</span></div>' for name, value in rows)
    return f'<div class="stats">{cells}</div>'


@dataclass(frozen=True)
class Cell:
    """A table cell: its text, and optionally a click (act and data) and the type whose hue it carries."""

    text: object
    act: str = ""
    data: Mapping[str, object] | None = None
    kind: str = ""


def table(headers: Sequence[str], rows: Sequence[Sequence[object]], *, caption: str = "", types: Sequence[str] = ()) -> str:
    """A table; cells are plain values (numbers align right) or Cells."""
    hues = hue_of(types)
    numeric = [any(_is_number(row[i]) for row in rows if i < len(row)) for i in range(len(headers))]
    head = "".join(f"<th{' class=n' if right else ''}>{escape(name)}</th>" for name, right in zip(headers, numeric, strict=True))
    body = "".join(f"<tr>{''.join(_table_cell(cell, hues) for cell in row)}</tr>" for row in rows)
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f'<div class="scroll"><table class="data">{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _is_number(value: object) -> bool:
    text = value.text if isinstance(value, Cell) else value
    return isinstance(text, int | float) and not isinstance(text, bool)


def _table_cell(value: object, hues: Mapping[str, int]) -> str:
    """One table cell."""
    cell = value if isinstance(value, Cell) else Cell(value)
    number = _is_number(cell)
    text = _number(cell.text) if number else escape(cell.text)
    if cell.kind:
        text = f'<span class="chip hue-{hues.get(cell.kind, 8)}">{text}</span>'
    if cell.act:
        data = "".join(f' data-{escape(name)}="{escape(item)}"' for name, item in (cell.data or {}).items())
        text = f'<button type="button" class="act" data-act="{escape(cell.act)}"{data}>{text}</button>'
    return f'<td class="n">{text}</td>' if number else f'<td dir="auto">{text}</td>'


def _number(value: object) -> str:
    """Whole numbers with thousands separators, others with four decimals."""
    return f"{value:,}" if isinstance(value, int) else f"{value:.4f}"


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


GRID_WIDTH, GRID_CHAR, GRID_PADDING = 1090, 7.7, 19  # pixels: a block of the subword grid, a character in it, a cell's padding


def subword_grid(
    words: Sequence[str],
    tokens: Sequence[str],
    ids: Sequence[int],
    word_ids: Sequence[int | None],
    *,
    labels: Sequence[str | None] = (),
    label_ids: Sequence[int] = (),
    types: Sequence[str] = (),
) -> str:
    """Words over the subwords that they became, with ids and labels; a long sentence goes on in further blocks.

    Special tokens (word id None) and ignored labels (None) are hatched. Without label ids there are no label rows.
    """
    hues = hue_of(types)
    longest = [max(len(tokens[i]), len(str(ids[i])), len((labels[i] or "ignored") if label_ids else "")) for i in range(len(tokens))]
    blocks = _grid_blocks(words, longest, word_ids)
    parts = []
    for number, groups in enumerate(blocks, start=1):
        at = [i for group in groups for i in group]
        special = {i: " x" for i in at if word_ids[i] is None}
        head = "".join(_grid_word(words, word_ids[group[0]], len(group)) for group in groups)
        rows = [
            ("token", [(escape(tokens[i]), special.get(i, "")) for i in at]),
            ("id", [(escape(ids[i]), special.get(i, "")) for i in at]),
            ("word id", [(escape(word_ids[i]), special.get(i, "")) for i in at]),
        ]
        if label_ids:
            ignored = {i: " x" for i in at if labels[i] is None}
            rows += [
                ("label", [(escape(labels[i] or "ignored"), ignored.get(i) or _grid_hue(labels[i], hues)) for i in at]),
                ("label id", [(escape(label_ids[i]), ignored.get(i, "")) for i in at]),
            ]
        body = "".join(_grid_row(title, cells) for title, cells in rows)
        name = f"Subwords, part {number} of {len(blocks)}"
        parts.append(
            f'<div class="scroll" tabindex="0" role="region" aria-label="{name}" dir="{direction(words)}"><table class="grid">'
            f'<tr class="w"><th scope="row">word</th>{head}</tr>{body}</table></div>'
        )
    return f'<div class="grids">{"".join(parts)}</div>'


def _grid_blocks(words: Sequence[str], longest: Sequence[int], word_ids: Sequence[int | None]) -> list[list[list[int]]]:
    """Positions grouped by word, and the groups in blocks that fit the width of a page (``longest``: characters a position needs)."""
    groups: list[list[int]] = []
    for i, word in enumerate(word_ids):
        if groups and word is not None and word_ids[groups[-1][0]] == word:
            groups[-1].append(i)
        else:
            groups.append([i])
    blocks: list[list[list[int]]] = [[]]
    used = 0.0
    for group in groups:
        word = word_ids[group[0]]
        over = GRID_CHAR * len(words[word]) + GRID_PADDING if word is not None else 0.0
        width = max(over, sum(GRID_CHAR * longest[i] + GRID_PADDING for i in group))
        if blocks[-1] and used + width > GRID_WIDTH:
            blocks.append([])
            used = 0.0
        blocks[-1].append(group)
        used += width
    return blocks


def _grid_word(words: Sequence[str], word: int | None, span: int) -> str:
    """The cell of a word over its subwords."""
    if word is None:
        return '<td class="x"></td>'
    return f'<td colspan="{span}"><bdi>{escape(words[word])}</bdi></td>'


def _grid_hue(label: str | None, hues: Mapping[str, int]) -> str:
    """The colour class of a label cell; none for O."""
    kind = type_of(label or OUTSIDE)
    return f" tint hue-{hues.get(kind, 8)}" if kind else ""


def _grid_row(title: str, cells: Sequence[tuple[str, str]]) -> str:
    """A row of the grid; cells are (HTML, further classes)."""
    return f'<tr><th scope="row">{escape(title)}</th>{"".join(_grid_cell(text, classes) for text, classes in cells)}</tr>'


def _grid_cell(text: str, classes: str) -> str:
    """A cell in monospace."""
    return f'<td class="m{classes}"><bdi>{text}</bdi></td>'


def tensor_grid(
    name: str, values: Sequence[Sequence[int]], *, rows: Sequence[str], padded: Sequence[Sequence[bool]], ignored: int | None = None
) -> str:
    """A tensor of numbers as a table, one row a sentence. Padding is dotted, the ignored value hatched."""
    head = "".join(f"<th>{i}</th>" for i in range(len(values[0]) if values else 0))
    lines = []
    for row, numbers, pads in zip(rows, values, padded, strict=True):
        cells = "".join(
            _grid_cell(escape(n), f"{' pad' if pad else ''}{' x' if n == ignored else ''}") for n, pad in zip(numbers, pads, strict=True)
        )
        lines.append(f'<tr><th scope="row">{escape(row)}</th>{cells}</tr>')
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(name)} as a table"><table class="grid">'
        f'<tr><th scope="row">{escape(name)}</th>{head}</tr>{"".join(lines)}</table></div>'
    )


def findings(items: Sequence[Finding]) -> str:
    """Results of a check, one under the other; the level stands there as a word too."""
    lines = "".join(
        f'<li class="{escape(it.level)}"><span class="lv">{escape(it.level)}</span><div><b>{escape(it.title)}</b> '
        f"<span>{escape(it.found)}</span>{f'<p>{escape(it.advice)}</p>' if it.advice else ''}</div></li>"
        for it in items
    )
    return f'<ul class="findings">{lines}</ul>'


def bars(rows: Sequence[tuple[str, int]], *, caption: str) -> str:
    """Counts as horizontal bars, each with its name and number."""
    most = max((number for _, number in rows), default=0) or 1
    lines = "".join(
        f'<div><span>{escape(name)}</span><i style="width:{100 * number / most:.1f}%"></i><span class="n">{number:,}</span></div>'
        for name, number in rows
    )
    return f'<figure class="bars"><figcaption>{escape(caption)}</figcaption>{lines}</figure>'
