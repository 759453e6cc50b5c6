"""Review in the browser: keyboard alone, mouse, hostile words, lost connections, reload; and the tag functions against Python's."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from ner_app.core.labels import SCHEMES, spans_to_tags, tags_to_spans
from ner_app.core.review.ledger.store import Store
from ner_app.core.review.queues.queues import Item, Queue, to_rows
from ner_app.core.review.queues.similar import retag
from ner_app.ui.widgets import token_editor

NAME = "#review-name textarea, #review-name input"


@pytest.fixture
def name() -> Callable[[str], str]:
    """A reviewer that nobody was before, also where a test is tried again on the same database."""
    tail = uuid4().hex[:8]
    return lambda title: f"{title}-{tail}"


def open_review(page: Any, workbench: Any, *, reviewer: str, how: str = "what a search finds", split: str = "train") -> None:
    """The Review tab with a fresh queue of a whole split (in its order). A queue of that name may be there already and open first, so this
    waits for the one that was made now."""
    page.goto(f"{workbench.url}?tab=review&split={split}")
    page.wait_for_selector(".rv .empty, .rv .rv-words", timeout=60_000)
    page.wait_for_function("document.querySelector('#review-how')?.offsetParent || document.querySelector('#review-queue input')?.value")
    if not page.locator("#review-how").is_visible():
        page.locator("#review-make > button").click()
    page.get_by_label(how).check()
    page.get_by_label("Search", exact=True).wait_for()
    page.locator("#review-make-go").click()
    page.wait_for_function("name => document.querySelector('#review-queue input')?.value.includes(name)", arg=f"search · {split}")
    page.wait_for_function("!document.querySelector('#review-how')?.offsetParent")  # the form folds when its queue is there
    page.fill(NAME, reviewer)
    page.press(NAME, "Enter")
    page.wait_for_function("Number(document.querySelector('.rv')?.dataset.made) > 0")
    page.wait_for_function("split => document.querySelector('.rv-card h4')?.textContent.startsWith(split)", arg=split)
    page.evaluate("document.activeElement.blur()")


def heading(page: Any) -> str:
    return str(page.locator(".rv-card h4").inner_text())


def saved(page: Any) -> None:
    page.wait_for_function("document.querySelector('.rv-saved')?.textContent === 'saved'")


def decisions(workbench: Any, reviewer: str) -> list[Any]:
    store = Store(workbench.workspace / "review.db")
    try:
        return [row for row in store.since() if row.reviewer == reviewer]
    finally:
        store.close()


def labels(page: Any, row: str) -> list[str]:
    """The labels of a row: given is the first line under each word, yours the second."""
    n = {"given": 1, "yours": 2}[row]
    return list(page.evaluate("n => [...document.querySelectorAll('.rv-words [data-word]')].map(tk => tk.children[n].title)", n))


def test_keyboard_alone(page: Any, workbench: Any, name: Callable[[str], str]) -> None:
    open_review(page, workbench, reviewer=name("keys"))
    assert "train 0" in heading(page)
    for key in ("ArrowRight", "Shift+ArrowRight", "3"):  # EU rejects -> LOC
        page.keyboard.press(key)
    page.wait_for_selector(".rv-state.c")
    assert labels(page, "yours")[:3] == ["B-LOC", "I-LOC", "B-MISC"]
    page.keyboard.press("[")
    assert labels(page, "yours")[:3] == ["B-LOC", "O", "B-MISC"]
    page.keyboard.press("]")
    assert labels(page, "yours")[:3] == ["B-LOC", "I-LOC", "B-MISC"]
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("m")  # EU rejects and German: one entity, of the first one's type
    assert labels(page, "yours")[:3] == ["B-LOC", "I-LOC", "I-LOC"]
    page.keyboard.press("x")
    assert labels(page, "yours")[:3] == ["B-LOC", "I-LOC", "B-LOC"]
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('.rv-card h4')?.textContent.startsWith('train 1')")
    page.keyboard.press("g")
    page.keyboard.press("f")
    page.keyboard.press("s")
    page.wait_for_function("document.querySelector('.rv-card h4')?.textContent.startsWith('train 4')")
    saved(page)
    rows = decisions(workbench, name("keys"))
    assert [row.verdict for row in rows] == ["correct"] * 5 + ["accept_given", "flag", "skip"]
    assert rows[4].after[:3] == ("B-LOC", "I-LOC", "B-LOC")


def test_undo_and_redo_after_a_reload(page: Any, workbench: Any, name: Callable[[str], str]) -> None:
    open_review(page, workbench, reviewer=name("undoer"))
    page.keyboard.press("ArrowRight")
    page.keyboard.press("1")
    page.keyboard.press("3")
    page.keyboard.press("4")
    saved(page)
    page.reload()
    page.wait_for_selector(".rv-words", timeout=60_000)
    assert page.input_value(NAME) == name("undoer")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("u")
    page.wait_for_function("document.querySelector('.toast.rv')?.textContent.startsWith('Undone: train 0')")
    page.wait_for_function("document.querySelector('.rv-card h4')?.textContent.startsWith('train 0')")
    page.keyboard.press("u")
    page.keyboard.press("u")
    page.wait_for_function("!document.querySelector('.rv-state')")
    page.keyboard.press("U")
    page.wait_for_selector(".rv-state.c")
    assert labels(page, "yours")[0] == "B-PER"
    assert [row.verdict for row in decisions(workbench, name("undoer"))] == ["correct"] * 3 + ["undo"] * 3 + ["redo"]


def test_mouse_selects_and_labels(page: Any, workbench: Any, name: Callable[[str], str]) -> None:
    open_review(page, workbench, reviewer=name("mouse"))
    page.locator(".rv-words [data-word='3']").click()
    page.locator(".rv-words [data-word='5']").click(modifiers=["Shift"])
    assert page.locator(".rv-words .sel").count() == 3
    page.locator(".rv-palette").get_by_text("PER", exact=True).click()
    assert labels(page, "yours")[3:6] == ["B-PER", "I-PER", "I-PER"]
    page.keyboard.press("Enter")  # the button that was clicked has no focus, so this goes on
    page.wait_for_function("document.querySelector('.rv-card h4')?.textContent.startsWith('train 1')")


def test_hostile_words_stay_words(page: Any, workbench: Any, name: Callable[[str], str]) -> None:
    open_review(page, workbench, split="test", reviewer=name("<img src=x onerror=window.hacked=1>"))
    assert page.locator(".rv-words").inner_text().count("onerror") == 1
    page.keyboard.press("ArrowRight")
    page.keyboard.press("1")
    page.keyboard.press("a")
    page.wait_for_function("document.querySelector('.toast.rv, dialog.rv-like')")
    assert page.evaluate("window.hacked") is None
    assert page.locator(".rv img, .rv script").count() == 0


def test_nothing_is_lost_while_the_app_does_not_answer(page: Any, workbench: Any, name: Callable[[str], str]) -> None:
    open_review(page, workbench, reviewer=name("offline"))
    page.route("**/component_server**", lambda route: route.abort())
    page.keyboard.press("g")
    page.keyboard.press("f")
    page.wait_for_selector(".rv-saved.bad")
    assert "2 changes not saved yet" in page.locator(".rv-saved").inner_text()
    assert not decisions(workbench, name("offline"))
    page.unroute("**/component_server**")
    page.once("dialog", lambda dialog: dialog.accept())
    page.reload()
    page.wait_for_selector(".rv-words", timeout=60_000)
    page.wait_for_function("!Object.keys(localStorage).some(name => name.startsWith('ner-review:'))")
    assert [row.verdict for row in decisions(workbench, name("offline"))] == ["accept_given", "flag"]


def test_apply_to_all_like_it_and_undo_as_one(page: Any, workbench: Any, name: Callable[[str], str]) -> None:
    open_review(page, workbench, reviewer=name("batch"))
    page.keyboard.press("ArrowRight")
    page.keyboard.press("3")
    page.keyboard.press("a")
    page.wait_for_selector("dialog.rv-like[open]")
    hits = page.locator("dialog.rv-like li").count()
    assert hits >= 3  # the course's sentences stand four times in train, and once more in validation
    page.locator("dialog.rv-like li input").first.uncheck()
    page.get_by_role("button", name=f"Apply to {hits - 1}").click()
    page.wait_for_function("document.querySelector('.toast.rv')?.textContent.startsWith('Applied')")
    batch = [row for row in decisions(workbench, name("batch")) if row.batch]
    assert len(batch) == hits - 1 and len({row.batch for row in batch}) == 1
    page.keyboard.press("u")
    page.wait_for_function("document.querySelector('.toast.rv')?.textContent.startsWith('Undone in')")
    assert decisions(workbench, name("batch"))[-1].target == batch[0].batch


def test_every_key_is_listed(page: Any, workbench: Any, name: Callable[[str], str]) -> None:
    open_review(page, workbench, reviewer=name("helper"))
    page.keyboard.press("?")
    text = page.locator("dialog.keys-help").inner_text()
    for what in ("Flag for later", "Undo", "Redo", "Apply to all like it", "Split", "Merge", "Select the word to the right"):
        assert what in text


def expect_review(page: Any, title: str, queue: str) -> None:
    page.wait_for_function("title => document.querySelector('.rv-card h4 span')?.textContent === title", arg=title)
    page.wait_for_function("queue => new URLSearchParams(location.search).get('queue') === queue", arg=queue)
    page.wait_for_function("queue => document.querySelector('#review-queue input')?.value === queue", arg=queue)


def test_sentences_come_from_other_tabs_and_the_link_opens_them(page: Any, workbench: Any, name: Callable[[str], str]) -> None:
    page.goto(f"{workbench.url}?split=train&search=lamb&index=0")
    page.wait_for_selector("#browse-cards .card")
    page.locator("#browse-status").get_by_text("Review these").click()
    page.wait_for_selector(".rv .empty, .rv .rv-words")
    page.fill(NAME, name("sent"))
    page.press(NAME, "Enter")
    expect_review(page, "train 0", "search · train · lamb")
    page.get_by_role("tab", name="Browse", exact=True).click()
    page.wait_for_function("!new URLSearchParams(location.search).has('queue')")
    page.locator("#browse-cards .card").nth(1).get_by_text("Review", exact=True).click()
    page.wait_for_function("document.querySelector('#review-queue input')?.value.startsWith('sentence · train · ')")
    index = page.input_value("#review-queue input").rpartition(" ")[2]
    expect_review(page, f"train {index}", f"sentence · train · {index}")
    page.goto(page.url)  # the link, in a browser that knows the reviewer
    expect_review(page, f"train {index}", f"sentence · train · {index}")
    page.get_by_role("tab", name="Inspect", exact=True).click()
    page.locator("#inspect-next").click()
    page.wait_for_function("index => new URLSearchParams(location.search).get('index') !== index", arg=index)
    page.locator("#inspect-review").click()
    page.wait_for_function("old => !(document.querySelector('#review-queue input')?.value || old).endsWith(old)", arg=f" · {index}")
    assert page.locator(".rv-words").count() == 1


@pytest.mark.parametrize("scheme", [scheme for scheme in SCHEMES if scheme != "plain"])
def test_tags_in_the_browser_are_those_of_python(page: Any, scheme: Any) -> None:
    draw = random.Random(scheme)
    cases = []
    for _ in range(200):
        length = draw.randint(1, 8)
        tags = [draw.choice(["O", "O", *(f"{p}-{k}" for p in "BIMELSU" for k in ("ORG", "a-b"))]) for _ in range(length)]
        start = draw.randrange(length)
        cases.append((tags, start, draw.randint(start + 1, length), draw.choice(["", "ORG", "LOC"])))
    script = (Path(token_editor.__file__).parent / "tags.js").read_text(encoding="utf-8")
    found = page.evaluate(
        f"""([cases, scheme]) => {{ {script}
        return cases.map(([tags, start, end, kind]) => [nerTags.spans(tags).map(s => [s.start, s.end, s.kind]),
          nerTags.tags(nerTags.spans(tags), tags.length, scheme), nerTags.retag(tags, start, end, kind, scheme)]); }}""",
        [cases, scheme],
    )
    for (tags, start, end, kind), (spans, written, changed) in zip(cases, found, strict=True):
        assert spans == [[span.start, span.end, span.label] for span in tags_to_spans(tags)]
        assert written == spans_to_tags(tags_to_spans(tags), len(tags), scheme=scheme)
        assert changed == list(retag(tags, start, end, kind, scheme))


def test_a_key_after_the_name_is_for_the_sentence(page: Any, workbench: Any, name: Callable[[str], str]) -> None:
    reviewer = name("typist")
    open_review(page, workbench, reviewer=name("before"))
    page.click(NAME)
    page.fill(NAME, reviewer)
    page.press(NAME, "Enter")
    page.wait_for_function("document.activeElement === document.body")
    page.keyboard.press("g")
    page.wait_for_function("document.querySelector('.rv-card h4')?.textContent.startsWith('train 1')")
    saved(page)
    assert page.input_value(NAME) == reviewer and [row.verdict for row in decisions(workbench, reviewer)] == ["accept_given"]


def test_keys_wait_for_an_undo_that_is_under_way(page: Any, workbench: Any, name: Callable[[str], str]) -> None:
    reviewer = name("hasty")
    open_review(page, workbench, reviewer=reviewer)
    page.keyboard.press("g")
    page.wait_for_function("document.querySelector('.rv-card h4')?.textContent.startsWith('train 1')")
    saved(page)
    held: list[Any] = []
    open_way: list[bool] = []

    def hold(route: Any) -> None:
        if open_way:
            route.continue_()
        else:
            held.append(route)

    page.route("**/component_server/**", hold)
    page.keyboard.press("u")
    page.keyboard.press("f")
    assert "train 1" in heading(page)  # f means the sentence that comes back, so it waits
    open_way.append(True)
    for route in held:
        route.continue_()
    page.wait_for_selector(".toast.rv:has-text('Undone: train 0')")
    saved(page)
    assert [(row.verdict, row.sentence) for row in decisions(workbench, reviewer)] == [("accept_given", 0), ("undo", 0), ("flag", 0)]


def test_looking_through_what_is_decided_changes_nothing(page: Any, workbench: Any, name: Callable[[str], str]) -> None:
    reviewer = name("looker")
    open_review(page, workbench, reviewer=reviewer)
    page.keyboard.press("g")
    saved(page)
    store = Store(workbench.workspace / "review.db")
    items = (Item("train", 5, changes=((0, "B-ORG", "B-LOC"),)), Item("train", 6))
    store.save_queue(decisions(workbench, reviewer)[0].corpus, "ner_tags", "doubts", to_rows(Queue("doubts", "suspicion", items)))
    store.close()
    page.goto(f"{workbench.url}?tab=review&queue=doubts")
    page.wait_for_function("document.querySelector('.rv-card h4')?.textContent.startsWith('train 5')", timeout=60_000)
    accept = page.locator(".rv-actions button").first
    assert "Accept suggestion" in accept.inner_text()
    page.keyboard.press("g")
    page.keyboard.press("p")
    assert "kept as given" in heading(page) and accept.inner_text().endswith("Next")
    page.keyboard.press("Enter")
    page.keyboard.press("p")
    assert "kept as given" in heading(page)
    page.keyboard.press("c")  # asked for, the suggestion can still be accepted
    page.keyboard.press("Enter")
    page.keyboard.press("p")
    assert "corrected" in heading(page)
    saved(page)
    assert [row.verdict for row in decisions(workbench, reviewer)] == ["accept_given", "accept_given", "accept_suggestion"]
