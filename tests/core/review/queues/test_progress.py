"""Progress: yield by block, pace without breaks, and an interval that holds what is left."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from ner_app.core.review.ledger.decisions import Decision
from ner_app.core.review.queues.progress import BLOCK, pace, progress, wilson

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def decisions(outcomes: list[bool]) -> list[Decision]:
    return [
        Decision(
            "ann",
            "c",
            "ner_tags",
            "train",
            i,
            "h",
            "correct",
            ("O",),
            ("B-PER",) if wrong else ("O",),
            made_at=NOON + timedelta(seconds=9 * i),
        )
        for i, wrong in enumerate(outcomes)
    ]


def test_blocks_and_yield() -> None:
    result = progress(decisions([True] * 30 + [False] * 30), 200, ranked=True)
    assert result.blocks == ((30, 50), (0, 10)) and result.wrong == 30 and result.yield_so_far == 0.5
    assert result.per_hour == 400


def test_breaks_do_not_slow_the_pace() -> None:
    times = [NOON, NOON + timedelta(seconds=10), NOON + timedelta(hours=3), NOON + timedelta(hours=3, seconds=10)]
    assert pace(times) == 360 and pace([NOON]) is None


def test_the_interval_of_a_random_sample_holds_the_truth_about_95_times_in_100() -> None:
    rng, held = random.Random(3), 0
    for _ in range(300):
        errors = [rng.random() < 0.06 for _ in range(2000)]
        low, high = progress(decisions(errors[:300]), len(errors), ranked=False).left
        held += low <= sum(errors[300:]) <= high
    assert held >= 270


def test_advice() -> None:
    assert "Too early" in progress(decisions([True] * 10), 100, ranked=True).advice
    assert "Go on" in progress(decisions([True] * BLOCK), 500, ranked=True).advice
    assert "good place to stop" in progress(decisions([True] * BLOCK + [False] * BLOCK), 500, ranked=True).advice
    assert "done" in progress(decisions([True] * 3), 3, ranked=True).advice
    assert wilson(0, 0) == (0.0, 1.0)
