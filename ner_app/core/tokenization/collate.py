"""Some sentences as the padded batch that a model gets, made by transformers' own collator."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ner_app.core.corpus.model import Sentence
from ner_app.core.errors import CorpusError, ModelError
from ner_app.core.labels import LabelSet
from ner_app.core.tokenization.alignment import Policy, align_sentence
from ner_app.core.tokenization.subwords import subwords_of

MOST = 32  # sentences a batch on the screen

_RANGE = re.compile(r"([0-9]{1,12})(?:-([0-9]{1,12}))?")


@dataclass(frozen=True)
class Batch:
    """Padded tensors. values: name -> (sentences, longest) numbers; printed: name -> what torch prints; padded: where padding stands."""

    values: dict[str, list[list[int]]]
    printed: dict[str, str]
    padded: list[list[bool]]


def parse_indices(text: str, size: int) -> list[int]:
    """Sentence indices from what someone typed; CorpusError says what cannot be read.

    >>> parse_indices("0, 4 7-9", 100)
    [0, 4, 7, 8, 9]
    """
    found: list[int] = []
    for part in re.split(r"[,;\s]+", re.sub(r"\s*[-–]\s*", "-", text.strip(" ,;\t\n"))):
        match = _RANGE.fullmatch(part)
        if match is None:
            raise CorpusError(f"Sentences: {part[:40]!r} is no index. Write them like 0, 1, 5-8.")
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first or last >= size:
            raise CorpusError(f"Sentences: {part[:40]} is not among 0 to {size - 1}, the sentences of this split.")
        if len(found) + last - first + 1 > MOST:
            raise CorpusError(f"Sentences: at most {MOST} at a time fit the screen; give fewer.")
        found += range(first, last + 1)
    return found


def collate(
    sentences: Sequence[Sentence],
    column: str,
    *,
    label_set: LabelSet,
    tokenizer: Any,
    policy: Policy = "every",
    max_length: int | None = None,
) -> Batch:
    """The padded batch of some sentences, by transformers' DataCollatorForTokenClassification. Imports torch.

    For the course's first two: labels ``[[-100, 3, 0, 7, 0, 0, 0, 7, 0, 0, 0, -100], [-100, 1, 2, -100, ..., -100]]``. Raises ModelError
    for a tokenizer that cannot be used or has no padding token.
    """
    from transformers import DataCollatorForTokenClassification

    if tokenizer.pad_token is None:
        raise ModelError(f"{tokenizer.name_or_path}: its tokenizer has no padding token, so sentences of different length make no batch.")
    subwords = subwords_of(tokenizer)
    rows = []
    for sentence in sentences:
        tags = sentence.labels[column]
        one = align_sentence(sentence.words, tags, label_set=label_set, tokenizer=tokenizer, policy=policy, max_length=max_length)
        row: dict[str, list[int]] = {"input_ids": list(one.ids)}
        if "token_type_ids" in subwords.inputs:
            types = [subwords.word_type] * sum(not special for special in one.special)
            row["token_type_ids"] = [*subwords.prefix_types, *types, *subwords.suffix_types]
        row["attention_mask"] = [1] * len(one.ids)
        rows.append({**row, "labels": list(one.label_ids)})
    tensors = DataCollatorForTokenClassification(tokenizer=tokenizer)(rows)
    names = ["labels", *(name for name in tensors if name != "labels")]
    lengths, width = [len(row["input_ids"]) for row in rows], tensors["input_ids"].shape[1]
    left = tokenizer.padding_side == "left"
    padded = [[i < width - n if left else i >= n for i in range(width)] for n in lengths]
    return Batch({name: tensors[name].tolist() for name in names}, {name: repr(tensors[name]) for name in names}, padded)
