"""Counts, lengths and surface forms, against plain loops; each number's query leads back to its sentences."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ner_app.core.corpus.model import Corpus
from ner_app.core.corpus.query import search
from ner_app.core.corpus.statistics import (
    Lengths,
    ambiguous_surfaces,
    frequent_surfaces,
    label_counts,
    sentence_lengths,
    type_counts,
)
from ner_app.core.errors import LabelError
from ner_app.core.labels import LabelSet

NER = ("O", "B-PER", "I-PER", "B-ORG", "I-ORG")
POS = ("NNP", "VBZ", ".")
Rows = list[tuple[list[str], list[int]]]

row = st.lists(st.tuples(st.sampled_from(["a", "b", "c d", "é"]), st.integers(0, 4)), max_size=6)
splits = st.lists(row.map(lambda pairs: ([w for w, _ in pairs], [t for _, t in pairs])), max_size=6)


def make_corpus(**rows: Rows) -> Corpus:
    tables = {
        split: pa.table(
            {
                "id": [str(i) for i in range(len(part))],
                "tokens": pa.array([words for words, _ in part], pa.list_(pa.string())),
                "ner_tags": pa.array([ids for _, ids in part], pa.list_(pa.int64())),
                "pos_tags": pa.array([[i % 3 for i in range(len(words))] for words, _ in part], pa.list_(pa.int64())),
            }
        )
        for split, part in rows.items()
    }
    return Corpus("made", "made", "x", tables, {"ner_tags": LabelSet(NER, "IOB2"), "pos_tags": LabelSet(POS, "plain")})


def loop_over_units(corpus: Corpus, split: str, column: str) -> dict[str, Counter[str]]:
    """Surface -> type -> count, one sentence at a time."""
    units: dict[str, Counter[str]] = defaultdict(Counter)
    for sentence in corpus.sentences(split):
        if corpus.label_set(column).has_spans:
            for span in sentence.spans(column):
                units[" ".join(sentence.words[span.start : span.end])][span.label] += 1
        else:
            for word, label in zip(sentence.words, sentence.labels[column], strict=True):
                units[word][label] += 1
    return units


@settings(max_examples=100, deadline=None)
@given(splits, splits, st.sampled_from(["ner_tags", "pos_tags"]))
def test_counts_are_those_of_a_loop(train: Rows, test: Rows, column: str) -> None:
    corpus = make_corpus(train=train, test=test)
    labels = {split: Counter(tag for s in corpus.sentences(split) for tag in s.labels[column]) for split in corpus.splits}
    assert {c.name: c.splits for c in label_counts(corpus, column)} == {
        name: {split: labels[split][name] for split in labels} for name in corpus.label_set(column).names
    }
    for split in corpus.splits:
        units = loop_over_units(corpus, split, column)
        kinds = sum(units.values(), Counter())
        assert {c.name: c.splits[split] for c in type_counts(corpus, column)} == {t: kinds[t] for t in corpus.label_set(column).types}


@settings(max_examples=100, deadline=None)
@given(splits, st.sampled_from(["ner_tags", "pos_tags"]))
def test_surfaces_are_those_of_a_loop(rows: Rows, column: str) -> None:
    corpus = make_corpus(train=rows)
    units = loop_over_units(corpus, "train", column)
    several = {text: dict(types) for text, types in units.items() if len(types) > 1}
    count, found = ambiguous_surfaces(corpus, "train", column)
    assert count == len(several)
    assert {s.text: s.types for s in found} == several
    assert [s.minority for s in found] == sorted((s.minority for s in found), reverse=True)
    for kind in corpus.label_set(column).types:
        best = frequent_surfaces(corpus, "train", column, kind=kind, limit=2)
        counts = Counter({text: types[kind] for text, types in units.items() if types[kind]})
        assert [n for _, n in best] == [n for _, n in counts.most_common(2)]
        assert all(counts[s.text] == n and s.types == dict(units[s.text]) for s, n in best)


@settings(max_examples=50, deadline=None)
@given(splits)
def test_lengths_are_those_of_a_loop(rows: Rows) -> None:
    lengths = sentence_lengths(make_corpus(train=rows), "train")
    expected = Counter(len(words) for words, _ in rows)
    assert {n: c for n, c in enumerate(lengths.counts) if c} == dict(expected)
    assert lengths.longest == max(expected, default=0)
    assert sum(n for _, _, n in lengths.bins(most=3)) == len(rows)
    assert len(lengths.bins(most=3)) <= 3


@settings(max_examples=50, deadline=None)
@given(splits, st.sampled_from(["ner_tags", "pos_tags"]))
def test_every_number_leads_to_its_sentences(rows: Rows, column: str) -> None:
    corpus = make_corpus(train=rows)
    for count in [*label_counts(corpus, column), *type_counts(corpus, column)]:
        assert bool(count.total) == bool(len(search(corpus, "train", count.query)))
    for surface in ambiguous_surfaces(corpus, "train", column)[1]:
        every = search(corpus, "train", surface.query()).indices.tolist()
        assert every
        for kind in surface.types:
            assert set(search(corpus, "train", surface.query(kind)).indices.tolist()) <= set(every)


def test_order_of_interest() -> None:
    rows: Rows = [(["a"], [1])] * 10 + [(["a"], [3])] + [(["b"], [1])] * 3 + [(["b"], [3])] * 3
    count, surfaces = ambiguous_surfaces(make_corpus(train=rows), "train", "ner_tags", limit=1)
    assert count == 2
    assert surfaces[0].types == {"PER": 3, "ORG": 3}


def test_a_type_that_is_not_there_is_named() -> None:
    with pytest.raises(LabelError, match="it has PER, ORG"):
        frequent_surfaces(make_corpus(train=[]), "train", "ner_tags", kind="LOC")


def test_an_empty_split_has_no_numbers() -> None:
    corpus = make_corpus(train=[])
    assert sentence_lengths(corpus, "train") == Lengths((), 0.0, 0.0)
    assert ambiguous_surfaces(corpus, "train", "ner_tags") == (0, [])
    assert frequent_surfaces(corpus, "train", "ner_tags", kind="PER") == []
    assert [c.total for c in type_counts(corpus, "ner_tags")] == [0, 0]


@pytest.mark.parametrize(("split", "entities", "words"), [("train", 23499, 203621), ("validation", 5942, 51362), ("test", 5648, 46435)])
def test_conll2003_has_its_published_counts(shared_data: Path, split: str, entities: int, words: int) -> None:
    from ner_app.core.corpus.open import open_corpus

    corpus = open_corpus(shared_data / "conll2003")
    assert sum(c.splits[split] for c in type_counts(corpus, "ner_tags")) == entities
    assert sum(c.splits[split] for c in label_counts(corpus, "ner_tags")) == words
