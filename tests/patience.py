"""Waiting for what another process or thread brings about."""

from __future__ import annotations

import time
from collections.abc import Callable


def eventually(check: Callable[[], object], *, seconds: float = 20) -> object:
    """What a check says once it holds, or when the time is over: assert it."""
    end = time.monotonic() + seconds
    while not (said := check()) and time.monotonic() < end:
        time.sleep(0.05)
    return said
