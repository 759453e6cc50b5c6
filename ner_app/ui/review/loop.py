"""The panel that closes the loop: train again on the corrected corpus, and score old and new model on old and new labels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from ner_app.core.corpus.model import Corpus
from ner_app.core.errors import ReviewError
from ner_app.core.review.exchange import loop
from ner_app.core.review.exchange.export import Changes
from ner_app.core.review.ledger.fold import Ledger
from ner_app.core.review.tasks import Task
from ner_app.core.training.runs import Run
from ner_app.ui.context import Services, Shared, View
from ner_app.ui.errors import bind
from ner_app.ui.review import compare as comparing
from ner_app.ui.review import watch as review_task
from ner_app.ui.review.compare import CompareForm
from ner_app.ui.review.watch import Watch
from ner_app.ui.widgets import render

INTRO = "Train again on the corrected labels, then compare."
NO_RUN = "No finished run here has learned these labels. Open the corrected corpus in Train and choose its settings there."
NO_TRAINING = "Training is switched off on this server; the corrected corpus can still be taken away and trained on elsewhere."
WRITING = "Writing the corrected corpus"
NOTHING = "Nothing is corrected yet, so there is nothing new to learn."


@dataclass(frozen=True)
class LoopPanel:
    """Components of the panel."""

    box: gr.Accordion
    about: gr.HTML
    run: gr.Dropdown
    retrain: gr.Button
    keep: gr.Button
    training: Watch
    compare: CompareForm


def loop_panel() -> LoopPanel:
    """Lay the panel out, folded."""
    with gr.Accordion("Close the loop", open=False, elem_id="review-loop") as box:
        about = gr.HTML(render.line(INTRO), apply_default_css=False)
        with gr.Row(equal_height=True):
            run = gr.Dropdown([], label="With the settings of the run", scale=3, min_width=220, visible=False, elem_id="review-loop-run")
            retrain = gr.Button(
                "Retrain", variant="primary", scale=0, min_width=130, visible=False, elem_id="review-retrain", elem_classes=["beside"]
            )
            keep = gr.Button("Open in Train…", scale=0, min_width=150, visible=False, elem_id="review-keep", elem_classes=["beside"])
        training = review_task.watch("review-training")
        form = comparing.compare_form()
    return LoopPanel(box, about, run, retrain, keep, training, form)


def wire(services: Services, shared: Shared, panel: LoopPanel) -> None:
    """The panel's events; it is filled when it is opened."""
    quiet: dict[str, Any] = {"show_progress": "hidden"}
    fields = [panel.about, panel.run, panel.retrain, panel.keep, *panel.compare.filled]
    panel.box.expand(bind(fill, services), [shared.view, shared.model], fields, **quiet)
    outputs: list[Any] = [*panel.training.outputs, panel.compare.new]
    panel.retrain.click(bind(retrain, services), [shared.view, panel.run], outputs, **quiet)
    panel.keep.click(bind(keep, services), shared.view, outputs, **quiet)
    panel.training.timer.tick(bind(poll_training, services), [shared.view, panel.training.key], outputs, **quiet)
    comparing.wire(services, shared, panel.compare)


def fill(services: Services, view: View, model: str | None) -> tuple[Any, ...]:
    """What can be trained and compared here. Outputs: about, run, retrain, keep, old, new, split."""
    if not view.source:
        return render.empty("No corpus is open.", "Choose one at the top of the page."), *(gr.skip(),) * 6
    corpus = services.corpora.get(view.source)
    may = services.settings.allow_training
    runs = loop.retrainable(services.runs, view.column) if may else []
    changes = services.reviews.ledger(corpus, view.column).changes()
    runs = runs if changes else []
    return (
        about(corpus, changes, may_train=may, runs=len(runs)),
        gr.update(choices=[(_title(run), run.id) for run in runs], value=runs[0].id if runs else None, visible=bool(runs)),
        gr.update(visible=bool(runs)),
        gr.update(visible=may and bool(changes)),
        *comparing.fill(services, corpus, view, model),
    )


