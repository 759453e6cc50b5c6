"""The form that pushes the corrected corpus to the Hugging Face Hub.

The access token is asked for each time: it goes into the one request and into nothing that is kept, shown or logged. Only an app of one
person on their own machine (Settings.single_user) falls back on that machine's own token; visitors of a server never act with the server's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from ner_app.core.errors import ReviewError
from ner_app.core.review.tasks import Task
from ner_app.ui.context import Services, Shared, View
from ner_app.ui.errors import bind
from ner_app.ui.review import watch as review_task
from ner_app.ui.review.watch import Watch
from ner_app.ui.widgets import render

INTRO = "Makes a data set on the Hub, or a new commit in one of yours that replaces its data files."


@dataclass(frozen=True)
class PushForm:
    """Components of the form."""

    repo: gr.Textbox
    token: gr.Textbox
    private: gr.Checkbox
    go: gr.Button
    watch: Watch


def push_form(*, single_user: bool) -> PushForm:
    """Lay the form out, folded."""
    with gr.Accordion("Push to the Hub", open=False, elem_id="review-push"):
        gr.HTML(render.line(INTRO), apply_default_css=False)
        with gr.Row(equal_height=True):
            repo = gr.Textbox(
                label="Data set", placeholder="owner/name", max_length=100, scale=2, min_width=180, elem_id="review-push-repo"
            )
            token = gr.Textbox(
                label="Access token", placeholder="empty: this machine's own" if single_user else "hf_…, with the role write",
                type="password", max_length=500, scale=2, min_width=180, elem_id="review-push-token",
                html_attributes=gr.InputHTMLAttributes(autocomplete="new-password", spellcheck=False),
            )  # fmt: skip
            private = gr.Checkbox(True, label="Private", scale=1, min_width=90)
            go = gr.Button("Push", scale=0, min_width=110, elem_id="review-push-go", elem_classes=["beside"])
        return PushForm(repo, token, private, go, review_task.watch("review-push-status"))


def wire(services: Services, shared: Shared, form: PushForm) -> None:
    """The form's events. Pushing is no endpoint for programs: it is left out of the API."""
    form.go.click(
        bind(push_corpus, services), [shared.view, form.repo, form.token, form.private], [*form.watch.outputs, form.token],
        show_progress="hidden", api_visibility="private",
    )  # fmt: skip
    form.watch.timer.tick(bind(poll, services), form.watch.key, form.watch.outputs, show_progress="hidden", api_visibility="private")


def push_corpus(services: Services, view: View, repo: str, token: str, private: bool, request: gr.Request) -> tuple[Any, ...]:
    """Begin to push. Outputs: those of a Watch, and the token field, which is emptied."""
    from ner_app.core.review.exchange import push as hub

    if not view.source:
        raise ReviewError("Open a corpus first.")
    name = hub.check_repo_id(repo)
    own = services.settings.single_user and not token.strip() and _is_here(request)
    given = None if own else hub.check_token(token)
    corpus = services.corpora.get(view.source)
    ledger = services.reviews.ledger(corpus, view.column)

    def work(task: Task) -> str:
        return hub.push(corpus, view.column, ledger.changes(), name, private=private, token=given, tell=task.tell)

    return *review_task.begin(services, f"Pushing {name}", work, _pushed), ""


def _is_here(request: gr.Request) -> bool:
    """Does the request come from this machine itself, and not through a proxy on it?"""
    headers = {str(name).lower() for name in dict(request.headers)}
    here = getattr(request.client, "host", "") in ("127.0.0.1", "::1", "localhost")
    return here and not headers & {"forwarded", "x-forwarded-for", "x-real-ip", "x-forwarded-host"}


def poll(services: Services, key: str) -> tuple[Any, ...]:
    """How the push gets on."""
    return review_task.follow(services, key, _pushed)


def _pushed(address: str) -> tuple[str]:
    return (render.line("Pushed.", right=render.link(address, address)),)
