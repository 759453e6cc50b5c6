"""Train in the real app: a wrong field is told in place, a run survives a reload, stops, and its model is used."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

SLOW = 120_000  # a training process imports its libraries; other tests may be using the processor


def open_train(page: Any, workbench: Any) -> None:
    page.goto(f"{workbench.url}?tab=train")
    expect(page.locator("#train-start")).to_be_visible(timeout=SLOW)
    expect(page.locator("#train-about")).to_contain_text("20 sentences", timeout=SLOW)


def fill(page: Any, name: str, value: str) -> None:
    field = page.locator(f"#train-{name} input").first
    field.fill(value)
    field.press("Tab")


def test_a_run_is_started_followed_across_a_reload_stopped_and_used(page: Any, workbench: Any, tiny_bert: Path) -> None:
    open_train(page, workbench)
    page.locator("#train-checkpoint input").fill(str(tiny_bert))
    page.keyboard.press("Enter")
    fill(page, "epochs", "0")
    page.locator("#train-start").click()
    expect(page.get_by_text("0 is too small; give a number from 0.01 to 1000.")).to_be_visible()

    fill(page, "epochs", "1000")
    fill(page, "learning_rate", "0.005")
    page.locator("#train-start").click()
    expect(page.locator("#train-stop")).to_be_visible(timeout=SLOW)  # an earlier run that is done has no Stop
    run_id = re.search(r"\d{8}-\d{6}-[\w-]+-[0-9a-f]{4}", page.locator("#train-head h4").inner_text())[0]
    expect(page).to_have_url(re.compile(f"run={run_id}"), timeout=SLOW)
    bar = page.locator("#train-head [role=progressbar]")
    expect(bar).to_have_attribute("aria-label", re.compile(r"step [1-9]"), timeout=SLOW)
    expect(page.locator("#train-tables")).to_contain_text("Validation, after each epoch", timeout=SLOW)

    page.reload()
    expect(page.locator("#train-start")).to_be_visible(timeout=SLOW)  # the address names the tab and the run
    expect(bar).to_have_attribute("aria-label", re.compile("Training|Scoring"), timeout=SLOW)
    before = bar.get_attribute("aria-label")
    expect(bar).not_to_have_attribute("aria-label", before, timeout=SLOW)  # it goes on
    expect(page.locator("#train-loss")).to_be_visible(timeout=SLOW)

    page.locator("#train-stop").click()
    expect(page.locator("#train-head")).to_contain_text("Resume goes on", timeout=SLOW)
    expect(page.locator("#train-resume")).to_be_visible()
    page.locator("#train-use").click()
    expect(page.get_by_role("tab", name="Predict", exact=True)).to_have_attribute("aria-selected", "true", timeout=SLOW)
    expect(page).to_have_url(re.compile("model=run"), timeout=SLOW)

    page.get_by_role("tab", name="Train", exact=True).click()
    page.locator("#train-delete").click()
    page.locator("#train-really").click()
    expect(page.locator("#train-runs")).not_to_contain_text(run_id, timeout=SLOW)


def tab_to(page: Any, selector: str, *, most: int = 150) -> None:
    """Press Tab until an element has the focus, and see that the focus can be seen."""
    seen = []
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            break
        seen.append(page.evaluate("(document.activeElement.id || document.activeElement.className || document.activeElement.tagName)"))
    else:
        raise AssertionError(f"{selector} is not reached by Tab, only {seen}")
    field = page.locator(selector).first
    expect(field).to_be_focused()
    expect(field).to_have_css("outline-style", "solid")
    expect(field).to_have_css("outline-width", "2px")


def test_a_run_is_started_chosen_and_stopped_by_keys_alone(page: Any, workbench: Any, tiny_bert: Path) -> None:
    open_train(page, workbench)
    for epochs in ("1000", "999"):
        tab_to(page, "#train-checkpoint input")
        page.keyboard.press("Control+A")
        page.keyboard.type(str(tiny_bert))
        page.keyboard.press("Enter")
        tab_to(page, "#train-epochs input")
        page.keyboard.press("Control+A")
        page.keyboard.type(epochs)
        tab_to(page, "#train-start")
        page.keyboard.press("Enter")
        expect(page.locator("#train-runs button[aria-current]")).to_be_visible(timeout=SLOW)
        expect(page.locator("#train-stop")).to_be_visible(timeout=SLOW)  # at work, or waiting for the one before
    rows = page.locator("#train-runs button")
    expect(rows.nth(1)).to_be_visible(timeout=SLOW)
    first = rows.nth(1).get_attribute("data-run")
    tab_to(page, f"#train-runs [data-run='{first}']")
    page.keyboard.press("Enter")
    expect(page.locator("#train-runs [aria-current]")).to_have_attribute("data-run", first, timeout=SLOW)
    expect(page.locator(f"#train-runs [data-run='{first}']")).to_be_focused()  # the list was drawn anew under the keys
    tab_to(page, "#train-stop")
    page.keyboard.press(" ")
    expect(page.locator("#train-stop")).to_be_hidden(timeout=SLOW)
    tab_to(page, f"#train-runs [data-run]:not([data-run='{first}'])")
    page.keyboard.press("Enter")
    expect(page.locator("#train-runs [aria-current]")).not_to_have_attribute("data-run", first, timeout=SLOW)
    tab_to(page, "#train-stop")
    page.keyboard.press("Enter")
    expect(page.locator("#train-stop")).to_be_hidden(timeout=SLOW)
