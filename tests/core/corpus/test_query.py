"""Searching: each filter, all of them together against a plain loop, the compact string, the cache."""

from __future__ import annotations

import gc
import re
import weakref
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ner_app.core.corpus import index as index_module
from ner_app.core.corpus.index import SplitIndex, split_index
from ner_app.core.corpus.model import Corpus
from ner_app.core.corpus.query import Query, search
from ner_app.core.errors import CorpusError, LabelError, QueryError
from ner_app.core.labels import Span
from tests.core.corpus.searched import BIOES, NER, found, make_corpus


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [0, 1, 2, 3, 4, 5]),
        ("eu", [0, 4]),
        ("eu case:yes", [4]),
        ("eu mode:word", [0, 4]),
        ("EU mode:word case:yes", [0]),
        ("EU case:yes", [0, 4]),
        ("call to", [0, 5]),
        ('find:" all   t "', [0, 5]),
        ("call t mode:word", []),
        ("call to mode:word", [0, 5]),
        ('find:"^call to$" mode:regex', [5]),
        ('find:"(leeds|peter) \\\\w+" mode:regex', [1, 2]),
        ("^$ mode:regex", [3]),
        ("label:ORG", [0, 2, 4]),
        ("label:I-ORG", [2]),
        ("label:O", [0, 2, 4, 5]),
        ("entity:leeds", [2]),
        ("entity:leeds case:yes", []),
        ('entity:"Leeds United" label:ORG', [2]),
        ('entity:"Leeds United" label:LOC', []),
        ('entity:"leeds united" label:I-ORG', [2]),
        ("entity:Leeds label:I-ORG", []),
        ("column:pos_tags label:NNP", [0, 1, 2, 4]),
        ("column:pos_tags entity:call", [0, 5]),
        ("column:pos_tags entity:call label:VBZ", [0, 5]),
        ("column:pos_tags entity:call label:NNP", []),
        ("length:0", [3]),
        ("length:-2", [1, 3, 5]),
        ("length:7-8", [2, 4]),
        ("entities:2-", [0, 2, 4]),
        ("entities:0", [3, 5]),
        ("leeds label:LOC length:5- entities:3", [2]),
    ],
)
def test_every_filter(small: Corpus, query: str, expected: list[int]) -> None:
    assert found(small, query) == expected


def test_words_that_hold_spaces_match_as_the_text_reads() -> None:
    corpus = make_corpus([(["1 000", "men"], [0, 0]), (["1", "000", "men"], [0, 0]), (["1\xa0000"], [0])])
    assert found(corpus, "1 000 m") == [0, 1]
    assert found(corpus, 'find:"1 000" mode:word') == [0, 1]
    assert found(corpus, 'find:"1 000 men" mode:word') == [1]
    assert found(corpus, 'find:"1\xa0000" mode:word') == [2]


def test_other_alphabets_fold_too() -> None:
    corpus = make_corpus([(["ÉCOLE", "Σίσυφος"], [0, 0]), (["مدينة", "القدس"], [0, 5])])
    assert found(corpus, "école") == [0]
    assert found(corpus, "école mode:regex") == [0]
    assert found(corpus, "القدس label:LOC") == [1]


# ---- against a plain loop over the same rows

words = st.sampled_from(["a", "A", "b", "ab", "Ba", ".", "é"])
row = st.lists(st.tuples(words, st.integers(0, 8)), max_size=7).map(lambda pairs: ([w for w, _ in pairs], [t for _, t in pairs]))
queries = st.builds(
    Query,
    words=st.sampled_from(["", "a", "ab", "a b", "b A", "b a b", "^a", "a$", "[ab] a", "é"]),
    mode=st.sampled_from(["plain", "word", "regex"]),
    case=st.booleans(),
    column=st.sampled_from(["", "ner_tags", "pos_tags"]),
    surface=st.sampled_from(["", "a", "A b", "ab"]),
    min_words=st.none() | st.integers(0, 2),
    max_words=st.none() | st.integers(2, 7),
)


