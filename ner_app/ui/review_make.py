"""The form of Review that makes queues, and the line that says how a ranking gets on."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import gradio as gr

from ner_app.core.corpus.model import Corpus
from ner_app.core.errors import ReviewError
from ner_app.core.review.queues import Queue
from ner_app.core.review.ranking import RankingWish
from ner_app.ui import render
from ner_app.ui.context import Services, Shared, View
from ner_app.ui.errors import bind

WAYS = [
    ("doubtful labels", "suspicion"),
    ("where the model differs", "disagreement"),
    ("where two models differ", "two models"),
    ("what a search finds", "search"),
    ("a random sample", "random sample"),
    ("where reviewers differ", "reviewers differ"),
]
RANKED = ("suspicion", "disagreement", "two models")
EXPLAINED = {
    "suspicion": "Ranks every sentence of the split by how doubtful its labels are. With a second model the two are averaged.",
    "disagreement": "Only sentences that the model would label otherwise, the surest first.",
    "two models": "Sentences that two models label differently, each one's labels as a suggestion.",
    "search": "The sentences that a search finds, written as in Browse; empty for the whole split.",
    "random sample": "Every sentence is equally likely: the share of wrong ones is an honest error rate.",
    "reviewers differ": "Sentences on which two or more reviewers decided differently, to be decided between them.",
}
IN_FOLDS = " In folds, no sentence is judged by a model that learnt from it: right for a split that your model was trained on."
METHODS = [
    ("the model chosen at the top", "models"),
    ("quick cross-training, in folds", "quick"),
    ("fine-tuning a checkpoint, in folds", "fine-tune"),
]
FILLED = 4  # components that fill() fills


@dataclass(frozen=True)
class MakeForm:
    """Components of the form."""

    box: gr.Accordion
    how: gr.Radio
    explained: gr.HTML
    split: gr.Dropdown
    method: gr.Dropdown
    folds: gr.Number
    disjoint: gr.Checkbox
    checkpoint: gr.Textbox
    second: gr.Dropdown
    text: gr.Textbox
    size: gr.Number
    seed: gr.Number
    make: gr.Button
    status: gr.HTML
    timer: gr.Timer
    fresh: gr.State  # changes when a queue was made, also one whose name was there already

    @property
    def filled(self) -> list[Any]:
        """What :func:`fill` gives values for."""
        return [self.box, self.split, self.second, self.text]


def make_form(box: gr.Accordion) -> MakeForm:
    """Lay the form out inside ``box``; its status line is left to be rendered where it is to stand."""
    how = gr.Radio(WAYS, value="suspicion", label="How", show_label=False, container=False, elem_id="review-how")
    explained = gr.HTML(_explained("suspicion"), apply_default_css=False)
    with gr.Row(equal_height=True):
        split = gr.Dropdown([], label="Split", scale=1, min_width=130)
        method = gr.Dropdown(METHODS, value="models", label="Probabilities from", scale=2, min_width=200)
        folds = gr.Number(5, label="Folds", precision=0, minimum=2, maximum=50, scale=1, min_width=80, visible=False)
        disjoint = gr.Checkbox(False, label="Entity-disjoint folds", scale=1, min_width=150, visible=False)
        checkpoint = gr.Textbox(
            label="Checkpoint", placeholder="folder, run:<id> or Hub id", scale=2, min_width=160, max_length=500, visible=False
        )
        second = gr.Dropdown([], label="Second model", scale=2, min_width=200, allow_custom_value=True)
        text = gr.Textbox(label="Search", scale=3, min_width=200, visible=False, max_length=2000)
        size = gr.Number(200, label="Sentences", precision=0, minimum=1, scale=1, min_width=110, visible=False)
        seed = gr.Number(42, label="Seed", precision=0, minimum=0, scale=1, min_width=110, visible=False)
    make = gr.Button("Make the queue", variant="primary", scale=0, min_width=150, elem_id="review-make-go")
    status = gr.HTML("", apply_default_css=False, elem_id="review-status", render=False)
    timer = gr.Timer(1.0, active=False)
    return MakeForm(
        box, how, explained, split, method, folds, disjoint, checkpoint, second, text, size, seed, make, status, timer, gr.State(0.0)
    )


def _explained(how: str, *, folds: bool = False) -> str:
    return render.line(EXPLAINED[how] + (IN_FOLDS if folds else ""))


def wire(services: Services, shared: Shared, form: MakeForm, queue: gr.Dropdown) -> None:
    """The form's events; a queue that was made is chosen in ``queue``."""
    watched = gr.State("")  # the ranking that this visitor waits for
    fields = [
        form.split, form.method, form.folds, form.disjoint, form.checkpoint, form.second, form.text, form.size, form.seed, form.explained,
    ]  # fmt: skip
    gr.on([form.how.change, form.method.change], show_fields, [form.how, form.method], fields, show_progress="hidden")
    outputs = [form.status, queue, form.timer, watched, form.box, form.fresh]
    form.make.click(
        bind(make, services), [shared.view, shared.model, form.how, *fields[:-1]], outputs, show_progress="minimal",
        show_progress_on=[form.status],
    )  # fmt: skip
    form.timer.tick(bind(poll, services), [shared.view, watched], outputs, show_progress="hidden")


