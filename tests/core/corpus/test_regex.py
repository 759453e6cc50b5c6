"""Regular expressions of a search: bad ones get a message, and none of them hangs."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ner_app.core.corpus.model import Corpus
from ner_app.core.corpus.query import Query, search
from ner_app.core.corpus.regex import MAX_SIZE, check_regex, expanded_size
from ner_app.core.errors import QueryError
from tests.core.corpus.searched import found, make_corpus


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("(", "missing )"),
        ("a**", "repetition operator"),
        ("(?=a)b", "Look-ahead"),
        (r"(a)\1", "Back-references"),
        ("a{5000}", "1,000"),
        ("((a{100}){10}){10}", "1,000"),
        ("[z-a]", "character class"),
        ("(?:a?){1000}" * 5, "repeats too much"),
        (r"\p{Nonsense}", "invalid"),
    ],
)
def test_a_bad_expression_gets_a_message(small: Corpus, expression: str, says: str) -> None:
    with pytest.raises(QueryError, match=re.escape(says)):
        found(small, Query(expression, mode="regex"))


@pytest.mark.parametrize("expression", ["(a+)+$", "(a|aa)+$", "(a|a?)+$", "(.*)(.*)(.*)(.*)(.*)x", "^(([a-z])+.)+[A-Z]([a-z])+$"])
def test_expressions_that_hang_a_backtracking_engine_do_not_hang(expression: str) -> None:
    corpus = make_corpus([(["a" * 5000 + "!"], [0])] * 50)
    started = time.perf_counter()
    search(corpus, "train", Query(expression, mode="regex"), seconds=20)
    assert time.perf_counter() - started < 20  # the standard library's re needs longer than the age of the universe


def test_a_search_that_takes_too_long_is_stopped() -> None:
    corpus = make_corpus([(["a" * 400], [0])] * 20000)
    started = time.perf_counter()
    with pytest.raises(QueryError, match=r"stopped after 0\.05 s"):
        search(corpus, "train", Query("(?:[a-z]?[^x]?){900}b", mode="regex"), seconds=0.05)
    assert time.perf_counter() - started < 20  # all of it takes a quarter of an hour


def test_a_large_expression_is_not_run_on_a_gigantic_sentence() -> None:
    corpus = make_corpus([(["a"] * 3, [0] * 3), (["a" * 20] * 20000, [0] * 20000)])
    with pytest.raises(QueryError, match="419,999 bytes"):
        found(corpus, Query("(?:[a-z]?[^x]?){900}b", mode="regex"))
    assert found(corpus, Query("(?:[a-z]?[^x]?){900}b", mode="regex", max_words=10)) == []
    assert found(corpus, Query("a{20} a", mode="regex")) == [1]


@pytest.mark.parametrize(
    ("pattern", "size"),
    [
        ("", 0),
        ("abc", 3),
        ("a{3}", 3),
        ("a{2,5}", 5),
        ("a{2,}", 2),
        ("(ab){4}c", 9),
        ("((a{2}b){3}){4}", 36),
        (r"[a{9}\]x]{3}", 3),
        (r"\{9\}", 3),
        (r"\Qa{9}\E", 8),
        ("(?P<x>a){3}|(?i:b)", 4),
        ("a{3}{3}", 9),
        ("))(", 0),
    ],
)
def test_size_with_repetitions_written_out(pattern: str, size: int) -> None:
    assert expanded_size(pattern) == size


@given(st.text(alphabet="a(){}[]|*+?\\^$.,0129Qx:P<>", max_size=40))
@settings(max_examples=300, deadline=None)
def test_no_expression_breaks_the_check(pattern: str) -> None:
    try:
        check_regex(pattern)
    except QueryError as error:
        assert str(error)
    else:
        assert expanded_size(pattern) <= MAX_SIZE
