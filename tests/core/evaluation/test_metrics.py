"""Scores: the course's printed output, agreement with seqeval, and the traps of decoded tags."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ner_app.core.errors import LabelError
from ner_app.core.evaluation.metrics import Scores, load_seqeval, score, seqeval_scores

LABELS = ["B-ORG", "O", "B-MISC", "O", "O", "O", "B-MISC", "O", "O"]
PREDICTIONS = ["B-ORG", "O", "O", "O", "O", "O", "B-MISC", "O", "O"]
PRINTED = {
    "MISC": {"precision": 1.0, "recall": 0.5, "f1": 0.67, "number": 2},
    "ORG": {"precision": 1.0, "recall": 1.0, "f1": 1.0, "number": 1},
    "overall_precision": 1.0,
    "overall_recall": 0.67,
    "overall_f1": 0.8,
    "overall_accuracy": 0.89,
}


def rounded(scores: dict) -> dict:
    return {k: rounded(v) if isinstance(v, dict) else round(v, 2) for k, v in scores.items()}


def test_metric_prints_what_the_course_prints():
    result = load_seqeval().compute(predictions=[PREDICTIONS], references=[LABELS])
    assert rounded(result) == PRINTED
    assert list(result) == list(PRINTED)


def test_score_prints_what_the_course_prints():
    assert score([LABELS], [PREDICTIONS]).as_course(2) == PRINTED


def test_batches_add_up_and_compute_starts_anew():
    metric = load_seqeval()
    for tags, guess in ((LABELS, PREDICTIONS), ([], []), (["B-PER"], ["B-PER"])):
        metric.add_batch(predictions=[guess], references=[tags])
    first = metric.compute()
    assert first["PER"]["number"] == 1 and first["MISC"]["number"] == 2
    assert "MISC" not in metric.compute(predictions=[["B-PER"]], references=[["B-PER"]])


def test_strict_mode_drops_what_the_scheme_forbids():
    tags, metric = [["O", "I-PER", "B-LOC"]], load_seqeval()
    assert metric.compute(predictions=tags, references=tags)["PER"]["number"] == 1
    assert "PER" not in metric.compute(predictions=tags, references=tags, mode="strict", scheme="IOB2")


def test_zero_division_without_and_with_warning():
    given_tags = {"predictions": [["B-X", "O"]], "references": [["O", "O"]]}
    assert load_seqeval().compute(**given_tags, zero_division=1)["X"]["recall"] == 1.0
    with pytest.warns(UserWarning, match="ill-defined"):
        assert load_seqeval().compute(**given_tags)["X"]["recall"] == 0.0


@pytest.mark.parametrize("tags", [[], [[]], [["O"]], [["O", "O"], []]])
def test_no_entities_at_all_is_a_score_not_a_crash(tags):
    result = load_seqeval().compute(predictions=tags, references=tags)
    assert result["overall_f1"] == 0.0 and set(result) == {k for k in PRINTED if k.startswith("overall")}
    assert score(tags, tags).as_course() == result


@pytest.mark.parametrize("scorer", [score, seqeval_scores])
def test_bmes_and_bilou_count_as_bioes_does(scorer):
    bioes = [["B-X", "I-X", "E-X", "S-X", "S-X", "O"]]
    expected = scorer(bioes, bioes)
    for tags in ([["B-X", "M-X", "E-X", "S-X", "S-X", "O"]], [["B-X", "I-X", "L-X", "U-X", "U-X", "O"]]):
        assert scorer(tags, tags) == expected
    number = expected.overall.number if isinstance(expected, Scores) else expected["X"]["number"]
    assert number == 3


@pytest.mark.parametrize(
    ("references", "predictions", "message"),
    [
        ([["O"], ["O", "O"]], [["O"], ["O"]], "Sentence 1: 2 reference tags but 1 predicted"),
        ([["O"]], [], "1 sentences in the references but 0"),
        (["O"], ["O"], "Sentence 0: the reference must be a list of tags"),
        ([[0]], [["O"]], "must be a list of tags"),
    ],
)
def test_what_does_not_match_is_named(references, predictions, message):
    for call in (score, lambda r, p: load_seqeval().compute(references=r, predictions=p)):
        with pytest.raises(LabelError, match=message):
            call(references, predictions)


def test_plain_labels_are_scored_word_by_word():
    scores = score([["NNP", "VBZ", "NNP"]], [["NNP", "VBZ", "NN"]])
    assert scores.accuracy == pytest.approx(2 / 3) == scores.overall.f1
    assert scores.by_type["NNP"].recall == 0.5 and scores.by_type["NN"].number == 0
    assert scores.macro_f1 == pytest.approx((2 / 3 + 1 + 0) / 3)


def test_a_label_that_no_scheme_knows_names_the_choices():
    with pytest.raises(LabelError, match="IOB1, IOB2"):
        load_seqeval().compute(references=[["O"]], predictions=[["O"]], mode="strict", scheme="IOB9")


tags = st.sampled_from(["O", *(f"{p}-{t}" for p in "BIES" for t in ("PER", "creative-work"))])
pairs = st.lists(st.lists(st.tuples(tags, tags), max_size=8), max_size=6)


@given(pairs)
@settings(max_examples=150, deadline=None)
def test_score_agrees_with_seqeval_on_any_sequence(sentences):
    references = [[gold for gold, _ in sentence] for sentence in sentences]
    predictions = [[guess for _, guess in sentence] for sentence in sentences]
    ours, theirs = score(references, predictions).as_course(), seqeval_scores(references, predictions, zero_division=0)
    assert rounded6(ours) == rounded6(theirs)


def rounded6(scores: dict) -> dict:
    return {k: rounded6(v) if isinstance(v, dict) else pytest.approx(v, abs=1e-9) for k, v in scores.items()}
