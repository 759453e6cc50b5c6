"""Which sentences hold some words: as plain text, as whole words, or by a regular expression.

Plain text and whole words are looked up in the vocabulary first (a corpus of 300,000 words has some 30,000 different ones), then in the
coded words. Only regular expressions, and plain text where words hold spaces of their own, go through the joined text.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Literal, get_args

from ner_app.core.corpus.model import TOKENS
from ner_app.core.corpus.regex import MAX_STEPS, check_length, check_regex, expanded_size
from ner_app.core.errors import QueryError

if TYPE_CHECKING:
    import pyarrow as pa

    from ner_app.core.corpus.index import BoolArray, SplitIndex

Mode = Literal["plain", "word", "regex"]
MODES: tuple[Mode, ...] = get_args(Mode)
JOINED = 1 << 16  # words joined to text at a time
FIRST_STEPS = 1_000_000  # bytes of text times size of the expression, between the first two looks at the clock
FAST = 0.05  # seconds


class Deadline:
    """A moment after which a search stops, ``seconds`` from now."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.perf_counter() + seconds

    def check(self) -> None:
        """Raise QueryError where the moment has passed."""
        if time.perf_counter() > self._end:
            raise QueryError(f"The search was stopped after {self.seconds:g} s. Make the expression simpler, or narrow the search first.")


def match_words(
    index: SplitIndex, text: str, *, mode: Mode = "plain", case: bool = False, candidates: BoolArray, deadline: Deadline
) -> BoolArray:
    """The candidates in which ``text`` is found; shape (sentences,), as ``candidates`` has it.

    Text of spaces alone is found everywhere. Raises QueryError for an expression that is invalid or too expensive.
    """
    words = single_spaces(text).split(" ")
    if mode == "regex":
        return _match_text(index, text, regex=True, case=case, candidates=candidates, deadline=deadline)
    if words == [""]:
        return candidates
    if mode == "word":
        found = _find_sequence(index, [equal(index.vocabulary, word, case=case) for word in words])
        if len(words) > 1 and index.has_spaces_in_words:
            found |= _find_sequence(index, [equal(index.vocabulary, " ".join(words), case=case)])
        return found & candidates
    if len(words) > 1 and index.has_spaces_in_words:
        return _match_text(index, " ".join(words), regex=False, case=case, candidates=candidates, deadline=deadline)
    return _find_sequence(index, _plain_steps(index, words, case=case)) & candidates


def equal(texts: pa.Array, wanted: str, *, case: bool) -> BoolArray:
    """Which texts are the wanted one, with or without regard to case."""
    import pyarrow.compute as pc

    same = pc.equal(texts, wanted) if case else pc.equal(pc.utf8_lower(texts), _lower(wanted))
    return same.to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]


def single_spaces(text: str) -> str:
    """One space for each run of white space, none at the ends; a no-break space may be part of a word and stays.

    >>> single_spaces("  a \\t b ")
    'a b'
    """
    return re.sub(r"[ \t\r\n]+", " ", text).strip(" ")


def _lower(text: str) -> str:
    """Lower case as Arrow makes it, so that query and corpus agree on every letter."""
    import pyarrow as pa
    import pyarrow.compute as pc

    return str(pc.utf8_lower(pa.scalar(text)).as_py())


def _plain_steps(index: SplitIndex, words: list[str], *, case: bool) -> list[BoolArray]:
    """Text without spaces is inside one word; other text ends with one word, equals the next ones and starts the last."""
    import pyarrow.compute as pc

    vocabulary = index.vocabulary if case else index.lowered
    if not case:
        words = [_lower(word) for word in words]
    tests = [pc.match_substring(vocabulary, words[0])]
    if len(words) > 1:
        inner = [pc.equal(vocabulary, word) for word in words[1:-1]]
        tests = [pc.ends_with(vocabulary, words[0]), *inner, pc.starts_with(vocabulary, words[-1])]
    return [test.to_numpy(zero_copy_only=False) for test in tests]


def _find_sequence(index: SplitIndex, steps: list[BoolArray]) -> BoolArray:
    """Sentences in which neighbouring words fit the steps one after the other; a step says which words of the vocabulary fit."""
    import numpy as np

    at = np.flatnonzero(steps[0][index.codes])
    sentence = index.sentence_of(at)
    for shift, step in enumerate(steps[1:], start=1):
        inside = at + shift < index.offsets[sentence + 1]
        at, sentence = at[inside], sentence[inside]
        fits = step[index.codes[at + shift]]
        at, sentence = at[fits], sentence[fits]
    found = np.zeros(index.size, dtype=bool)
    found[sentence] = True
    return found


def _match_text(index: SplitIndex, text: str, *, regex: bool, case: bool, candidates: BoolArray, deadline: Deadline) -> BoolArray:
    """Match against the words joined by spaces."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    if regex:
        check_regex(text)
    pace = _Pace(expanded_size(text) if regex else 1)
    found = np.zeros(index.size, dtype=bool)
    for a, b in index.blocks(JOINED):
        if candidates[a:b].any():
            rows = index.table.column(TOKENS).slice(a, b - a).filter(pa.array(candidates[a:b]))
            joined = pc.binary_join(rows, " ").combine_chunks()
            found[a:b][candidates[a:b]] = _match_joined(joined, text, regex=regex, case=case, pace=pace, deadline=deadline)
    return found


class _Pace:
    """How much text to match between two looks at the clock: more while it goes fast.

    The time of RE2 is at most the length of the text times the size of the expression; usually it is the length of the text alone.
    """

    def __init__(self, size: int) -> None:
        self.size = max(1, size)
        self.steps = FIRST_STEPS

    @property
    def bytes(self) -> int:
        return self.steps // self.size

    def adapt(self, seconds: float) -> None:
        self.steps = min(self.steps * 4, MAX_STEPS) if seconds < FAST else max(self.steps // 2, FIRST_STEPS)


def _match_joined(joined: pa.Array, text: str, *, regex: bool, case: bool, pace: _Pace, deadline: Deadline) -> BoolArray:
    import numpy as np
    import pyarrow.compute as pc

    ends = np.cumsum(pc.binary_length(joined).to_numpy() + 1, dtype=np.int64)
    if regex:
        check_length(pace.size, int(np.diff(ends, prepend=0).max(initial=1)) - 1)
    found = np.zeros(len(joined), dtype=bool)
    a = 0
    while a < len(joined):
        deadline.check()
        started = time.perf_counter()
        b = max(a + 1, int(np.searchsorted(ends, (ends[a - 1] if a else 0) + pace.bytes, side="right")))
        found[a:b] = _matches(joined.slice(a, b - a), text, regex=regex, case=case)
        pace.adapt(time.perf_counter() - started)
        a = b
    return found


def _matches(joined: pa.Array, text: str, *, regex: bool, case: bool) -> BoolArray:
    import pyarrow.compute as pc

    if regex:
        matched = pc.match_substring_regex(joined, text, ignore_case=not case)
    elif case:
        matched = pc.match_substring(joined, text)
    else:
        matched = pc.match_substring(pc.utf8_lower(joined), _lower(text))
    return matched.to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]
