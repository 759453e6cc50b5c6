"""Train: fine-tune an encoder as a background run, and follow it."""

from __future__ import annotations

import json
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from ner_app.core.errors import JobError
from ner_app.core.training.profile import Profiler
from ner_app.core.training.runs import Run
from ner_app.ui.context import Services, Shared, View
from ner_app.ui.errors import bind
from ner_app.ui.train import form as train_form
from ner_app.ui.train import runs as train_runs
from ner_app.ui.train.form import Form
from ner_app.ui.widgets import render

BUSY_SECONDS, IDLE_SECONDS = 1.5, 6.0
INTRO = "Fine-tune an encoder on this corpus. A run goes on in the background, also when you close the page."
SURE = "Delete this run with its model and checkpoints? It cannot be brought back."
SWITCHED_OFF = "Training is switched off on this server (NER_APP_ALLOW_TRAINING). Runs that are here can be looked at and used."
Seen = tuple[Any, ...]
SHOW_ESTIMATE = "() => document.querySelector('#train-estimate')?.scrollIntoView({block: 'center', behavior: 'smooth'})"
HIDDEN: Any = "hidden"  # in the page but not shown: a plot of Gradio that is taken out of the page while drawn throws


@dataclass(frozen=True)
class TrainTab:
    """Components that other tabs may touch: ``run`` holds the id of the run that is shown."""

    run: gr.Textbox
    start: gr.Button


@dataclass(frozen=True)
class Follow:
    """What shows the runs; ``outputs`` in the order of :func:`draw`."""

    run: gr.Textbox
    table: gr.HTML
    head: gr.HTML
    use: gr.Button
    stop: gr.Button
    resume: gr.Button
    delete: gr.Button
    scores: gr.DownloadButton
    model: gr.DownloadButton
    loss: gr.LinePlot
    f1: gr.LinePlot
    tables: gr.HTML
    log: gr.HTML
    details: gr.Column
    sure: gr.Row
    really: gr.Button
    keep: gr.Button
    timer: gr.Timer

    @property
    def outputs(self) -> list[Any]:
        buttons = [self.use, self.stop, self.resume, self.delete, self.scores, self.model]
        return [self.table, self.head, *buttons, self.loss, self.f1, self.tables, self.log, self.details, self.timer]


def build_train(services: Services, shared: Shared) -> TrainTab:
    """The tab: layout first, then its wiring."""
    gr.HTML(render.intro(INTRO), apply_default_css=False)
    with gr.Row(elem_id="train-columns"):
        with gr.Column(scale=4, min_width=320):
            if not services.settings.allow_training:
                gr.HTML(render.notice(SWITCHED_OFF, kind="warning"), apply_default_css=False)
            with gr.Column(visible=services.settings.allow_training, elem_id="train-form"):
                form = train_form.build_form()
        with gr.Column(scale=7, min_width=320):
            follow = _build_follow()
    _wire_form(services, shared, form, follow)
    _wire_follow(services, shared, follow)
    return TrainTab(follow.run, form.start)


