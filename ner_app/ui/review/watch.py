"""How a panel of Review shows work in the background: a line, a timer that asks, and the key of what this visitor waits for."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr

from ner_app.core.review.tasks import Task
from ner_app.ui.context import Services
from ner_app.ui.widgets import render

QUICK = 0.3  # seconds: what is done by then is shown at once, without a bar
GONE = "The app was started anew meanwhile, so nobody knows what became of this. Look whether it is there, then try again."
Shown = Callable[[Any], tuple[Any, ...]]


@dataclass(frozen=True)
class Watch:
    """The components; handlers give values for ``outputs``."""

    status: gr.HTML
    timer: gr.Timer
    key: gr.State

    @property
    def outputs(self) -> list[Any]:
        return [self.status, self.timer, self.key]


def watch(elem_id: str) -> Watch:
    """A status line with its timer, laid out here."""
    return Watch(gr.HTML("", apply_default_css=False, elem_id=elem_id, elem_classes=["watch"]), gr.Timer(1.0, active=False), gr.State(""))


def begin(services: Services, title: str, work: Callable[[Task], object], shown: Shown, *, extras: int = 0) -> tuple[Any, ...]:
    """Start some work of this visitor's. Outputs: those of a Watch, then ``extras`` more; see :func:`follow`."""
    key = secrets.token_urlsafe(16)
    task = services.reviews.start_work(key, title, work)
    task.wait(QUICK)
    return _outputs(task, key, shown, extras)


def follow(services: Services, key: str, shown: Shown, *, extras: int = 0) -> tuple[Any, ...]:
    """How the work gets on. When it is done, ``shown(result)`` gives the line and the extra outputs."""
    if not key:
        return ("", gr.update(active=False), "", *(gr.skip(),) * extras)
    task = services.reviews.board.get(key)
    if task is None:
        return (render.notice(GONE, kind="warning"), gr.update(active=False), "", *(gr.skip(),) * extras)
    return _outputs(task, key, shown, extras)


def follow_job(services: Services, key: str, shown: Shown, *, extras: int = 0) -> tuple[Any, ...]:
    """How a job gets on, whose id is the key. When it is finished, ``shown(job)`` gives the line and the extra outputs."""
    nothing = (gr.skip(),) * extras
    if not key:
        return ("", gr.update(active=False), "", *nothing)
    job = services.jobs.job(key)
    if not job.over:
        text = f"{job.title}: {job.progress.phase if job.active else 'waiting for its turn'}"
        bar = render.progress(job.progress.fraction, text) if job.progress.fraction else render.waiting(text)
        return (bar, gr.update(active=True), key, *nothing)
    if job.status != "finished":
        return (render.notice(job.message, kind="error"), gr.update(active=False), key, *nothing)
    line, *rest = shown(job)
    return (line, gr.update(active=False), key, *rest)


def _outputs(task: Task, key: str, shown: Shown, extras: int) -> tuple[Any, ...]:
    nothing = (gr.skip(),) * extras
    if not task.ended:
        text = f"{task.title}: {task.phase}"
        return (render.progress(task.share, text) if task.share else render.waiting(text), gr.update(active=True), key, *nothing)
    if task.failure:
        return (render.notice(task.failure, kind="error"), gr.update(active=False), key, *nothing)
    line, *rest = shown(task.result)
    return (line, gr.update(active=False), key, *rest)


def result_of(services: Services, key: str) -> Any:
    """What finished work returned; None where there is none."""
    task = services.reviews.board.get(key) if key else None
    return task.result if task is not None and task.ended and not task.failure else None
