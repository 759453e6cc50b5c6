"""Below the editor, in the browser: correct, take away, bring in, take back, compare; and a token that stays nowhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

from ner_app.core.review.ledger.store import Store
from tests.browser.test_review import open_review, saved

TEXT = "EU rejects German call to boycott British lamb ."


def field(page: Any, elem_id: str) -> Any:
    return page.locator(f"#{elem_id} input, #{elem_id} textarea")


def test_take_away_bring_in_and_compare(page: Any, workbench: Any, tmp_path: Path) -> None:
    reviewer = f"taker-{uuid4().hex[:8]}"
    open_review(page, workbench, reviewer=reviewer)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("3")
    saved(page)

    page.locator("#review-export > button").click()
    for title, suffix in (("column file, as it came in", ".txt"), ("JSON Lines", ".jsonl")):
        field(page, "review-format").click()
        page.get_by_role("option", name=title).click()
        page.locator("#review-write").click()
        link = page.locator(f"#review-files a[download$='{suffix}']").first
        link.wait_for()
    with page.expect_download() as download:
        link.click()
    rows = [json.loads(line) for line in Path(download.value.path()).read_text(encoding="utf-8").splitlines()]
    assert rows[0]["tokens"][0] == "EU" and rows[0]["ner_tags"][0] in ("B-LOC", "B-ORG")

    lea = f"lea-{uuid4().hex[:8]}"
    result = [{"type": "labels", "value": {"start": 0, "end": 2, "labels": ["PER"]}}]
    tasks = [{"data": {"text": TEXT}, "annotations": [{"result": result}]}, {"data": {"text": "<i>nowhere</i>"}, "annotations": []}]
    (tmp_path / "export.json").write_text(json.dumps(tasks), encoding="utf-8")
    page.locator("#review-bring > button").click()
    page.locator("#review-bring-file input[type=file]").set_input_files(tmp_path / "export.json")
    page.locator("#review-bring-file").get_by_text("export").first.wait_for()
    field(page, "review-bring-name").fill(lea)
    page.locator("#review-bring-go").click()
    page.locator("#review-bring-status").get_by_text(f"decisions of {lea} stored").wait_for()
    assert "1 record was left out" in page.locator("#review-bring-status").inner_text()
    store = Store(workbench.workspace / "review.db")
    stored = [row for row in store.since() if row.reviewer == lea]
    assert len(stored) >= 4 and {row.after[0] for row in stored} == {"B-PER"} and len({row.batch for row in stored}) == 1
    page.locator("#review-bring-back").click()
    page.locator("#review-bring-status").get_by_text("Taken back").wait_for()
    assert [row.target for row in store.since() if row.reviewer == lea][-1] == stored[0].batch
    store.close()

    page.locator("#review-loop > button").click()
    page.wait_for_function("document.querySelector('#review-old input')?.value === 'starter'")
    page.locator("#review-compare").click()
    page.wait_for_selector("#review-compared table", timeout=60_000)
    assert page.locator("#review-compared tbody tr").count() == 4
    page.locator("#review-by-type input").check()
    page.wait_for_function("document.querySelectorAll('#review-compared tbody tr').length > 4")


def test_a_token_is_hidden_sent_once_and_left_nowhere(page: Any, workbench: Any) -> None:
    token = f"hf_{uuid4().hex}"
    open_review(page, workbench, reviewer=f"pusher-{uuid4().hex[:8]}")
    page.locator("#review-export > button").click()
    page.locator("#review-push > button").click()
    assert field(page, "review-push-token").get_attribute("type") == "password"
    field(page, "review-push-repo").fill("ann/course")
    field(page, "review-push-token").fill(token)
    page.locator("#review-push-go").click()
    page.locator("#review-push-status .notice").wait_for()  # the app under test has no network: HF_HUB_OFFLINE
    assert "nothing was pushed" in page.locator("#review-push-status").inner_text()
    assert field(page, "review-push-token").input_value() == ""
    assert token not in page.content() and token not in workbench.log.read_text(encoding="utf-8")
    assert page.evaluate("token => !JSON.stringify({...localStorage, ...sessionStorage}).includes(token)", token)
    for file in workbench.workspace.rglob("*"):
        assert not (file.is_file() and token.encode() in file.read_bytes())
