"""Counting entities of a whole split at once, and adding losses up."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ner_app.core.labels import LabelSet, tags_to_spans
from ner_app.core.tokenization.losses import Losses, entity_of_words

TAGS = st.lists(st.lists(st.sampled_from(["O", *(f"{p}-{t}" for p in "BIESLUM" for t in "XY")]), max_size=8), max_size=6)


@given(TAGS)
def test_entities_of_a_split_are_those_of_its_sentences(sentences: list[list[str]]) -> None:
    label_set = LabelSet(("O", *(f"{p}-{t}" for t in "XY" for p in "BIESLUM")), "BIOES")
    labels = np.array([label_set.id(tag) for tags in sentences for tag in tags], np.int64)
    offsets = np.concatenate(([0], np.cumsum([len(tags) for tags in sentences]))).astype(np.int64)
    expected, number = [], 0
    for tags in sentences:
        row = [-1] * len(tags)
        for span in tags_to_spans(tags):
            row[span.start : span.end] = [number] * (span.end - span.start)
            number += 1
        expected += row
    assert entity_of_words(labels, offsets, label_set).tolist() == expected


def test_losses_add_up_field_by_field() -> None:
    total = Losses(sentences=1, words=2, entities_lost=3) + Losses(sentences=10, words=20, entities_cut=4)
    assert total == Losses(sentences=11, words=22, entities_lost=3, entities_cut=4)
    assert Losses(words=9, sentences=1).complete and not Losses(words_cut=1).complete


def test_losses_read_as_one_line() -> None:
    assert str(Losses(sentences=1, words=1234, subwords=2000)) == "1,234 words in 1 sentence, 2,000 subwords; nothing lost"
