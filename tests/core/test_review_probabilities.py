"""Model probabilities meet corpus labels by name and role."""

from __future__ import annotations

import pytest

from ner_app.core.corpus.model import Corpus
from ner_app.core.errors import ReviewError
from ner_app.core.labels import LabelSet
from ner_app.core.review.probabilities import target_labels, word_probabilities

IOB2 = LabelSet(("O", "B-PER", "I-PER", "B-LOC", "I-LOC"), "IOB2")


def test_the_same_labels_in_another_order() -> None:
    other = LabelSet(("B-LOC", "I-LOC", "O", "B-PER", "I-PER"), "IOB2")
    assert [IOB2.names[i] for i in target_labels(other, IOB2)] == list(other.names)


def test_an_i_only_corpus_takes_b_and_i_together() -> None:
    io = LabelSet(("O", "I-LOC", "I-PER"), "IO")
    assert [io.names[i] for i in target_labels(IOB2, io)] == ["O", "I-PER", "I-PER", "I-LOC", "I-LOC"]


def test_types_with_other_names_are_matched_and_unknown_ones_are_outside() -> None:
    corpus = LabelSet(("O", "B-person", "I-person"), "IOB2")
    assert [corpus.names[i] for i in target_labels(IOB2, corpus)] == ["O", "B-person", "I-person", "O", "O"]


def test_schemes_that_cannot_be_compared_are_refused() -> None:
    with pytest.raises(ReviewError, match="Convert"):
        target_labels(IOB2, LabelSet(("O", "B-PER", "I-PER", "E-PER", "S-PER"), "BIOES"))
    with pytest.raises(ReviewError, match="other labels"):
        target_labels(IOB2, LabelSet(("NNP", "VB"), "plain"))


def test_rows_are_words_and_sum_to_one(tiny_ner: object, course_corpus: Corpus, tmp_path: object) -> None:
    from ner_app.core.models import ModelStore
    from ner_app.core.predict import Predictor

    predictor = Predictor(ModelStore(tmp_path).get(str(tiny_ner)))  # type: ignore[arg-type]
    words = [list(s.words) for s in course_corpus.sentences("train")]
    found = word_probabilities(predictor, words, course_corpus.label_set("ner_tags"))
    assert found.shape == (sum(map(len, words)), 9) and found.sum(axis=1) == pytest.approx(1.0, abs=1e-4)
