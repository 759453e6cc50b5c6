"""Small corpora and made-up probabilities for the tests of review."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from ner_app.core.corpus.model import Corpus
from ner_app.core.labels import LabelSet

NER = LabelSet(("O", "B-PER", "I-PER", "B-ORG", "I-ORG"), "IOB2")


def make_corpus(sentences: list[tuple[str, str]], labels: LabelSet = NER, **others: list[tuple[str, str]]) -> Corpus:
    """A corpus of one column from ("words", "tags") pairs; keyword arguments are further splits."""

    def table(rows: list[tuple[str, str]]) -> pa.Table:
        ids = [[labels.id(tag) for tag in tags.split()] for _, tags in rows]
        words = [words.split() for words, _ in rows]
        return pa.table({"id": [str(i) for i in range(len(rows))], "tokens": pa.array(words, pa.list_(pa.string())),
                         "tags": pa.array(ids, pa.list_(pa.int64()))})  # fmt: skip

    tables = {"train": table(sentences), **{name: table(rows) for name, rows in others.items()}}
    return Corpus("made", "made", "0" * 16, tables, {"tags": labels})


def sure_of(tags: str, labels: LabelSet = NER, confidence: float = 0.9) -> np.ndarray:
    """Probabilities of a model that is this sure of each of these tags."""
    rest = (1 - confidence) / (len(labels) - 1)
    found = np.full((len(tags.split()), len(labels)), rest, dtype=np.float32)
    for row, tag in enumerate(tags.split()):
        found[row, labels.id(tag)] = confidence
    return found
