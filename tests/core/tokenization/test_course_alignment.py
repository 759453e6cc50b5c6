"""What the course prints between loading the data and defining the model, to the number."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ner_app.core.tokenization.alignment import align, align_sentence
from ner_app.core.tokenization.encode import encode

FIRST = [-100, 3, 0, 7, 0, 0, 0, 7, 0, 0, 0, -100]
SECOND = [-100, 1, 2, -100]


@pytest.fixture(scope="module")
def tokenizer(tiny_tokenizer: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(tiny_tokenizer)


def test_tokens_and_word_ids(course_corpus: Any, tokenizer: Any) -> None:
    sentence = course_corpus.sentence("train", 0)
    label_set = course_corpus.label_set("ner_tags")
    found = align_sentence(sentence.words, sentence.labels["ner_tags"], label_set=label_set, tokenizer=tokenizer)
    assert list(found.tokens) == ["[CLS]", "EU", "rejects", "German", "call", "to", "boycott", "British", "la", "##mb", ".", "[SEP]"]
    assert list(found.word_ids) == [None, 0, 1, 2, 3, 4, 5, 6, 7, 7, 8, None]


def test_aligned_labels(course_corpus: Any) -> None:
    sentence = course_corpus.sentence("train", 0)
    label_set = course_corpus.label_set("ner_tags")
    tags = sentence.labels["ner_tags"]
    assert [label_set.id(tag) for tag in tags] == [3, 0, 7, 0, 0, 0, 7, 0, 0]
    assert align(tags, [None, 0, 1, 2, 3, 4, 5, 6, 7, 7, 8, None], label_set) == FIRST


def test_the_labels_of_the_first_two(course_corpus: Any, tokenizer: Any) -> None:
    encoded = encode(course_corpus, "train", "ner_tags", tokenizer).dataset
    assert [encoded[i]["labels"] for i in range(2)] == [FIRST, SECOND]


def test_the_padded_batch_of_two(course_corpus: Any, tokenizer: Any) -> None:
    from transformers import DataCollatorForTokenClassification

    encoded = encode(course_corpus, "train", "ner_tags", tokenizer).dataset
    batch = DataCollatorForTokenClassification(tokenizer=tokenizer)([encoded[i] for i in range(2)])
    assert repr(batch["labels"]) == (
        "tensor([[-100,    3,    0,    7,    0,    0,    0,    7,    0,    0,    0, -100],\n"
        "        [-100,    1,    2, -100, -100, -100, -100, -100, -100, -100, -100, -100]])"
    )
