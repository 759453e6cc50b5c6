"""Waits that a visitor sees, and work that waits until its tab is seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

PATIENCE = 0.3  # seconds before a wait is shown, and between two messages of how far it is

# A hidden tab is not drawn. When it comes into sight (chosen, or opened by its address) the width of what is in it changes from nothing
# to something. A gr.HTML with this js_on_load then tells it as its ``select`` event.
SHOWN_JS = """
let width = 0;
new ResizeObserver(entries => {
  const now = entries[0].contentRect.width;
  if (now > 0 && width === 0) trigger('select');
  width = now;
}).observe(element);
"""


def in_sight(elem_id: str) -> str:
    """JavaScript that says whether an element is in sight now.

    >>> in_sight("inspect-grid")
    "document.querySelector('#inspect-grid')?.offsetParent != null"
    """
    return f"document.querySelector('#{elem_id}')?.offsetParent != null"


class Share:
    """How far some work is, 0 to 1: called by its thread, read as ``done`` by the handler."""

    def __init__(self) -> None:
        self.done = 0.0

    def __call__(self, done: float) -> None:
        self.done = done


def patiently(work: Callable[[Share], Any], waiting: Callable[[float], Any]) -> Iterator[Any]:
    """The result of some work, done in a thread; before it, where it takes longer than a moment, what is shown meanwhile.

    ``work`` gets a function to tell how far it is, ``waiting`` that share; what it makes is given again only where it changed.

    >>> list(patiently(lambda tell: 42, lambda share: f"{share:.0%}"))
    [42]
    """
    share, shown = Share(), None
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(work, share)
        while not wait([future], PATIENCE).done:
            now = waiting(share.done)
            if now != shown:
                shown = now
                yield now
        yield future.result()
