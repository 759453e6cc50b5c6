"""The form of Review that makes queues, and the line that says how a ranking gets on."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from ner_app.core.corpus.model import Corpus
from ner_app.core.errors import ReviewError
from ner_app.core.jobs.queue import Job
from ner_app.core.review.queues.queues import Queue
from ner_app.core.review.suspicion.ranking import MOST_MODELS, RankingWish
from ner_app.core.training.estimate import duration
from ner_app.core.training.recipe import Recipe, describe, parse_settings
from ner_app.ui.checkpoints import allowed, checkpoint_choices
from ner_app.ui.context import Services, Shared, View
from ner_app.ui.errors import bind
from ner_app.ui.widgets import render

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
    "suspicion": "Ranks every sentence of the split by how doubtful its labels are. Several models are averaged.",
    "disagreement": "Only sentences that the model would label otherwise, the surest first.",
    "two models": "Sentences that two models label differently, each one's labels as a suggestion.",
    "search": "The sentences that a search finds, written as in Browse; empty for the whole split.",
    "random sample": "Every sentence is equally likely: the share of wrong ones is an honest error rate.",
    "reviewers differ": "Sentences on which two or more reviewers decided differently, to be decided between them.",
}
IN_FOLDS = {
    "quick": " In folds, no sentence is judged by a model that learnt from it: right for a split that your model was trained on. "
    "Minutes on an ordinary processor; checkpoints are optional, their encoders then help.",
    "fine-tune": " In folds, as quick cross-training, but each fold fine-tunes the checkpoint: as many trainings as folds.",
    "both": " Quick and fine-tuned cross-training err differently; their mean finds the most, and takes as long as both.",
}
METHODS = [
    ("the model chosen at the top", "models"),
    ("quick cross-training, in folds", "quick"),
    ("fine-tuning checkpoints, in folds", "fine-tune"),
    ("quick and fine-tuned, averaged", "both"),
]
FIELDS = (
    "split", "method", "folds", "disjoint", "checkpoints", "epochs", "learning_rate", "batch_size", "settings", "further", "text", "size",
    "seed",
)  # fmt: skip
RECIPE = ("epochs", "learning_rate", "batch_size")
FILLED = 5  # components that fill() fills


@dataclass(frozen=True)
class MakeForm:
    """Components of the form; ``fields`` in the order of FIELDS."""

    box: gr.Accordion
    how: gr.Radio
    explained: gr.HTML
    fields: tuple[Any, ...]
    make: gr.Button
    status: gr.HTML
    timer: gr.Timer
    fresh: gr.State  # changes when a queue was made, also one whose name was there already

    @property
    def filled(self) -> list[Any]:
        """What :func:`fill` gives values for."""
        by_name = dict(zip(FIELDS, self.fields, strict=True))
        return [self.box, by_name["split"], by_name["checkpoints"], by_name["further"], by_name["text"]]


def make_form(box: gr.Accordion) -> MakeForm:
    """Lay the form out inside ``box``; its status line is left to be rendered where it is to stand."""
    how = gr.Radio(WAYS, value="suspicion", label="How", show_label=False, container=False, elem_id="review-how")
    explained = gr.HTML(_explained("suspicion"), apply_default_css=False)
    with gr.Row(equal_height=True):
        made = _source_fields()
    with gr.Row(equal_height=True):
        made |= _fold_fields()
    make = gr.Button("Make the queue", variant="primary", scale=0, min_width=150, elem_id="review-make-go")
    status = gr.HTML("", js_on_load=render.ACTIONS_JS, apply_default_css=False, elem_id="review-status", render=False)
    timer = gr.Timer(1.0, active=False)
    return MakeForm(box, how, explained, tuple(made[name] for name in FIELDS), make, status, timer, gr.State(0.0))


def _source_fields() -> dict[str, Any]:
    """Where sentences and probabilities come from."""
    number: dict[str, Any] = {"precision": 0, "scale": 1, "min_width": 110, "visible": False}
    several: dict[str, Any] = {"multiselect": True, "allow_custom_value": True, "scale": 3, "min_width": 240}
    return {
        "split": gr.Dropdown([], label="Split", scale=1, min_width=130),
        "method": gr.Dropdown(METHODS, value="models", label="Probabilities from", scale=2, min_width=220, elem_id="review-method"),
        "checkpoints": gr.Dropdown(
            [], value=[], label="Checkpoints (choose, or type one and press ↵)", max_choices=MOST_MODELS, visible=False,
            elem_id="review-checkpoints", **several,
        ),
        "further": gr.Dropdown(
            [], value=[], label="Further models, averaged", max_choices=MOST_MODELS - 1, elem_id="review-further", **several,
        ),
        "text": gr.Textbox(label="Search", scale=3, min_width=200, visible=False, max_length=2000),
        "size": gr.Number(200, label="Sample size", **number),
        "seed": gr.Number(42, label="Seed", minimum=0, **number),
    }  # fmt: skip


def _fold_fields() -> dict[str, Any]:
    """How the folds are cut, and how a fold is trained."""
    number: dict[str, Any] = {"scale": 1, "min_width": 90, "visible": False}
    return {
        "folds": gr.Number(5, label="Folds", precision=0, **number),
        "disjoint": gr.Checkbox(
            False, label="Entity-disjoint folds", info="No name is judged by a model that saw it.", scale=2, min_width=190, visible=False
        ),
        **{name: gr.Number(getattr(Recipe(), name), label=describe(name)["title"], **number) for name in RECIPE},
        "settings": gr.Textbox(
            label="Further settings", placeholder="group_by_length=true, seed=7", scale=2, min_width=200, visible=False, max_length=500
        ),
    }  # fmt: skip


def _explained(how: str, method: str = "models") -> str:
    return render.line(EXPLAINED[how] + (IN_FOLDS.get(method, "") if how in ("suspicion", "disagreement") else ""))


def wire(services: Services, shared: Shared, form: MakeForm, queue: gr.Dropdown) -> None:
    """The form's events; a queue that was made is chosen in ``queue``."""
    watched = gr.State("")  # the ranking that this visitor waits for
    method = form.fields[FIELDS.index("method")]
    shown = [*form.fields, form.explained]
    gr.on([form.how.change, method.change], show_fields, [form.how, method], shown, show_progress="hidden")
    outputs = [form.status, queue, form.timer, watched, form.box, form.fresh]
    form.make.click(
        bind(make, services), [shared.view, shared.model, form.how, *form.fields], outputs, show_progress="minimal",
        show_progress_on=[form.status],
    )  # fmt: skip
    form.timer.tick(bind(poll, services), [shared.view, watched], outputs, show_progress="hidden")
    form.status.click(bind(stop, services), shared.view, form.status, show_progress="hidden")


