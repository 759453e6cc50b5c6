"""Predict in the real app: highlight by key and by button, sort, regroup, read the score, hostile text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import HOSTILE, Workbench, small_corpus, start_app
from tests.models_small import onnx_model


@pytest.fixture(scope="module")
def app(chromium: str, tiny_tokenizer: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    """An app whose default model knows the names of the course's sentence."""
    folder = tmp_path_factory.mktemp("predict")
    model = onnx_model(tiny_tokenizer, folder / "workspace" / "models" / "lookup")
    process, app = start_app(folder / "workspace", str(small_corpus(folder / "course")), NER_APP_MODEL=str(model))
    yield app
    process.terminate()
    process.wait(timeout=20)


def open_predict(page: Any, url: str) -> None:
    page.set_default_timeout(60_000)
    page.goto(f"{url}?tab=predict")
    page.wait_for_selector("#predict-status .line")


def cells(page: Any, column: int) -> list[str]:
    """One column of the table of entities."""
    return page.evaluate(
        "n => [...document.querySelector('#predict-result table.data').tBodies[0].rows].map(row => row.cells[n].innerText)", column
    )


def test_the_courses_sentence_by_keyboard(app: Workbench, page: Any) -> None:
    open_predict(page, app.url)
    assert "lookup is ready. It finds PER, ORG, LOC, MISC." in page.locator("#predict-status").inner_text()
    assert "Nothing highlighted yet" in page.locator("#predict-result").inner_text()
    page.locator("#predict-text textarea").focus()
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#predict-result mark.ent")
    assert page.locator("#predict-result mark.ent").all_inner_texts()[0].startswith("Sylvain")
    assert [cells(page, n) for n in (0, 1, 3, 4)] == [
        ["PER", "ORG", "LOC"],
        ["Sylvain", "Hugging Face", "Brooklyn"],
        ["11", "33", "49"],
        ["18", "45", "57"],
    ]
    mark = page.locator("#predict-result mark.ent").first
    assert mark.get_attribute("title") == "score 0.9806"
    mark.focus()
    assert mark.locator(".sr").bounding_box()["width"] > 20  # seen by whoever comes by keyboard


def test_tables_sort_and_other_aggregations_need_no_button(app: Workbench, page: Any) -> None:
    open_predict(page, app.url)
    page.get_by_role("button", name="Highlight").click()
    page.wait_for_selector("#predict-result mark.ent")
    page.locator("#predict-result th", has_text="text").first.click()
    assert cells(page, 1) == ["Brooklyn", "Hugging Face", "Sylvain"]
    head = page.locator("#predict-result th", has_text="char_start").first
    head.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert cells(page, 3) == ["49", "33", "11"]
    assert head.get_attribute("aria-sort") == "descending"
    page.get_by_label("none: single tokens").check()
    page.wait_for_function("document.querySelectorAll('#predict-result mark.ent').length === 4")
    page.get_by_text("JSON", exact=True).click()
    assert '"entity": "I-PER"' in page.locator("#predict-result pre").inner_text()
    with page.expect_download() as saved:
        page.locator("#predict-result a", has_text="CSV").click()
    lines = Path(saved.value.path()).read_text(encoding="utf-8").splitlines()
    assert lines[0] == "type,text,score,char_start,char_end"
    assert len(lines) == 5


def test_examples_fill_and_highlight(app: Workbench, page: Any) -> None:
    open_predict(page, app.url)
    page.get_by_role("button", name="A report").click()
    page.wait_for_selector("#predict-result .card")
    assert page.locator("#predict-text textarea").input_value().startswith("Angela Merkel")


def test_hostile_text_stays_text(app: Workbench, page: Any) -> None:
    open_predict(page, app.url)
    page.locator("#predict-text textarea").fill("Sylvain " + " ".join(HOSTILE))
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#predict-result mark.ent")
    for part in ("Tokens", "JSON"):
        page.get_by_text(part, exact=True).click()
    assert page.evaluate("window.hacked") is None
    assert page.locator("#predict-result img").count() == 0
    assert "onerror" in page.locator("#predict-result .prose-text").inner_text()


def test_a_model_that_is_not_there_says_so(app: Workbench, page: Any) -> None:
    open_predict(page, app.url)
    field = page.locator("#ctx-model input")
    field.fill("/none/at/all")
    field.press("Enter")
    page.wait_for_selector("#predict-status .notice")
    assert "there is no such folder" in page.locator("#predict-status").inner_text()
    page.get_by_role("button", name="Highlight").click()
    page.wait_for_selector("#predict-result .notice")
    assert page.locator("#predict-result mark").count() == 0
    assert page.locator("#predict-text textarea").input_value().startswith("My name is Sylvain")
