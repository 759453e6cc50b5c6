"""The panel that brings annotations in from elsewhere: other tools' files, or a patch, as decisions of a named reviewer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from ner_app.core.errors import ReviewError
from ner_app.core.review.exchange import bring as core
from ner_app.core.review.exchange.bring import PATCH, Brought
from ner_app.core.review.tasks import Task
from ner_app.ui.context import Services, Shared, View
from ner_app.ui.errors import bind
from ner_app.ui.review import watch as review_task
from ner_app.ui.review.server import named_reviewer
from ner_app.ui.review.watch import Watch
from ner_app.ui.widgets import render

INTRO = "Annotations made elsewhere become decisions of the reviewer that you name; what does not fit is listed, never bent."
FORMATS = [
    ("Label Studio (JSON)", "label-studio"),
    ("doccano (JSON Lines)", "doccano"),
    ("Argilla (JSON)", "argilla"),
    ("JSON Lines: tokens and tags", "jsonl"),
    ("patch of this app", PATCH),
]
MOST_LISTED = 50


@dataclass(frozen=True)
class BringPanel:
    """Components of the panel."""

    file: gr.File
    format: gr.Dropdown
    reviewer: gr.Textbox
    go: gr.Button
    back: gr.Button
    watch: Watch


def bring_panel() -> BringPanel:
    """Lay the panel out, folded."""
    with gr.Accordion("Bring in", open=False, elem_id="review-bring"):
        gr.HTML(render.line(INTRO), apply_default_css=False)
        file = gr.File(label="File of annotations", file_count="single", height=132, elem_id="review-bring-file")
        with gr.Row(equal_height=True):
            choice = gr.Dropdown(FORMATS, value="label-studio", label="Format", scale=2, min_width=180, elem_id="review-bring-format")
            reviewer = gr.Textbox(label="As reviewer", placeholder="whose they are", max_length=60, scale=2, min_width=140,
                                  elem_id="review-bring-name")  # fmt: skip
            go = gr.Button("Bring in", variant="primary", scale=0, min_width=110, elem_id="review-bring-go", elem_classes=["beside"])
        watch = review_task.watch("review-bring-status")
        back = gr.Button("Take it back", size="sm", scale=0, visible=False, elem_id="review-bring-back")
    return BringPanel(file, choice, reviewer, go, back, watch)


def wire(services: Services, shared: Shared, panel: BringPanel) -> None:
    """The panel's events."""
    outputs = [*panel.watch.outputs, panel.back]
    panel.go.click(
        bind(bring_in, services), [shared.view, panel.file, panel.format, panel.reviewer], outputs, show_progress="hidden"
    )  # fmt: skip
    panel.watch.timer.tick(bind(poll, services), panel.watch.key, outputs, show_progress="hidden")
    panel.back.click(bind(take_back, services), [shared.view, panel.watch.key], [panel.watch.status, panel.back], show_progress="hidden")


def bring_in(services: Services, view: View, file: str | None, format: str, reviewer: str) -> tuple[Any, ...]:
    """Begin to read a file. Outputs: those of a Watch, and the button that takes it back."""
    if not view.source:
        raise ReviewError("Open a corpus first.")
    if not file:
        raise ReviewError("file: choose the file of annotations first.")
    if not reviewer.strip():
        raise ReviewError("As reviewer: name whoever made these annotations, so that others can tell whose they are.")
    name = named_reviewer(reviewer)
    ledger = services.reviews.ledger(services.corpora.get(view.source), view.column)

    def work(task: Task) -> Brought:
        task.tell(0.1, "reading")
        return core.bring_in(ledger, Path(file), format=format, reviewer=name)

    return review_task.begin(services, Path(file).name[:60], work, _shown, extras=1)


def poll(services: Services, key: str) -> tuple[Any, ...]:
    """How the import gets on. Outputs as of :func:`bring_in`."""
    return review_task.follow(services, key, _shown, extras=1)


def _shown(found: Brought) -> tuple[str, Any]:
    return brought_html(found), gr.update(visible=found.decisions > 0)


def brought_html(found: Brought) -> str:
    """What was stored, and what was left out with its reason."""
    s = "s" if found.decisions != 1 else ""
    text = f"{found.decisions:,} decision{s} of {found.reviewer} stored, {found.changed:,} with other labels."
    if found.over:
        text += f" {found.over:,} of the sentences had a decision of {found.reviewer} before; the new one counts."
    html = render.line(text)
    if not found.left_out:
        return html
    more = [*found.left_out[:MOST_LISTED]]
    if len(found.left_out) > MOST_LISTED:
        more.append(f"and {len(found.left_out) - MOST_LISTED:,} more")
    records = f"{len(found.left_out):,} record{'s were' if len(found.left_out) != 1 else ' was'} left out:"
    return html + render.notice(records, kind="warning", more=more)


def take_back(services: Services, view: View, key: str) -> tuple[str, Any]:
    """Undo the import that this visitor made last, as one. Outputs: status and the button."""
    from ner_app.core.review.exchange import imports

    found = review_task.result_of(services, key)
    if not isinstance(found, Brought) or not view.source:
        raise ReviewError("There is nothing to take back here; the editor's undo goes further back.")
    ledger = services.reviews.ledger(services.corpora.get(view.source), view.column)
    count = imports.take_back(ledger, found.reviewer, found.batch)
    return render.line(f"Taken back: {count:,} decision{'s' if count != 1 else ''} of {found.reviewer}."), gr.update(visible=False)
