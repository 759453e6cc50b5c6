"""How a long computation talks to whoever started it: it tells how far it is, and asks whether it is to stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Tell = Callable[[str, float], None]
"""Is told what is done now, and the share of the whole that is done."""


class Stopped(Exception):
    """A stop was asked for; what is done so far is kept."""


@dataclass(frozen=True)
class Control:
    """Both ways of talking. By default nobody listens and nobody stops.

    >>> told = []
    >>> Control(lambda phase, share: told.append((phase, share))).part(0.5, 1.0).tell("Ranking", 0.5)
    >>> told
    [('Ranking', 0.75)]
    """

    tell: Tell = lambda phase, share: None
    stop: Callable[[], bool] = lambda: False

    def check(self) -> None:
        """Raises Stopped where a stop was asked for."""
        if self.stop():
            raise Stopped

    def part(self, low: float, high: float) -> Control:
        """The same for a part of the work that takes the share from low to high."""
        return Control(lambda phase, share: self.tell(phase, low + (high - low) * share), self.stop)