def about(corpus: Corpus, changes: Changes, *, may_train: bool, runs: int) -> str:
    """What there is to learn: corrected sentences by split, and what to do where no run can be done again."""
    if not changes:
        return render.line(f"{INTRO} {NOTHING}")
    counts = {split: sum(place[0] == split for place in changes) for split in corpus.splits}
    html = render.line(f"{INTRO} Corrected sentences: {', '.join(f'{count:,} in {split}' for split, count in counts.items() if count)}.")
    if not counts.get("train"):
        html += render.notice("None of them is in train, so a model that is trained again learns from the same labels as before.")
    return html + render.notice(NO_TRAINING if not may_train else "" if runs else NO_RUN)


def _title(run: Run) -> str:
    return f"{run.recipe.title} ({run.id[:15]})"


def _changed(services: Services, view: View) -> Ledger:
    """The ledger of the open corpus, where training may be started and something was changed."""
    if not view.source:
        raise ReviewError("Open a corpus first.")
    if not services.settings.allow_training:
        raise ReviewError(NO_TRAINING)
    ledger = services.reviews.ledger(services.corpora.get(view.source), view.column)
    if not ledger.changes():
        raise ReviewError(NOTHING)
    return ledger


def retrain(services: Services, view: View, run_id: str | None) -> tuple[Any, ...]:
    """Write the corrected corpus and submit a run with the settings of another one. Outputs: those of a Watch, and the new model."""
    ledger = _changed(services, view)
    if not ledger.corpus.sizes.get("train"):
        raise ReviewError(f"{ledger.corpus.name} has no train split, so there is nothing to learn from.")
    if not run_id:
        raise ReviewError(NO_RUN)
    run = services.runs.get(run_id)

    def work(task: Task) -> Run:
        folder = loop.keep_corrected(ledger, services.settings.workspace)
        return services.runs.submit(loop.retrain_recipe(run, folder, view.column))

    return _until_over(services, review_task.begin(services, WRITING, work, lambda made: _trained(services, view, made)))


def keep(services: Services, view: View) -> tuple[Any, ...]:
    """Write the corrected corpus and give the way to it. Outputs: those of a Watch, and the new model."""
    ledger = _changed(services, view)

    def work(task: Task) -> Path:
        return loop.keep_corrected(ledger, services.settings.workspace)

    return _until_over(services, review_task.begin(services, WRITING, work, lambda folder: _trained(services, view, folder)))


def poll_training(services: Services, view: View, key: str) -> tuple[Any, ...]:
    """How it gets on: first the writing, then the run, until that is over."""
    return _until_over(services, review_task.follow(services, key, lambda made: _trained(services, view, made)))


def _until_over(services: Services, outputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """Outputs of a Watch, whose timer goes on while the run that was made is at work; then its model is the new one to compare."""
    status, timer, key = outputs
    made, new = review_task.result_of(services, key), gr.skip()
    if isinstance(made, Run):
        run = _now(services, made)
        if run.status in ("queued", "running", "stopping"):
            timer = gr.update(active=True)
        elif run.model_folder is not None:
            new = gr.update(choices=[(ref.title, ref.ref) for ref in services.models.choices()], value=run.ref)
    return status, timer, key, new


def _now(services: Services, run: Run) -> Run:
    """The run as it is now; as it was where it was deleted meanwhile."""
    return next((one for one in services.runs.all() if one.id == run.id), run)


def _trained(services: Services, view: View, made: Run | Path) -> tuple[str]:
    """One line: the folder to train on, or the run and how it gets on, with a link to Train."""
    if isinstance(made, Path):
        target = View(str(made), column=view.column)
        return (render.line("The corrected corpus is ready.", right=render.link("Open it in Train", f"?{target.address(tab='train')}")),)
    run = _now(services, made)
    text = f"Run {run.id}: {run.status}{f', {run.progress.fraction:.0%}' if run.active else ''}."
    message = render.notice(run.message, kind="error") if run.status == "failed" else ""
    return (render.line(text, right=render.link("Follow it in Train", f"?{view.address(tab='train', run=run.id)}")) + message,)