def show_fields(how: str, method: str) -> tuple[Any, ...]:
    """Only the fields that a way of making queues uses."""
    ranked = how in ("suspicion", "disagreement")
    folds = ranked and method != "models"
    tunes = folds and method in ("fine-tune", "both")
    shown = dict.fromkeys(("folds", "disjoint", "checkpoints"), folds) | dict.fromkeys((*RECIPE, "settings"), tunes)
    shown |= {
        "split": how != "reviewers differ", "method": ranked, "further": how == "two models" or (ranked and not folds),
        "text": how == "search", "size": how == "random sample", "seed": how == "random sample",
    }  # fmt: skip
    label = "Second model" if how == "two models" else "Further models, averaged"
    more = {"further": {"label": label}}
    return (*(gr.update(visible=shown[name], **more.get(name, {})) for name in FIELDS), _explained(how, method))


def fill(services: Services, corpus: Corpus, view: View) -> tuple[Any, ...]:
    """Splits and models to choose from; the form is open where there is no queue yet."""
    models = [(ref.title, ref.ref) for ref in services.models.choices()]
    none = not services.reviews.queue_names(corpus, view.column)
    return (
        gr.update(open=none),
        gr.update(choices=list(corpus.splits), value=view.split),
        gr.update(choices=checkpoint_choices(services)),
        gr.update(choices=models),
        view.search,
    )


def make(services: Services, view: View, model: str | None, how: str, *values: Any) -> tuple[Any, ...]:
    """Make a queue, or start the ranking that will. ``values`` in the order of FIELDS. Outputs: status, queue, timer, what is watched,
    box, fresh."""
    if not view.source:
        raise ReviewError("Open a corpus first.")
    corpus = services.corpora.get(view.source)
    fields = dict(zip(FIELDS, values, strict=True))
    fields["split"] = fields["split"] or view.split
    if how not in RANKED:
        made = services.reviews.save(corpus, view.column, _quick(services, corpus, view, how, fields))
        return opened(services, corpus, view, made)
    if how == "two models" or fields["method"] == "models":
        wish = _wish(how, view.column, model or "", fields)
    else:
        wish = _fold_wish(services, how, view.column, fields)
        wish.jobs(corpus.source)  # what is wrong with the recipe is said now, not when the ranking has started
    return start(services, corpus, wish)


