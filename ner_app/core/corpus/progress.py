"""How far the opening of a corpus is: told by the code that reads, to whoever listens in the same thread.

Reading goes through many hands (files, the builder of datasets, encoding), most of which have no other reason to know of a listener.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Listener = Callable[[str], None]

EVERY = 5_000  # sentences between two messages: several a second at the usual speed
_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Have what is told in this block given to ``listener``.

    >>> said = []
    >>> with listening(said.append):
    ...     tell("Reading train.txt", sentences=5000, share=0.25)
    >>> said
    ['Reading train.txt: 5,000 sentences, 25%']
    """
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def tell(what: str, *, sentences: int = 0, share: float | None = None) -> None:
    """Say what is being done, and how far it is: sentences so far, and the share (0 to 1) where it is known."""
    listener = _listener.get()
    if listener is not None:
        far = [f"{sentences:,} sentences"] * bool(sentences) + ([f"{min(share, 1.0):.0%}"] if share is not None else [])
        listener(f"{what}: {', '.join(far)}" if far else what)