def show_fields(how: str, method: str) -> tuple[Any, ...]:
    """Only the fields that a way of making queues uses."""
    folds = how in ("suspicion", "disagreement") and method != "models"
    shown = [
        how != "reviewers differ", how in ("suspicion", "disagreement"), folds, folds, folds,
        how == "two models" or (how == "suspicion" and not folds), how == "search", how == "random sample", how == "random sample",
    ]  # fmt: skip
    return (*(gr.update(visible=visible) for visible in shown), _explained(how, folds=folds))


def fill(services: Services, corpus: Corpus, view: View) -> tuple[Any, ...]:
    """Splits and models to choose from; the form is open where there is no queue yet."""
    models = [(ref.title, ref.ref) for ref in services.models.choices()]
    none = not services.reviews.queue_names(corpus, view.column)
    return (
        gr.update(open=none),
        gr.update(choices=list(corpus.splits), value=view.split),
        gr.update(choices=[("none", ""), *models], value=""),
        view.search,
    )


def make(
    services: Services, view: View, model: str | None, how: str, split: str | None, method: str, folds: float | None, disjoint: bool,
    checkpoint: str, second: str | None, text: str, size: float | None, seed: float | None,
) -> tuple[Any, ...]:  # fmt: skip
    """Make a queue, or start the ranking that will. Outputs: status, queue, timer, what is watched, box, fresh."""
    if not view.source:
        raise ReviewError("Open a corpus first.")
    corpus = services.corpora.get(view.source)
    split = split or view.split
    if how not in RANKED:
        made = services.reviews.save(corpus, view.column, _quick(services, corpus, view, how, split, text, size, seed))
        return _opened(services, corpus, view, made)
    if how == "two models" or method == "models":
        wish = _wish(how, split, view.column, model or "", (second or "").strip() if how != "disagreement" else "")
    else:
        wish = _fold_wish(services, how, split, view.column, method, int(folds or 0), disjoint, checkpoint.strip())
    return start(services, corpus, wish)


def _wish(how: str, split: str, column: str, model: str, second: str) -> RankingWish:
    models = tuple(dict.fromkeys((model, second) if second else (model,)))
    return RankingWish(split, column, models, how)  # type: ignore[arg-type]


def _fold_wish(
    services: Services, how: str, split: str, column: str, method: str, folds: int, disjoint: bool, checkpoint: str
) -> RankingWish:
    if not services.settings.allow_training:
        raise ReviewError("Training is switched off here, and cross-training trains. Rank with the model at the top instead.")
    models = (checkpoint,) if checkpoint else ()
    return RankingWish(split, column, models, how, method, folds, disjoint)  # type: ignore[arg-type]


def _quick(
    services: Services, corpus: Corpus, view: View, how: str, split: str, text: str, size: float | None, seed: float | None
) -> Queue:
    """A queue that takes no model."""
    from dataclasses import replace

    from ner_app.core.corpus.query import Query
    from ner_app.core.review import queue_makers as makers

    if how == "search":
        query = Query.parse(text or "")
        query = replace(query, column=query.column or view.column)
        found = makers.from_search(corpus, split, query, seconds=services.settings.search_seconds)
        return replace(found, name=f"search · {split} · {(text or '').strip() or 'all'}")
    if how == "random sample":
        return makers.random_sample(corpus, [split], int(size or 0), seed=int(seed or 0))
    ledger = services.reviews.ledger(corpus, view.column)
    found = makers.from_conflicts(ledger)
    if not found.items:
        raise ReviewError("Reviewers differ on no sentence that is still to be decided. It takes two reviewers on the same sentences.")
    return found


def start(services: Services, corpus: Corpus, wish: RankingWish) -> tuple[Any, ...]:
    """Start a ranking and watch it."""
    task = services.reviews.start_ranking(corpus, services.models, wish)
    return render.waiting(f"Ranking {wish.split}: {task.phase}"), gr.skip(), gr.update(active=True), wish.name, gr.skip(), gr.skip()


def poll(services: Services, view: View, watched: str) -> tuple[Any, ...]:
    """How the rankings get on; when the one that is watched is done, its queue is chosen. Outputs as of :func:`make`."""
    if not view.source:
        return gr.skip(), gr.skip(), gr.update(active=False), "", gr.skip(), gr.skip()
    corpus = services.corpora.get(view.source)
    tasks = services.reviews.tasks(corpus, view.column)
    mine = next((task for task in tasks if task.wish.name == watched), None)
    running = [task for task in tasks if not task.ended]
    if mine is not None and mine.ended:
        more = gr.update(active=bool(running))
        if mine.failure:
            return render.notice(mine.failure, kind="error"), gr.skip(), more, "", gr.skip(), gr.skip()
        status, queue, _, _, box, fresh = _opened(services, corpus, view, services.reviews.queue(corpus, view.column, watched))
        return status, queue, more, "", box, fresh
    if not running:
        return "", gr.update(choices=services.reviews.queue_names(corpus, view.column)), gr.update(active=False), "", gr.skip(), gr.skip()
    task = mine or running[0]
    return render.progress(task.share, f"{task.wish.name}: {task.phase}"), *(gr.skip(),) * 5


def _opened(services: Services, corpus: Corpus, view: View, made: Queue) -> tuple[Any, ...]:
    """A queue that is there now, chosen."""
    names = services.reviews.queue_names(corpus, view.column)
    count = f"{len(made.items):,} sentence{'s' if len(made.items) != 1 else ''}"
    return (
        render.line(f"“{made.name}”: {count}."),
        gr.update(choices=names, value=made.name),
        gr.skip(),
        "",
        gr.update(open=False),
        time.time(),
    )
