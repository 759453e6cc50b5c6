"""The main job, end to end: read a sentence, inspect it, train on the corpus across a reload, highlight with what came out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

SLOW = 180_000  # a training process imports its libraries; other tests may be using the processor


def test_from_a_sentence_to_a_model_that_knows_it(page: Any, workbench: Any, tiny_bert: Path) -> None:
    page.goto(f"{workbench.url}?split=train&index=4")
    current = page.locator(".card[aria-current=true]").first
    expect(current).to_contain_text("Zwingmann", timeout=SLOW)
    current.get_by_role("button", name="Inspect", exact=True).click()

    expect(page.get_by_role("tab", name="Inspect", exact=True)).to_have_attribute("aria-selected", "true", timeout=SLOW)
    box = page.locator("#inspect-checkpoint input").first
    box.fill(str(tiny_bert))
    box.press("Enter")
    expect(page.locator("#inspect-grid")).to_contain_text("Zwingmann", timeout=SLOW)
    expect(page.locator("#inspect-grid")).to_contain_text("-100")

    page.get_by_role("tab", name="Train", exact=True).click()
    page.locator("#train-checkpoint input").fill(str(tiny_bert))
    page.keyboard.press("Enter")
    for name, value in (("epochs", "40"), ("learning_rate", "0.005")):
        field = page.locator(f"#train-{name} input").first
        field.fill(value)
        field.press("Tab")
    page.locator("#train-start").click()
    bar = page.locator("#train-head [role=progressbar]")
    expect(bar).to_have_attribute("aria-label", re.compile(r"step [1-9]"), timeout=SLOW)
    page.reload()
    expect(page.locator("#train-use")).to_be_enabled(timeout=SLOW)
    expect(page.locator("#train-head")).to_contain_text("model kept", timeout=SLOW)
    page.locator("#train-use").click()

    expect(page.get_by_role("tab", name="Predict", exact=True)).to_have_attribute("aria-selected", "true", timeout=SLOW)
    text = page.locator("#predict-text textarea")
    text.fill("EU rejects German call to boycott British lamb .")
    text.press("Control+Enter")
    marks = page.locator("#predict-result mark.ent")
    expect(marks.first).to_contain_text("EU", timeout=SLOW)
    expect(marks.first).to_contain_text("ORG")
