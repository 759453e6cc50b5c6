"""Other architectures than BERT, and the inputs that an ONNX graph may have."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ner_app.core.errors import ModelError
from ner_app.core.models.backends import read_backend
from ner_app.core.models.predict import Predictor
from ner_app.core.models.store import LoadedModel, ModelStore
from ner_app.core.tokenization.prefix_space import ready_for_words
from tests.models_small import CONLL, onnx_model
from tests.tokenizers_small import TEXTS, byte_level, unigram

TEXT = "EU rejects Werner in Germany.\nThe Union's"  # short enough for the pipeline, which cuts at 64 tokens; one byte a letter
LABELS: dict[str, Any] = {"id2label": dict(enumerate(CONLL)), "label2id": {name: i for i, name in enumerate(CONLL)}}


def roberta(folder: Path, *, prefix_space: bool) -> Path:
    """A tiny RoBERTa, whose positions start behind the padding id, with a byte-level tokenizer."""
    import torch
    from transformers import RobertaConfig, RobertaForTokenClassification

    tokenizer = byte_level(prefix_space=prefix_space)
    tokenizer.save_pretrained(folder)
    torch.manual_seed(3)
    config = RobertaConfig(
        vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64, pad_token_id=1,
        bos_token_id=0, eos_token_id=2, max_position_embeddings=66, **LABELS,
    )  # fmt: skip
    return saved(RobertaForTokenClassification(config), folder)


def xlnet(folder: Path) -> Path:
    """A tiny XLNet with a Unigram tokenizer: pads and puts its special tokens otherwise than BERT."""
    import torch
    from transformers import XLNetConfig, XLNetForTokenClassification

    tokenizer = unigram()
    tokenizer.save_pretrained(folder)
    torch.manual_seed(3)
    config = XLNetConfig(
        vocab_size=len(tokenizer), d_model=32, n_layer=2, n_head=2, d_inner=64, pad_token_id=1, bos_token_id=0, eos_token_id=2,
        **LABELS,
    )  # fmt: skip
    return saved(XLNetForTokenClassification(config), folder)


def saved(model: Any, folder: Path) -> Path:
    """Save a model whose answers vary from token to token."""
    import torch

    with torch.no_grad():
        model.get_input_embeddings().weight.normal_()
        model.classifier.weight.normal_(std=0.7)
    model.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module", params=["roberta", "roberta, spaced", "xlnet"])
def loaded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    folder = tmp_path_factory.mktemp("kinds") / "model"
    made = xlnet(folder) if request.param == "xlnet" else roberta(folder, prefix_space="spaced" in request.param)
    return ModelStore(folder).get(str(made))


@pytest.mark.parametrize("strategy", ["none", "simple"])
def test_equals_the_pipeline(loaded: LoadedModel, strategy: str) -> None:
    """Up to white space, which byte-level and Metaspace tokenizers count into a word: the pipeline keeps it at the ends of entities."""
    from transformers import pipeline

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = pipeline("token-classification", model=loaded.ref, aggregation_strategy=strategy, device="cpu")
        ours = Predictor(loaded).text(TEXT, strategy).as_json()
        expected = [one for one in theirs(TEXT) if strategy == "none" or TEXT[one["start"] : one["end"]].strip()]
        for mine, other in zip(ours, expected, strict=True):
            kind = "entity" if strategy == "none" else "entity_group"
            assert (mine[kind], mine["word"]) == (other[kind], other["word"])
            assert mine["score"] == pytest.approx(float(other["score"]), abs=1e-5)
            assert TEXT[mine["start"] : mine["end"]].strip() == TEXT[other["start"] : other["end"]].strip()


def test_words_come_out_as_if_alone(loaded: LoadedModel) -> None:
    """Padding, whatever its id, changes nothing; words get the space that they were trained with."""
    import torch
    from transformers import AutoModelForTokenClassification, AutoTokenizer

    model = AutoModelForTokenClassification.from_pretrained(loaded.ref).eval()
    tokenizer = ready_for_words(AutoTokenizer.from_pretrained(loaded.ref))
    sentences = [TEXTS[0].split(), ["EU"], TEXTS[1].split() * 2]
    for words, ours in zip(sentences, Predictor(loaded).words(sentences), strict=True):
        inputs = tokenizer(words, is_split_into_words=True, return_tensors="pt")
        with torch.no_grad():
            rows = model(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"]).logits[0].softmax(-1).numpy()
        first = [inputs.word_ids().index(i) for i in range(len(words))]
        assert ours.probabilities == pytest.approx(rows[first], abs=2e-5, rel=1e-7)


def test_long_text_in_windows(loaded: LoadedModel) -> None:
    prediction = Predictor(loaded).text(" ".join(TEXTS * 3))
    assert loaded.max_length == 64
    assert prediction.n_windows > 5
    assert prediction.probabilities.sum(axis=1) == pytest.approx(np.ones(len(prediction.tokens)), abs=1e-4)


def graph(folder: Path, inputs: dict[str, str], *, output: str = "logits") -> Path:
    """Replace model.onnx by one that adds up its inputs into the first of nine labels."""
    from onnx import TensorProto, helper, numpy_helper, save

    kinds = {"int": TensorProto.INT64, "float": TensorProto.FLOAT}
    nodes = [helper.make_node("Sum" if len(inputs) == 1 else "Add", list(inputs)[:2], ["sum"])]
    nodes += [
        helper.make_node("Cast", ["sum"], ["cast"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["cast", "axis"], ["column"]),
        helper.make_node("Mul", ["column", "row"], [output]),
    ]
    weights = [
        numpy_helper.from_array(np.array([2], dtype=np.int64), "axis"),
        numpy_helper.from_array(np.eye(1, 9, dtype=np.float32), "row"),
    ]
    made = helper.make_graph(
        nodes[1:] if len(inputs) == 1 else nodes,
        "sum",
        [helper.make_tensor_value_info(name, kinds[kind], ["b", "l"]) for name, kind in inputs.items()],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["b", "l", 9])],
        weights,
    )
    if len(inputs) == 1:
        made.node[0].input[0] = next(iter(inputs))
    save(helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=10), str(folder / "model.onnx"))
    return folder


@pytest.fixture
def folder(tiny_tokenizer: Path, tmp_path: Path) -> Path:
    return onnx_model(tiny_tokenizer, tmp_path / "m")


@pytest.mark.parametrize("second", ["attention_mask", "token_type_ids"])
def test_graphs_get_the_inputs_they_ask_for(folder: Path, second: str) -> None:
    model = ModelStore(folder).get(str(graph(folder, {"input_ids": "int", second: "int"}, output="scores")))
    ids = np.array([[5, 7]], dtype=np.int64)
    rows = model.logits(ids, np.ones_like(ids))
    assert rows[0, :, 0].tolist() == ([6.0, 8.0] if second == "attention_mask" else [5.0, 7.0])
    assert rows.dtype == np.float32


@pytest.mark.parametrize(
    ("inputs", "message"),
    [({"pixels": "int"}, "takes pixels; it must take input_ids"), ({"input_ids": "float"}, "failed on its input")],
)
def test_other_graphs_are_refused(folder: Path, inputs: dict[str, str], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        ModelStore(folder).get(str(graph(folder, inputs)))


def test_a_vocabulary_larger_than_the_model(folder: Path) -> None:
    """Ids beyond the model's table: an error in words, not a crash."""
    data = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    data["model"]["vocab"]["zebra"] = 99_999
    (folder / "tokenizer.json").write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(ModelError, match="does its tokenizer fit"):
        Predictor(ModelStore(folder).get(str(folder))).text("zebra")


def test_stored_truncation_and_padding_are_taken_off(tiny_tokenizer: Path) -> None:
    from tokenizers import Tokenizer

    stored = Tokenizer.from_file(str(tiny_tokenizer / "tokenizer.json"))
    stored.enable_truncation(8)
    stored.enable_padding(length=64)
    assert len(read_backend(stored.to_str(), "m").encode("EU " * 20).ids) == 22