def _build_follow() -> Follow:
    """List of runs, then the chosen one."""
    run = gr.Textbox(visible="hidden", elem_id="train-run", label="run")
    table = gr.HTML(render.waiting("Looking for runs"), js_on_load=render.ACTIONS_JS, elem_id="train-runs", apply_default_css=False)
    with gr.Column(visible=HIDDEN) as details:
        head = gr.HTML(elem_id="train-head", apply_default_css=False)
        with gr.Row(elem_id="train-actions"):
            small: dict[str, Any] = {"size": "sm", "scale": 0, "min_width": 96, "visible": False}
            use = gr.Button("Use this model", variant="primary", elem_id="train-use", **small)
            stop = gr.Button("Stop", elem_id="train-stop", **small)
            resume = gr.Button("Resume", elem_id="train-resume", **small)
            scores = gr.DownloadButton("Scores (JSON)", elem_id="train-scores", **small)
            model = gr.DownloadButton("Model (zip)", elem_id="train-model", **small)
            delete = gr.Button("Delete", elem_id="train-delete", **small)
        with gr.Row(visible=False, elem_id="train-sure") as sure:
            gr.HTML(render.notice(SURE, kind="warning"), apply_default_css=False)
            really = gr.Button("Delete it", variant="stop", size="sm", scale=0, min_width=96, elem_id="train-really")
            keep = gr.Button("Keep it", size="sm", scale=0, min_width=96)
        with gr.Row():
            plot: dict[str, Any] = {"height": 230, "visible": HIDDEN, "min_width": 260, "buttons": ["export"], "color_title": " "}
            loss = gr.LinePlot(x="step", y="loss", color="curve", title="Loss", elem_id="train-loss", **plot)
            f1 = gr.LinePlot(x="epoch", y="F1", color="type", title="Validation F1", y_lim=[0, 1], elem_id="train-f1", **plot)
        tables = gr.HTML(elem_id="train-tables", apply_default_css=False)
        with gr.Accordion("Log", open=False, elem_id="train-log-box"):
            log = gr.HTML(elem_id="train-log", apply_default_css=False)
    timer = gr.Timer(BUSY_SECONDS)
    return Follow(run, table, head, use, stop, resume, delete, scores, model, loss, f1, tables, log, details, sure, really, keep, timer)


def _wire_form(services: Services, shared: Shared, form: Form, follow: Follow) -> None:
    """Estimates, and the start."""
    profiler = Profiler(services.settings.workspace / "runs")
    fields = [shared.view, *form.fields]
    measure = {"fn": bind(train_form.estimated, services, profiler), "inputs": fields, "outputs": form.estimate, "show_progress": "hidden"}
    shared.view.change(bind(train_form.about_corpus, services), shared.view, form.about, show_progress="hidden")
    fresh = bind(train_form.fresh_choices, services)
    again = {"fn": bind(train_form.reestimated, services, profiler), "inputs": fields, "outputs": form.estimate, "show_progress": "hidden"}
    form.about.select(fresh, None, form.fields[0], show_progress="hidden").then(**measure).then(**again)
    form.measure.click(**measure).then(**again).then(None, js=SHOW_ESTIMATE)
    form.fields[0].input(**measure, trigger_mode="always_last").then(**again)
    gr.on([field.change for field in form.fields[1:]], **again, trigger_mode="always_last", queue=False)
    start = bind(start_training, services)
    form.start.click(start, fields, follow.run, validator=check_start, show_progress="minimal")


def _wire_follow(services: Services, shared: Shared, follow: Follow) -> None:
    """Choosing a run, following it, and what can be done with it."""
    seen = gr.State(())
    draws: dict[str, Any] = {"outputs": [seen, *follow.outputs], "show_progress": "hidden", "queue": False}
    gr.on(None, bind(first_run, services), None, follow.run, show_progress="hidden").then(bind(redraw, services), follow.run, **draws)
    follow.timer.tick(bind(poll, services), [follow.run, seen], **draws)
    follow.run.change(bind(redraw, services), follow.run, **draws).then(
        None, follow.run, None, js="run => { window.nerParam('run', run); }"
    )
    follow.table.click(pick, None, follow.run, show_progress="hidden")
    for button, handler in ((follow.stop, stop_run), (follow.resume, resume_run)):
        button.click(bind(handler, services), follow.run, None).then(bind(redraw, services), follow.run, **draws)
    follow.delete.click(lambda: gr.update(visible=True), None, follow.sure, show_progress="hidden")
    gr.on([follow.keep.click, follow.run.change], lambda: gr.update(visible=False), None, follow.sure, show_progress="hidden")
    follow.really.click(bind(delete_run, services), follow.run, [follow.run, follow.sure]).then(bind(redraw, services), follow.run, **draws)
    follow.use.click(bind(use_model, services), follow.run, [shared.model, shared.tabs])
    follow.scores.click(bind(scores_file, services), follow.run, follow.scores)
    follow.model.click(bind(model_file, services), follow.run, follow.model, show_progress="minimal")