def reference(corpus: Corpus, query: Query) -> list[int]:
    """What search should find, one sentence at a time."""
    column = query.column or "ner_tags"
    hits = []
    for sentence in corpus.sentences("train"):
        text = " ".join(sentence.words)
        spans = sentence.spans(column)
        if not corpus.label_set(column).has_spans:
            spans = [Span(i, i + 1, label) for i, label in enumerate(sentence.labels[column])]
        units = [(" ".join(sentence.words[s.start : s.end]), s.label, sentence.labels[column][s.start : s.end]) for s in spans]
        fold = (lambda x: x) if query.case else str.lower
        ok = (query.min_words or 0) <= len(sentence.words) <= (99 if query.max_words is None else query.max_words)
        if query.mode == "regex":
            ok = ok and re.search(query.words, text, 0 if query.case else re.IGNORECASE) is not None
        elif query.mode == "word":
            ok = ok and f" {fold(query.words)} " in f" {fold(text)} " if query.words else ok
        else:
            ok = ok and fold(query.words) in fold(text)
        if query.label and not query.surface and query.label in corpus.label_set(column).label2id:
            ok = ok and query.label in sentence.labels[column]
        elif query.label or query.surface:
            ok = ok and any(
                (not query.surface or fold(t) == fold(query.surface)) and (not query.label or query.label == kind or query.label in tags)
                for t, kind, tags in units
            )
        if query.min_entities is not None:
            ok = ok and len(units) >= query.min_entities
        hits += [sentence.index] if ok else []
    return hits


@settings(max_examples=300, deadline=None)
@given(st.lists(row, max_size=6), queries, st.data(), st.booleans(), st.integers(0, 3))
def test_a_search_finds_what_a_loop_finds(rows: Any, query: Query, data: st.DataObject, bioes: bool, chunk: int) -> None:
    corpus = make_corpus(rows, names=BIOES if bioes else NER, scheme="BIOES" if bioes else "IOB2", chunk=chunk)
    labels = corpus.label_set(query.column or "ner_tags")
    query = replace(query, label=data.draw(st.sampled_from(["", *labels.names, *labels.types])))
    if labels.has_spans:
        query = replace(query, min_entities=data.draw(st.none() | st.integers(0, 3)))
    assert found(corpus, query) == reference(corpus, query)


@settings(max_examples=200, deadline=None)
@given(st.lists(row, max_size=6), st.booleans(), st.integers(0, 2))
def test_the_span_table_decodes_as_tags_to_spans(rows: Any, bioes: bool, chunk: int) -> None:
    corpus = make_corpus(rows, names=BIOES if bioes else NER, scheme="BIOES" if bioes else "IOB2", chunk=chunk)
    index = split_index(corpus, "train")
    units = index.entities("ner_tags")
    at = index.offsets[index.sentence_of(units.start)]
    spans = zip(index.sentence_of(units.start), units.start - at, units.end - at, units.kind, units.surface, strict=True)
    decoded = [(int(s), Span(int(a), int(b), units.types[k]), units.surfaces[int(x)].as_py()) for s, a, b, k, x in spans]
    expected = [(s, span) for s in corpus.sentences("train") for span in s.spans("ner_tags")]
    assert decoded == [(s.index, span, " ".join(s.words[span.start : span.end])) for s, span in expected]


def test_spans_are_found_across_blocks(monkeypatch: pytest.MonkeyPatch, small: Corpus) -> None:
    monkeypatch.setattr(index_module, "BLOCK", 3)
    index = SplitIndex(small.table("train"), dict(small.label_sets))
    whole = split_index(small, "train").entities("ner_tags")
    assert index.entities("ner_tags").start.tolist() == whole.start.tolist()
    assert index.entities("ner_tags").end.tolist() == whole.end.tolist()


# ---- errors