def _wish(how: str, column: str, model: str, fields: Mapping[str, Any]) -> RankingWish:
    """A ranking by models as they are."""
    further = (name.strip() for name in fields["further"] or () if name.strip())
    return RankingWish(fields["split"], column, tuple(dict.fromkeys((model, *further))), how)  # type: ignore[arg-type]


def _fold_wish(services: Services, how: str, column: str, fields: Mapping[str, Any]) -> RankingWish:
    """A ranking by cross-training. RecipeError or ReviewError names the field that is wrong."""
    if not services.settings.allow_training:
        raise ReviewError("Training is switched off here, and cross-training trains. Rank with the model at the top instead.")
    models = dict.fromkeys(allowed(services, name.strip()) for name in fields["checkpoints"] or () if name.strip())
    recipe: dict[str, Any] = {}
    if fields["method"] != "quick":
        given = {name: fields[name] for name in RECIPE} | parse_settings(
            pair for pair in (fields["settings"] or "").split(",") if pair.strip()
        )
        recipe = {name: value for name, value in given.items() if value != getattr(Recipe(), name, None)}
    return RankingWish(
        fields["split"], column, tuple(models), how, fields["method"], int(fields["folds"] or 0), bool(fields["disjoint"]),
        tuple(recipe.items()),
    )  # type: ignore[arg-type]  # fmt: skip


def _quick(services: Services, corpus: Corpus, view: View, how: str, fields: Mapping[str, Any]) -> Queue:
    """A queue that takes no model."""
    from ner_app.core.review.queues import makers

    if how == "search":
        limit = services.settings.search_seconds
        return makers.from_search_text(corpus, fields["split"], view.column, fields["text"] or "", seconds=limit)
    if how == "random sample":
        return makers.random_sample(corpus, [fields["split"]], int(fields["size"] or 0), seed=int(fields["seed"] or 0))
    found = makers.from_conflicts(services.reviews.ledger(corpus, view.column))
    if not found.items:
        raise ReviewError("Reviewers differ on no sentence that is still to be decided. It takes two reviewers on the same sentences.")
    return found


def start(services: Services, corpus: Corpus, wish: RankingWish) -> tuple[Any, ...]:
    """Start a ranking and watch it."""
    job = services.reviews.start_ranking(corpus, services.models, wish)
    return progress(job), gr.skip(), gr.update(active=True), job.id, gr.skip(), gr.skip()


def poll(services: Services, view: View, watched: str) -> tuple[Any, ...]:
    """How the rankings get on; when the one that is watched is done, its queue is chosen. Outputs as of :func:`make`."""
    if not view.source:
        return gr.skip(), gr.skip(), gr.update(active=False), "", gr.skip(), gr.skip()
    corpus = services.corpora.get(view.source)
    jobs = services.reviews.rankings(corpus, view.column)
    mine = next((job for job in jobs if job.id == watched), None)
    running = [job for job in jobs if not job.over]
    if mine is not None and mine.over:
        more = gr.update(active=bool(running))
        if mine.status != "finished":
            kind = "error" if mine.status == "failed" else "info"
            return render.notice(mine.message, kind=kind), gr.skip(), more, "", gr.skip(), gr.skip()
        status, queue, _, _, box, fresh = opened(services, corpus, view, services.reviews.queue(corpus, view.column, mine.title))
        return status, queue, more, "", box, fresh
    if not running:
        return "", gr.update(choices=services.reviews.queue_names(corpus, view.column)), gr.update(active=False), "", gr.skip(), gr.skip()
    return progress(mine or running[0]), *(gr.skip(),) * 5


def progress(job: Job) -> str:
    """How far a ranking is, and the button that stops it."""
    at = job.progress
    left = f" · about {duration(at.remaining)} left" if at.remaining is not None else ""
    bar = render.progress(at.fraction, f"{at.phase if job.active else 'waiting for its turn'}{left}")
    if job.status == "stopping":
        return bar + render.line(f"Stopping “{job.title}”; what is finished is kept.")
    return bar + render.line(f"Making “{job.title}”", actions=[render.Action("Stop", "stop", {"id": job.id})])


def stop(services: Services, view: View, event: gr.EventData) -> Any:
    """Stop the ranking whose button was pressed."""
    wanted = (event._data or {}).get("id")
    jobs = services.reviews.rankings(services.corpora.get(view.source), view.column) if view.source else []
    job = next((job for job in jobs if job.id == wanted and not job.over), None)
    return gr.skip() if job is None else progress(services.jobs.stop(job.id))


def opened(services: Services, corpus: Corpus, view: View, made: Queue) -> tuple[Any, ...]:
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
