"""The errors that were planted in the built-in sample, found with what the app itself has: no checkpoint, no network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ner_app import builtin
from ner_app.core.corpus.model import Corpus
from ner_app.core.corpus.open import open_corpus
from ner_app.core.corpus.sample import planted_errors
from ner_app.core.jobs.control import Control
from ner_app.core.models.store import ModelStore
from ner_app.core.review.cross_training.job import CrossTraining, compute
from ner_app.core.review.suspicion.suspicion import rank
from ner_app.core.review.suspicion.word_probabilities import model_probabilities

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return open_corpus("sample", cache_dir=tmp_path_factory.mktemp("cache"))


def found_in_first_hundred(corpus: Corpus, column: str, probabilities: np.ndarray) -> int:
    queue = rank(corpus, "train", column, probabilities)[:100]
    led_to = {(s.index, word) for s in queue for word in range(s.start, s.end)}
    return sum(any((row["sentence"], word) in led_to for word in row["tokens"]) for row in planted_errors())


def test_cross_training_on_words_alone_leads_to_the_planted_errors(sample: Corpus, tmp_path: Path) -> None:
    job = CrossTraining("sample", "train")
    probabilities, column = compute(job, sample, workspace=tmp_path, folder=tmp_path / "job", control=Control())
    assert found_in_first_hundred(sample, column, probabilities) >= 45


def test_the_starter_leads_to_the_planted_errors(sample: Corpus, tmp_path: Path) -> None:
    if not (builtin.STARTER / "model.onnx").is_file():
        pytest.skip("the starter model is not in this copy of the app (ner_app/builtin/starter/model.onnx)")
    column = sample.columns[0]  # the starter never saw the sample, so its probabilities are out of sample
    assert found_in_first_hundred(sample, column, model_probabilities(sample, "train", column, ModelStore(tmp_path).get("starter"))) >= 45
