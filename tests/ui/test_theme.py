"""The stylesheet: every file of it is joined, once, in an order that keeps the cascade."""

from __future__ import annotations

from ner_app.ui import theme


def test_every_stylesheet_is_joined_once() -> None:
    files = sorted(file.relative_to(theme.HERE).as_posix() for file in theme.HERE.rglob("*.css"))
    assert sorted(theme.STYLES) == files


def test_the_page_comes_first_then_widgets_then_tabs() -> None:
    rooms = [name.partition("/")[0] for name in theme.STYLES]
    assert rooms[0] == "page.css"
    assert [room == "widgets" for room in rooms[1:]] == sorted((room == "widgets" for room in rooms[1:]), reverse=True)


def test_braces_are_closed() -> None:
    for name in theme.STYLES:
        text = (theme.HERE / name).read_text(encoding="utf-8")
        assert text.count("{") == text.count("}") > 0, name
