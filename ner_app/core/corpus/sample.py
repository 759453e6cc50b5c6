"""The built-in sample corpus, and the answer key of the label errors planted in its train split."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ner_app import builtin
from ner_app.core.corpus.sources import SAMPLE
from ner_app.core.errors import CorpusError

if TYPE_CHECKING:
    from ner_app.core.corpus.model import Corpus

_COLUMNS = ("tokens", "pos_tags", "chunk_tags", "ner_tags")


def open_sample(*, cache_dir: Path | None = None) -> Corpus:
    """The built-in sample: English newswire-like sentences, made by a script of this project; POS, chunk and NER labels."""
    from ner_app.core.corpus.files import open_path
    from ner_app.core.corpus.locate import Located

    if not (builtin.SAMPLE / "train.txt").is_file():
        raise CorpusError("The built-in sample is not in this installation (ner_app/builtin/sample/train.txt is missing).")
    splits = {"train": "train.txt", "validation": "valid.txt", "test": "test.txt"}
    located = Located("columns", {split: (builtin.SAMPLE / file,) for split, file in splits.items()})
    return open_path(builtin.SAMPLE, columns=_COLUMNS, cache_dir=cache_dir, direct=True, name=SAMPLE, located=located)


def planted_errors() -> list[dict[str, Any]]:
    """Answer key: one row a label error that was planted in the train split of the sample, as planted.jsonl has it."""
    lines = (builtin.SAMPLE / "planted.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]
