"""Network and vocabulary to a folder that onnxruntime and tokenizers can run: the weights in 8 bits."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from ner_app.builtin.starter.network import LABELS, CasedEmbedding
from ner_app.builtin.starter.vocabulary import CasedVocabulary, make_tokenizer

if TYPE_CHECKING:
    from transformers import BertForTokenClassification

OPSET = 18
MAX_LENGTH = 512


def look_up(ids: torch.Tensor, table: torch.Tensor) -> torch.Tensor:
    """Rows of a table; an embedding call becomes one ONNX Gather, where indexing becomes a slow GatherND."""
    return nn.functional.embedding(ids, table)


class ByteRows(nn.Module):
    """A table [rows, hidden] kept as one signed byte a value and one float scale a row (largest magnitude / 127).

    >>> table = ByteRows(torch.tensor([[0.0, 1.27], [2.54, -1.27]]))
    >>> table.values.tolist(), [round(value, 2) for value in table(torch.tensor([1]))[0].tolist()]
    ([[0, 127], [127, -64]], [2.54, -1.28])
    """

    def __init__(self, table: torch.Tensor) -> None:
        super().__init__()
        scales = table.detach().abs().amax(dim=1, keepdim=True).clamp(min=1e-9) / 127
        self.register_buffer("values", (table.detach() / scales).round().to(torch.int8))
        self.register_buffer("scales", scales)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return look_up(ids, self.values).to(torch.float32) * look_up(ids, self.scales)


class Exported(nn.Module):
    """The network as plain arithmetic on (input_ids, attention_mask), both [batch, length] of int64 -> logits [batch, length, labels].

    Written out rather than traced from Transformers: the graph stays small and the same from one version of the library to the next.
    The token type is always 0 and is folded into the positions.
    """

    def __init__(self, network: BertForTokenClassification) -> None:
        super().__init__()
        embeddings, embedding = network.bert.embeddings, network.get_input_embeddings()
        assert isinstance(embedding, CasedEmbedding)
        self.twin = ByteRows(embedding.twin.weight)
        self.register_buffer("form", embedding.form.weight.detach())
        self.register_buffer("twins", embedding.twins.to(torch.int32)[:, None])
        self.register_buffer("forms", embedding.forms.to(torch.int32)[:, None])
        positions = embeddings.position_embeddings.weight + embeddings.token_type_embeddings.weight[0]
        self.register_buffer("positions", positions.detach())
        self.norm = embeddings.LayerNorm
        self.layers = network.bert.encoder.layer
        self.classifier = network.classifier
        self.heads = network.config.num_attention_heads

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        length = input_ids.shape[1]
        twins, forms = look_up(input_ids, self.twins).squeeze(-1), look_up(input_ids, self.forms).squeeze(-1)
        hidden = self.norm(self.twin(twins) + look_up(forms, self.form) + self.positions[:length])
        bias = (1.0 - attention_mask.to(torch.float32))[:, None, None, :] * -10000.0
        for layer in self.layers:
            hidden = self._layer(layer, hidden, bias)
        return self.classifier(hidden)

    def _layer(self, layer: nn.Module, hidden: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        attention = layer.attention.self
        queries, keys, values = (self._split(part(hidden)) for part in (attention.query, attention.key, attention.value))
        scores = queries @ keys.transpose(-1, -2) / (queries.shape[-1] ** 0.5) + bias
        mixed = (scores.softmax(-1) @ values).transpose(1, 2).flatten(2)
        hidden = layer.attention.output.LayerNorm(hidden + layer.attention.output.dense(mixed))
        inner = nn.functional.gelu(layer.intermediate.dense(hidden))
        return layer.output.LayerNorm(hidden + layer.output.dense(inner))

    def _split(self, hidden: torch.Tensor) -> torch.Tensor:
        """[batch, length, hidden] -> [batch, heads, length, hidden / heads]"""
        return hidden.unflatten(-1, (self.heads, hidden.shape[-1] // self.heads)).transpose(1, 2)


def export_onnx(network: BertForTokenClassification, path: Path) -> None:
    """Write the int8 graph: embedding rows as bytes with a scale a row, MatMul weights per channel, activations scaled as they come."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    exported = Exported(network).eval()
    example = torch.ones(2, 7, dtype=torch.int64)
    axes = {0: torch.export.Dim("batch"), 1: torch.export.Dim("length", max=MAX_LENGTH)}
    with tempfile.TemporaryDirectory() as folder:
        full = Path(folder) / "full.onnx"
        torch.onnx.export(
            exported,
            (example, example.clone()),  # one tensor given twice would become one input
            full,
            input_names=["input_ids", "attention_mask"],
            output_names=["logits"],
            dynamic_shapes=(axes, axes),
            opset_version=OPSET,
            external_data=False,
            dynamo=True,
        )
        quantize_dynamic(
            full,
            path,
            op_types_to_quantize=["MatMul", "Gemm"],
            per_channel=True,
            reduce_range=REDUCE_RANGE,
            weight_type=QuantType.QInt8,
            extra_options={"MatMulConstBOnly": True},
        )


REDUCE_RANGE = True  # 7-bit weights: processors without VNNI add pairs of products in 16 bits, which 8-bit weights overflow


def write_tokenizer(vocabulary: CasedVocabulary, folder: Path, *, lowercase: bool = False) -> None:
    """tokenizer.json and tokenizer_config.json; the class is the generic one, so that tokenizer.json alone decides."""
    folder.mkdir(parents=True, exist_ok=True)
    make_tokenizer(vocabulary.pieces, lowercase=lowercase).save(str(folder / "tokenizer.json"), pretty=False)
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": MAX_LENGTH,
        "do_lower_case": lowercase,
        "clean_up_tokenization_spaces": False,
        "model_input_names": ["input_ids", "attention_mask"],
        **{f"{name}_token": f"[{name.upper()}]" for name in ("pad", "unk", "cls", "sep", "mask")},
    }
    _write_json(folder / "tokenizer_config.json", config)


def write_config(network: BertForTokenClassification, vocabulary: CasedVocabulary, folder: Path) -> None:
    """config.json as Transformers reads it: the shape of the network and the label maps."""
    kept = ("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "hidden_act", "layer_norm_eps")
    config: dict[str, Any] = {
        "architectures": ["BertForTokenClassification"],
        "model_type": "bert",
        "vocab_size": len(vocabulary.pieces),
        "max_position_embeddings": MAX_LENGTH,
        "type_vocab_size": network.config.type_vocab_size,
        "pad_token_id": 0,
        **{name: getattr(network.config, name) for name in kept},
        "id2label": {str(number): name for number, name in enumerate(LABELS)},
        "label2id": {name: number for number, name in enumerate(LABELS)},
    }
    _write_json(folder / "config.json", config)


def _write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
