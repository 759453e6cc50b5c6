"""Windows, batches, offsets and words: nothing is cut, and nothing depends on the company it is in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ner_app.core.errors import ModelError
from ner_app.core.labels import LabelSet, Span
from ner_app.core.models.predict import Predictor, plan_batches, predict_json, softmax
from ner_app.core.models.store import LoadedModel, ModelStore
from ner_app.core.models.windows import plan_windows
from tests.models_small import COURSE_TEXT, onnx_model, varied_model

WORDS = ["lamb", "EU", "Brooklyn", "x-ray", "\u200b", "日本", "."]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> ModelStore:
    return ModelStore(tmp_path_factory.mktemp("workspace"))


@pytest.fixture(scope="module")
def varied(tiny_ner: Path, store: ModelStore, tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    return store.get(str(varied_model(tiny_ner, tmp_path_factory.mktemp("v") / "varied")))


@pytest.fixture(scope="module")
def lookup(tiny_tokenizer: Path, store: ModelStore, tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    return store.get(str(onnx_model(tiny_tokenizer, tmp_path_factory.mktemp("o") / "lookup")))


def test_the_courses_sentence(lookup: LoadedModel) -> None:
    found = predict_json(lookup, [COURSE_TEXT])[0]
    score = pytest.approx(float(softmax(np.array([6.0] + [0.0] * 8, dtype=np.float32)).max()), abs=1e-6)
    assert found == [
        {"entity_group": "PER", "score": score, "word": "Sylvain", "start": 11, "end": 18},
        {"entity_group": "ORG", "score": score, "word": "Hugging Face", "start": 33, "end": 45},
        {"entity_group": "LOC", "score": score, "word": "Brooklyn", "start": 49, "end": 57},
    ]


@pytest.mark.parametrize(
    "text",
    [
        "🦊🦊 Brooklyn 👩\u200d💻",
        "Zu\u0308rich e\u0301 Brooklyn",
        "سلام Brooklyn سلام",
        "שלום\u200f Brooklyn",
        "\u200bBrooklyn\u200b",
        "日本Brooklyn",
        "𝕏 Brooklyn 𐍈",
        "\ud83e Brooklyn",
        "a\x00b Brooklyn",
        "\r\n\t Brooklyn\n",
    ],
)
def test_offsets_count_characters(lookup: LoadedModel, text: str) -> None:
    prediction = Predictor(lookup).text(text)
    (entity,) = [e for e in prediction.entities if e.text.startswith("Brooklyn")]
    assert text[entity.char_start :].startswith("Brooklyn")
    assert len(prediction.text) == len(text)
    assert all(0 <= t.char_start <= t.char_end <= len(text) for t in prediction.tokens)


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\u200b", "\x00"])
def test_text_without_a_token(lookup: LoadedModel, text: str) -> None:
    prediction = Predictor(lookup).text(text)
    assert (prediction.entities, prediction.tokens, prediction.n_windows, prediction.as_json()) == ((), (), 0, [])
    assert prediction.probabilities.shape == (0, 9)


def test_tokens_are_the_raw_view(lookup: LoadedModel) -> None:
    prediction = Predictor(lookup).text("lamb Sylvain")
    assert [(t.text, t.char_start, t.char_end, t.word, t.label) for t in prediction.tokens] == [
        ("la", 0, 2, 0, "O"),
        ("##mb", 2, 4, 0, "O"),
        ("Sylvain", 5, 12, 1, "I-PER"),
    ]
    assert prediction.probabilities.sum(axis=1) == pytest.approx(np.ones(3), abs=1e-5)
    assert prediction.probabilities.dtype == np.float32


def test_another_strategy_needs_no_new_run(varied: LoadedModel) -> None:
    text = "Sylvain lamb lamb EU Germany lamb . Brooklyn"
    simple = Predictor(varied).text(text)
    for strategy in ("none", "first", "average", "max"):
        assert simple.aggregated(strategy).as_json() == Predictor(varied).text(text, strategy).as_json()


def test_a_kept_prediction_holds_no_model(tiny_tokenizer: Path, tmp_path: Path) -> None:
    """Pages keep predictions for long; the store must be able to free the models behind them."""
    import gc
    import weakref

    model = ModelStore(tmp_path).get(str(onnx_model(tiny_tokenizer, tmp_path / "m")))
    prediction = Predictor(model).text(COURSE_TEXT)
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None
    assert len(prediction.aggregated("none").entities) == 4


def test_unknown_strategy(lookup: LoadedModel) -> None:
    with pytest.raises(ModelError, match="aggregation: 'best'"):
        Predictor(lookup).text("x", "best")


# batches


@given(st.lists(st.integers(0, 60), max_size=40), st.integers(1, 300))
def test_batches_hold_each_input_once_within_the_budget(lengths: list[int], budget: int) -> None:
    batches = plan_batches(lengths, budget)
    assert sorted(i for batch in batches for i in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or len(batch) * max(lengths[i] for i in batch) <= budget


@given(st.lists(st.lists(st.sampled_from(WORDS), max_size=30), min_size=1, max_size=12))
@settings(max_examples=25, deadline=None)
def test_words_come_out_as_if_alone(varied: LoadedModel, sentences: list[list[str]]) -> None:
    predictor = Predictor(varied)
    together = predictor.words(sentences)
    for words, one in zip(sentences, together, strict=True):
        alone = predictor.words([words])[0]
        assert alone.labels == one.labels
        assert alone.unseen == one.unseen
        np.testing.assert_allclose(alone.probabilities, one.probabilities, atol=1e-5)


def test_words_equal_the_model_fed_one_by_one(varied: LoadedModel, tiny_ner: Path, course: dict[str, Any]) -> None:
    """Against transformers itself: the logits at the first subword of each word."""
    import torch
    from transformers import AutoModelForTokenClassification, AutoTokenizer

    model, tokenizer = AutoModelForTokenClassification.from_pretrained(varied.ref).eval(), AutoTokenizer.from_pretrained(tiny_ner)
    sentences = [row["tokens"] for row in course["train"]]
    for words, ours in zip(sentences, Predictor(varied).words(sentences), strict=True):
        inputs = tokenizer(words, is_split_into_words=True, return_tensors="pt")
        with torch.no_grad():
            rows = model(**inputs).logits[0].softmax(-1).numpy()
        first = [inputs.word_ids().index(i) for i in range(len(words))]
        np.testing.assert_allclose(ours.probabilities, rows[first], atol=1e-5)
        assert ours.probabilities.dtype == np.float32


def test_words_without_a_subword_are_named(lookup: LoadedModel) -> None:
    one = Predictor(lookup).words([["\u200b", "Sylvain", "", "\ud83e"]])[0]
    assert one.unseen == (0, 2, 3)  # BERT drops U+FFFD, which stands for the unpaired surrogate
    assert one.labels == ("O", "I-PER", "O", "O")
    assert one.probabilities[0].tolist() == [1.0] + [0.0] * 8
    assert one.spans == [Span(1, 2, "PER")]
    assert one.scores.shape == (4,)


def test_no_sentences_and_empty_sentences(lookup: LoadedModel) -> None:
    predictor = Predictor(lookup)
    assert predictor.words([]) == []
    (empty,) = predictor.words([[]])
    assert (empty.labels, empty.spans, empty.probabilities.shape) == ((), [], (0, 9))


def test_progress_rises_to_one(varied: LoadedModel) -> None:
    seen: list[float] = []
    Predictor(varied).words([["lamb"] * n for n in range(1, 200)], progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1.0)
    assert len(seen) > 3


# windows


@given(st.lists(st.booleans(), max_size=300), st.integers(1, 64))
def test_windows_keep_every_token_once(starts: list[bool], capacity: int) -> None:
    at = 0
    for window in plan_windows(starts, capacity):
        assert window.keep_start == at
        assert window.start <= window.keep_start <= window.keep_end <= window.end <= window.start + capacity
        at = window.keep_end
    assert at == len(starts)


@given(st.integers(80, 600), st.integers(16, 64))
def test_kept_tokens_stand_in_the_more_central_window(length: int, capacity: int) -> None:
    """Where every token begins a word: no other window gives a kept token more than one token more of context on its shorter side."""

    def context(token: int, start: int, end: int) -> int:
        left = token - start if start else length
        right = end - 1 - token if end < length else length
        return min(left, right)

    windows = plan_windows([True] * length, capacity)
    for window in windows:
        for token in range(window.keep_start, window.keep_end):
            best = max(context(token, w.start, w.end) for w in windows if w.start <= token < w.end)
            assert context(token, window.start, window.end) >= best - 1


def test_windows_hand_over_between_words() -> None:
    starts = [i % 3 == 0 for i in range(200)]
    windows = plan_windows(starts, 40)
    assert len(windows) > 4
    assert all(starts[w.start] and starts[w.keep_start] for w in windows)


@dataclass
class EdgeScorer:
    """Says label 1 (B-X) for the first and last token of each window, O between: shows from which window a score came."""

    batch_tokens: int = 64
    workers: int = 2

    def logits(self, input_ids: Any, attention_mask: Any) -> Any:
        rows = np.zeros((*input_ids.shape, 2), dtype=np.float32)
        rows[..., 0] = 1.0
        for row, mask in zip(rows, attention_mask, strict=True):
            row[[1, int(mask.sum()) - 2], 1] = 2.0
        return rows


def test_scores_come_from_inside_the_windows(lookup: LoadedModel) -> None:
    model = replace(lookup, scorer=EdgeScorer(), max_length=34, labels=LabelSet(("O", "B-X"), "IOB2"))
    prediction = Predictor(model).text("EU " * 200)
    assert prediction.n_windows > 5
    assert [n for n, t in enumerate(prediction.tokens) if t.label == "B-X"] == [0, 199]
    (words,) = Predictor(model).words([["EU"] * 200])
    assert words.n_windows == prediction.n_windows
    assert [n for n, label in enumerate(words.labels) if label == "B-X"] == [0, 199]


def test_long_text_is_not_cut(lookup: LoadedModel) -> None:
    text = "lamb . " * 2000 + "Brooklyn"
    prediction = Predictor(lookup).text(text)
    assert prediction.n_windows > 10
    assert [(e.type, e.text, e.char_start) for e in prediction.entities] == [("LOC", "Brooklyn", 14000)]


def test_a_text_that_fits_is_one_window(varied: LoadedModel) -> None:
    """A window shorter than the model changes nothing where the text fits into it."""
    text = "Sylvain lamb EU . Brooklyn " * 3
    whole, short = Predictor(varied).text(text), Predictor(replace(varied, max_length=40)).text(text)
    assert whole.n_windows == short.n_windows == 1
    assert whole.as_json() == short.as_json()
    assert Predictor(replace(varied, max_length=12)).text(text).n_windows > 1


def test_a_word_longer_than_the_window(lookup: LoadedModel) -> None:
    model = replace(lookup, max_length=12)
    (one,) = Predictor(model).words([["lamb", "A" * 90, "Brooklyn"]])
    assert one.labels == ("O", "O", "I-LOC")
    assert one.n_windows > 5


def test_a_model_without_room(lookup: LoadedModel) -> None:
    with pytest.raises(ModelError, match="leaves no room"):
        Predictor(replace(lookup, max_length=2)).text("EU")


def test_strangers_do_not_mix(varied: LoadedModel) -> None:
    """Many threads on one model: each gets what it would get alone."""
    from concurrent.futures import ThreadPoolExecutor

    predictor = Predictor(varied)
    texts = [f"Sylvain {'lamb ' * n}Brooklyn EU" for n in range(24)]
    alone = [predictor.text(text).as_json() for text in texts]
    with ThreadPoolExecutor(8) as pool:
        together = [p.as_json() for p in pool.map(predictor.text, texts)]
    assert together == alone
