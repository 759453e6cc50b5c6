"""Apply to all like it: every other place with the same words and labels, and nothing else."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ner_app.core.corpus.model import Corpus
from ner_app.core.labels import LabelSet, Span, spans_to_tags, tags_to_spans, violations
from ner_app.core.review.queues.similar import like_it, occurrences, retag


def corpus(*sentences: list[tuple[str, str]]) -> Corpus:
    import pyarrow as pa

    names = ("O", "B-ORG", "I-ORG", "B-LOC", "I-LOC")
    table = pa.table(
        {
            "id": [str(i) for i in range(len(sentences))],
            "tokens": pa.array([[word for word, _ in s] for s in sentences], pa.list_(pa.string())),
            "ner_tags": pa.array([[names.index(tag) for _, tag in s] for s in sentences], pa.list_(pa.int64())),
        }
    )
    return Corpus("c", "c", "f", {"train": table}, {"ner_tags": LabelSet(names, "IOB2")})


LEEDS = corpus(
    [("Leeds", "B-LOC"), ("won", "O")],
    [("In", "O"), ("Leeds", "B-LOC")],
    [("Leeds", "B-ORG")],
    [("Leeds", "B-LOC"), ("Road", "I-LOC")],
    [("Leeds", "O"), ("Leeds", "B-LOC")],
)


def test_places_with_the_same_words_and_labels() -> None:
    found = like_it(LEEDS, "ner_tags", ["Leeds"], ["B-LOC"], "ORG", skip=("train", 0, 0))
    assert [(m.sentence, m.start) for m in found] == [(1, 1), (4, 1)]
    assert found[0].after == ("O", "B-ORG")


def test_words_do_not_match_over_a_sentence_border() -> None:
    assert occurrences(LEEDS, ["Leeds", "Leeds"]) == [("train", 4, 0)]
    assert occurrences(LEEDS, ["Leeds", "Road"]) == [("train", 3, 0)]
    assert occurrences(LEEDS, ["nowhere"]) == []


@given(st.lists(st.sampled_from(["O", "B-ORG", "I-ORG", "B-LOC", "I-LOC"]), min_size=1, max_size=8), st.data())
def test_retagging_makes_the_span_and_nothing_illegal(tags: list[str], data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(tags) - 1))
    end = data.draw(st.integers(start + 1, len(tags)))
    legal = spans_to_tags(tags_to_spans(tags), len(tags))
    after = retag(legal, start, end, "LOC", "IOB2")
    assert Span(start, end, "LOC") in tags_to_spans(after)
    assert violations(after, "IOB2") == []
    outside = [i for i in range(len(tags)) if not start <= i < end]
    assert all((after[i] == "O") == (legal[i] == "O") for i in outside)
