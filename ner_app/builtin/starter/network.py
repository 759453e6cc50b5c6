"""The network: BERT for token classification whose word embedding is a twin's vector plus the vector of a written form."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import nn

from ner_app.builtin.starter.vocabulary import CasedVocabulary, Form

if TYPE_CHECKING:
    from transformers import BertForTokenClassification

LABELS = ("O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC", "B-MISC", "I-MISC")


class CasedEmbedding(nn.Module):
    """Piece ids [batch, length] -> vectors [batch, length, hidden]: `twin.weight[twins[id]] + form.weight[forms[id]]`."""

    def __init__(self, rows: torch.Tensor, vocabulary: CasedVocabulary, *, seed: int = 0) -> None:
        """`rows` [plain pieces, hidden] are the vectors of the lower-case twins; a form starts at half their mean norm, PLAIN at zero."""
        super().__init__()
        self.twin = nn.Embedding.from_pretrained(rows.clone(), freeze=False)
        self.form = nn.Embedding(len(Form), rows.shape[1])
        self.register_buffer("twins", torch.tensor(vocabulary.twins), persistent=False)
        self.register_buffer("forms", torch.tensor([int(form) for form in vocabulary.forms]), persistent=False)
        directions = torch.randn(self.form.weight.shape, generator=torch.Generator().manual_seed(seed))
        length = rows.norm(dim=1).mean() / 2
        with torch.no_grad():
            self.form.weight.copy_(directions / directions.norm(dim=1, keepdim=True) * length)
            self.form.weight[Form.PLAIN] = 0

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return self.twin(self.twins[ids]) + self.form(self.forms[ids])

    def as_table(self) -> torch.Tensor:
        """One vector a piece [pieces, hidden]: what an ordinary embedding would hold."""
        return (self.twin.weight[self.twins] + self.form.weight[self.forms]).detach()


def load_network(encoder: Path, vocabulary: CasedVocabulary, *, seed: int = 0) -> BertForTokenClassification:
    """The pretrained encoder with a fresh classifier over LABELS and the cased embedding in place of its own."""
    from transformers import AutoModelForTokenClassification

    torch.manual_seed(seed)
    names = dict(enumerate(LABELS))
    network = AutoModelForTokenClassification.from_pretrained(
        encoder,
        id2label=names,
        label2id={name: number for number, name in names.items()},
        attn_implementation="eager",
        dtype=torch.float32,
    )
    rows = network.get_input_embeddings().weight.detach()[torch.tensor(vocabulary.rows)]
    network.set_input_embeddings(CasedEmbedding(rows, vocabulary, seed=seed))
    return network


def save_plain(network: BertForTokenClassification, folder: Path) -> None:
    """Write an ordinary Transformers model (config.json, model.safetensors), the embedding written out in full; `network` is unchanged."""
    embedding = network.get_input_embeddings()
    table = embedding.as_table()
    plain = nn.Embedding.from_pretrained(table, padding_idx=0)
    network.set_input_embeddings(plain)
    old_size, network.config.vocab_size = network.config.vocab_size, table.shape[0]
    try:
        network.save_pretrained(folder)
    finally:
        network.set_input_embeddings(embedding)
        network.config.vocab_size = old_size
