"""Long inputs in overlapping windows, so that nothing is cut.

A model reads at most ``capacity`` tokens at once. Where two windows overlap, each token's scores come from the one in which it stands more
centrally, that is with more context on its shorter side. (The transformers pipeline cuts long text without a word, or, with a stride,
keeps the longer of two overlapping entities.)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

MAX_OVERLAP = 128


class Window(NamedTuple):
    """Tokens ``start`` up to ``end`` are read together; the scores of ``keep_start`` up to ``keep_end`` are kept."""

    start: int
    end: int
    keep_start: int
    keep_end: int


def plan_windows(word_starts: Sequence[bool], capacity: int) -> list[Window]:
    """Windows over tokens, given for each whether a word begins there. Kept parts follow each other without gap or overlap.

    Windows begin, and hand over, at the start of a word where one is near. One window where all fits, none for no tokens.

    >>> plan_windows([True] * 10, 8)
    [Window(start=0, end=8, keep_start=0, keep_end=5), Window(start=2, end=10, keep_start=5, keep_end=10)]
    """
    length = len(word_starts)
    if length <= capacity:
        return [Window(0, length, 0, length)] if length else []
    overlap = min(capacity // 4, MAX_OVERLAP)
    starts = [0]
    while starts[-1] + capacity < length:
        target = starts[-1] + capacity - overlap
        last = length - capacity
        if target >= last:
            starts.append(_nearest(word_starts, last, last, last + overlap))
            break
        starts.append(_nearest(word_starts, target, starts[-1] + max(1, (capacity - overlap) // 2), target + 1))
    return _with_kept_parts(word_starts, starts, capacity)


def _with_kept_parts(word_starts: Sequence[bool], starts: Sequence[int], capacity: int) -> list[Window]:
    """Windows from their starts; the cut between two is in the middle of what both read, at the start of a word where there is one."""
    length = len(word_starts)
    windows, kept = [], 0
    for n, start in enumerate(starts):
        end = min(start + capacity, length)
        if n + 1 < len(starts):
            following = starts[n + 1]
            cut = _nearest(word_starts, (following + end + 1) // 2, max(following, kept), end + 1)
        else:
            cut = length
        windows.append(Window(start, end, kept, cut))
        kept = cut
    return windows


def _nearest(word_starts: Sequence[bool], target: int, low: int, high: int) -> int:
    """The start of a word nearest to ``target`` among ``low`` up to, not including, ``high``; ``target`` itself where there is none.

    >>> _nearest([True, False, False, True, False], 2, 0, 5), _nearest([False] * 5, 2, 0, 5)
    (3, 2)
    """
    for distance in range(max(target - low, high - 1 - target) + 1):
        for at in (target + distance, target - distance):
            if low <= at < high and at < len(word_starts) and word_starts[at]:
                return at
    return target
