"""Fold plans: nobody judges what they learnt from."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ner_app.core.errors import ReviewError
from ner_app.core.labels import LabelSet
from ner_app.core.review.cross_training.folds import FoldPlan, entity_disjoint_folds, name_forms, plain_folds
from ner_app.core.review.suspicion.tokens import FlatTokens, flat_tokens
from tests.core.review.corpora import make_corpus

WORDS = ["EU", "Bonn", "Ajax", "Peter", "the", "of", "runs"]
labelled_words = st.tuples(st.sampled_from(WORDS), st.sampled_from(["O", "B-PER", "B-ORG"]))
sentences = st.lists(st.lists(labelled_words, max_size=4), min_size=8, max_size=30)


def made(rows: list[list[tuple[str, str]]]) -> FlatTokens:
    corpus = make_corpus([(" ".join(w for w, _ in row), " ".join(t for _, t in row)) for row in rows])
    return flat_tokens(corpus, "train", "tags")


def learnt_and_judged(plan: FoldPlan, tokens: FlatTokens) -> list[int]:
    """Words that are judged by a model that learnt from their sentence."""
    return [word for word in range(tokens.size) if plan.learns[plan.judge[word], tokens.sentence_of[word]]]


def judged_elsewhere(plan: FoldPlan, tokens: FlatTokens) -> list[int]:
    """Folds that do not judge just the sentences whose words name them as their judge."""
    return [fold for fold in range(plan.k) if set(plan.judged(fold, tokens.sentence_of)) != set(tokens.sentence_of[plan.judge == fold])]


@settings(max_examples=50, deadline=None)
@given(sentences, st.integers(2, 8), st.integers(0, 99))
def test_plain_folds_are_even_and_out_of_sample(rows: list[list[tuple[str, str]]], k: int, seed: int) -> None:
    tokens = made(rows)
    plan = plain_folds(tokens, k=k, seed=seed)
    assert learnt_and_judged(plan, tokens) == judged_elsewhere(plan, tokens) == []
    left_out = (~plan.learns).sum(1)
    assert left_out.max() - left_out.min() <= 1 and (~plan.learns).sum(0).tolist() == [1] * len(rows)


@settings(max_examples=80, deadline=None)
@given(sentences, st.integers(2, 8), st.integers(0, 99))
def test_no_name_is_judged_by_a_model_that_saw_it(rows: list[list[tuple[str, str]]], k: int, seed: int) -> None:
    tokens = made(rows)
    try:
        plan = entity_disjoint_folds(tokens, k=k, seed=seed)
    except ReviewError:  # so few names that one model would learn nothing
        return
    assert learnt_and_judged(plan, tokens) == judged_elsewhere(plan, tokens) == []
    names = name_forms(tokens)
    for word in np.flatnonzero(names[tokens.forms]):
        learnt = plan.learns[plan.judge[word]][tokens.sentence_of]
        assert tokens.forms[word] not in tokens.forms[learnt]


def test_names_are_words_that_are_mostly_in_entities() -> None:
    tokens = made([[("Bank", "B-ORG"), ("of", "O")], [("of", "O"), ("EU", "O")], [("EU", "B-ORG"), ("of", "B-ORG")]])
    assert dict(zip(tokens.vocabulary, name_forms(tokens).tolist(), strict=True)) == {"Bank": True, "of": False, "EU": True}


def test_the_same_seed_gives_the_same_folds() -> None:
    tokens = made([[("EU", "O")]] * 20)
    assert (plain_folds(tokens, k=4, seed=1).learns == plain_folds(tokens, k=4, seed=1).learns).all()
    assert (plain_folds(tokens, k=4, seed=1).learns != plain_folds(tokens, k=4, seed=2).learns).any()


def test_what_cannot_be_dealt_is_refused() -> None:
    tokens = made([[("EU", "B-ORG")]] * 4)
    for k, message in ((1, "choose 2 to 50"), (5, "4 sentences cannot be dealt to 5 folds")):
        with pytest.raises(ReviewError, match=message):
            plain_folds(tokens, k=k)
    with pytest.raises(ReviewError, match="no sentence to learn from"):
        entity_disjoint_folds(tokens, k=2)
    plain = make_corpus([("the run", "DT NN")] * 4, LabelSet(("DT", "NN"), "plain"))
    with pytest.raises(ReviewError, match="choose plain folds"):
        entity_disjoint_folds(flat_tokens(plain, "train", "tags"), k=2)
