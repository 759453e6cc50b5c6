"""Small token classifiers for tests: a varied BERT, and an ONNX graph that knows a label for each vocabulary entry."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

CONLL = ("O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC", "B-MISC", "I-MISC")
COURSE_TEXT = "My name is Sylvain and I work at Hugging Face in Brooklyn."
COURSE_PIECES = {"Sylvain": "I-PER", "Hugging": "I-ORG", "Face": "I-ORG", "Brooklyn": "I-LOC"}


def varied_model(tiny_ner: Path, folder: Path) -> Path:
    """The tiny BERT with a head large enough that its labels differ from token to token and some are nearly certain."""
    import torch
    from transformers import BertForTokenClassification

    shutil.copytree(tiny_ner, folder)
    model = BertForTokenClassification.from_pretrained(tiny_ner)
    with torch.no_grad():
        generator = torch.Generator().manual_seed(7)
        model.bert.embeddings.word_embeddings.weight.normal_(generator=generator)
        model.classifier.weight.normal_(std=0.7, generator=generator)
        model.classifier.bias[0] += 1.0
    model.save_pretrained(folder)
    return folder


def onnx_model(tokenizer: Path, folder: Path, *, labels: Sequence[str] = CONLL, pieces: Mapping[str, str] = COURSE_PIECES) -> Path:
    """A folder with model.onnx, tokenizer.json and config.json; ``pieces`` gives vocabulary entries their label, all others are O."""
    import numpy as np
    from onnx import TensorProto, checker, helper, numpy_helper, save

    folder.mkdir(parents=True, exist_ok=True)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(tokenizer / name, folder / name)
    vocab = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    table = np.zeros((len(vocab), len(labels)), dtype=np.float32)
    for piece, number in vocab.items():
        table[number, labels.index(pieces.get(piece, "O")) if piece in pieces else 0] = 6.0
    node = helper.make_node("Gather", ["table", "input_ids"], ["logits"], axis=0)
    inputs = [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "length"])]
    outputs = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", "length", len(labels)])]
    graph = helper.make_graph([node], "lookup", inputs, outputs, [numpy_helper.from_array(table, "table")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    checker.check_model(model)
    save(model, str(folder / "model.onnx"))
    config = {"architectures": ["BertForTokenClassification"], "model_type": "bert", "pad_token_id": 0, "max_position_embeddings": 512}
    config |= {"id2label": {str(i): name for i, name in enumerate(labels)}, "label2id": {name: i for i, name in enumerate(labels)}}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder
