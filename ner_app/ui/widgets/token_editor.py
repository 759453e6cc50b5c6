"""The label editor: words over their labels, worked by keys, mouse and touch.

A gr.HTML whose script (token_editor.js) draws the sentence from data with DOM methods and asks the app through server functions, so that
the next sentence is on screen before the last decision is on disk. Its value says what to open::

    {"source": "sample", "column": "ner_tags", "queue": "random sample · test · 200 · seed 42", "reviewer": "ann", "filter": {}}
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import gradio as gr

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


def token_editor(served: Sequence[Callable[[Any], Any]], *, elem_id: str) -> gr.HTML:
    """The editor, empty until its value names a queue. Its ``select`` event tells the tab to which a click on a sentence leads.

    ``served`` are the functions that its script asks by their names, each of one argument: open_queue, read_items, read_progress, write and
    find_like (see the tab's server.py). Gradio marks what it is given, so each app needs its own.
    """
    return gr.HTML(
        None,
        html_template='<div class="rv"></div>',
        js_on_load=script(),
        apply_default_css=False,
        elem_id=elem_id,
        server_functions=list(served),
    )
