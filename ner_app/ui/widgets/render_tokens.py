"""Words over the subwords that they became, and the tensors of a batch, as HTML tables (see :mod:`ner_app.ui.widgets.render`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ner_app.core.labels import OUTSIDE
from ner_app.ui.palette import hue_of, type_of
from ner_app.ui.widgets.render import direction, escape

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
