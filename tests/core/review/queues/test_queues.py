"""Queues: what is in them and in which order, what a filter lets through, and what is next for a reviewer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ner_app.core.corpus.model import Corpus
from ner_app.core.corpus.query import Query
from ner_app.core.errors import QueryError, ReviewError
from ner_app.core.labels import violations
from ner_app.core.review.desk import ReviewDesk
from ner_app.core.review.ledger.decisions import Decision, sentence_hash
from ner_app.core.review.queues import makers, view
from ner_app.core.review.queues.queues import Item, Queue, from_places
from ner_app.core.review.queues.view import Filter
from ner_app.core.review.suspicion.suspicion import Suspicion, rank
from tests.core.review.corpora import NER, make_corpus, sure_of

SENTENCES = [
    ("Ann went home .", "B-PER O O O"),
    ("Leeds won again .", "O O O O"),
    ("Bob met Acme Corp .", "B-PER O B-ORG O O"),
    ("Nothing here .", "O O O"),
]


@pytest.fixture
def corpus() -> Corpus:
    return make_corpus(SENTENCES, test=[("Acme fell .", "B-ORG O O"), ("Ann rose .", "O O O")])


@pytest.fixture
def desk(tmp_path: Path) -> ReviewDesk:
    return ReviewDesk(tmp_path)


def decision(corpus: Corpus, reviewer: str, place: tuple[str, int], verdict: str, after: str = "", **more: str) -> Decision:
    sentence = corpus.sentence(*place)
    tags = tuple(after.split()) or (sentence.labels["tags"] if verdict == "accept_given" else ())
    return Decision(
        reviewer, corpus.fingerprint, "tags", *place, sentence_hash(sentence.words), verdict,  # type: ignore[arg-type]
        before=sentence.labels["tags"], after=tags, corpus_name=corpus.name, **more,
    )  # fmt: skip


def from_ranking(corpus: Corpus, **options: bool) -> Queue:
    """The queue of a model that sees B-ORG at Leeds and the whole of Acme Corp."""
    tags = "B-PER O O O B-ORG O O O B-PER O B-ORG I-ORG O O O O"
    return makers.from_suspicions(corpus, "tags", rank(corpus, "train", "tags", sure_of(tags)), name="q", **options)


def test_the_most_doubtful_sentence_comes_first_with_its_suggestion_and_reason(corpus: Corpus) -> None:
    queue = from_ranking(corpus)
    first, second = queue.items[:2]
    assert {first.index, second.index} == {1, 2}
    leeds = next(item for item in queue.items if item.index == 1)
    assert leeds.changes == ((0, "O", "B-ORG"),) and leeds.kind == "missed"
    assert leeds.reasons[0].startswith("“Leeds” labelled O; the model is 90% sure of B-ORG")
    acme = next(item for item in queue.items if item.index == 2)
    assert acme.suggested(corpus.sentence("train", 2).labels["tags"]) == ("B-PER", "O", "B-ORG", "I-ORG", "O")
    assert [item.score for item in queue.items] == sorted((item.score for item in queue.items), reverse=True)
    assert len({item.place for item in queue.items}) == len(queue.items)


def test_disagreement_leaves_out_what_the_model_would_label_alike(corpus: Corpus) -> None:
    assert {item.index for item in from_ranking(corpus, disagreement=True).items} == {1, 2}


def test_weak_further_suspicions_do_not_join_the_suggestion() -> None:
    given_tags = ("O", "O", "O")
    strong = Suspicion("train", 0, 0, 1, ("O",), ("B-PER",), 0.9, "missed", ())
    weak = Suspicion("train", 0, 2, 3, ("O",), ("B-ORG",), 0.2, "missed", ())
    item = makers._item(("train", 0), [strong, weak], given_tags, ["a", "b", "c"], NER)
    assert item.changes == ((0, "O", "B-PER"),) and len(item.reasons) == 1


@given(st.data())
def test_combined_suggestions_are_always_legal(data: st.DataObject) -> None:
    length = data.draw(st.integers(1, 7))
    tags = data.draw(st.lists(st.sampled_from(NER.names), min_size=length, max_size=length))
    found = []
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, length - 1))
        end = data.draw(st.integers(start + 1, length))
        wanted = data.draw(st.lists(st.sampled_from(NER.names), min_size=end - start, max_size=end - start))
        found.append(Suspicion("train", 0, start, end, tuple(tags[start:end]), tuple(wanted), 0.9, "missed", ()))
    out = makers.combined(tags, found, NER)
    assert len(out) == length and not violations(out, "IOB2") and set(out) <= set(NER.names)


def test_two_models_stand_against_each_other(corpus: Corpus) -> None:
    size = len(corpus.flat("test", "tags")[0])
    one, other = sure_of("B-ORG O O O O O"), sure_of("B-PER O O O O O", confidence=0.8)
    assert len(one) == size
    queue = makers.from_two_models(corpus, "test", "tags", {"a": one, "b": other}, name="q")
    assert [item.place for item in queue.items] == [("test", 0)]
    assert dict(queue.items[0].versions) == {"a": ("B-ORG", "O", "O"), "b": ("B-PER", "O", "O")}
    assert queue.items[0].reasons == ("a says B-ORG; b says B-PER.",)


def test_two_models_come_surest_first(corpus: Corpus) -> None:
    one, other = sure_of("B-ORG O O B-PER O O"), sure_of("O O O O O O")
    one[0] = np.full(5, 0.1)
    one[0, NER.id("B-ORG")] = 0.6
    queue = makers.from_two_models(corpus, "test", "tags", {"a": one, "b": other}, name="q")
    assert [item.index for item in queue.items] == [1, 0]


def test_a_search_is_a_queue_in_the_order_of_the_corpus(corpus: Corpus) -> None:
    queue = makers.from_search(corpus, "train", Query("o", column="tags"))
    assert [item.index for item in queue.items] == [0, 1, 2, 3][: len(queue.items)] and queue.origin == "search"
    with pytest.raises(QueryError):
        makers.from_search(corpus, "train", Query(label="NOPE"))


def test_a_random_sample_is_the_same_for_everybody_and_without_doubles(corpus: Corpus) -> None:
    one, two = (makers.random_sample(corpus, ["train", "test"], 6, seed=3) for _ in range(2))
    assert one == two and not one.ranked
    assert sorted(item.place for item in one.items) == sorted([*(("train", i) for i in range(4)), ("test", 0), ("test", 1)])
    assert makers.random_sample(corpus, ["train"], 4, seed=1).items != makers.random_sample(corpus, ["train"], 4, seed=2).items
    with pytest.raises(ReviewError, match="size"):
        makers.random_sample(corpus, ["train"], 0)
    with pytest.raises(ReviewError, match="split"):
        makers.random_sample(corpus, ["nope"], 3)


def test_every_sentence_is_equally_likely_in_a_sample(corpus: Corpus) -> None:
    drawn = [item.place for seed in range(600) for item in makers.random_sample(corpus, ["train", "test"], 2, seed=seed).items]
    counts = [drawn.count(place) for place in set(drawn)]
    assert len(counts) == 6 and min(counts) > 140 and max(counts) < 260  # 200 expected, 5 standard deviations either way


def test_filters(corpus: Corpus) -> None:
    queue = from_ranking(corpus)

    def shown(**chosen: str) -> set[int]:
        return {queue.items[n].index for n in view.kept(queue, corpus, "tags", Filter(**chosen))}

    assert shown(pair="O -> ORG") == {1, 2}
    assert shown(kind="ORG") >= {1, 2} and 0 not in shown(kind="ORG", pair="O -> ORG")
    assert shown(split="test") == set() and shown(split="train") == {item.index for item in queue.items}
    assert shown(detector="span disagreement") == {1, 2}
    splits, pairs, detectors = view.choices(queue)
    assert splits == ["train"] and "O -> ORG" in pairs and "span disagreement" in detectors


def test_a_type_filter_reads_the_sentence_where_nothing_is_suggested(corpus: Corpus) -> None:
    queue = from_places([("train", 0), ("train", 2), ("train", 3), ("test", 0)], name="q")
    assert view.kept(queue, corpus, "tags", Filter(kind="ORG")) == [1, 3]
    assert view.kept(queue, corpus, "tags", Filter(kind="PER")) == [0, 1]


def test_a_queue_survives_the_store(corpus: Corpus, desk: ReviewDesk) -> None:
    saved = desk.save(corpus, "tags", from_ranking(corpus))
    fresh = ReviewDesk(desk.workspace)
    assert fresh.queue(corpus, "tags", "q") == saved == from_ranking(corpus)
    assert fresh.queue_names(corpus, "tags") == ["q"]
    with pytest.raises(ReviewError, match="no queue"):
        fresh.queue(corpus, "tags", "other")


def test_a_damaged_queue_is_refused(corpus: Corpus, desk: ReviewDesk) -> None:
    desk.store.save_queue(corpus.fingerprint, "tags", "bad", {"items": [{"i": 3}]})
    with pytest.raises(ReviewError, match="damaged"):
        desk.queue(corpus, "tags", "bad")


def test_names_are_cleaned_and_empty_queues_refused(corpus: Corpus, desk: ReviewDesk) -> None:
    assert desk.save_list(corpus, "tags", "a\n<b>\x00", [("train", 1), ("train", 99), ("nope", 0)]).name == "a <b>"
    with pytest.raises(ReviewError, match="nothing to review"):
        desk.save_list(corpus, "tags", "empty", [])
    with pytest.raises(ReviewError, match="name"):
        desk.save_list(corpus, "tags", " \n", [("train", 1)])


def test_states_are_one_reviewers_own(corpus: Corpus, desk: ReviewDesk) -> None:
    queue = desk.save_list(corpus, "tags", "q", [("train", i) for i in range(4)])
    ledger = desk.ledger(corpus, "tags")
    ledger.write(
        [
            decision(corpus, "ann", ("train", 0), "accept_given"),
            decision(corpus, "ann", ("train", 1), "correct", "B-ORG O O O"),
            decision(corpus, "ann", ("train", 2), "flag"),
            decision(corpus, "bob", ("train", 3), "skip"),
        ]
    )
    positions = range(4)
    assert view.states(queue, positions, ledger, "ann") == "kcf."
    assert view.states(queue, positions, ledger, "bob") == "...s"
    ledger.undo("ann")
    assert view.states(queue, positions, ledger, "ann") == "kc.."


def test_an_undo_that_is_sent_again_takes_back_one_decision(corpus: Corpus, desk: ReviewDesk) -> None:
    ledger = desk.ledger(corpus, "tags")
    ledger.write([decision(corpus, "ann", ("train", i), "flag") for i in range(3)])
    first = ledger.undo("ann", key="k" * 16)
    assert ledger.undo("ann", key="k" * 16) == first
    assert len(ledger.state("ann").done) == 2


@given(st.text(alphabet=".kcfs", max_size=12), st.integers(-1, 11))
def test_next_undone(letters: str, after: int) -> None:
    found = view.next_undone(letters, after)
    if found is None:
        assert not set(letters) & {".", "s"}
    else:
        assert letters[found] == ("." if "." in letters else "s")
        assert found > after or letters[found] not in letters[after + 1 :]


def test_conflicts_and_adjudication(corpus: Corpus, desk: ReviewDesk) -> None:
    ledger = desk.ledger(corpus, "tags")
    ledger.write([decision(corpus, "ann", ("train", 1), "correct", "B-ORG O O O"), decision(corpus, "bob", ("train", 1), "accept_given")])
    queue = desk.save(corpus, "tags", makers.from_conflicts(ledger))
    assert [item.place for item in queue.items] == [("train", 1)]
    assert queue.items[0].versions == (("ann", ("B-ORG", "O", "O", "O")), ("bob", ("O", "O", "O", "O")))
    assert view.states(queue, [0], ledger, "ann") == "."
    assert desk.progress(corpus, "tags", queue, "ann").reviewed == 0
    ledger.write([decision(corpus, "ann", ("train", 1), "adjudicate", "O O O O")])
    assert view.states(queue, [0], ledger, "ann") == "k" and not ledger.conflicts()
    assert desk.progress(corpus, "tags", queue, "ann").reviewed == 1
    pair = desk.agreement(corpus, "tags").pairs[0]
    assert pair.sentences == 1 and pair.span_f1 == 0.0  # the adjudication does not make them agree


def test_decisions_on_other_words_are_listed_as_stale(corpus: Corpus, desk: ReviewDesk) -> None:
    desk.ledger(corpus, "tags").write([decision(corpus, "ann", ("train", 1), "correct", "B-ORG O O O")])
    from dataclasses import replace

    changed = replace(make_corpus([("Other words .", "O O O")]), fingerprint="1" * 16)
    assert [row.reviewer for row in desk.stale(changed, "tags")] == ["ann"]
    assert not desk.ledger(changed, "tags").changes() and not desk.stale(corpus, "tags")


def test_items_know_what_they_suggest() -> None:
    item = Item("train", 0, changes=((0, "B-ORG", "B-LOC"), (1, "I-ORG", "I-LOC")))
    assert view.pairs_of(item) == {"ORG -> LOC"}
    assert item.suggested(("B-ORG", "I-ORG")) == ("B-LOC", "I-LOC")
