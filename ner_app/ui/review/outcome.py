"""What comes of a review: files to take away, agreement of the reviewers, decisions that no longer fit; and the panels beside them."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from ner_app.core.corpus.model import Corpus
from ner_app.core.errors import ReviewError
from ner_app.core.review.exchange.loop import safe_name
from ner_app.core.review.exchange.report import make_report, to_markdown
from ner_app.core.review.ledger.decisions import Decision
from ner_app.core.review.ledger.fold import Ledger
from ner_app.core.review.queues.agreement import HEADERS, Agreement, agreement_rows, fleiss_line
from ner_app.core.review.tasks import Task
from ner_app.ui.context import Services, Shared, View
from ner_app.ui.errors import bind
from ner_app.ui.review import bring as bringing
from ner_app.ui.review import loop as looping
from ner_app.ui.review import push as pushing
from ner_app.ui.review import watch as review_task
from ner_app.ui.review.report import report_html
from ner_app.ui.review.watch import Watch
from ner_app.ui.widgets import render

FORMATS = [
    ("column file, as it came in", "conll"),
    ("JSON Lines", "jsonl"),
    ("Parquet", "parquet"),
    ("save_to_disk folder, as a zip", "save_to_disk"),
    ("patch without words", "patch"),
    ("report as a page", "html"),
    ("report as Markdown", "md"),
]
EXPORTS = "ner-workbench-exports"  # in the folder for temporary files: Gradio hands out copies
KEEP_SECONDS = 3600
MOST_STALE = 200


@dataclass(frozen=True)
class OutcomePanels:
    """Components of the panels."""

    export_box: gr.Accordion
    summary: gr.HTML
    format: gr.Dropdown
    write: gr.Button
    files: gr.File
    writing: Watch
    push: pushing.PushForm
    bring: bringing.BringPanel
    loop: looping.LoopPanel
    agreement_box: gr.Accordion
    agreement: gr.HTML
    stale_box: gr.Accordion
    stale: gr.HTML


def outcome_panels(*, single_user: bool = False) -> OutcomePanels:
    """Lay the panels out, folded."""
    with gr.Accordion("Take it away", open=False, elem_id="review-export") as export_box:
        summary = gr.HTML(render.waiting("Counting"), apply_default_css=False)
        with gr.Row(equal_height=True):
            choice = gr.Dropdown(FORMATS, value="conll", label="Format", scale=1, min_width=200, elem_id="review-format")
            write = gr.Button("Write the files", variant="primary", scale=0, min_width=150, elem_id="review-write", elem_classes=["beside"])
        writing = review_task.watch("review-writing")
        files = gr.File(label="Files", visible=False, file_count="multiple", interactive=False, elem_id="review-files")
        push = pushing.push_form(single_user=single_user)
    bring, loop = bringing.bring_panel(), looping.loop_panel()
    with gr.Accordion("Reviewers", open=False, elem_id="review-agreement") as agreement_box:
        agreement = gr.HTML(render.waiting("Counting"), apply_default_css=False)
    with gr.Accordion("Decisions that no longer fit", open=False, elem_id="review-stale") as stale_box:
        stale = gr.HTML(render.waiting("Looking"), apply_default_css=False)
    return OutcomePanels(
        export_box, summary, choice, write, files, writing, push, bring, loop, agreement_box, agreement, stale_box, stale,
    )  # fmt: skip


def wire(services: Services, shared: Shared, panels: OutcomePanels, queue: gr.Dropdown) -> None:
    """A panel is filled when it is opened, so that reviewing never waits for it."""
    quiet: dict[str, Any] = {"show_progress": "hidden"}
    panels.agreement_box.expand(bind(show_agreement, services), shared.view, panels.agreement, **quiet)
    panels.export_box.expand(bind(show_summary, services), shared.view, panels.summary, **quiet)
    panels.stale_box.expand(bind(show_stale, services), shared.view, panels.stale, **quiet)
    outputs = [*panels.writing.outputs, panels.files]
    panels.write.click(bind(write_files, services), [shared.view, panels.format], outputs, **quiet).then(
        bind(show_summary, services), shared.view, panels.summary, **quiet
    )
    panels.writing.timer.tick(bind(poll_files, services), panels.writing.key, outputs, **quiet)
    pushing.wire(services, shared, panels.push)
    bringing.wire(services, shared, panels.bring)
    looping.wire(services, shared, panels.loop)


def show_agreement(services: Services, view: View) -> str:
    """Kappa and span F1 of each pair of reviewers, overall and by type, and how many sentences wait for a decision between them."""
    if not view.source:
        return render.empty("No corpus is open.", "Choose one at the top of the page.")
    corpus = services.corpora.get(view.source)
    found = services.reviews.agreement(corpus, view.column)
    if not found.pairs:
        how = "A second person enters another name and works on the same queue, without seeing the first one's labels."
        return render.empty("Fewer than two reviewers so far.", how)
    waiting = len(services.reviews.ledger(corpus, view.column).conflicts())
    end = f"They differ on {waiting:,} sentence{'s' if waiting != 1 else ''}."
    more = " Make a queue of “where reviewers differ” to decide between them." if waiting else ""
    return render.line(end + more) + agreement_table(found)


def agreement_table(found: Agreement) -> str:
    """Each pair of reviewers, overall and by type, and everybody together."""
    together = fleiss_line(found)
    return render.table(HEADERS, agreement_rows(found)) + (render.line(together) if together else "")


def show_summary(services: Services, view: View) -> str:
    """How much would leave."""
    if not view.source:
        return render.empty("No corpus is open.", "Choose one at the top of the page.")
    corpus = services.corpora.get(view.source)
    ledger = services.reviews.ledger(corpus, view.column)
    changes = ledger.changes()
    tokens = sum(old != new for place, tags in changes.items() for old, new in zip(ledger.given(place), tags, strict=True))
    waiting = len(ledger.conflicts())
    text = f"{len(changes):,} sentences with {tokens:,} changed labels in {view.column}; everything else stays as it came in."
    if waiting:
        text += f" Reviewers differ on {waiting:,} sentences; those keep the given labels until somebody decides."
    return render.line(text)


def write_files(services: Services, view: View, format: str) -> tuple[Any, ...]:
    """Begin to write the corrected corpus, a patch or a report. Outputs: those of a Watch, and the files."""
    if not view.source:
        raise ReviewError("Open a corpus first.")
    corpus = services.corpora.get(view.source)
    ledger = services.reviews.ledger(corpus, view.column)

    def work(task: Task) -> list[Path]:
        task.tell(0.1, f"writing {format}")
        return written(corpus, view.column, ledger, format, _fresh_folder())

    return review_task.begin(services, "Take it away", work, _files, extras=1)


def poll_files(services: Services, key: str) -> tuple[Any, ...]:
    """How the writing gets on. Outputs as of :func:`write_files`."""
    return review_task.follow(services, key, _files, extras=1)


def _files(paths: Sequence[Path]) -> tuple[str, Any]:
    return "", gr.update(value=[str(path) for path in paths], visible=True)


def written(corpus: Corpus, column: str, ledger: Ledger, format: str, folder: Path) -> list[Path]:
    """The files of an export; a folder is one zip, named after the corpus."""
    from ner_app.core.review.exchange.export import export
    from ner_app.core.review.exchange.patch import write_patch

    if format in ("html", "md"):
        made = make_report(ledger)
        report = folder / f"review.{format}"
        report.write_text(report_html(made) if format == "html" else to_markdown(made), encoding="utf-8")
        return [report]
    if format == "save_to_disk":
        name = safe_name(corpus.name)
        export(corpus, column, ledger.changes(), folder / name, format=format)
        return [Path(shutil.make_archive(str(folder / f"{name}-corrected"), "zip", folder, name))]
    if format != "patch":
        return export(corpus, column, ledger.changes(), folder, format=format)
    file = folder / "review.patch.jsonl"
    write_patch(ledger, file)
    return [file]


def _fresh_folder() -> Path:
    """A folder of its own for one export; those of an hour ago go."""
    root = Path(tempfile.gettempdir()) / EXPORTS
    root.mkdir(mode=0o700, exist_ok=True)
    for old in root.iterdir():
        if time.time() - old.stat().st_mtime > KEEP_SECONDS:
            shutil.rmtree(old, ignore_errors=True)
    return Path(tempfile.mkdtemp(dir=root))


def show_stale(services: Services, view: View) -> str:
    """Decisions on sentences that are not in this corpus (any more)."""
    if not view.source:
        return render.empty("No corpus is open.", "Choose one at the top of the page.")
    rows = services.reviews.stale(services.corpora.get(view.source), view.column)
    if not rows:
        what = "Decisions on sentences whose words changed would be listed here; they are never applied."
        return render.empty("Every decision fits the corpus.", what)
    return stale_table(rows)


def stale_table(rows: Sequence[Decision]) -> str:
    """Who decided what on which sentence, newest first."""
    newest = sorted(rows, key=lambda row: -row.id)[:MOST_STALE]
    cells = [[row.split, row.sentence, row.reviewer, row.verdict, _changed(row), f"{row.made_at:%Y-%m-%d %H:%M}"] for row in newest]
    more = f" The newest {MOST_STALE} are shown." if len(rows) > MOST_STALE else ""
    text = f"{len(rows):,} decisions were made on other words or labels than this corpus has now. They are kept, but not applied.{more}"
    return render.notice(text, kind="warning") + render.table(["split", "sentence", "reviewer", "verdict", "changed", "when"], cells)


def _changed(row: Decision) -> str:
    """``B-LOC -> B-ORG`` for each label that the decision changed."""
    pairs = dict.fromkeys(f"{old} -> {new}" for old, new in zip(row.before, row.after, strict=False) if old != new)
    return ", ".join(list(pairs)[:4])
