"""The combined ranking: doubts, suggestions, reasons, rows."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given as hypothesis_given
from hypothesis import settings
from hypothesis import strategies as st

from ner_app.core.corpus.model import Corpus
from ner_app.core.errors import ReviewError
from ner_app.core.labels import LabelSet, violations
from ner_app.core.review.suspicion.scoring import weigh
from ner_app.core.review.suspicion.suspicion import DETECTORS, in_scheme, rank, rank_evidence, rank_sentences, ranking_rows, writable
from tests.core.review.corpora import NER, make_corpus, sure_of


def test_the_wrong_label_comes_first_with_its_suggestion_and_reasons() -> None:
    corpus = make_corpus([("EU rejects it", "O O O"), ("EU says so", "B-ORG O O"), ("The EU", "O B-ORG")])
    first, *_ = rank(corpus, "train", "tags", sure_of("B-ORG O O B-ORG O O O B-ORG", confidence=0.98))
    assert (first.index, first.start, first.end) == (0, 0, 1)
    assert (first.given, first.suggested, first.kind) == (("O",), ("B-ORG",), "missed")
    assert first.reasons[0] == "labelled O; the model is 98% sure of B-ORG"
    assert "labelled ORG 2 of 2 times elsewhere" in first.reasons
    assert first.score > 0.9 and set(first.detectors) <= set(DETECTORS)
    assert first.detectors["surface form"] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("given", "predicted", "kind", "suggested"),
    [
        ("B-ORG O O", "O O O", "invented", ("O",)),
        ("B-ORG O O", "B-PER O O", "wrong type", ("B-PER",)),
        ("B-ORG O O", "B-ORG I-ORG O", "wrong border", ("B-ORG", "I-ORG")),
        ("O O B-PER", "O O O", "invented", ("O",)),
        ("O O O", "O B-PER I-PER", "missed", ("B-PER", "I-PER")),
    ],
)
def test_kinds_of_disagreement(given: str, predicted: str, kind: str, suggested: tuple[str, ...]) -> None:
    first = rank(make_corpus([("a b c", given)]), "train", "tags", sure_of(predicted))[0]
    assert (first.kind, first.suggested) == (kind, suggested)


def test_a_label_that_models_agree_with_but_not_firmly_gets_the_next_likely_one() -> None:
    probabilities = np.array([[0.02, 0.5, 0.0, 0.48, 0.0]], dtype=np.float32)
    (found,) = rank(make_corpus([("Ajax", "B-PER")]), "train", "tags", probabilities)
    assert (found.kind, found.suggested) == ("doubtful", ("B-ORG",))
    assert found.reasons == ("labelled B-PER; the model is only 50% sure of it",)


def test_an_illegal_sequence_is_found_though_the_model_agrees_and_is_repaired() -> None:
    corpus = make_corpus([("x EU bank", "O I-ORG I-ORG"), ("fine here", "O O")])
    first = rank(corpus, "train", "tags", sure_of("O I-ORG I-ORG O O", confidence=0.999))[0]
    assert (first.kind, first.index, first.score > 0.4) == ("illegal", 0, True)
    assert first.suggested == ("B-ORG", "I-ORG") and first.changed == (1,)
    assert "illegal in IOB2: B-ORG expected: I-ORG follows O" in first.reasons


def test_near_duplicates_labelled_differently() -> None:
    corpus = make_corpus([("Ajax beat Feyenoord 2-1", "B-ORG O B-ORG O"), ("Ajax beat Feyenoord 3-0", "B-ORG O B-ORG O"),
                          ("Ajax beat Feyenoord 1-1", "O O B-ORG O")])  # fmt: skip
    evidence = weigh(corpus, "train", "tags", sure_of("O O B-ORG O " * 3, confidence=0.6))
    first = rank_evidence(corpus, "train", "tags", evidence).suspicions
    reasons = {reason for s in first if s.index == 2 and s.start == 0 for reason in s.reasons}
    assert "labelled ORG 2 of 2 times in sentences that are nearly the same" in reasons
    assert evidence.doubt[8] > weigh(make_corpus([("Ajax beat Feyenoord 1-1", "O O B-ORG O")]), "train", "tags", sure_of(
        "O O B-ORG O", confidence=0.6)).doubt[0]  # fmt: skip


def test_forms_of_other_splits_count_too() -> None:
    sentences = [("EU here", "O O")]
    alone = weigh(make_corpus(sentences), "train", "tags", sure_of("O O"))
    more = weigh(make_corpus(sentences, test=[("the EU", "O B-ORG"), ("EU", "B-ORG")]), "train", "tags", sure_of("O O"))
    assert more.doubt[0] > alone.doubt[0]
    assert more.forms[0].tolist() == [0.0, 0.0, 2.0]


def test_plain_columns_are_ranked_word_by_word() -> None:
    pos = LabelSet(("NN", "VB", "DT"), "plain")
    corpus = make_corpus([("the run", "DT VB"), ("a run", "DT NN")], pos)
    first = rank(corpus, "train", "tags", sure_of("DT NN DT NN", pos))[0]
    assert (first.index, first.start, first.suggested, first.kind) == (0, 1, ("NN",), "label")


def test_several_models_are_averaged() -> None:
    corpus = make_corpus([("EU", "O")])
    two = weigh(corpus, "train", "tags", [sure_of("B-ORG", confidence=0.8), sure_of("O", confidence=0.8)])
    assert two.models[0, 0] == pytest.approx((0.05 + 0.8) / 2, abs=1e-4)


def test_probabilities_that_do_not_fit_are_refused_with_the_numbers() -> None:
    corpus = make_corpus([("EU rejects", "O O")])
    with pytest.raises(ReviewError, match=r"\(3, 5\) do not fit made train tags: it has 2 words and 5 labels"):
        rank(corpus, "train", "tags", sure_of("O O O"))
    with pytest.raises(ReviewError, match="softmax outputs, not logits"):
        rank(corpus, "train", "tags", sure_of("O O") * 7)
    with pytest.raises(ReviewError, match="one model at least"):
        rank(corpus, "train", "tags", [])


def test_an_empty_split_and_empty_sentences() -> None:
    assert rank(make_corpus([]), "train", "tags", np.zeros((0, 5), np.float32)) == []
    corpus = make_corpus([("", ""), ("EU", "O"), ("", "")])
    assert [s.sentence for s in rank_sentences(corpus, "train", "tags", sure_of("B-ORG"))] == [1, 0, 2]


def test_rows_are_json_most_doubtful_first() -> None:
    corpus = make_corpus([("EU rejects it", "O O O"), ("Peter B says", "B-PER O O")])
    rows = list(ranking_rows(rank(corpus, "train", "tags", sure_of("B-ORG O O B-PER I-PER O"))))
    assert [row["score"] for row in rows] == sorted((row["score"] for row in rows), reverse=True)
    border = next(row for row in rows if row["kind"] == "wrong border")
    assert (border["sentence"], border["span"], border["tokens"]) == (1, [0, 2], [1])
    assert (border["given"], border["suggested"]) == (["O"], ["I-PER"])
    assert json.loads(json.dumps(rows)) == rows


def test_writable_falls_back_to_a_tag_of_the_same_type() -> None:
    from ner_app.core.labels import Span

    no_inside = LabelSet(("O", "B-LOC"), "IOB2")
    assert writable([Span(0, 2, "LOC")], 2, ["O", "O"], no_inside) == ["B-LOC", "B-LOC"]


def test_in_scheme() -> None:
    assert in_scheme(["B-ORG", "I-ORG", "O"], "BIOES") == ["B-ORG", "E-ORG", "O"]
    assert in_scheme(["NN"], "plain") == ["NN"]


@st.composite
def labelled(draw: Any) -> tuple[Corpus, np.ndarray]:
    lengths = draw(st.lists(st.integers(0, 6), min_size=1, max_size=8))
    words = st.sampled_from(["EU", "eu", "Peter", "1-0", "2-1", "the"])
    rows = [(" ".join(draw(words) for _ in range(n)), " ".join(draw(st.sampled_from(NER.names)) for _ in range(n))) for n in lengths]
    seed = draw(st.integers(0, 2**16))
    return make_corpus(rows), np.random.default_rng(seed).dirichlet(np.full(len(NER), 0.2), sum(lengths)).astype(np.float32)


@settings(max_examples=60, deadline=None)
@hypothesis_given(labelled())
def test_rankings_hold_together(made: tuple[Corpus, np.ndarray]) -> None:
    corpus, probabilities = made
    evidence = weigh(corpus, "train", "tags", probabilities)
    ranking = rank_evidence(corpus, "train", "tags", evidence, lowest=0.05)
    seen: set[tuple[int, int]] = set()
    for s in ranking.suspicions:
        words = {(s.index, i) for i in range(s.start, s.end)}
        assert not words & seen and 0 <= s.score <= 1 and s.reasons and s.given != s.suggested
        seen |= words
        sentence = corpus.sentence("train", s.index)
        whole = [*sentence.labels["tags"][: s.start], *s.suggested, *sentence.labels["tags"][s.end :]]
        assert not [v for v in violations(whole, "IOB2") if s.start <= v.position < s.end]
    doubted = {(int(evidence.tokens.sentence_of[t]), int(t - evidence.tokens.offsets[evidence.tokens.sentence_of[t]]))
               for t in np.flatnonzero(evidence.doubt >= 0.05)}  # fmt: skip
    assert doubted <= seen
    assert np.isfinite(ranking.token_scores).all() and np.allclose(evidence.pooled.sum(1), 1, atol=1e-5)
