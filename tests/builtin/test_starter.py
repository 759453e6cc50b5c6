"""The starter model as it ships: no network, no torch, the course's sentence right, small enough, and good enough."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ner_app import builtin
from ner_app.core.evaluation.evaluate import evaluate
from ner_app.core.models.predict import Predictor
from ner_app.core.models.references import ONNX_WEIGHTS, STARTER
from ner_app.core.models.store import ModelStore
from tests.models_small import COURSE_TEXT

SHIPPED = (ONNX_WEIGHTS, "config.json", "tokenizer.json", "tokenizer_config.json")

ALONE = """
import importlib.abc, json, socket, sys

BLOCKED = {"torch", "transformers", "datasets", "pandas", "gradio", "huggingface_hub"}

class Blocker(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in BLOCKED:
            raise ImportError(f"{name} is blocked in this test")

def refuse(*args, **options):
    raise OSError("no network in this test")

sys.meta_path.insert(0, Blocker())
socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse

from pathlib import Path
from ner_app.core.models.store import ModelStore
from ner_app.core.models.predict import predict_json

model = ModelStore(Path(sys.argv[1])).get("starter")
print(json.dumps({"found": predict_json(model, [sys.argv[2]])[0], "loaded": sorted(BLOCKED & set(sys.modules))}))
"""


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    return Predictor(ModelStore(tmp_path_factory.mktemp("none")).get(STARTER))


def test_it_needs_neither_network_nor_torch(tmp_path: Path) -> None:
    run = [sys.executable, "-c", ALONE, str(tmp_path), COURSE_TEXT]
    out = subprocess.run(run, capture_output=True, text=True, check=False, cwd=builtin.STARTER.parents[2])
    assert out.returncode == 0, out.stderr
    answer = json.loads(out.stdout)
    assert answer["loaded"] == []
    assert [(e["entity_group"], e["word"], e["start"], e["end"]) for e in answer["found"]] == [
        ("PER", "Sylvain", 11, 18),
        ("ORG", "Hugging Face", 33, 45),
        ("LOC", "Brooklyn", 49, 57),
    ]


def test_it_is_small() -> None:
    assert sum((builtin.STARTER / name).stat().st_size for name in SHIPPED) < 30 * 2**20


def test_its_labels_are_those_of_conll(predictor: Predictor) -> None:
    labels = predictor.model.labels
    assert (labels.types, labels.scheme, len(labels)) == (("PER", "ORG", "LOC", "MISC"), "IOB2", 9)
    assert predictor.model.name == STARTER


def test_capitals_count(predictor: Predictor) -> None:
    """A cased model: the same letters in two cases are different tokens."""
    backend = predictor.model.backend
    assert backend.encode("Turkey").ids != backend.encode("turkey").ids


def test_the_inspect_tab_gets_its_tokenizer(tmp_path: Path, predictor: Predictor) -> None:
    tokenizer = ModelStore(tmp_path).tokenizer(STARTER)
    assert tokenizer.is_fast
    assert tokenizer(COURSE_TEXT)["input_ids"] == predictor.model.backend.encode(COURSE_TEXT).ids


def test_a_sentence_scores_the_same_in_any_company(predictor: Predictor) -> None:
    """Dynamic int8 takes its scales from the whole batch; so nothing may share one."""
    sentences = [COURSE_TEXT.split(), ["EU", "rejects"], ["Leeds", "Rovers"] * 40]
    for words, together in zip(sentences, predictor.words(sentences), strict=True):
        assert (predictor.words([words])[0].probabilities == together.probabilities).all()


def test_a_long_text_is_read_to_its_end(predictor: Predictor) -> None:
    text = "The weather stayed dry for most of the day . " * 150 + COURSE_TEXT
    found = predictor.text(text)
    assert found.n_windows > 2
    assert found.entities[-1].text == "Brooklyn"
    assert found.entities[-1].char_end == len(text) - 1


def test_it_is_good_on_real_text(predictor: Predictor, shared_data: Path) -> None:
    """The first 400 sentences of CoNLL-2003's test split; the whole split is what the card and the benchmark report."""
    from ner_app.core.corpus.open import open_corpus

    corpus = open_corpus(str(shared_data / "conll2003"))
    scores = evaluate(corpus, "test", "ner_tags", predictor, limit=400).scores
    assert scores.overall.number > 500
    assert scores.overall.f1 > 0.85