def check_start(view: View, *values: Any) -> list[Any]:
    """Field errors before anything starts; the view has none."""
    return [gr.validate(True, ""), *train_form.check_fields(*values)]


def start_training(services: Services, view: View, *values: Any) -> str:
    """Submit a run; returns its id. NerAppError says which field to change."""
    _require_training(services)
    recipe = train_form.recipe_of(services, view, values)
    corpus = services.corpora.get(view.source)
    if not corpus.sizes.get("train"):
        raise JobError(f"{corpus.name} has no train split, so there is nothing to learn from; choose another corpus at the top.")
    return services.runs.submit(recipe).id


def _require_training(services: Services) -> None:
    if not services.settings.allow_training:
        raise JobError(SWITCHED_OFF)


def first_run(services: Services, request: gr.Request) -> str:
    """The run that the address names, else the one at work, else the newest; empty where there is none."""
    runs = services.runs.all()
    ids = [run.id for run in runs]
    wanted = dict(request.query_params).get("run", "")
    if wanted in ids:
        return wanted
    return next((run.id for run in runs if run.active), ids[0] if ids else "")


def pick(event: gr.EventData) -> str:
    """The run whose name was clicked."""
    return str(event._data.get("run", ""))


def redraw(services: Services, run_id: str) -> tuple[Any, ...]:
    """Everything about the chosen run, whatever was on the page before."""
    return poll(services, run_id, ())


def poll(services: Services, run_id: str, seen: Seen) -> tuple[Any, ...]:
    """What changed since the last time: sizes and counters are compared, and only parts with news are drawn."""
    runs = services.runs.all()
    if any(run.status == "queued" for run in runs):
        services.jobs.advance()  # a no-op unless something ended without a word
    run = next((run for run in runs if run.id == run_id), None)
    now = stamps(runs, run, services.settings.allow_training)
    if now == seen:
        return (gr.skip(),) * (1 + PARTS)
    old = seen if len(seen) == len(now) else (None,) * len(now)
    parts = draw(runs, run, [a != b for a, b in zip(now, old, strict=True)], may_change=services.settings.allow_training)
    return (now, *parts)


def stamps(runs: list[Run], run: Run | None, may_change: bool) -> Seen:
    """One value each for the list, the head, the buttons, the plots, the tables and the log: equal means nothing to draw."""
    listed = tuple((r.id, train_runs.state_of(r), str(r.details.get("best", ""))[:40], bool(r.details.get("test"))) for r in runs)
    chosen = run.id if run else ""
    if run is None:
        return (listed, chosen), "", "", "", "", "", any(r.active for r in runs)
    _, status, step, phase, events, log = run.stamp()
    head = (chosen, status, step, phase, run.progress.seconds, run.message, str(run.details.get("model")))
    buttons = (chosen, status, run.model_folder is not None, may_change, events > 0)
    return (listed, chosen), head, buttons, (chosen, events), (chosen, events, status), (chosen, log), any(r.active for r in runs)


PARTS = 14  # outputs of draw


def draw(runs: list[Run], run: Run | None, news: list[bool], *, may_change: bool) -> tuple[Any, ...]:
    """The outputs of Follow; gr.skip() for a part without news."""
    table, head, buttons, plots, tables, log, busy = news
    skip = gr.skip()
    events = train_runs.history_of(run) if run and (plots or tables) else []
    ahead = sum(other.active or (other.status == "queued" and other.created < run.created) for other in runs) if run else 0
    return (
        train_runs.runs_table(runs, run.id if run else "") if table else skip,
        (train_runs.run_head(run, ahead) if run else "") if head else skip,
        *(_buttons(run, may_change) if buttons else (skip,) * 6),
        *(_plots(events) if plots else (skip, skip)),
        ((train_runs.epochs_table(events) + train_runs.types_table(run)) if run else "") if tables else skip,
        (train_runs.log_block(run) if run else "") if log else skip,
        gr.update(visible=run is not None or HIDDEN) if buttons else skip,
        gr.update(value=BUSY_SECONDS if any(r.active or r.status == "queued" for r in runs) else IDLE_SECONDS) if busy else skip,
    )


