"""Label sets that meet by name, schemes that cost nothing, and scores counted as seqeval counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ner_app.core.corpus.model import Corpus
from ner_app.core.errors import CorpusError, LabelError, ModelError
from ner_app.core.evaluation.evaluate import evaluate, evaluate_json, map_types, parse_types
from ner_app.core.labels import LabelSet
from ner_app.core.models.predict import Predictor
from ner_app.core.models.store import LoadedModel, ModelStore
from tests.models_small import CONLL, onnx_model

NER = LabelSet(CONLL, "IOB2")
WNUT = LabelSet(("O", "B-corporation", "I-corporation", "B-person", "I-person", "B-product", "I-product"), "IOB2")


def corpus_of(rows: list[list[tuple[str, str]]], labels: LabelSet) -> Corpus:
    """A corpus with one split, test, from (word, tag) pairs."""
    import pyarrow as pa

    columns = {
        "id": [str(i) for i in range(len(rows))],
        "tokens": pa.array([[word for word, _ in row] for row in rows], pa.list_(pa.string())),
        "tags": pa.array([[labels.id(tag) for _, tag in row] for row in rows], pa.list_(pa.int64())),
    }
    return Corpus("made", "made", "0" * 16, {"test": pa.table(columns)}, {"tags": labels})


@pytest.fixture
def model_of(tiny_tokenizer: Path, tmp_path: Path) -> Any:
    """Makes a model that knows a label for some words."""

    def make(pieces: dict[str, str], labels: tuple[str, ...] = CONLL) -> LoadedModel:
        return ModelStore(tmp_path).get(str(onnx_model(tiny_tokenizer, tmp_path / "m", labels=labels, pieces=pieces)))

    return make


def test_scores_overall_and_per_type(model_of: Any) -> None:
    rows = [
        [("EU", "B-ORG"), ("rejects", "O"), ("German", "B-MISC")],
        [("Peter", "B-PER"), ("Blackburn", "I-PER")],
        [("Germany", "B-LOC")],
    ]
    model = model_of({"EU": "B-ORG", "Peter": "B-PER", "Germany": "B-ORG"})
    found = evaluate(corpus_of(rows, NER), "test", "tags", Predictor(model))
    assert found.scores.overall.correct == 1
    assert (found.scores.overall.precision, found.scores.overall.recall) == (1 / 3, 1 / 4)
    assert found.scores.accuracy == 3 / 6
    assert found.predictions[1] == ["B-PER", "O"]
    assert found.words[0].words == ("EU", "rejects", "German")
    assert found.notes == ()
    assert found.as_json()["by_type"]["ORG"] == {"precision": 0.5, "recall": 1.0, "f1": pytest.approx(2 / 3), "support": 1}
    assert found.as_json()["sentences"] == 3


def test_the_same_scores_as_seqeval(model_of: Any, course_corpus: Corpus) -> None:
    from seqeval.metrics import classification_report

    model = model_of({"EU": "B-ORG", "German": "B-MISC", "British": "B-LOC", "Peter": "B-PER", "European": "I-ORG", "Union": "I-ORG"})
    found = evaluate(course_corpus, "train", "ner_tags", Predictor(model))
    report = classification_report(found.references, found.predictions, output_dict=True, zero_division=0)
    assert found.scores.overall.f1 == pytest.approx(report["micro avg"]["f1-score"])
    for kind, one in found.scores.by_type.items():
        assert (one.precision, one.recall, one.number) == (report[kind]["precision"], report[kind]["recall"], report[kind]["support"])


@pytest.mark.parametrize(
    ("scheme", "tags"),
    [("IOB1", ("I-ORG", "I-ORG")), ("BIOES", ("B-ORG", "E-ORG")), ("IO", ("I-ORG", "I-ORG")), ("BMES", ("B-ORG", "E-ORG"))],
)
def test_a_scheme_costs_no_points(model_of: Any, scheme: Any, tags: tuple[str, str]) -> None:
    labels = LabelSet(tuple(dict.fromkeys(("O", *tags, "B-ORG", "M-ORG"))), scheme)
    corpus = corpus_of([[("Hugging", tags[0]), ("Face", tags[1])]], labels)
    model = model_of({"Hugging": "B-ORG", "Face": "I-ORG"})
    assert evaluate(corpus, "test", "tags", Predictor(model)).scores.overall.f1 == 1.0
    other = model_of({"Hugging": "I-ORG", "Face": "I-ORG"}, ("O", "I-ORG"))
    assert evaluate(corpus, "test", "tags", Predictor(other)).scores.overall.f1 == 1.0


def test_types_by_name_and_by_hand(model_of: Any) -> None:
    corpus = corpus_of([[("Peter", "B-person"), ("EU", "B-corporation"), ("Union", "B-product")]], WNUT)
    predictor = Predictor(model_of({"Peter": "B-PER", "EU": "B-ORG", "Union": "B-MISC"}))
    by_name = evaluate(corpus, "test", "tags", predictor)
    assert (by_name.scores.by_type["person"].f1, by_name.scores.overall.recall) == (1.0, 1 / 3)
    assert by_name.notes == (
        "The model does not know corporation, product; these entities count as missed.",
        "The corpus has no ORG, LOC, MISC; predictions of it are left out.",
    )
    by_hand = evaluate(corpus, "test", "tags", predictor, types={"person": "PER", "corporation": "ORG", "product": "MISC"})
    assert by_hand.scores.overall.f1 == 1.0
    assert by_hand.notes[0] == "Scored corporation as ORG, person as PER, product as MISC."
    without = evaluate(corpus, "test", "tags", predictor, types={"corporation": "ORG", "product": "O"})
    assert (without.scores.overall.f1, without.scores.overall.number) == (1.0, 2)


def test_labels_in_another_order_are_matched_by_name(model_of: Any) -> None:
    turned = (CONLL[0], *reversed(CONLL[1:]))
    model = model_of({"EU": "B-ORG"}, turned)
    assert model.labels.id("B-ORG") != NER.id("B-ORG")
    assert evaluate(corpus_of([[("EU", "B-ORG")]], NER), "test", "tags", Predictor(model)).scores.overall.f1 == 1.0


def test_plain_labels(model_of: Any) -> None:
    pos = LabelSet(("DT", "NN", "VB"), "plain")
    corpus = corpus_of([[("the", "DT"), ("lamb", "NN"), ("buy", "VB")]], pos)
    found = evaluate(corpus, "test", "tags", Predictor(model_of({"the": "DT", "la": "NN"}, ("NN", "DT"))))
    assert found.scores.accuracy == 2 / 3
    assert found.notes == ("The model does not know VB; these words count as wrong.",)
    with pytest.raises(ModelError, match="They have no label in common"):
        evaluate(corpus, "test", "tags", Predictor(model_of({})))
    with pytest.raises(LabelError, match="types are for columns of entities"):
        evaluate(corpus, "test", "tags", Predictor(model_of({})), types={"DT": "ORG"})


def test_a_model_without_prefixes(model_of: Any) -> None:
    corpus = corpus_of([[("Hugging", "B-ORG"), ("Face", "I-ORG"), ("lamb", "O")]], NER)
    model = model_of({"Hugging": "ORG", "Face": "ORG"}, ("O", "ORG", "PER"))
    assert evaluate(corpus, "test", "tags", Predictor(model)).scores.overall.f1 == 1.0


def test_nothing_in_common_names_both_sides() -> None:
    with pytest.raises(ModelError, match=r"types \(Disease\) and the corpus's \(PER, ORG, LOC, MISC\) have none in common"):
        map_types(LabelSet(("O", "B-Disease"), "IOB2"), NER)


@pytest.mark.parametrize(
    ("given", "message"),
    [({"firm": "ORG"}, "the corpus has no type 'firm'"), ({"corporation": "FIRM"}, "corporation=FIRM, but the model has no type 'FIRM'")],
)
def test_wrong_types_are_named(given: dict[str, str], message: str) -> None:
    with pytest.raises(LabelError, match=message):
        map_types(NER, WNUT, given=given)


@pytest.mark.parametrize("text", ["corporation", "=ORG", "corporation=", "a=b,c"])
def test_parse_types_says_what_it_wants(text: str) -> None:
    with pytest.raises(LabelError, match="must be corpus type=model type"):
        parse_types(text)


def test_split_and_column_are_checked(model_of: Any, course_corpus: Corpus) -> None:
    predictor = Predictor(model_of({}))
    with pytest.raises(CorpusError, match="no split 'dev'"):
        evaluate(course_corpus, "dev", "ner_tags", predictor)
    with pytest.raises(LabelError, match="no label column 'tags'"):
        evaluate(course_corpus, "train", "tags", predictor)


def test_limit_and_json(model_of: Any, course_corpus: Corpus) -> None:
    import json

    found = evaluate(course_corpus, "train", "ner_tags", Predictor(model_of({})), limit=2)
    assert len(found.words) == len(found.references) == 2
    whole = evaluate_json(course_corpus, "train", "ner_tags", model_of({}))
    assert json.loads(json.dumps(whole))["overall"]["support"] > 0
    assert set(whole["overall"]) == {"precision", "recall", "f1", "support"}
