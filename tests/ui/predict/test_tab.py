"""The Predict tab's handlers: what they show while they wait, when something is missing, and when all is there."""

from __future__ import annotations

import csv
import io
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ner_app.core.models import store as models
from ner_app.core.models.predict import Prediction, Predictor
from ner_app.core.models.store import ModelStore
from ner_app.settings import Settings
from ner_app.ui import waiting
from ner_app.ui.context import Services
from ner_app.ui.predict import tab
from tests.models_small import COURSE_PIECES, COURSE_TEXT, onnx_model


@pytest.fixture
def ref(tiny_tokenizer: Path, tmp_path: Path) -> str:
    return str(onnx_model(tiny_tokenizer, tmp_path / "lookup"))


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return Services(Settings(max_text_chars=1000), None, ModelStore(tmp_path / "workspace"), None)  # type: ignore[arg-type]


def last(steps: Any) -> Any:
    return list(steps)[-1]


def predicted(services: Services, ref: str, text: str, strategy: str = "simple") -> Prediction:
    return Predictor(services.models.get(ref)).text(text, strategy)


def test_the_courses_sentence(services: Services, ref: str) -> None:
    status, html, shown = last(tab.highlight(services, COURSE_TEXT, ref, "simple", 0.0))
    assert "lookup is ready. It finds PER, ORG, LOC, MISC." in status
    assert "3 entities" in html
    for text, kind in (("Sylvain", "PER"), ("Hugging Face", "ORG"), ("Brooklyn", "LOC")):
        assert f"{text}<span" in html
        assert f">{kind}<" in html
    assert "{&quot;entity_group&quot;: &quot;PER&quot;, &quot;score&quot;: 0.9805556" in html
    assert [(e.char_start, e.char_end) for e in shown.prediction.entities] == [(11, 18), (33, 45), (49, 57)]


def test_the_score_is_there_for_hover_and_for_reading_aloud(services: Services, ref: str) -> None:
    html = last(tab.highlight(services, COURSE_TEXT, ref, "simple", 0.0))[1]
    assert 'title="score 0.9806"' in html
    assert 'class="sr">, score 0.9806<' in html


@pytest.mark.parametrize("model", [None, "", "  "])
def test_no_model_says_what_to_do(services: Services, model: str | None) -> None:
    html = last(tab.highlight(services, "EU", model, "simple", 0.0))[1]
    assert "There is no model yet" in html
    assert "Train tab" in html
    assert "There is no model yet. Train one in the Train tab" in last(tab.follow_model(services, model))


def test_no_text_says_what_to_do(services: Services, ref: str) -> None:
    assert "Nothing highlighted yet" in last(tab.highlight(services, " \n", ref, "simple", 0.0))[1]


def test_a_text_beyond_the_limit(services: Services, ref: str) -> None:
    html = last(tab.highlight(services, "x" * 1001, ref, "simple", 0.0))[1]
    assert "1,001 characters; at most 1,000" in html


def test_a_failed_model_says_why_and_is_not_replaced(services: Services, tmp_path: Path) -> None:
    missing = str(tmp_path / "none")
    _, html, shown = last(tab.highlight(services, "EU", missing, "simple", 0.0))
    assert "there is no such folder" in html
    assert shown is None
    assert "there is no such folder" in last(tab.follow_model(services, missing))


def test_hostile_references_are_escaped(services: Services) -> None:
    html = last(tab.highlight(services, "EU", "<img src=x onerror=alert(1)>", "simple", 0.0))[1]
    assert "<img" not in html
    assert "&lt;img" in html


def test_a_loading_model_is_waited_for(services: Services, ref: str, monkeypatch: pytest.MonkeyPatch) -> None:
    go, load = threading.Event(), models.load_model
    monkeypatch.setattr(models, "load_model", lambda checkpoint: go.wait(20) and load(checkpoint))
    monkeypatch.setattr(waiting, "PATIENCE", 0.02)
    steps = tab.highlight(services, COURSE_TEXT, ref, "simple", 0.0)
    assert "Loading" in next(steps)[1]
    assert "Loading" in next(tab.follow_model(services, ref))
    go.set()
    assert "3 entities" in last(steps)[1]


