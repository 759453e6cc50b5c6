"""The label editor: words over their labels, worked by keys, mouse and touch.

A gr.HTML whose script (token_editor.js) draws the sentence from data with DOM methods and asks the app through server functions (see
ui/review/server.py), so that the next sentence is on screen before the last decision is on disk. Its value says what to open::

    {"source": "sample", "column": "ner_tags", "queue": "random sample · test · 200 · seed 42", "reviewer": "ann", "filter": {}}
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import gradio as gr

from ner_app.ui.context import Services
from ner_app.ui.review import server as review_server

FUNCTIONS = (
    review_server.open_queue,
    review_server.read_items,
    review_server.read_progress,
    review_server.write,
    review_server.find_like,
)

SCRIPTS = (
    "tags.js",
    "token_editor.js",
    "token_editor_labels.js",
    "token_editor_draw.js",
    "token_editor_keys.js",
)  # one scope, in this order


@cache
def script() -> str:
    """What runs when the editor is first shown."""
    return "\n".join((Path(__file__).parent / name).read_text(encoding="utf-8") for name in SCRIPTS)


def token_editor(services: Services, *, elem_id: str) -> gr.HTML:
    """The editor, empty until its value names a queue. Its ``select`` event tells the tab to which a click on a sentence leads."""
    return gr.HTML(
        None,
        html_template='<div class="rv"></div>',
        js_on_load=script(),
        apply_default_css=False,
        elem_id=elem_id,
        server_functions=[_served(function, services) for function in FUNCTIONS],
    )


def _served(function: Callable[[Services, Any], Any], services: Services) -> Callable[[Any], Any]:
    """A function of the page's one argument, under its own name (Gradio marks what it is given, so each app needs its own)."""

    def served(request: Any) -> Any:
        return function(services, request)

    served.__name__ = function.__name__
    return served
