"""HTML out of plain data: nothing hostile gets through, and colours can be read."""

from __future__ import annotations

import ast
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ner_app.ui import palette
from ner_app.ui.widgets import render, render_rows

HOSTILE = ['<img src=x onerror="alert(1)">', '"><script>alert(1)</script>', "' onmouseover='x", "&lt;", "\u202eabc", "</span>"]
texts = st.text() | st.sampled_from(HOSTILE)


class Tags(HTMLParser):
    """Collects the tags and attribute names of a piece of HTML, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


@given(st.lists(texts, min_size=1, max_size=6), texts)
def test_words_and_labels_never_become_markup(words: list[str], label: str) -> None:
    html = render_rows.aligned(words, [render_rows.Row("x", [label] * len(words), [label])])
    seen = Tags(html)
    assert seen.tags <= {"div", "span"}
    assert seen.attributes <= {"class", "dir", "title"}


@given(texts, texts, texts)
def test_cards_tables_and_notices_escape(a: str, b: str, c: str) -> None:
    html = render.card(a, render.notice(b), meta=c, actions=[render.Action(a, "go", {"index": b}), render.Action("Copy", copy=c)])
    html += (
        render.table([a, b], [[c, render.Cell(a, act="x", data={"q": b}, kind=c)]], caption=c, types=[c])
        + render.code(a)
        + render.empty(b, c)
    )
    seen = Tags(html)
    assert "script" not in seen.tags and "img" not in seen.tags
    assert not {name for name in seen.attributes if name.startswith("on")}


@given(st.text(min_size=1, max_size=40), st.lists(st.tuples(st.integers(0, 40), st.integers(1, 5)), max_size=4))
def test_highlighting_loses_no_text(text: str, places: list[tuple[int, int]]) -> None:
    marks = [render_rows.Marked(start, min(len(text), start + length), "PER") for start, length in places if start < len(text)]
    html = render_rows.highlighted(text, marks, types=["PER"])
    drawn = html.replace('<span class="t" dir="ltr">PER</span>', "")
    assert Tags(drawn).text.replace("\r", "\n") == text.replace("\r", "\n")


def test_right_to_left_text_runs_right_to_left() -> None:
    assert 'dir="rtl"' in render_rows.aligned(["«", "كريستيانو"], [render_rows.Row("NER", ["O", "B-PER"], ["PER"])])


def test_entities_are_rounded_at_both_ends() -> None:
    html = render_rows.aligned(["European", "Union", "said"], [render_rows.Row("NER", ["B-ORG", "I-ORG", "O"], ["ORG"])])
    assert 'class="tk e hue-1 b"' in html and 'class="tk e hue-1 z"' in html and 'class="tk"' in html


WRITERS = {"render.py", "render_rows.py", "render_tokens.py", "report.py", "theme.py"}  # theme.py: the page's head, which holds no data
PACKAGE = Path(render.__file__).parents[2]


def values_in_markup(source: str) -> list[str]:
    """The f-strings of a module that hold a tag and a value."""
    strings = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.JoinedStr)]
    found = [string for string in strings if any(isinstance(part, ast.FormattedValue) for part in string.values)]
    return [text for string in found if re.search(r"</?[a-z]+[^<]*>", text := ast.unparse(string))]


def test_a_value_in_markup_is_found() -> None:
    assert values_in_markup("f'<b>{word}</b>'") and not values_in_markup("f'{1}<2'") and not values_in_markup("'<b>'")


@pytest.mark.parametrize("module", sorted(p for p in PACKAGE.rglob("*.py") if p.name not in WRITERS), ids=lambda p: p.stem)
def test_no_other_module_puts_values_into_markup(module: Path) -> None:
    assert values_in_markup(module.read_text(encoding="utf-8")) == []


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("hue", palette.HUES, ids=lambda hue: hue.name)
def test_text_on_label_colours_has_enough_contrast(hue: palette.Hue) -> None:
    assert contrast(hue.ground, hue.ink) >= 4.5
    assert contrast(hue.dark_ground, hue.dark_ink) >= 4.5


def test_known_types_keep_their_hue_whatever_stands_beside_them() -> None:
    assert palette.hue_of(["LOC"])["LOC"] == palette.hue_of(["PER", "weapon", "LOC"])["LOC"]
    hues = palette.hue_of(["corporation", "creative-work", "group", "location", "person", "product"])
    assert len(set(hues.values())) == 6