def test_what_the_corpus_does_not_have_is_named(small: Corpus) -> None:
    with pytest.raises(QueryError, match="PER, ORG, LOC, MISC"):
        found(small, "label:GPE")
    with pytest.raises(LabelError, match="ner_tags, pos_tags"):
        found(small, "column:chunk_tags label:NP")
    with pytest.raises(QueryError, match="no entities to count"):
        found(small, "column:pos_tags entities:1-")
    with pytest.raises(CorpusError, match="train"):
        search(small, "dev", Query())


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"words": "x" * 1001}, "1,001 characters"),
        ({"surface": "\ud800"}, "surrogate"),
        ({"min_words": 5, "max_words": 4}, "5 to 4"),
        ({"min_entities": -1}, "entities"),
        ({"mode": "fuzzy"}, "plain, word, regex"),
    ],
)
def test_a_malformed_query_says_which_field(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(QueryError, match=says):
        Query(**fields)


# ---- the compact string

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
numbers = st.none() | st.integers(0, 10**8)


any_query = st.builds(
    Query, words=texts, mode=st.sampled_from(["plain", "word", "regex"]), case=st.booleans(), column=texts, label=texts, surface=texts,
    min_words=st.none() | st.integers(0, 50), max_words=st.none() | st.integers(50, 99), min_entities=numbers,
)  # fmt: skip


@given(any_query)
def test_a_query_survives_the_address(query: Query) -> None:
    assert Query.parse(str(query)) == query


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('find:"half', "cannot be read from"),
        ('"', "cannot be read from"),
        ("colour:red", "no field 'colour'"),
        ("length:x", "5-10"),
        ("length:-", "5-10"),
        (r'find:"\q"', "cannot be read"),
        ("length:9-1", "9 to 1"),
        ("mode:fast", "plain, word, regex"),
    ],
)
def test_an_address_that_makes_no_sense_gets_a_message(text: str, says: str) -> None:
    with pytest.raises(QueryError, match=re.escape(says)):
        Query.parse(text)


@given(st.text(max_size=40))
def test_any_text_parses_or_gets_a_message(text: str) -> None:
    try:
        Query.parse(text)
    except QueryError as error:
        assert str(error)


def test_an_empty_query_is_known() -> None:
    assert Query().is_empty
    assert Query(case=True, mode="regex", column="ner_tags").is_empty
    assert not Query(min_words=0).is_empty


# ---- hits and the cache


def test_pages_and_ranks(small: Corpus) -> None:
    hits = search(small, "train", Query(label="ORG"))
    assert (len(hits), hits.total) == (3, 6)
    assert [hits.page(n, size=2) for n in (-1, 0, 1, 2)] == [[0, 2], [0, 2], [4], []]
    assert [hits.rank(i) for i in (0, 1, 2, 3, 5)] == [0, 1, 1, 2, 2]


def test_a_repeated_search_is_not_run_again(small: Corpus) -> None:
    first = search(small, "train", Query("leeds"))
    assert search(small, "train", Query("leeds", column="ner_tags")).indices is first.indices


def test_corpora_of_one_fingerprint_do_not_share_an_index() -> None:
    one, two = make_corpus([(["a"], [0])]), make_corpus([(["b"], [0])])
    assert (found(one, "a"), found(two, "a")) == ([0], [])


def test_an_index_goes_with_its_corpus() -> None:
    corpus = make_corpus([(["a"], [0])])
    index = weakref.ref(split_index(corpus, "train"))
    del corpus
    gc.collect()
    assert index() is None


def test_the_cache_stays_within_its_budget() -> None:
    cache = index_module._IndexCache(max_bytes=1000)
    corpora = [make_corpus([(["a", "b"], [0, 0])] * 100) for _ in range(3)]
    for corpus in corpora:
        assert cache.get(corpus, "train").entities("ner_tags").nbytes < 100
        assert len(cache.get(corpus, "train").codes) == 200
    assert len(cache._kept) == 1


def test_course_sentences(course_corpus: Corpus) -> None:
    assert found(course_corpus, "european union mode:word label:ORG")[-1] == 4
    assert np.array_equal(search(course_corpus, "train", Query(label="B-MISC")).indices, [0])


def test_over_conll2003(shared_data: Any) -> None:
    from ner_app.core.corpus.open import open_corpus

    corpus = open_corpus(shared_data / "conll2003")
    assert found(corpus, "lamb label:MISC")[0] == 0
    assert found(corpus, 'find:"veterinary committee" entity:"European Union"') == [4]
    assert [len(split_index(corpus, split).entities("ner_tags").start) for split in corpus.splits] == [23499, 5942, 5648]
