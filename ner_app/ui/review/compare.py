"""Old and new model on old and new labels: the form and its one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from ner_app.core.corpus.model import Corpus
from ner_app.core.errors import NerAppError, ReviewError
from ner_app.core.evaluation.metrics import Score
from ner_app.core.review.exchange import comparison, loop
from ner_app.core.review.exchange.comparison import Comparison
from ner_app.ui.context import Services, Shared, View
from ner_app.ui.errors import bind
from ner_app.ui.review import watch as review_task
from ner_app.ui.review.watch import Watch
from ner_app.ui.widgets import render

NUMBERS = ["precision", "recall", "F1", "support"]


@dataclass(frozen=True)
class CompareForm:
    """Components of the form."""

    old: gr.Dropdown
    new: gr.Dropdown
    split: gr.Dropdown
    go: gr.Button
    by_type: gr.Checkbox
    watch: Watch

    @property
    def filled(self) -> list[Any]:
        """What :func:`fill` gives values for."""
        return [self.old, self.new, self.split]


def compare_form() -> CompareForm:
    """Lay the form out."""
    with gr.Row(equal_height=True):
        old = gr.Dropdown([], label="Old model", scale=2, min_width=160, elem_id="review-old")
        new = gr.Dropdown([], label="New model", scale=2, min_width=160, elem_id="review-new")
        split = gr.Dropdown([], label="Split", scale=1, min_width=110, elem_id="review-loop-split")
        go = gr.Button("Compare", scale=0, min_width=130, elem_id="review-compare", elem_classes=["beside"])
    by_type = gr.Checkbox(False, label="By type", visible=False, container=False, elem_id="review-by-type")
    return CompareForm(old, new, split, go, by_type, review_task.watch("review-compared"))


def wire(services: Services, shared: Shared, form: CompareForm) -> None:
    """The form's events."""
    outputs: list[Any] = [*form.watch.outputs, form.by_type]
    quiet: dict[str, Any] = {"show_progress": "hidden"}
    form.go.click(bind(compare, services), [shared.view, *form.filled, form.by_type], outputs, **quiet)
    form.watch.timer.tick(bind(poll, services), [form.watch.key, form.by_type], outputs, **quiet)
    form.by_type.input(bind(poll, services), [form.watch.key, form.by_type], outputs, **quiet)


def fill(services: Services, corpus: Corpus, view: View, model: str | None) -> tuple[Any, Any, Any]:
    """The model at the top against the newest one that was trained on a corrected version of this corpus, on test where there is one."""
    models = [(ref.title, ref.ref) for ref in services.models.choices()]
    refs = [ref for _, ref in models]
    old = model if model in refs else next(iter(refs), None)
    return (
        gr.update(choices=models, value=old),
        gr.update(choices=models, value=_newest(services, corpus, refs) or old),
        gr.update(choices=list(corpus.splits), value="test" if "test" in corpus.tables else view.split),
    )


def _newest(services: Services, corpus: Corpus, refs: Sequence[str]) -> str | None:
    kept = set(map(str, loop.kept_folders(corpus, services.settings.workspace)))
    for run in services.runs.all():
        try:
            if run.ref in refs and run.recipe.corpus in kept:
                return run.ref
        except NerAppError:  # its recipe was damaged by hand
            continue
    return None


def compare(services: Services, view: View, old: str | None, new: str | None, split: str | None, by_type: bool) -> tuple[Any, ...]:
    """Begin to score two models on old and new labels. Outputs: those of a Watch, and the choice of types."""
    if not view.source:
        raise ReviewError("Open a corpus first.")
    if not old or not new or not split:
        raise ReviewError("Choose the old model, the new model and the split.")
    corpus = services.corpora.get(view.source)
    corpus.table(split)
    ledger = services.reviews.ledger(corpus, view.column)

    job = comparison.submit(
        services.jobs, corpus, view.column, ledger.changes(), old=services.models.allowed(old).ref, new=services.models.allowed(new).ref,
        split=split, max_model_mb=services.models.max_mb,
    )  # fmt: skip
    return poll(services, job.id, by_type)


def poll(services: Services, key: str, by_type: bool) -> tuple[Any, ...]:
    """How the comparison gets on. Outputs as of :func:`compare`."""
    return review_task.follow_job(services, key, lambda job: _shown(comparison.result_of(job), by_type), extras=1)


def _shown(found: Comparison, by_type: bool) -> tuple[str, Any]:
    return compared_html(found, by_type=by_type), gr.update(visible=True)


def compared_html(found: Comparison, *, by_type: bool = False) -> str:
    """Warnings, then one row a model and set of labels, and one a type of it where asked for."""
    rows: list[list[object]] = []
    types = dict.fromkeys(found.types)
    for one in found.rows:
        rows.append([one.model, one.labels, *(["all"] if by_type else []), *_numbers(one.scores.overall)])
        if by_type:
            types |= dict.fromkeys(one.scores.by_type)
            rows += [["", "", render.Cell(kind, kind=kind), *_numbers(score)] for kind, score in one.scores.by_type.items()]
    headers = ["model", "labels", *(["type"] if by_type else []), *NUMBERS]
    table = render.table(headers, rows, caption=f"{found.split}, entities that are exactly right", types=list(types))
    who = render.line(f"Old model: {found.old}. New model: {found.new}.")
    return "".join(render.notice(note, kind="warning") for note in found.notes) + who + table


def _numbers(score: Score) -> list[object]:
    return [float(score.precision), float(score.recall), float(score.f1), int(score.number)]