def test_a_long_reading_says_how_far_it_is(services: Services, ref: str, monkeypatch: pytest.MonkeyPatch) -> None:
    go = threading.Event()
    model = services.models.get(ref)
    logits = model.scorer.logits
    monkeypatch.setattr(model.scorer, "logits", lambda ids, mask: go.wait(20) and logits(ids, mask))
    monkeypatch.setattr(waiting, "PATIENCE", 0.02)
    steps = tab.highlight(services, COURSE_TEXT, ref, "simple", 0.0)
    said = next(steps)[1]
    while "Loading" in said:
        said = next(steps)[1]
    assert "Reading the text, 0%" in said
    go.set()
    assert "3 entities" in last(steps)[1]


def test_another_aggregation_asks_no_model(services: Services, ref: str) -> None:
    shown = last(tab.highlight(services, COURSE_TEXT, ref, "simple", 0.0))[2]
    html, again = tab.regroup(shown, "none", 0.0)
    assert "4 tokens" in html
    assert [e.text for e in again.prediction.entities] == list(COURSE_PIECES)
    assert "3 entities" in tab.regroup(again, "average", 0.0)[0]
    assert "3 entities" in tab.regroup(again, "no such", 0.0)[0]


def test_nothing_to_regroup_changes_nothing() -> None:
    import gradio as gr

    assert tab.regroup(None, "simple", 0.5) == (gr.skip(), gr.skip())


def test_the_lowest_score_hides_and_says_so(services: Services, ref: str) -> None:
    shown = last(tab.highlight(services, COURSE_TEXT, ref, "simple", 0.0))[2]
    html, _ = tab.regroup(shown, "simple", 0.99)
    assert "0 entities" in html
    assert "3 below the lowest score" in html
    assert "entity_group" not in html


def test_long_text_says_in_how_many_windows_it_was_read(services: Services, ref: str) -> None:
    shown = tab.Shown("m", ("PER",), predicted(services, ref, "lamb . " * 400 + "Sylvain"))
    html = tab.result_html(shown, 0.0)
    assert "1,201 tokens in 3 overlapping windows" in html
    assert "The first 400 of 1,201 tokens." in html


def test_hostile_text_is_escaped_everywhere(services: Services, tiny_tokenizer: Path, tmp_path: Path) -> None:
    folder = onnx_model(tiny_tokenizer, tmp_path / "h", pieces={"<": "B-MISC", "i": "I-MISC", "##m": "I-MISC", "##g": "I-MISC"})
    text = '<img src=x onerror=alert(1)> "><script>alert(1)</script>'
    for strategy in tab.STRATEGY_TITLES:
        html = tab.result_html(tab.Shown("<m>", ("MISC",), predicted(services, str(folder), text, strategy)), 0.0)
        assert "<img" not in html
        assert "<script" not in html
        assert "<m>" not in html


def test_right_to_left_text_runs_right_to_left(services: Services, ref: str) -> None:
    html = tab.result_html(tab.Shown("m", (), predicted(services, ref, "سلام Brooklyn")), 0.0)
    assert 'class="prose-text" dir="rtl"' in html


def test_csv_reads_back_and_holds_no_formula(services: Services, tiny_tokenizer: Path, tmp_path: Path) -> None:
    folder = onnx_model(tiny_tokenizer, tmp_path / "f", pieces={"=": "B-MISC", "EU": "I-MISC", "Sylvain": "B-PER"})
    prediction = predicted(services, str(folder), '=EU Sylvain "x"')
    rows = list(csv.DictReader(io.StringIO(tab.entities_csv(list(prediction.entities)))))
    assert [(r["type"], r["text"], r["char_start"], r["char_end"]) for r in rows] == [
        ("MISC", "'=EU", "0", "3"),
        ("PER", "Sylvain", "4", "11"),
    ]


def test_plain_labels_are_shown(services: Services, tiny_tokenizer: Path, tmp_path: Path) -> None:
    folder = onnx_model(tiny_tokenizer, tmp_path / "pos", labels=("NN", "VB"), pieces={"buy": "VB"})
    html = tab.result_html(tab.Shown("pos", ("NN", "VB"), predicted(services, str(folder), "should buy")), 0.0)
    assert "2 entities" in html
    assert ">VB<" in html


def test_the_tab_builds(services: Services) -> None:
    import gradio as gr

    from ner_app.ui.context import Shared, View

    with gr.Blocks() as demo:
        shared = Shared(gr.State(View()), gr.Dropdown([]), gr.Tabs(), gr.State(("", 0.0)))
        built = tab.build_predict(services, shared)
    assert built.text.value == COURSE_TEXT
    assert len(tab.EXAMPLES) == 4
    assert set(tab.STRATEGY_TITLES) == set(tab.STRATEGIES)
    assert SimpleNamespace(**demo.config).dependencies
