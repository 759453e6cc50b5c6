"""How a review goes: pace, yield by block, how many errors are left, and whether to go on. Standard library only."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from ner_app.core.review.ledger.decisions import Decision

BLOCK = 50
PAUSE = timedelta(minutes=5)  # a longer gap between two decisions is a break, not work


def wilson(wrong: int, seen: int, *, z: float = 1.96) -> tuple[float, float]:
    """Interval for a rate from ``wrong`` in ``seen`` draws (Wilson 1927); (0, 1) where nothing was seen.

    >>> [round(x, 3) for x in wilson(5, 100)]
    [0.022, 0.112]
    """
    if not seen:
        return 0.0, 1.0
    rate, square = wrong / seen, z * z
    centre = (rate + square / (2 * seen)) / (1 + square / seen)
    margin = z * math.sqrt(rate * (1 - rate) / seen + square / (4 * seen * seen)) / (1 + square / seen)
    return max(0.0, centre - margin), min(1.0, centre + margin)


@dataclass(frozen=True)
class Progress:
    """Numbers of one reviewer on one queue. ``left`` is an interval of how many wrong sentences the rest of the queue holds."""

    total: int
    reviewed: int
    wrong: int
    blocks: tuple[tuple[int, int], ...]  # (wrong, reviewed) for each block of 50, in the order of the queue's review
    per_hour: float | None
    left: tuple[int, int]
    advice: str

    @property
    def yield_so_far(self) -> float | None:
        """Share of reviewed sentences that were really wrong."""
        return self.wrong / self.reviewed if self.reviewed else None


def progress(decisions: Sequence[Decision], total: int, *, ranked: bool) -> Progress:
    """Progress from one reviewer's active labelling decisions on a queue of ``total`` sentences, oldest first.

    ``left``: for a random sample (``ranked=False``) the Wilson interval of the error rate times what is not reviewed. For a ranked queue
    the rate falls as one goes down, so the rate of the last block bounds the rest from above: the interval runs from the Wilson lower
    end of that rate if it halved with each further block (a geometric tail) to the Wilson upper end of it throughout.
    """
    outcomes = [decision.changes_labels for decision in decisions]
    blocks = tuple((sum(outcomes[i : i + BLOCK]), len(outcomes[i : i + BLOCK])) for i in range(0, len(outcomes), BLOCK))
    rest = max(0, total - len(outcomes))
    left = _left(outcomes, rest, ranked=ranked)
    times = [decision.made_at for decision in decisions]
    return Progress(total, len(outcomes), sum(outcomes), blocks, pace(times), left, _advice(outcomes, rest, left, ranked=ranked))


def pace(times: Sequence[datetime]) -> float | None:
    """Decisions an hour over the time worked: gaps longer than five minutes are breaks. None before the second decision."""
    gaps = [later - earlier for earlier, later in pairwise(times)]
    worked = [gap for gap in gaps if timedelta(0) < gap <= PAUSE]
    seconds = sum(gap.total_seconds() for gap in worked)
    return 3600 * len(worked) / seconds if seconds else None


def _left(outcomes: Sequence[bool], rest: int, *, ranked: bool) -> tuple[int, int]:
    recent = outcomes[-BLOCK:] if ranked else outcomes
    low, high = wilson(sum(recent), len(recent))
    if ranked:  # blocks to come hold low * BLOCK / 2, / 4, / 8 ... errors
        return min(rest, math.floor(low * min(rest, BLOCK))), math.ceil(high * rest)
    return math.floor(low * rest), math.ceil(high * rest)


def _advice(outcomes: Sequence[bool], rest: int, left: tuple[int, int], *, ranked: bool) -> str:
    """When to stop, in a sentence."""
    if not rest:
        return "This queue is done."
    if len(outcomes) < BLOCK:
        return f"Too early to say: the yield of the first {BLOCK} tells how good this queue is."
    recent = sum(outcomes[-BLOCK:])
    if not ranked:
        low, high = wilson(sum(outcomes), len(outcomes))
        return f"The error rate lies between {low:.1%} and {high:.1%} (95%). More sentences narrow it; stop when that is narrow enough."
    if recent >= BLOCK // 10:
        return f"Go on: {recent} of the last {BLOCK} were wrong."
    rest_of_it = f"or to check a random sample of the rest ({left[0]}–{left[1]} may be left)"
    return f"Only {recent} of the last {BLOCK} were wrong: a good place to stop, {rest_of_it}."
