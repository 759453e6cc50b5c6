"""The Train tab's handlers, called as functions: validation in place, starting, polling without redrawing, what the buttons do."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from ner_app.core.corpus.model import Corpus
from ner_app.core.errors import CorpusError, JobError, ModelError, RecipeError
from ner_app.core.jobs import folder as files
from ner_app.core.jobs.queue import JobQueue
from ner_app.core.kinds import KINDS
from ner_app.core.models.references import MODEL
from ner_app.core.training.profile import Profile
from ner_app.core.training.recipe import Recipe
from ner_app.core.training.runs import Run
from ner_app.settings import Settings
from ner_app.ui.context import Services, View
from ner_app.ui.train import form as train_form
from ner_app.ui.train import runs as train_runs
from ner_app.ui.train import tab as train_tab
from tests.ui.one_corpus import OneCorpus

VIEW = View("course", "train", "ner_tags", 4)
SCORES = {
    "PER": {"precision": 0.5, "recall": 0.5, "f1": 0.5, "number": 2},
    "<b>": {"precision": 1.0, "recall": 1.0, "f1": 1.0, "number": 1},
    "overall_precision": 0.6, "overall_recall": 0.6, "overall_f1": 0.6, "overall_accuracy": 0.9,
}  # fmt: skip
PROFILE = Profile("x", 10**6, 2, (0.01, 0.04), (0.02, 0.08), (1e6, 8e6), (1e6, 4e6), 1e-9, 400, 1.3, 2, None)


class Waiting(JobQueue):
    """A queue that starts nothing."""

    def advance(self) -> list[Any]:
        return []


@pytest.fixture
def services(course_corpus: Corpus, tmp_path: Path) -> Services:
    models: Any = SimpleNamespace(choices=lambda: [SimpleNamespace(title="starter", ref="starter")])
    settings = Settings(workspace=tmp_path, corpus="course")
    return Services(settings, OneCorpus(course_corpus), models, Waiting(tmp_path / "runs", KINDS))  # type: ignore[arg-type]


def values(**changes: Any) -> list[Any]:
    """Values of the form, in its order."""
    defaults = Recipe()
    return [changes.get(name, getattr(defaults, name)) for name in train_form.FIELDS]


def finished(services: Services, **details: Any) -> Run:
    """A finished run with a model, scores and events."""
    run = services.runs.submit(Recipe(name="<i>mine</i>"))
    (run.folder / MODEL).mkdir()
    (run.folder / MODEL / "config.json").write_text("{}")
    files.append_event(run.folder, {"kind": "start", "step": 0, "total": 4})
    for step in (1, 2):
        files.append_event(run.folder, {"kind": "step", "step": step, "epoch": step / 2, "loss": 1.0 / step})
        event = {"kind": "evaluation", "split": "validation", "step": step, "epoch": step, "loss": 0.5, "scores": SCORES}
        files.append_event(run.folder, event)
    status = {**run.details, "state": "finished", "best": {"step": 2, "epoch": 2, "scores": SCORES}, "progress": {"step": 4, "total": 4}}
    files.write_json(run.folder / files.STATUS, status | details)
    return services.runs.get(run.id)


def test_field_errors_are_told_beneath_their_fields():
    told = train_form.check_fields(*values(epochs=0, checkpoint="a b", batch_size=None))
    wrong = {name: it["message"] for name, it in zip(train_form.FIELDS, told, strict=True) if not it["is_valid"]}
    assert set(wrong) == {"epochs", "checkpoint", "batch_size"}
    assert wrong["epochs"] == "0 is too small; give a number from 0.01 to 1000."
    assert len(train_tab.check_start(VIEW, *values())) == 1 + len(train_form.FIELDS)


def test_start_queues_what_the_form_and_the_bar_say(services):
    run = services.runs.get(train_tab.start_training(services, VIEW, *values(epochs=2, name=None, batch_size=4.0)))
    assert run.recipe == Recipe(corpus="course", column="ner_tags", epochs=2, batch_size=4)


def test_start_says_why_it_cannot(services, course_corpus):
    with pytest.raises(RecipeError, match="epochs"):
        train_tab.start_training(services, VIEW, *values(epochs=0))
    with pytest.raises(RecipeError, match="none is open yet"):
        train_tab.start_training(services, View(), *values())
    with pytest.raises(CorpusError, match="No corpus"):
        train_tab.start_training(services, View("elsewhere"), *values())
    services.corpora.corpus = replace(course_corpus, tables={"test": course_corpus.table("train")})
    with pytest.raises(JobError, match="no train split"):
        train_tab.start_training(services, VIEW, *values())
    assert services.runs.all() == []


def test_a_public_server_keeps_its_folders_and_may_switch_training_off(services, tmp_path):
    closed = replace(services, settings=Settings(workspace=tmp_path, allow_local_paths=False))
    with pytest.raises(RecipeError, match="cannot be opened by path"):
        train_tab.start_training(closed, VIEW, *values(checkpoint="/etc"))
    off = replace(services, settings=Settings(workspace=tmp_path, allow_training=False))
    for act in (lambda: train_tab.start_training(off, VIEW, *values()), lambda: train_tab.delete_run(off, "x")):
        with pytest.raises(JobError, match="switched off"):
            act()


def test_polling_draws_once_and_then_only_news(services):
    run = finished(services)
    seen, *parts = train_tab.poll(services, run.id, ())
    assert len(parts) == train_tab.PARTS and not any(part == gr.skip() for part in parts)
    assert all(part == gr.skip() for part in train_tab.poll(services, run.id, seen))
    files.append_event(run.folder, {"kind": "step", "step": 3, "epoch": 1.5, "loss": 0.2})
    _, *parts = train_tab.poll(services, run.id, seen)
    drawn = [i for i, part in enumerate(parts) if part != gr.skip()]
    assert drawn == [8, 9, 10]  # the two plots and the tables


def test_no_runs_explain_how_to_begin(services):
    _, table, head, *_ = train_tab.poll(services, "", ())
    assert "No runs yet" in table and "Start training" in table and head == ""


def test_a_run_is_drawn_with_its_words_escaped(services):
    run = finished(services, message="<script>x</script>")
    _, table, head, *rest = train_tab.poll(services, run.id, ())
    page = table + head + rest[8]
    assert "<i>mine" not in page and "<script>" not in page and "&lt;i&gt;mine" in page and "&lt;b&gt;" in page
    assert "Validation, by type" in rest[8] and "0.6000" in table


def test_a_run_with_a_damaged_recipe_can_still_be_shown_and_deleted(services):
    run = finished(services)
    (run.folder / files.JOB).write_text("{")
    _, table, head, *_ = train_tab.poll(services, run.id, ())
    assert run.id in table and "has no readable job.json; delete it" in head
    assert train_tab.delete_run(services, run.id)[0] == ""


def test_progress_is_told_with_the_time_left(services):
    run = finished(services)
    at = replace(run.progress, step=120, total=450, seconds=80, remaining=180, phase="Training")
    line = train_runs.progress_line(replace(run, status="running", progress=at, details={"progress": {"epoch": 0.8, "epochs": 3}}))
    assert line == "step 120 of 450 · epoch 0.80 of 3 · 1 min 20 s so far, about 3 min left · Training"
    assert "stopping at the next step" in train_runs.progress_line(replace(run, status="stopping", progress=at))


def test_plots_have_a_colour_for_each_type(services):
    events = train_runs.history_of(finished(services))
    assert set(train_runs.loss_frame(events)["curve"]) == {"training", "validation"}
    assert list(train_runs.f1_frame(events)["type"]) == ["overall", "PER", "<b>"] * 2
    assert set(train_runs.colours(["PER", "<b>"])) == {"overall", "PER", "<b>"}


@pytest.mark.parametrize(("wanted", "expected"), [("", 1), ("first", 0), ("nope", 1)])
def test_a_reload_shows_the_run_of_the_address_else_the_newest(services, wanted, expected):
    ids = [services.runs.submit(Recipe(name=name)).id for name in ("a", "b")]
    for created, run_id in enumerate(ids):
        status = services.jobs.root / run_id / files.STATUS
        files.write_json(status, {**files.read_json(status), "created": created})
    request: Any = SimpleNamespace(query_params={"run": ids[0] if wanted == "first" else wanted})
    assert train_tab.first_run(services, request) == ids[expected]


def test_using_a_model_sets_it_for_all_tabs(services):
    run = finished(services)
    model, tabs = train_tab.use_model(services, run.id)
    assert model["value"] == f"run:{run.id}" and tabs["selected"] == "predict"
    waiting = services.runs.submit(Recipe())
    with pytest.raises(JobError, match="no model yet"):
        train_tab.use_model(services, waiting.id)


def test_downloads_hold_scores_and_model(services):
    run = finished(services)
    content = json.loads(Path(train_tab.scores_file(services, run.id)).read_text())
    assert content["recipe"]["learning_rate"] == 2e-5 and content["events"][-1]["scores"] == SCORES
    assert zipfile.ZipFile(train_tab.model_file(services, run.id)).namelist() == [f"{run.id}/config.json"]


class Measured:
    """A profiler that knows one profile, or an error."""

    def __init__(self, found: Profile | Exception) -> None:
        self.found = found

    def peek(self, checkpoint: str) -> None:
        return None

    def get(self, checkpoint: str, words: Any) -> Profile:
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


def test_an_estimate_waits_and_then_tells(services):
    waiting, told = train_form.estimated(services, Measured(PROFILE), VIEW, *values())
    assert "Measuring bert-base-cased" in waiting and "1.0 million" in told and "measured just now" in told


def test_an_estimate_names_a_head_that_does_not_fit(services):
    profile = replace(PROFILE, head=("O", "B-weapon"))
    *_, told = train_form.estimated(services, Measured(profile), VIEW, *values())
    assert "the head of bert-base-cased has 2 labels, the column has 9" in told
    *_, told = train_form.estimated(services, Measured(profile), VIEW, *values(head="replace"))
    assert "labels, the column" not in told


def test_an_estimate_that_fails_says_why(services):
    *_, told = train_form.estimated(services, Measured(ModelError("the Hub cannot be reached")), VIEW, *values())
    assert "the Hub cannot be reached" in told
    (told,) = train_form.estimated(services, Measured(PROFILE), VIEW, *values(epochs=0))
    assert "epochs: 0 is too small" in told


def test_the_corpus_is_described_before_it_is_learnt(services, course_corpus):
    assert "5 sentences" in train_form.about_corpus(services, VIEW) and "held out" in train_form.about_corpus(services, VIEW)
    assert "Opening" in train_form.about_corpus(services, View())
    services.corpora.corpus = replace(course_corpus, tables={"test": course_corpus.table("train")})
    assert "no train split" in train_form.about_corpus(services, VIEW)
