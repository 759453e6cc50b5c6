"""Browse in a real browser: reading, finding, keys, numbers, links, hostile words, a narrow screen."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

CARDS = "#browse-cards .card"
CURRENT = "#browse-cards .card[aria-current]"
FIELD = "#find-words textarea, #find-words input"
COURSE_0 = "EU    rejects German call to boycott British lamb .\nB-ORG O       B-MISC O    O  O       B-MISC  O    O"


def open_browse(page: Any, workbench: Any, query: str = "") -> None:
    page.goto(f"{workbench.url}?{query}")
    page.wait_for_selector(f"{CARDS}, #browse-cards .empty:not(.waiting)")


def expect_current(page: Any, title: str) -> None:
    page.wait_for_function("title => document.querySelector('#browse-cards .card[aria-current] h4 button')?.innerText === title", arg=title)


def expect_status(page: Any, text: str) -> None:
    page.wait_for_function("text => document.querySelector('#browse-status').innerText.includes(text)", arg=text)


def expect_address(page: Any, **parts: str) -> None:
    page.wait_for_function(
        "parts => { const now = new URLSearchParams(location.search);"
        " return Object.entries(parts).every(([name, value]) => (now.get(name) || '') === value); }",
        arg=parts,
    )


def find(page: Any, text: str) -> None:
    page.fill(FIELD, text)
    page.press(FIELD, "Enter")


def test_keys_move_and_the_address_follows(page: Any, workbench: Any) -> None:
    open_browse(page, workbench)
    expect_current(page, "train 0")
    for key, title in [("ArrowRight", "train 1"), ("ArrowRight", "train 2"), ("ArrowLeft", "train 1"), ("]", "train 11"), ("[", "train 1")]:
        page.keyboard.press(key)
        expect_current(page, title)
    expect_address(page, index="1", split="train", column="ner_tags")
    for _ in range(5):  # faster than the server answers
        page.keyboard.press("ArrowRight")
    expect_current(page, "train 6")
    page.keyboard.press("?")
    assert "Random" in page.inner_text("dialog.keys-help")


def test_nothing_that_was_done_stays_in_the_storage_of_the_browser(page: Any, workbench: Any) -> None:
    open_browse(page, workbench)
    expect_current(page, "train 0")
    page.keyboard.press("ArrowRight")
    expect_current(page, "train 1")
    assert page.evaluate("Object.keys({...localStorage}).filter(name => !name.startsWith('ner-'))") == []


def test_keys_stay_quiet_while_someone_types(page: Any, workbench: Any) -> None:
    open_browse(page, workbench)
    expect_current(page, "train 0")
    page.keyboard.press("/")
    page.keyboard.type("r?[")
    page.keyboard.press("ArrowLeft")
    assert page.input_value(FIELD) == "r?["
    expect_current(page, "train 0")
    assert page.query_selector("dialog[open]") is None


def test_a_link_opens_the_same_view(page: Any, workbench: Any) -> None:
    open_browse(page, workbench, "split=train&column=ner_tags&index=4&search=european+label%3AORG")
    expect_current(page, "train 4")
    assert page.input_value(FIELD) == "european"
    assert page.input_value("#find-label input") == "ORG"
    expect_status(page, "match in train")
    assert page.eval_on_selector_all(f"{CURRENT} .tk.hit .w", "all => all.map(w => w.innerText)") == ["European"]


def test_find_combine_count_and_clear(page: Any, workbench: Any) -> None:
    open_browse(page, workbench, "index=3")
    find(page, "european union")
    expect_current(page, "train 4")
    expect_status(page, "of 20 sentences match in train")
    expect_address(page, search="european union")
    page.click("#find-more > button")
    page.fill("#find-length input, #find-length textarea", "-5")
    page.press("#find-length input, #find-length textarea", "Enter")
    page.wait_for_selector("#browse-cards .empty")
    expect_status(page, "0 of 20")
    page.click("#find-clear")
    expect_status(page, "20 sentences in train")
    assert page.input_value(FIELD) == "" and page.input_value("#find-length input, #find-length textarea") == ""
    expect_address(page, search="")


def test_a_bad_expression_gets_a_message_and_loses_nothing(page: Any, workbench: Any) -> None:
    open_browse(page, workbench)
    page.fill(FIELD, "(a+")
    page.click("#find-mode input")
    page.click("[role=listbox] >> text=regular expression")
    expect_status(page, "The regular expression is invalid: missing )")
    assert page.input_value(FIELD) == "(a+"
    assert page.locator(CARDS).count() == 10
    find(page, "(a+)+$")
    expect_status(page, "match in train")


def test_copy_gives_the_two_lines_of_the_course(page: Any, workbench: Any) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_browse(page, workbench)
    page.locator(CARDS).first.get_by_text("Copy").click()
    page.wait_for_selector(".toast")
    assert page.evaluate("navigator.clipboard.readText()") == COURSE_0
    page.click("#browse-show label:has-text('two text lines')")
    page.wait_for_selector(f"{CARDS} pre")
    assert page.eval_on_selector(f"{CARDS} pre", "pre => pre.textContent") == COURSE_0


def test_go_to_an_index_and_choose_a_card(page: Any, workbench: Any) -> None:
    open_browse(page, workbench)
    page.fill("#browse-index input, #browse-index textarea", "14")
    page.press("#browse-index input, #browse-index textarea", "Enter")
    expect_current(page, "train 14")
    page.click(f"{CARDS} h4 button:has-text('train 11')")
    expect_current(page, "train 11")
    assert page.locator(CURRENT).count() == 1


def test_a_number_leads_to_its_sentences(page: Any, workbench: Any) -> None:
    open_browse(page, workbench)
    page.click("button[role=tab]:has-text('Numbers')")
    page.click("#numbers-counts tr:has-text('MISC') button >> nth=0")
    expect_status(page, "match in train")
    expect_address(page, search="column:ner_tags label:MISC")
    page.click("button[role=tab]:has-text('Corpus')")
    page.wait_for_selector("#browse-corpus pre:has-text('num_rows: 20')")


def test_hostile_words_do_nothing(page: Any, workbench: Any) -> None:
    open_browse(page, workbench, "split=test")
    expect_current(page, "test 0")
    page.click("#browse-show label:has-text('two text lines')")
    page.wait_for_selector(f"{CARDS} pre")
    words = page.eval_on_selector_all(f"{CURRENT} .tk .w", "all => all.map(w => w.textContent)")
    assert words[0] == "<img_src=x_onerror=window.hacked=1>" and "{{constructor}}" in words and "${window.hacked=1}" in words
    find(page, "<img")
    expect_status(page, "1 of 2 sentences matches")
    page.click("button[role=tab]:has-text('Numbers')")
    page.wait_for_selector("#numbers-frequent td:has-text('onerror')")
    assert page.evaluate("window.hacked") is None
    assert page.query_selector("#tab-browse img") is None


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_everything(page: Any, workbench: Any, scheme: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    open_browse(page, workbench, f"index=4&__theme={scheme}")
    expect_current(page, "train 4")
    page.click("#browse-show label:has-text('every label column')")
    page.click("#browse-show label:has-text('two text lines')")
    page.wait_for_selector(f"{CARDS} pre")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert parse_qs(urlsplit(page.url).query)["index"] == ["4"]


def test_a_tab_that_is_clicked_before_the_page_has_loaded_stays(page: Any, workbench: Any) -> None:
    def late(route: Any) -> None:
        page.wait_for_timeout(1500)
        route.continue_()

    page.route("**/queue/data*", late)
    page.goto(workbench.url, wait_until="commit")
    page.get_by_role("tab", name="Inspect").first.click()
    assert not page.evaluate("Boolean(window.nerReady)")
    page.wait_for_function("location.search.includes('tab=inspect')")
    page.locator("#inspect-grid table").first.wait_for()
    page.unroute_all(behavior="ignoreErrors")
