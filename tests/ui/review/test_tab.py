"""Review behind the page: what a request may do, that nothing is written twice or on the wrong words, and what the panels say."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from ner_app.core.corpus.model import Corpus
from ner_app.core.corpus.open import open_corpus
from ner_app.core.errors import CorpusError, RecipeError, ReviewError
from ner_app.core.kinds import open_queue
from ner_app.core.models.store import ModelStore
from ner_app.core.review.desk import ReviewDesk
from ner_app.core.review.queues.queues import Item, Queue
from ner_app.settings import Settings
from ner_app.ui.context import Services, View
from ner_app.ui.review import make as making
from ner_app.ui.review import outcome, server, tab
from tests.ui.one_corpus import OneCorpus

VIEW = View("course", "train", "ner_tags")
KEY = "0123456789abcdef"


@pytest.fixture
def services(course_corpus: Corpus, tmp_path: Path) -> Services:
    jobs = open_queue(tmp_path)
    return Services(Settings(corpus="course"), OneCorpus(course_corpus), ModelStore(tmp_path), jobs, ReviewDesk(tmp_path, jobs=jobs))  # type: ignore[arg-type]


@pytest.fixture
def on_disk(services: Services, course: dict[str, Any], tmp_path: Path) -> Services:
    """The same over a corpus that a child process can open too."""
    file = tmp_path / "train.txt"
    sentences = ("\n".join(f"{word} {tag}" for word, tag in zip(row["tokens"], row["ner_tags"], strict=True)) for row in course["train"])
    file.write_text("\n\n".join(sentences) + "\n", encoding="utf-8")
    return replace(services, corpora=OneCorpus(open_corpus(f"{file}?columns=tokens,ner_tags", cache_dir=tmp_path / "cache")))  # type: ignore[arg-type]


@pytest.fixture
def queue(services: Services, course_corpus: Corpus) -> Queue:
    """Three sentences; the first with a suggestion (EU: LOC instead of ORG)."""
    items = (Item("train", 0, 0, 1, ((0, "B-ORG", "B-LOC"),), ("“EU” labelled B-ORG.",), 0.9), Item("train", 1), Item("train", 4))
    return services.reviews.save(course_corpus, "ner_tags", Queue("q", "suspicion", items))


def where(reviewer: str = "ann", **more: Any) -> dict[str, Any]:
    return {"source": "course", "column": "ner_tags", "queue": "q", "reviewer": reviewer, **more}


def decide(services: Services, index: int, verdict: str, after: Any = (), *, reviewer: str = "ann", key: str = KEY, **more: Any) -> Any:
    hashed = services.reviews.ledger(services.corpora.get("course"), "ner_tags").hash_of(("train", index))
    operation = where(reviewer, op="decide", key=key, split="train", index=index, hash=hashed, verdict=verdict, after=list(after)) | more
    return server.write(services, {"operations": [operation]})["results"][0]


def rows(services: Services) -> list[Any]:
    return services.reviews.store.since()


EU = ("B-LOC", "O", "B-MISC", "O", "O", "O", "B-MISC", "O", "O")


def test_opening_gives_the_first_undecided_item_with_context(services: Services, queue: Queue) -> None:
    opened = server.open_queue(services, where())
    assert (opened["order"], opened["states"], opened["at"], opened["types"]) == ([0, 1, 2], "...", 0, ("PER", "ORG", "LOC", "MISC"))
    first = opened["items"][0]
    assert first["words"][:2] == ("EU", "rejects") and first["suggestions"] == [["suggested", EU]] and first["mine"] is None
    assert first["before"] == "" and first["after"].startswith("Peter") and first["area"] == [0, 1]
    decide(services, 0, "accept_suggestion", EU)
    assert server.open_queue(services, where())["at"] == 1
    assert server.open_queue(services, where(split="train", index=4))["at"] == 2


def test_a_decision_is_on_disk_when_the_answer_comes(services: Services, queue: Queue) -> None:
    result = decide(services, 0, "accept_suggestion", EU)
    assert result["ok"] and result["places"][0]["mine"] == EU
    fresh = ReviewDesk(services.reviews.workspace)
    (row,) = fresh.store.since()
    assert (row.reviewer, row.verdict, row.after, row.before[0], row.origin) == ("ann", "accept_suggestion", EU, "B-ORG", "q")


def test_an_operation_that_is_sent_again_lands_once(services: Services, queue: Queue) -> None:
    assert decide(services, 0, "accept_suggestion", EU)["ok"] and decide(services, 0, "accept_suggestion", EU)["ok"]
    assert len(rows(services)) == 1
    undo = where(op="undo", key="u" * 16)
    assert server.write(services, {"operations": [undo, undo]})["results"][1]["ok"]
    assert [row.verdict for row in rows(services)] == ["accept_suggestion", "undo"]


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (("I-LOC", *EU[1:]), "B-LOC expected"),
        (("B-WEAPON", *EU[1:]), "not a label"),
        (EU[:3], "has 9 words"),
    ],
)
def test_tags_that_cannot_be_are_refused(services: Services, queue: Queue, after: Any, said: str) -> None:
    assert said in decide(services, 0, "correct", after)["refused"]
    assert not rows(services)


def test_other_words_bad_keys_and_unknown_verdicts_are_refused(services: Services, queue: Queue) -> None:
    assert "other words" in decide(services, 0, "accept_given", hash="0" * 16)["refused"]
    assert "reload" in decide(services, 0, "undo")["refused"]
    assert "reload" in decide(services, 0, "accept_given", key="'; --")["refused"]
    assert "name" in decide(services, 0, "accept_given", reviewer=" \n")["refused"]
    assert "no split" in decide(services, 0, "accept_given", split="nope")["refused"]
    operation = where(op="decide", key=KEY, split="train", index="0", hash="", verdict="flag")
    assert "not the index" in server.write(services, {"operations": [operation]})["results"][0]["refused"]
    assert "No corpus" in server.open_queue(services, where(source="/etc"))["refused"]
    assert "no queue" in server.open_queue(services, where(queue="other"))["refused"]
    assert not rows(services)


def test_unwritten_operations_are_to_be_sent_again(services: Services, queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    from ner_app.core.review.ledger.store import NotStored

    def full(*_: Any) -> Any:
        raise NotStored("The decision was not stored: disk full.")

    monkeypatch.setattr(services.reviews.store, "append", full)
    operation = where(op="decide", key=KEY, split="train", index=0, verdict="flag")
    operation["hash"] = services.reviews.ledger(services.corpora.get("course"), "ner_tags").hash_of(("train", 0))
    assert server.write(services, {"operations": [operation]}) == {"results": [], "again": "The decision was not stored: disk full."}


def test_keeping_what_stands_there_is_one_verdict_however_it_is_sent(services: Services, queue: Queue) -> None:
    given = services.corpora.get("course").sentence("train", 0).labels["ner_tags"]
    decide(services, 0, "correct", given)
    assert rows(services)[0].verdict == "accept_given"


def test_reviewers_do_not_see_each_other(services: Services, queue: Queue) -> None:
    decide(services, 0, "accept_suggestion", EU, reviewer="bob")
    mine = server.open_queue(services, where("ann"))
    assert mine["states"] == "..." and mine["items"][0]["mine"] is None and mine["items"][0]["verdict"] == ""


def test_undo_and_redo_across_a_restart(services: Services, queue: Queue) -> None:
    decide(services, 0, "accept_suggestion", EU)
    fresh = Services(services.settings, services.corpora, services.models, None, ReviewDesk(services.reviews.workspace))  # type: ignore[arg-type]
    undone = server.write(fresh, {"operations": [where(op="undo", key="u" * 16)]})["results"][0]["places"]
    assert undone == [{"split": "train", "index": 0, "verdict": "", "mine": None}]
    redone = server.write(fresh, {"operations": [where(op="redo", key="r" * 16)]})["results"][0]["places"]
    assert redone[0]["mine"] == EU
    nothing = server.write(fresh, {"operations": [where(op="redo", key="s" * 16)]})["results"][0]
    assert nothing["refused"] == "There is nothing to redo."


@pytest.fixture
def leeds(services: Services) -> Services:
    """A corpus in which Leeds is LOC in three places, twice in one sentence."""
    import pyarrow as pa

    from ner_app.core.labels import LabelSet

    names = ("O", "B-ORG", "I-ORG", "B-LOC", "I-LOC")
    tokens = [["Leeds", "won"], ["In", "Leeds", "or", "Leeds"], ["Leeds", "fell"], ["Leeds", "rose"]]
    tags = [[3, 0], [0, 3, 0, 3], [1, 0], [3, 0]]
    table = pa.table({"id": list("0123"), "tokens": pa.array(tokens), "ner_tags": pa.array(tags, pa.list_(pa.int64()))})
    corpus = Corpus("leeds", "course", "1" * 16, {"train": table}, {"ner_tags": LabelSet(names, "IOB2")})
    services.reviews.save_list(corpus, "ner_tags", "q", [("train", 0)])
    return Services(services.settings, OneCorpus(corpus), services.models, None, services.reviews)  # type: ignore[arg-type]


def test_apply_to_all_like_it_is_undone_as_one(leeds: Services) -> None:
    place = {"split": "train", "index": 0, "start": 0, "end": 1, "kind": "ORG"}
    found = server.find_like(leeds, where(**place))
    assert [(hit["index"], hit["start"]) for hit in found["hits"]] == [(1, 1), (1, 3), (3, 0)] and found["total"] == 3
    chosen = [["train", 1, 1], ["train", 1, 3]]
    (result,) = server.write(leeds, {"operations": [where(op="apply", key=KEY, hits=chosen, **place)]})["results"]
    assert [(p["index"], p["mine"]) for p in result["places"]] == [(1, ("O", "B-ORG", "O", "B-ORG"))]
    server.write(leeds, {"operations": [where(op="apply", key=KEY, hits=chosen, **place)]})
    assert len(rows(leeds)) == 1
    server.write(leeds, {"operations": [where(op="undo", key="u" * 16)]})
    assert not leeds.reviews.ledger(leeds.corpora.get("course"), "ner_tags").changes()


def test_apply_keeps_what_the_reviewer_said_elsewhere_in_the_sentence(leeds: Services) -> None:
    decide(leeds, 1, "correct", ("B-ORG", "B-LOC", "O", "B-LOC"), key="k" * 16)
    place = {"split": "train", "index": 0, "start": 0, "end": 1, "kind": "ORG"}
    (result,) = server.write(leeds, {"operations": [where(op="apply", key=KEY, hits=[["train", 1, 3]], **place)]})["results"]
    assert result["places"][0]["mine"] == ("B-ORG", "B-LOC", "O", "B-ORG")
    assert server.find_like(leeds, where(**place))["hits"][0]["decided"] is True


def test_progress_numbers(services: Services, queue: Queue) -> None:
    decide(services, 0, "accept_suggestion", EU)
    decide(services, 1, "accept_given", key="b" * 16)
    decide(services, 4, "flag", key="c" * 16)
    numbers = server.read_progress(services, where())
    assert (numbers["total"], numbers["reviewed"], numbers["wrong"], numbers["last"]) == (3, 2, 1, [1, 2])


# ---- the form


def make(services: Services, model: str | None, how: str, **fields: Any) -> tuple[Any, ...]:
    """The form as it stands, but for some fields."""
    blank: dict[str, Any] = {
        "split": "train", "method": "models", "folds": 5, "disjoint": False, "checkpoints": [], "epochs": 3.0, "learning_rate": 2e-5,
        "batch_size": 8, "settings": "", "further": [], "text": "", "size": 200, "seed": 42,
    }  # fmt: skip
    return making.make(services, VIEW, model, how, *[(blank | fields)[name] for name in making.FIELDS])


def test_a_random_sample_is_made_and_opened(services: Services) -> None:
    status, chosen, _, watched, *_ = make(services, "starter", "random sample", size=3, seed=1)
    assert chosen["value"] == "random sample · train · 3 · seed 1" in chosen["choices"] and "3 sentences" in status and watched == ""


def test_a_search_is_made_into_a_queue(services: Services) -> None:
    made = make(services, "", "search", text="lamb")
    assert made[1]["value"] == "search · train · lamb"
    assert [item.index for item in services.reviews.queue(services.corpora.get("course"), "ner_tags", made[1]["value"]).items] == [0]
    with pytest.raises(ReviewError, match="nothing to review"):
        make(services, "", "search", text="zzz")
    with pytest.raises(ReviewError, match="differ on no sentence"):
        make(services, "", "reviewers differ")


@pytest.mark.parametrize("size", [-5, 0, 1e9, None])
def test_a_size_out_of_range_is_named(services: Services, size: float | None) -> None:
    with pytest.raises(ReviewError, match=r"size: .*choose 1 to"):
        make(services, "starter", "random sample", size=size, seed=1)


def test_a_ranking_needs_a_model(services: Services) -> None:
    with pytest.raises(ReviewError, match="choose a model"):
        make(services, None, "suspicion")
    with pytest.raises(ReviewError, match="two different"):
        make(services, "starter", "two models", further=["starter"])


def poll_until_done(services: Services, watched: str) -> tuple[Any, ...]:
    for _ in range(600):
        answer = making.poll(services, VIEW, watched)
        if answer[3] == "":
            return answer
        time.sleep(0.1)
    raise AssertionError("the ranking did not end")


def test_a_ranking_runs_in_the_background_and_its_queue_is_opened(on_disk: Services, tiny_ner: Path) -> None:
    services = on_disk
    made = make(services, str(tiny_ner), "suspicion")
    assert made[2]["active"] is True
    status, chosen, timer, *_ = poll_until_done(services, made[3])
    assert chosen["value"] == f"suspicion · train · {tiny_ner.name}" and timer["active"] is False and "sentences" in status
    opened = server.open_queue(services, where(queue=chosen["value"]))
    assert opened["items"][0]["reasons"] and opened["items"][0]["suggestions"]
    kept = list((services.reviews.workspace / "cache" / "probabilities").glob("*.npy"))
    assert len(kept) == 1


def test_cross_training_is_checked_before_it_starts(services: Services) -> None:
    with pytest.raises(ReviewError, match="recipe: epochs: 0"):
        make(services, "starter", "suspicion", method="fine-tune", checkpoints=["a/b"], epochs=0)
    with pytest.raises(RecipeError, match="'fast' is not of the form"):
        make(services, "starter", "suspicion", method="both", checkpoints=["a/b"], settings="seed=3, fast")
    public = replace(services, settings=Settings(corpus="course", allow_local_paths=False))
    with pytest.raises(RecipeError, match="folders of this server"):
        make(public, "starter", "suspicion", method="quick", checkpoints=["/etc"])
    closed = replace(services, settings=Settings(corpus="course", allow_training=False))
    with pytest.raises(ReviewError, match="switched off"):
        make(closed, "starter", "suspicion", method="quick")
    assert not services.jobs.jobs()


def test_a_ranking_is_stopped_from_its_line(on_disk: Services) -> None:
    services = on_disk
    status, _, timer, watched, *_ = make(services, "starter", "suspicion", method="quick", folds=2)
    assert "Stop" in status and timer["active"] is True
    click: Any = SimpleNamespace(_data={"act": "stop", "id": watched})
    assert "Stopping" in making.stop(services, VIEW, click) or services.jobs.job(watched).over
    ended = poll_until_done(services, watched)
    assert (
        "Make the queue again to go on" in ended[0] or "Stopped before it started" in ended[0] or "5 sentences" in ended[0]
    )  # it may be done before it is stopped
    other: Any = SimpleNamespace(_data={"act": "stop", "id": "another"})
    assert making.stop(services, VIEW, other) == gr.skip()


def test_the_form_shows_what_a_way_needs() -> None:
    def shown(how: str, method: str) -> set[str]:
        return {name for name, update in zip(making.FIELDS, making.show_fields(how, method)[:-1], strict=True) if update["visible"]}

    assert shown("suspicion", "models") == {"split", "method", "further"}
    assert shown("suspicion", "quick") == {"split", "method", "folds", "disjoint", "checkpoints"}
    assert shown("disagreement", "both") == shown("suspicion", "quick") | {*making.RECIPE, "settings"}
    assert shown("two models", "both") == {"split", "further"} and shown("reviewers differ", "models") == set()


def test_a_ranking_that_fails_says_why(on_disk: Services) -> None:
    services = on_disk
    made = make(services, "/nowhere/model", "suspicion")
    assert "no such folder" in poll_until_done(services, made[3])[0]


# ---- the tab


def test_showing_a_corpus_chooses_its_newest_queue_once(services: Services, queue: Queue) -> None:
    key, names, *_, editor = tab.show(services, VIEW, "ann", "", ("", 0.0))
    assert names["value"] == "q" and editor["queue"] == "q" and editor["reviewer"] == "ann"
    linked = tab.show(services, VIEW, "ann", "", ("sentence · train · 4", 1.0))
    assert linked[1]["value"] == linked[-1]["queue"] == "sentence · train · 4"
    after_another = tab.show(services, VIEW, "ann", "another corpus", ("sentence · train · 4", 1.0))
    assert after_another[1]["value"] == after_another[-1]["queue"] == "q"  # the sentence that was sent was one of that corpus
    assert all(value == gr.skip() for value in tab.show(services, VIEW.at(4), "ann", key, ("", 0.0)))
    assert all(value == gr.skip() for value in tab.show(services, View(), "", "", ("", 0.0)))


def test_filters_offer_what_the_queue_holds(services: Services, queue: Queue) -> None:
    _, splits, pairs, detectors = tab.fill_filters(services, VIEW, "q")
    assert ("ORG -> LOC", "ORG -> LOC") in pairs["choices"] and ("train", "train") in splits["choices"]
    assert detectors["interactive"] is False
    order = server.open_queue(services, where(filter={"pair": "ORG -> LOC"}))["order"]
    assert order == [0]


def test_a_linked_queue_that_is_gone_is_named_not_replaced(services: Services, queue: Queue) -> None:
    event: Any = SimpleNamespace(_data={"reviewer": "ann", "queue": "q"})
    assert tab.show(services, VIEW, "", "", ("gone", 1.0))[1]["value"] == "gone"
    assert tab.recall(services, VIEW, "", None, ("gone", 1.0), event)[2]["queue"] == "gone"


def test_the_browser_recalls_a_name_but_never_over_a_typed_one(services: Services, queue: Queue) -> None:
    event: Any = SimpleNamespace(_data={"reviewer": "ann", "queue": "q"})
    name, chosen, editor = tab.recall(services, VIEW, "", None, ("", 0.0), event)
    assert (name, chosen["value"], editor["queue"]) == ("ann", "q", "q")
    assert tab.recall(services, VIEW, "", None, ("sentence · train · 4", 1.0), event)[1]["value"] == "sentence · train · 4"
    assert tab.recall(services, VIEW, "bob", None, ("", 0.0), event) == (gr.skip(),) * 3


def test_the_sentence_under_review_opens_in_other_tabs(services: Services) -> None:
    def event(**data: Any) -> Any:
        return SimpleNamespace(_data=data)

    view, tabs = tab.follow(services, VIEW, event(tab="inspect", split="train", index=4))
    assert view.index == 4 and tabs["selected"] == "inspect"
    assert tab.follow(services, VIEW, event(tab="train", split="train", index=4)) == (gr.skip(), gr.skip())
    with pytest.raises(CorpusError):
        tab.follow(services, VIEW, event(tab="inspect", split="train", index=400))


def test_a_queue_that_another_tab_sends_is_opened(services: Services, queue: Queue) -> None:
    assert tab.open_sent(services, VIEW, ("q", 1.0))["value"] == "q"
    single = tab.open_sent(services, VIEW, ("sentence · train · 4", 2.0))
    assert single["value"] == "sentence · train · 4" == single["choices"][0]
    assert tab.open_sent(services, VIEW, ("", 0.0)) == gr.skip()
    gone = tab.open_sent(services, VIEW, ("sentence · train · 400", 3.0))  # the editor says that there is no such queue
    assert gone["value"] == "sentence · train · 400" and "no queue" in server.open_queue(services, where(queue=gone["value"]))["refused"]
    opened = server.open_queue(services, where(queue="sentence · train · 4"))
    assert [item["index"] for item in opened["items"]] == [4] and services.reviews.queue_names(
        services.corpora.get("course"), "ner_tags"
    ) == ["q"]


# ---- the panels


def test_agreement_lists_types_and_points_to_the_conflicts(services: Services, queue: Queue) -> None:
    assert "Fewer than two" in outcome.show_agreement(services, VIEW)
    decide(services, 0, "accept_suggestion", EU, reviewer="<b>ann</b>")
    decide(services, 0, "accept_given", reviewer="bob", key="b" * 16)
    html = outcome.show_agreement(services, VIEW)
    assert "differ on 1 sentence" in html and "LOC" in html and "<b>ann" not in html and "&lt;b&gt;ann" in html


def test_stale_decisions_are_listed(services: Services, queue: Queue) -> None:
    decide(services, 0, "accept_suggestion", EU)
    assert "Every decision fits" in outcome.show_stale(services, VIEW)
    changed = replace(services.corpora.get("course"), fingerprint="9" * 16)
    other = Services(services.settings, OneCorpus(changed), services.models, None, services.reviews)  # type: ignore[arg-type]
    assert "B-ORG -&gt; B-LOC" in outcome.show_stale(other, VIEW)
