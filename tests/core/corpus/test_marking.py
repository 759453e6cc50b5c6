"""Which words of a hit are marked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ner_app.core.corpus.marking import matched_words
from ner_app.core.corpus.query import Query

WORDS = "from Great Britain ( a.b ) .".split()
TAGS = ["O", "B-LOC", "I-LOC", "O", "O", "O", "O"]


@pytest.mark.parametrize(
    ("query", "marked"),
    [
        (Query(), []),
        (Query("t brit"), [1, 2]),
        (Query("t Brit", case=True), [1, 2]),
        (Query("t brit", case=True), []),
        (Query("( a.b"), [3, 4]),
        (Query("."), [4, 6]),
        (Query("great britain", mode="word"), [1, 2]),
        (Query("britain great", mode="word"), []),
        (Query(r"great|\.$", mode="regex"), [1, 6]),
        (Query("x*", mode="regex"), []),
        (Query(surface="great britain"), [1, 2]),
        (Query(surface="great"), []),
        (Query("from", surface="Great Britain"), [0, 1, 2]),
        (Query("(?:[a-z]?){1000}" * 2, mode="regex"), []),
    ],
)
def test_marks(query: Query, marked: list[int]) -> None:
    words = WORDS if query.words.count("{1000}") == 0 else WORDS * 500
    assert matched_words(words, TAGS if words is WORDS else ["O"] * len(words), query) == marked


def test_words_that_hold_spaces_keep_their_places() -> None:
    assert matched_words(["1 000", "men", "left"], ["O"] * 3, Query("0 men")) == [0, 1]
    assert matched_words(["1 000", "men", "left"], ["O"] * 3, Query("left")) == [2]


@given(st.lists(st.text("ab .(", min_size=1, max_size=3), min_size=1, max_size=5), st.integers(0, 4))
def test_a_word_found_as_text_is_marked(words: list[str], at: int) -> None:
    word = words[at % len(words)]
    assert not word.strip() or at % len(words) in matched_words(words, ["O"] * len(words), Query(word)) or " " in word
