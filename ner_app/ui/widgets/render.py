"""Plain data to HTML: the blocks that every tab is made of, such as cards, notices, tables and code.

HTML is written in one place, and this is it: here, in ``render_rows`` (words over labels, text with entities marked) and in
``render_tokens`` (subwords and tensors); ``ner_app.ui.review.report`` frames them as a document of its own. Every word, label and name is
escaped here; no other module puts text into markup, which a test sees to.

Interaction without inline handlers: an element with ``data-act`` (and ``data-index`` ...) reports its clicks through a gr.HTML made with
``js_on_load=ACTIONS_JS``: the handler gets a gr.EventData whose ``_data`` holds the data attributes. An element with ``data-copy`` copies
that text; see ui/page.js.
"""

from __future__ import annotations

import base64
import html
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ner_app.ui.palette import hue_of

if TYPE_CHECKING:
    from ner_app.core.tokenization.health import Finding

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
class Action:
    """A quiet link-like button on a card: what it says, its ``data-act``, and more data attributes (or ``copy`` text)."""

    title: str
    act: str = ""
    data: Mapping[str, object] | None = None
    copy: str | None = None


def action(it: Action) -> str:
    """The button of an Action."""
    what = {"copy": it.copy} if it.copy is not None else {"act": it.act}
    return _button(escape(it.title), what | dict(it.data or {}))


def _button(body: str, data: Mapping[str, object], *, current: bool = False) -> str:
    """A button that looks like a link, with data attributes; the body is HTML already."""
    attributes = "".join(f' data-{escape(name)}="{escape(value)}"' for name, value in data.items())
    mark = ' aria-current="true"' if current else ""
    return f'<button type="button" class="act"{attributes}{mark}>{body}</button>'


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
    """A table cell: its text, and optionally a click (act, data; current: the chosen one) and the type whose hue it carries."""

    text: object
    act: str = ""
    data: Mapping[str, object] | None = None
    kind: str = ""
    current: bool = False


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
        text = _button(text, {"act": cell.act, **(cell.data or {})}, current=cell.current)
    return f'<td class="n">{text}</td>' if number else f'<td dir="auto">{text}</td>'


def _number(value: object) -> str:
    """Whole numbers with thousands separators, others with four decimals."""
    return f"{value:,}" if isinstance(value, int) else f"{value:.4f}"


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