def _buttons(run: Run | None, may_change: bool) -> tuple[Any, ...]:
    """Use, stop, resume, delete, scores, model: those that make sense now."""
    stopping = run is not None and run.status == "stopping"
    can_stop = may_change and run is not None and (run.active or run.status == "queued")
    has_model = run is not None and run.model_folder is not None
    return (
        gr.update(visible=has_model),
        gr.update(value="End it at once" if stopping else "Stop", visible=can_stop),
        gr.update(visible=may_change and run is not None and run.can_resume),
        gr.update(visible=may_change and run is not None and not run.active),
        gr.update(visible=run is not None and bool(run.events()[0])),
        gr.update(visible=has_model and run is not None and not run.active),
    )


def _plots(events: list[dict[str, Any]]) -> tuple[Any, Any]:
    """Loss and F1 plots; hidden until there are two points, which make a line."""
    loss, f1 = train_runs.loss_frame(events), train_runs.f1_frame(events)
    types = [kind for kind in dict.fromkeys(f1["type"]) if kind != train_runs.OVERALL]
    few = len(types) <= 12
    if not few:
        f1 = f1[f1["type"] == train_runs.OVERALL]
    return (
        gr.update(value=loss, visible=len(loss) > 1 or HIDDEN, color_map={"training": "#2b7bba", "validation": "#d55e00"}),
        gr.update(value=f1, visible=len(set(f1["epoch"])) > 1 or HIDDEN, color_map=train_runs.colours(types if few else [])),
    )


def stop_run(services: Services, run_id: str) -> None:
    """Ask a run to stop; asked again while it is stopping, end it."""
    _require_training(services)
    services.jobs.stop(services.runs.get(run_id).id, force=services.runs.get(run_id).status == "stopping")


def resume_run(services: Services, run_id: str) -> None:
    """Take a stopped or failed run up again."""
    _require_training(services)
    services.jobs.resume(services.runs.get(run_id).id)


def delete_run(services: Services, run_id: str) -> tuple[str, Any]:
    """Delete a run; the newest of the others is shown instead."""
    _require_training(services)
    services.jobs.delete(services.runs.get(run_id).id)
    left = services.runs.all()
    return (left[0].id if left else ""), gr.update(visible=False)


def use_model(services: Services, run_id: str) -> tuple[Any, Any]:
    """Make the run's model the one that all tabs use, and go to Predict."""
    services.runs.model_of(run_id)
    ref = services.runs.get(run_id).ref
    choices = [(item.title, item.ref) for item in services.models.choices()]
    return gr.update(choices=choices, value=ref), gr.update(selected="predict")


def scores_file(services: Services, run_id: str) -> str:
    """Recipe, scores and events of a run as one JSON file."""
    run = services.runs.get(run_id)
    recipe, events = json.loads(run.recipe.to_json()), train_runs.history_of(run)
    content = {"id": run.id, "status": run.status, "recipe": recipe, "details": run.details, "events": events}
    path = _download_folder() / f"{run.id}.json"
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False), encoding="utf-8")
    return str(path)


def model_file(services: Services, run_id: str) -> str:
    """Model and tokenizer of a run as one zip (stored as they are: weights hardly shrink)."""
    model = services.runs.model_of(run_id)
    path = _download_folder() / f"{run_id}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for file in sorted(model.rglob("*")):
            if file.is_file():
                archive.write(file, f"{run_id}/{file.relative_to(model)}")
    return str(path)


def _download_folder() -> Path:
    """A new folder among those that the page may send files from."""
    return Path(tempfile.mkdtemp(prefix="ner-app-"))
