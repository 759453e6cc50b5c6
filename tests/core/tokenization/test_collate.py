"""The padded batch, and the indices that people type."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ner_app.core.errors import CorpusError, ModelError
from ner_app.core.tokenization.collate import collate, parse_indices
from ner_app.core.tokenization.encode import encode
from tests.tokenizers_small import unigram


@pytest.fixture(scope="module")
def wordpiece(tiny_tokenizer: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(tiny_tokenizer)


def test_the_courses_batch_of_two(course_corpus: Any, wordpiece: Any) -> None:
    label_set = course_corpus.label_set("ner_tags")
    batch = collate(course_corpus.pick("train", [0, 1]), "ner_tags", label_set=label_set, tokenizer=wordpiece)
    assert batch.printed["labels"] == (
        "tensor([[-100,    3,    0,    7,    0,    0,    0,    7,    0,    0,    0, -100],\n"
        "        [-100,    1,    2, -100, -100, -100, -100, -100, -100, -100, -100, -100]])"
    )
    assert batch.padded == [[False] * 12, [False] * 4 + [True] * 8]
    assert batch.values["attention_mask"][1] == [1] * 4 + [0] * 8


@pytest.mark.parametrize("side", ["left", "right"])
def test_equals_the_collator_over_encoded_rows(course_corpus: Any, side: str) -> None:
    from transformers import DataCollatorForTokenClassification

    tokenizer = unigram()
    tokenizer.padding_side = side
    label_set = course_corpus.label_set("ner_tags")
    batch = collate(course_corpus.sentences("train"), "ner_tags", label_set=label_set, tokenizer=tokenizer, policy="first", max_length=9)
    rows = encode(course_corpus, "train", "ner_tags", tokenizer, policy="first", max_length=9).dataset
    theirs = DataCollatorForTokenClassification(tokenizer=tokenizer)(list(rows))
    assert batch.values == {name: theirs[name].tolist() for name in theirs}
    assert set(batch.values) == {"labels", "input_ids", "token_type_ids", "attention_mask"}
    assert [[not m for m in row] for row in batch.values["attention_mask"]] == batch.padded


def test_without_a_padding_token(course_corpus: Any) -> None:
    tokenizer = unigram()
    tokenizer.pad_token = None
    with pytest.raises(ModelError, match="no padding token"):
        collate(course_corpus.sentences("train"), "ner_tags", label_set=course_corpus.label_set("ner_tags"), tokenizer=tokenizer)


@pytest.mark.parametrize(("text", "expected"), [("0", [0]), ("0,1", [0, 1]), (" 3 – 5; 0 ", [3, 4, 5, 0]), ("2 2", [2, 2])])
def test_indices(text: str, expected: list[int]) -> None:
    assert parse_indices(text, 6) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "'' is no index"), ("x", "'x' is no index"), ("-1", "'-1' is no index"), ("6", "6 is not among 0 to 5"),
     ("5-3", "5-3 is not among"), ("1.5", "'1.5' is no index"), ("0-5 " * 6, "at most 32"),
     ("0-999999999999", "not among"), ("٣", "'٣' is no index")],
)  # fmt: skip
def test_indices_that_cannot_be_read(text: str, message: str) -> None:
    with pytest.raises(CorpusError, match=message):
        parse_indices(text, 6)
