"""Review: be led to the doubtful labels, correct them with a few keys, leave with a corpus and numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from ner_app.core.errors import NerAppError, ReviewError
from ner_app.core.review.queues.queues import single_place
from ner_app.ui.context import Services, Shared, View
from ner_app.ui.errors import bind
from ner_app.ui.review import make as making
from ner_app.ui.review import outcome
from ner_app.ui.review.server import served
from ner_app.ui.widgets import render
from ner_app.ui.widgets.token_editor import token_editor

HOW_TO_START = "Make a queue first, with the form above: the doubtful labels of a split, a random sample, or what a search finds."
FILTERS = ("kind", "split", "pair", "detector")


@dataclass(frozen=True)
class ReviewTab:
    """Components that other tabs may touch. A queue is opened from another tab through ``Shared.review``."""

    editor: gr.HTML


def build_review(services: Services, shared: Shared) -> ReviewTab:
    """The tab: layout first, then its wiring."""
    gr.HTML(
        render.intro("Correct doubtful labels, one sentence after the other.", [("↵", "accepts and goes on"), ("?", "shows every key")]),
        apply_default_css=False,
        elem_id="review-intro",
    )
    shown = gr.State("")
    reviewer, queue = _bar()
    with gr.Accordion("Make or filter a queue", open=False, elem_id="review-make") as box:
        form = making.make_form(box)
        filters = _filters()
    form.status.render()
    editor = token_editor(served(services), elem_id="review-editor")
    panels = outcome.outcome_panels(single_user=services.settings.single_user)

    wish: dict[str, Any] = {
        "fn": open_wish, "inputs": [shared.view, reviewer, queue, form.fresh, *filters],
        "outputs": editor, "show_progress": "hidden",
    }  # fmt: skip
    refill: dict[str, Any] = {
        "fn": bind(fill_filters, services), "inputs": [shared.view, queue], "outputs": filters, "show_progress": "hidden",
    }  # fmt: skip
    shared.view.change(
        bind(show, services), [shared.view, reviewer, shown, shared.review], [shown, queue, *form.filled, form.timer, editor],
        show_progress="hidden",
    )  # fmt: skip
    editor.input(bind(recall, services), [shared.view, reviewer, queue, shared.review], [reviewer, queue, editor], show_progress="hidden")
    queue.change(**refill).then(**wish)
    gr.on([form.fresh.change, reviewer.submit, reviewer.blur, *(field.input for field in filters)], **wish)
    shared.review.change(bind(open_sent, services), [shared.view, shared.review], queue, show_progress="hidden")
    editor.select(bind(follow, services), shared.view, [shared.view, shared.tabs], show_progress="hidden")
    making.wire(services, shared, form, queue)
    outcome.wire(services, shared, panels, queue)
    return ReviewTab(editor)


def _bar() -> tuple[gr.Textbox, gr.Dropdown]:
    with gr.Row(elem_id="review-bar"):
        reviewer = gr.Textbox(
            label="Reviewer", placeholder="your name", max_length=60, scale=1, min_width=140, elem_id="review-name",
            html_attributes=gr.InputHTMLAttributes(spellcheck=False),
        )  # fmt: skip
        # Any value is let through: a queue that was made a moment ago is not among the choices that Gradio remembers. The editor checks it.
        queue = gr.Dropdown([], label="Queue", scale=4, min_width=240, allow_custom_value=True, elem_id="review-queue")
    return reviewer, queue


def _filters() -> list[gr.Dropdown]:
    """What to show of the queue that is open: the fields of FILTERS, in that order."""
    titles = ("Only the type", "Only the split", "Only given -> suggested", "Only the detector")
    with gr.Row(elem_id="review-filters"):
        return [
            gr.Dropdown([("all", "")], value="", label=title, scale=1, min_width=140, elem_id=f"review-{name}")
            for name, title in zip(FILTERS, titles, strict=True)
        ]


# ---- handlers


def show(services: Services, view: View, reviewer: str, shown: str, sent: tuple[str, float]) -> tuple[Any, ...]:
    """The queues and the form of a corpus and column that just came up; nothing where they were shown already.

    The queue that was sent (by a link) is chosen at first where there is one, else the newest: after a change of corpus or column, what was
    sent before means another corpus.

    Outputs: what is shown, queue, the fields of the form, its timer, and the editor.
    """
    width = 2 + making.FILLED + 2
    if not view.source:
        return (gr.skip(),) * width
    corpus = services.corpora.get(view.source)
    key = f"{corpus.fingerprint} {view.column}"
    if key == shown:
        return (gr.skip(),) * width
    linked = "" if shown else sent[0]
    names = known_queues(services, view, linked)
    newest = linked or (names[0] if names else None)  # of a queue that is not there the editor says so
    running = any(not job.over for job in services.reviews.rankings(corpus, view.column))
    form = making.fill(services, corpus, view)
    value = wish_value(view, reviewer, newest, ("",) * 4)
    return key, gr.update(choices=names, value=newest), *form, gr.update(active=running), value


def wish_value(view: View, reviewer: str | None, queue: str | None, filters: tuple[str | None, ...]) -> dict[str, Any]:
    """What the editor is to open."""
    chosen = {name: value or "" for name, value in zip(FILTERS, filters, strict=True)}
    return {
        "source": view.source, "column": view.column, "queue": queue or "", "reviewer": (reviewer or "").strip(), "filter": chosen,
        "hint": HOW_TO_START,
    }  # fmt: skip


def open_wish(view: View, reviewer: str, queue: str | None, made: float, *filters: str | None) -> Any:
    """The editor on another queue, reviewer or filter, or on a queue that was made anew (at ``made``)."""
    return wish_value(view, reviewer, queue, filters) | {"made": made} if view.source else gr.skip()


def recall(
    services: Services, view: View, reviewer: str, queue: str | None, sent: tuple[str, float], event: gr.EventData
) -> tuple[Any, Any, Any]:
    """Reviewer and queue that the browser remembered from last time. A name that is entered already stays, and so does a queue that was
    sent meanwhile."""
    data = event._data or {}
    name = " ".join(str(data.get("reviewer", "")).split())[:60]
    if not view.source or reviewer or not name:
        return gr.skip(), gr.skip(), gr.skip()
    last = sent[0] or str(data.get("queue") or "")
    names = known_queues(services, view, last)
    chosen = last if last in names or sent[0] else queue
    return name, gr.update(choices=names, value=chosen), wish_value(view, name, chosen, ("",) * 4)


def fill_filters(services: Services, view: View, queue: str | None) -> tuple[Any, ...]:
    """What the chosen queue can be filtered by; nothing is filtered at first."""
    from ner_app.core.review.queues.view import choices

    if not view.source or not queue:
        return (gr.update(choices=[("all", "")], value="", interactive=False),) * 4
    corpus = services.corpora.get(view.source)
    try:
        splits, pairs, detectors = choices(services.reviews.queue(corpus, view.column, queue))
    except NerAppError:  # it went away; the editor says so
        splits, pairs, detectors = [], [], []
    lists = corpus.label_set(view.column).types, splits, pairs[:100], detectors
    return tuple(gr.update(choices=[("all", ""), *((x, x) for x in xs)], value="", interactive=bool(xs)) for xs in lists)


def open_sent(services: Services, view: View, sent: tuple[str, float]) -> Any:
    """A queue that another tab sent, or that the address names."""
    if not view.source or not sent[0]:
        return gr.skip()
    names = known_queues(services, view, sent[0])
    return gr.update(choices=names, value=sent[0])


def known_queues(services: Services, view: View, name: str) -> list[str]:
    """The queues there are, with one of a single sentence where that is what the name means."""
    corpus = services.corpora.get(view.source)
    names = services.reviews.queue_names(corpus, view.column)
    if name in names or single_place(name) is None:
        return names
    try:
        services.reviews.queue(corpus, view.column, name)
    except ReviewError:  # the corpus has no such sentence
        return names
    return [name, *names]


def follow(services: Services, view: View, event: gr.EventData) -> tuple[Any, Any]:
    """The sentence under review in Browse or Inspect."""
    data = event._data or {}
    split, index, tab = data.get("split"), data.get("index"), data.get("tab")
    corpus = services.corpora.get(view.source)
    if tab not in ("browse", "inspect") or split not in corpus.tables or not isinstance(index, int):
        return gr.skip(), gr.skip()
    return replace(view, split=split, index=corpus.sentence(split, index).index, search=""), gr.update(selected=tab)
