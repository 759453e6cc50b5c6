"""Agreement against worked examples from the literature, and bounds that always hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ner_app.core.review.queues.agreement import agreement, cohen_kappa, fleiss_kappa, span_f1

labels = st.sampled_from(["O", "B-PER", "I-PER", "B-LOC"])


def test_cohen_on_a_table_worked_by_hand() -> None:
    """20 both yes, 5 only the first, 10 only the second, 15 both no: observed 0.7, by chance 0.5, kappa 0.4."""
    one = ["yes"] * 25 + ["no"] * 25
    other = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    assert cohen_kappa(one, other) == pytest.approx(0.4)


def test_fleiss_on_a_table_worked_by_hand() -> None:
    """Two items, three raters: (2a 1b) and (1a 2b). Each item agrees 1/3; by chance 1/2; kappa (1/3 - 1/2) / (1/2) = -1/3."""
    assert fleiss_kappa([["a", "a", "b"], ["a", "b", "b"]]) == pytest.approx(-1 / 3)


def test_where_kappa_is_not_defined() -> None:
    assert cohen_kappa(["O", "O"], ["O", "O"]) is None and cohen_kappa([], []) is None
    assert fleiss_kappa([]) is None and fleiss_kappa([["O"]]) is None
    assert span_f1([["O"]], [["O"]]) is None
    with pytest.raises(ValueError, match="cannot be compared"):
        cohen_kappa(["O"], [])


@given(st.lists(st.tuples(labels, labels), min_size=1))
def test_kappa_is_symmetric_and_at_most_one(pairs: list[tuple[str, str]]) -> None:
    one, other = [a for a, _ in pairs], [b for _, b in pairs]
    kappa = cohen_kappa(one, other)
    assert kappa == cohen_kappa(other, one) or kappa == pytest.approx(cohen_kappa(other, one))
    assert kappa is None or -1 <= kappa <= 1 + 1e-9


def test_only_sentences_that_both_decided_count() -> None:
    ann = {("train", 0): ("B-PER", "O"), ("train", 1): ("O",)}
    ben = {("train", 0): ("B-PER", "B-LOC"), ("train", 9): ("O",)}
    result = agreement({"ann": ann, "ben": ben}, ["PER", "LOC"])
    [pair] = result.pairs
    assert (pair.sentences, pair.tokens) == (1, 2)
    assert pair.span_f1 == pytest.approx(2 / 3) and pair.by_type["PER"] == (1.0, 1.0) and pair.by_type["LOC"][1] == 0.0
    assert result.fleiss_sentences == 1
