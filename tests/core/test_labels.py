"""Tags, spans and schemes: round trips for any spans, agreement with seqeval, and what is refused."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ner_app.core.errors import LabelError
from ner_app.core.labels import (
    LabelSet,
    Scheme,
    Span,
    convert_tags,
    detect_scheme,
    detect_scheme_from_pairs,
    ordered_labels,
    spans_to_tags,
    split_tag,
    tags_to_spans,
    violations,
)

LOSSLESS: tuple[Scheme, ...] = ("IOB1", "IOB2", "BIOES", "BMES", "BILOU")
KINDS = st.sampled_from(["PER", "ORG", "creative-work"])
SCHEME = st.sampled_from(LOSSLESS)


@st.composite
def sentences(draw: st.DrawFn) -> tuple[list[Span], int]:
    """Spans that do not overlap, in a sentence of some length."""
    spans, at = [], 0
    for gap, length, kind in draw(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 4), KINDS), max_size=6)):
        spans.append(Span(at + gap, at + gap + length, kind))
        at += gap + length
    return spans, at + draw(st.integers(0, 2))


TAGS = st.lists(st.sampled_from(["O", *(f"{p}-{t}" for p in "BIES" for t in ("PER", "ORG"))]), max_size=12)


@given(sentences(), SCHEME)
def test_spans_come_back_from_every_scheme(sentence: tuple[list[Span], int], scheme: Scheme) -> None:
    spans, length = sentence
    tags = spans_to_tags(spans, length, scheme=scheme)
    assert len(tags) == length
    assert tags_to_spans(tags) == spans
    assert violations(tags, scheme) == []


@given(sentences(), SCHEME, SCHEME)
def test_conversion_there_and_back_changes_nothing(sentence: tuple[list[Span], int], one: Scheme, other: Scheme) -> None:
    spans, length = sentence
    tags = spans_to_tags(spans, length, scheme=one)
    assert convert_tags(convert_tags(tags, other), one) == tags


@given(sentences())
def test_io_merges_neighbours_of_one_type_and_nothing_else(sentence: tuple[list[Span], int]) -> None:
    spans, length = sentence
    merged: list[Span] = []
    for span in spans:
        if merged and merged[-1].end == span.start and merged[-1].label == span.label:
            merged[-1] = Span(merged[-1].start, span.end, span.label)
        else:
            merged.append(span)
    assert tags_to_spans(spans_to_tags(spans, length, scheme="IO")) == merged


@given(TAGS)
def test_any_tags_decode_as_seqeval_decodes_them(tags: list[str]) -> None:
    from seqeval.metrics.sequence_labeling import get_entities

    assert [(s.label, s.start, s.end - 1) for s in tags_to_spans(tags)] == get_entities(tags)


@given(TAGS, SCHEME)
def test_a_sequence_without_violations_is_its_own_conversion(tags: list[str], scheme: Scheme) -> None:
    assert (violations(tags, scheme) == []) == (convert_tags(tags, scheme) == tags)
    assert violations(convert_tags(tags, scheme), scheme) == []


@given(st.lists(sentences(), min_size=1, max_size=5), SCHEME)
def test_detection_finds_the_scheme_that_a_column_was_written_in(corpus: list[tuple[list[Span], int]], scheme: Scheme) -> None:
    columns = [spans_to_tags(spans, length, scheme=scheme) for spans, length in corpus]
    prefixes = {split_tag(tag)[0] for tags in columns for tag in tags}
    if scheme == "BMES" and "M" not in prefixes:
        scheme = "BIOES"  # nothing tells them apart while no entity has three words
    if scheme == "BILOU" and not prefixes & {"L", "U"}:
        scheme = "IOB2"
    if scheme == "BIOES" and not prefixes & {"E", "S"}:
        scheme = "IOB2"  # no entity at all
    if scheme == "IOB1":
        scheme = "IO" if prefixes - {"O"} == {"I"} else "IOB1" if prefixes - {"O"} else "IOB2"
    assert detect_scheme(columns) == scheme


def test_detection_goes_by_the_majority() -> None:
    assert detect_scheme([["B-PER", "I-PER"]] * 9 + [["I-PER"]]) == "IOB2"
    assert detect_scheme([["I-PER", "B-PER"]] * 9 + [["B-PER"]]) == "IOB1"
    assert detect_scheme([]) == "IOB2"
    assert detect_scheme_from_pairs(Counter({("O", "NNP"): 3, ("NNP", "O"): 1})) == "plain"


@pytest.mark.parametrize(
    ("tag", "parts"),
    [("B-a-b", ("B", "a-b")), ("B-", ("", "B-")), ("-X-", ("", "-X-")), ("b-PER", ("", "b-PER")), ("U-X", ("U", "X")), ("", ("", ""))],
)
def test_split_tag_at_the_edges(tag: str, parts: tuple[str, str]) -> None:
    assert split_tag(tag) == parts


def test_violations_say_what_was_expected_where() -> None:
    assert violations(["I-PER", "O", "B-ORG", "I-PER"], "IOB2") == [
        (0, "I-PER", "B-PER expected: I-PER starts the sentence"),
        (3, "I-PER", "B-PER expected: I-PER follows B-ORG"),
    ]
    assert [v.position for v in violations(["B-PER", "O"], "IOB1")] == [0]
    assert [v.position for v in violations(["B-PER", "O"], "BIOES")] == [0]
    assert violations(["NNP", "VB"], "plain") == []


@pytest.mark.parametrize(
    ("spans", "message"),
    [([Span(0, 3, "X")], "does not fit"), ([Span(1, 1, "X")], "does not fit"), ([Span(0, 2, "X"), Span(1, 2, "Y")], "overlaps")],
)
def test_spans_that_cannot_be_written_are_refused(spans: list[Span], message: str) -> None:
    with pytest.raises(LabelError, match=message):
        spans_to_tags(spans, 2)


def test_plain_is_no_scheme_for_spans() -> None:
    with pytest.raises(LabelError, match="choose one of IO, IOB1"):
        spans_to_tags([], 1, scheme="plain")


def test_label_set_knows_names_ids_and_continuations() -> None:
    ner = LabelSet(("O", "B-ORG", "B-MISC", "I-ORG"), "IOB2")
    assert ner.continuation("B-ORG") == "I-ORG"  # id 1 + 1 would be B-MISC
    assert ner.continuation("B-MISC") == "B-MISC"  # the set has no I-MISC
    assert ner.continuation("O") == "O"
    assert LabelSet(("NNP", "O"), "plain").continuation("NNP") == "NNP"
    assert ner.id2label[ner.id("I-ORG")] == "I-ORG"
    with pytest.raises(LabelError, match=r"'B-X'.*O, B-ORG"):
        ner.id("B-X")
    with pytest.raises(LabelError, match="'O' is there twice"):
        LabelSet(("O", "O"), "IOB2")


@given(st.sets(st.sampled_from(["O", *(f"{p}-{t}" for p in "BIES" for t in ("A", "B"))])))
def test_ordered_labels_do_not_depend_on_the_order_they_came_in(names: set[str]) -> None:
    assert ordered_labels(sorted(names)) == ordered_labels(sorted(names, reverse=True))
    assert not names or "O" not in names or ordered_labels(names)[0] == "O"
