"""Schemes of whole corpora: the array code against the plain one of labels.py, for any tags."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ner_app.core.corpus.measure import fingerprint, tag_pairs
from ner_app.core.corpus.model import Corpus
from ner_app.core.corpus.schemes import list_violations, scheme_names, with_scheme
from ner_app.core.errors import LabelError
from ner_app.core.labels import LabelSet, Scheme, convert_tags, detect_scheme, detect_scheme_from_pairs, violations

NAMES = ("O", *(f"{p}-{t}" for t in ("PER", "creative-work") for p in "BIES"))
COLUMNS = st.lists(st.lists(st.sampled_from(NAMES), max_size=8), min_size=1, max_size=6)
TARGETS: tuple[Scheme, ...] = ("IO", "IOB1", "IOB2", "BIOES", "BMES", "BILOU")


def corpus_of(column: list[list[str]], *, scheme: Scheme = "IOB2", chunk: int = 2) -> Corpus:
    """A corpus in memory, in chunks of a few rows."""
    import pyarrow as pa

    ids = {name: i for i, name in enumerate(NAMES)}
    schema = pa.schema([("id", pa.string()), ("tokens", pa.list_(pa.string())), ("ner_tags", pa.list_(pa.int32()))])
    rows = [{"id": str(i), "tokens": ["w"] * len(tags), "ner_tags": [ids[tag] for tag in tags]} for i, tags in enumerate(column)]
    parts = [pa.Table.from_pylist(rows[at : at + chunk], schema=schema) for at in range(0, len(rows), chunk)]
    return Corpus("x", "x", "", {"train": pa.concat_tables(parts)}, {"ner_tags": LabelSet(NAMES, scheme)})


def tags_of(corpus: Corpus) -> list[list[str]]:
    return [list(sentence.labels["ner_tags"]) for sentence in corpus.sentences("train")]


@given(COLUMNS, st.sampled_from(TARGETS))
def test_conversion_says_what_the_plain_code_says(column: list[list[str]], target: Scheme) -> None:
    converted = with_scheme(corpus_of(column, scheme="BMES" if target != "BMES" else "IOB2"), "ner_tags", target)
    assert tags_of(converted) == [convert_tags(tags, target) for tags in column]
    assert converted.label_set("ner_tags").scheme == target


@given(COLUMNS, st.sampled_from(TARGETS), st.integers(0, 5))
def test_violations_are_those_of_the_plain_code(column: list[list[str]], scheme: Scheme, limit: int) -> None:
    expected = [(i, violation) for i, tags in enumerate(column) for violation in violations(tags, scheme)]
    count, listed = list_violations(corpus_of(column, scheme=scheme), "train", "ner_tags", limit=limit)
    assert count == len(expected)
    assert listed == expected[:limit]


@given(COLUMNS)
def test_pairs_give_the_scheme_that_the_sentences_give(column: list[list[str]]) -> None:
    pairs = tag_pairs(corpus_of(column).tables.values(), "ner_tags", NAMES)
    assert detect_scheme_from_pairs(pairs) == detect_scheme(column)


@given(COLUMNS, st.integers(1, 6))
def test_fingerprint_sees_labels_and_not_chunks(column: list[list[str]], chunk: int) -> None:
    one, other = corpus_of(column, chunk=1), corpus_of(column, chunk=chunk)
    names = {"ner_tags": NAMES}
    assert fingerprint(one.tables, names) == fingerprint(other.tables, names)
    changed = [*column[:-1], [*column[-1], "O"]]
    assert fingerprint(corpus_of(changed).tables, names) != fingerprint(one.tables, names)
    renamed = {"ner_tags": (*NAMES[:-1], "S-other")}
    same = not any(NAMES[-1] in tags for tags in column)
    assert (fingerprint(one.tables, renamed) == fingerprint(one.tables, names)) == same


def test_there_and_back_is_the_same_corpus() -> None:
    column = [["B-PER", "I-PER", "B-PER", "O"], ["B-creative-work"]]
    corpus = corpus_of(column)
    there = with_scheme(corpus, "ner_tags", "BIOES")
    assert tags_of(there) == [["B-PER", "E-PER", "S-PER", "O"], ["S-creative-work"]]
    assert tags_of(with_scheme(there, "ner_tags", "IOB2")) == column
    assert with_scheme(corpus, "ner_tags", "IOB2") is corpus


def test_label_names_after_conversion() -> None:
    wikigold = LabelSet(("O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC", "B-MISC", "I-MISC"), "IO")
    assert scheme_names("ner_tags", wikigold, "IOB2") == wikigold.names  # the course's ids
    assert scheme_names("other", LabelSet(("O", "I-PER"), "IO"), "IOB2") == ("O", "B-PER", "I-PER")
    assert scheme_names("other", LabelSet(("O", "S-X"), "BIOES"), "BMES") == ("O", "B-X", "M-X", "E-X", "S-X")


def test_plain_labels_have_no_scheme() -> None:
    corpus = corpus_of([["O"]], scheme="plain")
    with pytest.raises(LabelError, match="plain labels"):
        with_scheme(corpus, "ner_tags", "IOB2")
    assert list_violations(corpus, "train", "ner_tags") == (0, [])
    with pytest.raises(LabelError, match="no label column 'x'"):
        with_scheme(corpus, "x", "IOB2")
