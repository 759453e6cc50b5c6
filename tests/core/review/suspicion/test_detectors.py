"""Each detector against a slow, plain reading of its definition."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis import given as hypothesis_given
from hypothesis import settings
from hypothesis import strategies as st

from ner_app.core.labels import LabelSet, Scheme, Span, tags_to_spans, violations
from ner_app.core.review.suspicion.detectors import best_alternative, elsewhere, illegal, margin, self_confidence, span_disagreements
from ner_app.core.review.suspicion.near_duplicates import near_duplicate_counts
from ner_app.core.review.suspicion.scoring import pool, relative_ease
from ner_app.core.review.suspicion.tokens import FlatTokens, flat_tokens
from tests.core.review.corpora import NER, make_corpus

SCHEMES: list[Scheme] = ["IOB1", "IOB2", "BIOES", "IO"]


def tagged(scheme: Scheme) -> LabelSet:
    prefixes = {"IO": "I", "IOB1": "BI", "IOB2": "BI", "BIOES": "BIES"}[scheme]
    return LabelSet(("O", *(f"{p}-{t}" for t in ("X", "Y") for p in prefixes)), scheme)


@st.composite
def any_tokens(draw: Any, scheme: Scheme | None = None) -> tuple[FlatTokens, list[list[str]], list[list[str]]]:
    labels = tagged(scheme or draw(st.sampled_from(SCHEMES)))
    lengths = draw(st.lists(st.integers(0, 5), max_size=8))
    words = [[draw(st.sampled_from(["EU", "eu", "Bonn", "10", "27"])) for _ in range(n)] for n in lengths]
    tags = [[draw(st.sampled_from(labels.names)) for _ in range(n)] for n in lengths]
    corpus = make_corpus([(" ".join(w), " ".join(t)) for w, t in zip(words, tags, strict=True)], labels)
    return flat_tokens(corpus, "train", "tags"), words, tags


@settings(max_examples=80, deadline=None)
@hypothesis_given(any_tokens())
def test_illegal_is_what_violations_lists(made: tuple[FlatTokens, list[list[str]], list[list[str]]]) -> None:
    tokens, _, tags = made
    expected = [i in {v.position for v in violations(sent, tokens.labels.scheme)} for sent in tags for i in range(len(sent))]
    assert illegal(tokens).tolist() == expected


def kinds_of(tags: list[str]) -> list[str]:
    return [tag.partition("-")[2] or tag for tag in tags]


@settings(max_examples=80, deadline=None)
@hypothesis_given(any_tokens("IOB2"))
def test_counts_elsewhere_and_in_near_duplicates(made: tuple[FlatTokens, list[list[str]], list[list[str]]]) -> None:
    tokens, words, tags = made
    forms, twins = elsewhere(tokens), near_duplicate_counts(tokens)
    flat = [(s, i) for s, sent in enumerate(words) for i in range(len(sent))]
    fold = [[word.lower().translate(str.maketrans("123456789", "000000000")) for word in sent] for sent in words]
    for row, (s, i) in enumerate(flat):
        form, twin = dict.fromkeys(tokens.kind_names, 0), dict.fromkeys(tokens.kind_names, 0)
        for t, j in flat:
            if (t, j) != (s, i) and words[t][j] == words[s][i]:
                form[kinds_of(tags[t])[j]] += 1
        for t in range(len(words)):
            if t == s or len(words[t]) != len(words[s]):
                continue
            differ = [j for j in range(len(fold[s])) if fold[s][j] != fold[t][j]]
            if len(differ) <= 1 and i not in differ:
                twin[kinds_of(tags[t])[i]] += 1
        assert forms[row].tolist() == list(form.values())
        assert twins[row].tolist() == list(twin.values())


def test_confidence_and_margin_take_the_label_by_its_id() -> None:
    probabilities = np.array([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6]])
    given = np.array([1, 2])
    assert np.allclose(self_confidence(probabilities, given), [0.8, 0.4])
    assert best_alternative(probabilities, given).tolist() == [0, 1]
    assert np.allclose(margin(probabilities, given), [0.75, 0.35])


def test_a_chain_of_overlapping_spans_is_one_disagreement() -> None:
    given = [Span(0, 2, "X"), Span(3, 5, "X"), Span(7, 8, "Y")]
    (found,) = span_disagreements(given, [Span(1, 4, "X"), Span(7, 8, "Y")])
    assert (found.start, found.end, found.kind) == (0, 5, "wrong border")
    assert found.given == (given[0], given[1]) and found.predicted == (Span(1, 4, "X"),)


TAGS = st.lists(st.sampled_from(["O", "B-X", "I-X", "B-Y", "I-Y"]), max_size=7)


@hypothesis_given(TAGS, TAGS)
def test_disagreements_do_not_overlap_and_cover_every_difference(left: list[str], right: list[str]) -> None:
    given, predicted = tags_to_spans(left), tags_to_spans(right)
    found = span_disagreements(given, predicted)
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert {s for d in found for s in (*d.given, *d.predicted)} == set(given) ^ set(predicted)


def test_pool_leaves_probabilities_alone_where_nothing_is_known() -> None:
    probabilities = np.array([[0.5, 0.25, 0.25]])
    assert np.allclose(pool(probabilities, np.zeros((1, 2)), np.array([0, 1, 1]), share=0.2, prior=2.0), probabilities)
    moved = pool(probabilities, np.array([[0.0, 6.0]]), np.array([0, 1, 1]), share=0.4, prior=2.0)
    assert np.allclose(moved, [[0.35, 0.325, 0.325]])


def test_a_kind_is_hard_where_the_model_is_unsure_and_the_corpus_is_not() -> None:
    rows = [("Bonn x", "B-PER O")] * 12
    tokens = flat_tokens(make_corpus(rows), "train", "tags")
    models = np.tile(np.array([[0.7, 0.3, 0, 0, 0], [1, 0, 0, 0, 0]]), (12, 1))
    ease = relative_ease(models, elsewhere(tokens), tokens)
    assert np.allclose(ease, [1.0, 0.3, 1.0])
    few = flat_tokens(make_corpus(rows[:5]), "train", "tags")
    assert relative_ease(models[:10], elsewhere(few), few).tolist() == [1.0, 1.0, 1.0]


def test_labels_without_a_prefix_in_a_tag_set_are_kinds_of_their_own() -> None:
    assert flat_tokens(make_corpus([("a", "O")]), "train", "tags").kind_names == ("O", "PER", "ORG")
    assert flat_tokens(make_corpus([("a", "O")]), "train", "tags").kind_of.tolist() == [0, 1, 1, 2, 2] and len(NER) == 5
