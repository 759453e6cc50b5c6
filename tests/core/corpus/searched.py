"""Small corpora to search, for the tests of queries and expressions."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from ner_app.core.corpus.model import Corpus
from ner_app.core.corpus.query import Query, search
from ner_app.core.labels import LabelSet

NER = ("O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC", "B-MISC", "I-MISC")
BIOES = ("O", "B-X", "I-X", "E-X", "S-X", "B-Y", "I-Y", "E-Y", "S-Y")
POS = ("NNP", "VBZ", ".")


def make_corpus(rows: list[tuple[list[str], list[int]]], *, names: tuple[str, ...] = NER, chunk: int = 0, scheme: Any = "IOB2") -> Corpus:
    """A corpus of one split with a column of spans and one of plain labels, in Arrow chunks of ``chunk`` rows."""
    table = pa.table(
        {
            "id": [str(i) for i in range(len(rows))],
            "tokens": pa.array([words for words, _ in rows], pa.list_(pa.string())),
            "ner_tags": pa.array([ids for _, ids in rows], pa.list_(pa.int64())),
            "pos_tags": pa.array([[len(word) % 3 for word in words] for words, _ in rows], pa.list_(pa.int8())),
        }
    )
    if chunk:
        table = pa.concat_tables([table.slice(i, chunk) for i in range(0, max(1, len(rows)), chunk)])
    sets = {"ner_tags": LabelSet(names, scheme), "pos_tags": LabelSet(POS, "plain")}
    return Corpus("made", "made", "0" * 16, {"train": table}, sets)


def found(corpus: Corpus, query: Query | str) -> list[int]:
    return search(corpus, "train", Query.parse(query) if isinstance(query, str) else query).indices.tolist()
