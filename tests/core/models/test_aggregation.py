"""Entities from tokens: the same as the transformers pipeline, and right where the pipeline is not."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ner_app.core.errors import ModelError
from ner_app.core.labels import LabelSet
from ner_app.core.models.aggregation import STRATEGIES, TaggedText, Token, aggregate, whole_characters
from ner_app.core.models.predict import Predictor
from ner_app.core.models.store import ModelStore
from tests.models_small import CONLL, COURSE_TEXT, varied_model

WORDS = [*COURSE_TEXT.split(), "lamb", "EU", "don't", "x-ray", "é", "日本", "Zürich", "U.S.", "lamblamb", "🦊", "سلام", "[SEP]", "100%"]

GAPS = st.lists(st.sampled_from([" ", "  ", "\n", ", "]), min_size=25, max_size=25)


@pytest.fixture(scope="module")
def folder(tiny_ner: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return varied_model(tiny_ner, tmp_path_factory.mktemp("varied") / "varied")


@pytest.fixture(scope="module")
def predictor(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    return Predictor(ModelStore(tmp_path_factory.mktemp("none")).get(str(folder)))


@pytest.fixture(scope="module")
def pipelines(folder: Path) -> dict[str, Any]:
    from transformers import pipeline

    return {name: pipeline("token-classification", model=str(folder), aggregation_strategy=name, device="cpu") for name in STRATEGIES}


def near(theirs: Sequence[dict[str, Any]]) -> list[list[tuple[str, Any]]]:
    """The fields of each entity in their order; its score equals one that differs in the last digits of a float32."""
    return [list({**one, "score": pytest.approx(float(one["score"]), abs=2e-6)}.items()) for one in theirs]


def fields(ours: Sequence[dict[str, Any]]) -> list[list[tuple[str, Any]]]:
    """The fields of each entity in their order."""
    return [list(one.items()) for one in ours]


@pytest.mark.parametrize("strategy", ["none", "simple"])
@given(
    words=st.lists(st.sampled_from(WORDS), max_size=25), gaps=st.lists(st.sampled_from([" ", "  ", "\n", ", "]), min_size=25, max_size=25)
)
@settings(max_examples=60, deadline=None)
def test_equals_the_pipeline(predictor: Predictor, pipelines: dict[str, Any], strategy: str, words: list[str], gaps: list[str]) -> None:
    text = "".join(word + gap for word, gap in zip(words, gaps, strict=False))
    assert fields(predictor.text(text, strategy).as_json()) == near(pipelines[strategy](text) if text else [])


@pytest.mark.parametrize("strategy", ["first", "average", "max"])
@given(words=st.lists(st.sampled_from([w for w in WORDS if w.isascii()]), min_size=1, max_size=25))
@settings(max_examples=40, deadline=None)
def test_word_strategies_equal_the_pipeline_on_plain_text(
    predictor: Predictor, pipelines: dict[str, Any], strategy: str, words: list[str]
) -> None:
    text = " ".join(words)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert fields(predictor.text(text, strategy).as_json()) == near(pipelines[strategy](text))


def test_the_models_answers_vary(predictor: Predictor) -> None:
    """The comparison above would prove little on a model that says O everywhere."""
    labels = {token.label for token in predictor.text(" ".join(WORDS)).tokens}
    assert len(labels) >= 5


def tagged(text: str, *tokens: tuple[str, str, int | None], labels: LabelSet | None = None, scores: Sequence[float] = ()) -> TaggedText:
    """Tokens (piece, label, word) found one after the other in the text."""
    labels = labels or LabelSet(CONLL, "IOB2")
    made, rows, at = [], [], 0
    for n, (piece, label, word) in enumerate(tokens):
        start = text.index(piece.removeprefix("##"), at)
        at = start + len(piece.removeprefix("##"))
        score = scores[n] if scores else 0.9
        row = np.full(len(labels), (1 - score) / (len(labels) - 1), dtype=np.float32)
        row[labels.id(label)] = score
        rows.append(row)
        made.append(Token(piece, n, start, at, word, label, float(score)))
    return TaggedText(text, tuple(made), np.array(rows).reshape(-1, len(labels)), labels, " ".join)


def found(text: TaggedText, strategy: str = "simple") -> list[tuple[str, str]]:
    return [(entity.type, entity.text) for entity in aggregate(text, strategy)]


def test_simple_may_split_a_word_and_first_may_not() -> None:
    text = tagged("lamb", ("la", "B-ORG", 0), ("##mb", "B-LOC", 0))
    assert found(text) == [("ORG", "la"), ("LOC", "mb")]
    assert found(text, "first") == [("ORG", "lamb")]


def test_average_and_max_differ_from_first() -> None:
    text = tagged("lamb", ("la", "B-ORG", 0), ("##mb", "B-LOC", 0), scores=(0.5, 0.8))
    assert found(text, "max") == found(text, "average") == [("LOC", "lamb")]
    assert aggregate(text, "max")[0].score == pytest.approx(0.8)
    assert aggregate(text, "average")[0].score == pytest.approx((0.8 + 0.5 / 8) / 2)


def test_a_new_entity_begins_at_b_only() -> None:
    text = tagged("EU EU EU", ("EU", "I-ORG", 0), ("EU", "I-ORG", 1), ("EU", "B-ORG", 2))
    assert found(text) == [("ORG", "EU EU"), ("ORG", "EU")]


def test_other_schemes_follow_their_own_rules() -> None:
    labels = LabelSet(("O", "B-PER", "I-PER", "E-PER", "S-PER"), "BIOES")
    text = tagged("a b c d", ("a", "B-PER", 0), ("b", "E-PER", 1), ("c", "S-PER", 2), ("d", "S-PER", 3), labels=labels)
    assert found(text) == [("PER", "a b"), ("PER", "c"), ("PER", "d")]


def test_plain_labels_merge_as_in_the_pipeline() -> None:
    labels = LabelSet(("NNP", "VBZ"), "plain")
    assert found(tagged("a b c", ("a", "NNP", 0), ("b", "NNP", 1), ("c", "VBZ", 2), labels=labels)) == [("NNP", "a b"), ("VBZ", "c")]


def test_hyphens_in_a_type_stay() -> None:
    labels = LabelSet(("O", "B-creative-work", "I-creative-work"), "IOB2")
    assert found(tagged("Dune", ("Dune", "B-creative-work", 0), labels=labels)) == [("creative-work", "Dune")]


def test_unknown_strategy_is_named() -> None:
    with pytest.raises(ModelError, match="'simpel' is none of none, simple, first, average, max"):
        aggregate(tagged("a", ("a", "O", 0)), "simpel")


def test_the_bytes_of_one_character_make_one_entity() -> None:
    labels = LabelSet(CONLL, "IOB2")
    row = np.full((3, 9), 0.01, dtype=np.float32)
    tokens = (Token("ð", 1, 0, 1, 0, "B-PER", 0.9), Token("Ł", 2, 0, 1, 0, "B-LOC", 0.9), Token("x", 3, 1, 2, 1, "I-LOC", 0.9))
    assert found(TaggedText("🦊x", tokens, row, labels, "".join)) == [("PER", "🦊"), ("LOC", "x")]


@pytest.mark.parametrize(
    ("text", "start", "end", "whole"),
    [
        ("in Jose\u0301 x", 3, 7, "Jose\u0301"),
        (" Face ", 0, 6, "Face"),
        ("\u00a0Face", 0, 5, "Face"),
        ("👩\u200d💻 x", 0, 1, "👩\u200d💻"),
        ("👍\U0001f3fd", 0, 1, "👍\U0001f3fd"),
        ("❤\ufe0f", 0, 1, "❤\ufe0f"),
        ("नि", 0, 1, "नि"),
        ("   ", 0, 3, ""),
    ],
)
def test_whole_characters(text: str, start: int, end: int, whole: str) -> None:
    left, right = whole_characters(text, start, end)
    assert text[left:right] == whole


@given(st.text(max_size=40), st.data())
def test_whole_characters_stays_inside(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    left, right = whole_characters(text, start, end)
    assert start <= left <= right <= len(text)
    if left < right:
        assert not text[left].isspace()
