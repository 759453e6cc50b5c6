"""Inspect in the real app: the grid, policies, typed words, the batch, the health check, by mouse and by keyboard."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest


@pytest.fixture(scope="module")
def checkpoint(tiny_tokenizer: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder with a tokenizer and a config, as save_pretrained writes it."""
    import shutil

    folder = tmp_path_factory.mktemp("inspect") / "tiny"
    shutil.copytree(tiny_tokenizer, folder)
    (folder / "config.json").write_text('{"model_type": "bert"}', encoding="utf-8")
    return str(folder)


def open_inspect(page: Any, url: str, checkpoint: str, *, split: str = "train", index: int = 0) -> None:
    """Open Inspect on a sentence by its address, and wait for the grid of its checkpoint (the default model's may come first)."""
    page.goto(f"{url}?{urlencode({'split': split, 'index': index, 'model': checkpoint, 'tab': 'inspect'})}")
    page.locator("#inspect-grid .card", has_text=Path(checkpoint).name).locator("table.grid").first.wait_for(timeout=60_000)


def row(page: Any, title: str) -> list[str]:
    """Texts of one row of the grid, over all its blocks."""
    return page.evaluate(
        "title => [...document.querySelectorAll('#inspect-grid tr')].filter(r => r.cells[0].innerText === title)"
        ".flatMap(r => [...r.cells].slice(1).map(c => c.innerText))",
        title,
    )


def test_the_courses_sentence_and_policies(workbench: Any, page: Any, checkpoint: str) -> None:
    open_inspect(page, workbench.url, checkpoint)
    assert row(page, "token") == ["[CLS]", "EU", "rejects", "German", "call", "to", "boycott", "British", "la", "##mb", ".", "[SEP]"]
    ids = row(page, "label id")
    assert len(ids) == 12 and ids[0] == ids[-1] == "-100"
    page.get_by_label("first subword only").check()
    page.wait_for_function("document.querySelectorAll('#inspect-grid td.x').length === 14")  # ##mb is ignored too, in two rows
    page.get_by_text("Show the code").click()
    assert "labels.append(-100)" in page.locator("#inspect-code pre").inner_text()


def test_keys_move_and_typed_words_win(workbench: Any, page: Any, checkpoint: str) -> None:
    open_inspect(page, workbench.url, checkpoint)
    page.locator("#inspect-grid").click()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('#inspect-grid .card h4').innerText.includes('train 1')")
    assert row(page, "word")[1:3] == ["Peter", "Blackburn"]
    page.keyboard.press("/")
    page.keyboard.type("lamb/B-LOC <img/src=x/onerror=window.hacked=1>")
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('#inspect-grid .card h4').innerText.includes('your words')")
    assert row(page, "label")[1:3] == ["B-LOC", "I-LOC"]
    assert page.evaluate("window.hacked") is None


def test_hostile_and_right_to_left_words_are_text(workbench: Any, page: Any, checkpoint: str) -> None:
    open_inspect(page, workbench.url, checkpoint, split="test")
    assert "<img_src=x_onerror=window.hacked=1>" in row(page, "word")
    assert page.evaluate("window.hacked") is None


def test_batch_and_health_check(workbench: Any, page: Any, checkpoint: str) -> None:
    open_inspect(page, workbench.url, checkpoint)
    page.get_by_text("The collated batch").click()
    page.locator("#inspect-collate").click()
    page.wait_for_selector("#inspect-batch table.grid", timeout=60_000)
    assert page.locator("#inspect-batch pre").first.inner_text().startswith("tensor([[-100,")
    page.get_by_text("Health check of the tokenizer").click()
    page.locator("#inspect-check").click()
    page.wait_for_selector("#inspect-health .findings")
    assert page.locator("#inspect-health .findings li").count() == 10


def test_a_checkpoint_that_is_not_there(workbench: Any, page: Any, checkpoint: str) -> None:
    open_inspect(page, workbench.url, checkpoint)
    field = page.locator("#inspect-checkpoint input")
    field.fill("/no/such/folder")
    field.press("Enter")
    page.wait_for_selector("#inspect-grid .notice.error")
    assert "there is no such folder" in page.locator("#inspect-grid").inner_text()


def test_a_phone_scrolls_the_grid_not_the_page(workbench: Any, page: Any, checkpoint: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    open_inspect(page, workbench.url, checkpoint, index=4)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    scroll = page.locator("#inspect-grid .scroll").first
    assert scroll.evaluate("e => e.scrollWidth > e.clientWidth")
    scroll.evaluate("e => { e.scrollLeft = 200; }")
    left = scroll.evaluate("e => e.querySelector('th').getBoundingClientRect().left - e.getBoundingClientRect().left")
    assert abs(left) < 2  # the row's name stays in sight
