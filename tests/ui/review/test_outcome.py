"""Taking a review away, bringing annotations in, and closing the loop: what the panels do and say."""

from __future__ import annotations

import contextlib
import json
import time
import zipfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from ner_app.core.corpus.model import Corpus
from ner_app.core.corpus.open import open_corpus
from ner_app.core.errors import CorpusError, ModelError, ReviewError
from ner_app.core.jobs.child import Child, claim
from ner_app.core.jobs.queue import JobQueue
from ner_app.core.kinds import KINDS
from ner_app.core.models.store import ModelStore
from ner_app.core.review.desk import ReviewDesk
from ner_app.core.review.exchange import comparison
from ner_app.core.review.exchange import loop as core_loop
from ner_app.core.review.exchange import push as hub
from ner_app.core.review.ledger.decisions import Decision, sentence_hash
from ner_app.core.training.recipe import Recipe
from ner_app.settings import Settings
from ner_app.ui.context import Services, View
from ner_app.ui.review import bring, outcome
from ner_app.ui.review import compare as comparing
from ner_app.ui.review import loop as looping
from ner_app.ui.review import push as pushing
from ner_app.ui.review import watch as review_task
from tests.ui.review.test_tab import OneCorpus

VIEW = View("course", "train", "ner_tags")
TEXT = "EU rejects German call to boycott British lamb ."
TOKEN = "hf_secretwriteABC"
HERE = SimpleNamespace(client=SimpleNamespace(host="127.0.0.1"), headers={"host": "127.0.0.1:7860"})


class Jobs(JobQueue):
    """A queue that starts nothing."""

    def advance(self) -> list[Any]:
        return []


@pytest.fixture
def services(course_corpus: Corpus, tmp_path: Path) -> Services:
    settings = Settings(corpus="course", workspace=tmp_path)
    return Services(settings, OneCorpus(course_corpus), ModelStore(tmp_path), Jobs(tmp_path / "runs", KINDS), ReviewDesk(tmp_path))  # type: ignore[arg-type]


def with_settings(services: Services, **changes: Any) -> Services:
    return replace(services, settings=services.settings.model_copy(update=changes))


def decide(services: Services, index: int = 2, after: tuple[str, ...] = ("B-ORG",), reviewer: str = "ann") -> None:
    corpus = services.corpora.get("course")
    s = corpus.sentence("train", index)
    row = Decision(reviewer, corpus.fingerprint, "ner_tags", "train", index, sentence_hash(s.words), "correct", s.labels["ner_tags"], after)
    services.reviews.ledger(corpus, "ner_tags").write([row])


def changes(services: Services) -> dict[Any, Any]:
    return services.reviews.ledger(services.corpora.get("course"), "ner_tags").changes()


def finished(services: Services, outputs: tuple[Any, ...], poll: Any) -> tuple[Any, ...]:
    """The outputs once the work that they speak of is over."""
    task = services.reviews.board.get(outputs[2])
    assert task is not None and task.wait(60)
    return tuple(poll(outputs[2]))


# ---- files


@pytest.mark.parametrize("format", [value for _, value in outcome.FORMATS])
def test_every_format_can_be_taken_away(services: Services, tmp_path: Path, format: str) -> None:
    decide(services)
    begun = outcome.write_files(services, VIEW, format)
    status, timer, _, files = finished(services, begun, lambda key: outcome.poll_files(services, key))
    assert status == "" and timer["active"] is False and files["visible"]
    paths = [Path(file) for file in files["value"]]
    assert all(path.stat().st_size for path in paths)
    if format == "patch":
        assert "BRUSSELS" not in paths[0].read_text() and "B-ORG" in paths[0].read_text()
    if format == "save_to_disk":
        assert [path.name for path in paths] == ["course-corrected.zip"]
        zipfile.ZipFile(paths[0]).extractall(tmp_path / "out")
        again = open_corpus(str(tmp_path / "out" / "course"), cache_dir=tmp_path / "cache")
        assert again.sentence("train", 2).labels["ner_tags"] == ("B-ORG",)


def test_the_summary_counts_what_would_leave(services: Services) -> None:
    decide(services)
    assert "1 sentences with 1 changed labels" in outcome.show_summary(services, VIEW)
    assert "No corpus" in outcome.show_summary(services, View())


def test_a_failure_of_the_work_is_shown_and_the_timer_stops(services: Services) -> None:
    begun = outcome.write_files(services, VIEW, "docx")
    status, timer, _, files = finished(services, begun, lambda key: outcome.poll_files(services, key))
    assert "&#x27;docx&#x27; is not one of" in status and 'role="alert"' in status and timer["active"] is False
    assert files == gr.skip()


def test_an_unknown_key_says_that_the_app_was_started_anew(services: Services) -> None:
    assert "started anew" in outcome.poll_files(services, "gone")[0]
    assert outcome.poll_files(services, "")[:3] == ("", gr.update(active=False), "")


# ---- the Hub


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What would have gone to the Hub."""
    calls: list[dict[str, Any]] = []

    def push(corpus: Any, column: str, changes: Any, repo: str, *, private: bool, token: str | None, tell: Any) -> str:
        calls.append({"column": column, "changes": dict(changes), "repo": repo, "private": private, "token": token})
        return f"https://huggingface.co/datasets/{repo}"

    monkeypatch.setattr(hub, "push", push)
    return calls


def test_a_push_takes_the_token_that_was_typed_and_empties_its_field(services: Services, sent: list[dict[str, Any]]) -> None:
    decide(services)
    *begun, field = pushing.push_corpus(services, VIEW, " ann/course ", TOKEN, True, HERE)
    html, _, key = finished(services, tuple(begun), lambda key: pushing.poll(services, key))
    assert sent == [{"column": "ner_tags", "changes": changes(services), "repo": "ann/course", "private": True, "token": TOKEN}]
    assert field == "" and 'href="https://huggingface.co/datasets/ann/course"' in html and TOKEN not in html and TOKEN not in key
    assert TOKEN not in repr(vars(services.reviews.board.get(key)))


@pytest.mark.parametrize("changes_", [{"host": "0.0.0.0"}, {"allow_local_paths": False}, {"host": "0.0.0.0", "allow_local_paths": False}])
def test_strangers_never_push_with_the_servers_token(
    services: Services, sent: list[dict[str, Any]], changes_: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_servers")
    with pytest.raises(ReviewError, match="token"):
        pushing.push_corpus(with_settings(services, **changes_), VIEW, "ann/course", "  ", True, HERE)
    assert not sent


@pytest.mark.parametrize(
    ("client", "headers"), [("127.0.0.1", {"X-Forwarded-For": "9.9.9.9"}), ("9.9.9.9", {}), ("127.0.0.1", {"forwarded": "for=9.9.9.9"})]
)
def test_what_comes_through_a_proxy_is_a_stranger(services: Services, sent: list[dict[str, Any]], client: str, headers: Any) -> None:
    request = SimpleNamespace(client=SimpleNamespace(host=client), headers=headers)
    with pytest.raises(ReviewError, match="token"):
        pushing.push_corpus(services, VIEW, "ann/course", "", True, request)  # type: ignore[arg-type]
    assert not sent


def test_a_space_never_lends_its_token(services: Services, sent: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPACE_ID", "ann/space")
    with pytest.raises(ReviewError, match="token"):
        pushing.push_corpus(services, VIEW, "ann/course", "", True, HERE)
    assert not sent


def test_ones_own_app_may_use_the_machines_token(services: Services, sent: list[dict[str, Any]]) -> None:
    *begun, _ = pushing.push_corpus(services, VIEW, "ann/course", "", False, HERE)
    finished(services, tuple(begun), lambda key: pushing.poll(services, key))
    assert (sent[0]["token"], sent[0]["private"]) == (None, False)


def test_pushing_is_no_endpoint_for_programs(services: Services) -> None:
    from ner_app.ui.app import build_app

    names = set(build_app(services).get_api_info()["named_endpoints"])
    assert "/write_files" in names and not [name for name in names if "push" in name]


def test_a_bad_name_is_refused_at_once(services: Services, sent: list[dict[str, Any]]) -> None:
    with pytest.raises(ReviewError, match="repository"):
        pushing.push_corpus(services, VIEW, "a b", TOKEN, True, HERE)
    assert not sent


# ---- bringing in


def label_studio(folder: Path, *, start: int = 0, end: int = 2, label: str = "LOC", more: int = 0) -> str:
    """A task whose one entity is EU, and further tasks on texts that are not in the corpus."""
    result = [{"type": "labels", "value": {"start": start, "end": end, "labels": [label]}}]
    tasks = [{"data": {"text": TEXT}, "annotations": [{"result": result}]}]
    tasks += [{"data": {"text": f"<b>{n}</b>"}, "annotations": []} for n in range(more)]
    file = folder / "export.json"
    file.write_text(json.dumps(tasks), encoding="utf-8")
    return str(file)


def brought(services: Services, file: str, format: str = "label-studio", reviewer: str = "lea") -> tuple[Any, ...]:
    begun = bring.bring_in(services, VIEW, file, format, reviewer)
    return finished(services, begun, lambda key: bring.poll(services, key))


def test_label_studio_becomes_decisions_that_can_be_taken_back(services: Services, tmp_path: Path) -> None:
    html, _, key, back = brought(services, label_studio(tmp_path), reviewer="  lea \n")
    assert "1 decision of lea stored, 1 with other labels" in html and back["visible"]
    assert changes(services) == {("train", 0): ("B-LOC", *["O"] * 8)}
    html, back = bring.take_back(services, VIEW, key)
    assert "Taken back: 1 decision of lea" in html and back["visible"] is False and changes(services) == {}
    with pytest.raises(ReviewError, match="already"):
        bring.take_back(services, VIEW, key)


def test_what_is_left_out_is_listed_capped_and_escaped(services: Services, tmp_path: Path) -> None:
    html, _, _, back = brought(services, label_studio(tmp_path, end=1, more=70))
    assert "0 decisions" in html and "71 records were left out" in html and "and 21 more" in html
    assert "LOC at 0-1" in html and html.count("<li>") == bring.MOST_LISTED + 1 and "<b>0" not in html
    assert back["visible"] is False and not services.reviews.store.since()


def test_an_earlier_decision_of_the_same_reviewer_is_mentioned(services: Services, tmp_path: Path) -> None:
    brought(services, label_studio(tmp_path, label="PER"))
    assert "1 of the sentences had a decision of lea before" in brought(services, label_studio(tmp_path))[0]


def test_a_patch_comes_in_as_decisions_with_its_origin(services: Services, tmp_path: Path) -> None:
    decide(services)
    files = outcome.written(services.corpora.get("course"), "ner_tags", ledger := services.reviews.ledger(
        services.corpora.get("course"), "ner_tags"), "patch", tmp_path)  # fmt: skip
    ledger.undo("ann")
    html, *_ = brought(services, str(files[0]), "patch", "pat")
    assert "1 decision of pat stored" in html
    row = services.reviews.store.since()[-1]
    assert (row.origin, row.reviewer, row.after) == ("patch", "pat", ("B-ORG",)) and row.batch


@pytest.mark.parametrize(
    ("content", "format", "said"),
    [
        (b"\x89PNG\r\n", "doccano", "export.json:1: this is not text"),
        (b'{"text": "x"}', "patch", "not the header of a patch"),
        (b'[{"data": {"text": "x"}}]', "doccano", "looks like label-studio"),
        (b'{"text": "x",\n', "jsonl", "export.json:1: not JSON"),
    ],
)
def test_files_that_are_none_are_refused_with_their_place(
    services: Services, tmp_path: Path, content: bytes, format: str, said: str
) -> None:
    file = tmp_path / "export.json"
    file.write_bytes(content)
    html, timer, _, back = brought(services, str(file), format)
    assert said in html and 'role="alert"' in html and back == gr.skip() and timer["active"] is False
    assert not services.reviews.store.since()


def test_a_file_and_a_name_are_needed(services: Services, tmp_path: Path) -> None:
    with pytest.raises(ReviewError, match="file"):
        bring.bring_in(services, VIEW, None, "doccano", "lea")
    with pytest.raises(ReviewError, match="As reviewer"):
        bring.bring_in(services, VIEW, label_studio(tmp_path), "label-studio", " \n")
    with pytest.raises(ReviewError, match="nothing to take back"):
        bring.take_back(services, VIEW, "")


# ---- the loop


def past_run(services: Services, run_id: str = "20250101-000000-first", **changes_: Any) -> Recipe:
    """A run as one that finished leaves it."""
    recipe = Recipe(corpus="course", column="ner_tags", checkpoint="bert-base-cased", epochs=2, **changes_)
    folder = services.jobs.root / run_id
    folder.mkdir(parents=True)
    (folder / "recipe.json").write_text(recipe.to_json(), encoding="utf-8")
    (folder / "status.json").write_text(json.dumps({"state": "finished", "created": 1.0}), encoding="utf-8")
    return recipe


def test_retraining_submits_the_same_recipe_on_the_corrected_corpus(services: Services) -> None:
    decide(services)
    recipe = past_run(services)
    about, run, retrain, keep, *_ = looping.fill(services, VIEW, None)
    assert "1 in train" in about and run["value"] == "20250101-000000-first" and retrain["visible"] and keep["visible"]
    begun = looping.retrain(services, VIEW, run["value"])
    html, timer, key, new = finished(services, begun, lambda key: looping.poll_training(services, VIEW, key))
    assert new == gr.skip()
    made = services.runs.all()[0]
    assert f"Run {made.id}: queued" in html and timer["active"] is True and f"tab=train&amp;run={made.id}" in html
    assert made.recipe == recipe.changed(corpus=made.recipe.corpus, name="bert-base-cased corrected")
    fixed = open_corpus(made.recipe.corpus, cache_dir=services.settings.workspace / "cache")
    assert fixed.sentence("train", 2).labels["ner_tags"] == ("B-ORG",)
    services.jobs.stop(made.id)
    (made.folder / "model").mkdir()
    (made.folder / "model" / "config.json").write_text("{}", encoding="utf-8")
    html, timer, _, new = looping.poll_training(services, VIEW, key)
    assert "stopped" in html and timer["active"] is False and new["value"] == made.ref


def test_without_a_run_the_corrected_corpus_opens_in_train(services: Services) -> None:
    decide(services)
    about, run, retrain, *_ = looping.fill(services, VIEW, None)
    assert "No finished run" in about and run["visible"] is False and retrain["visible"] is False
    html, timer, *_ = finished(services, looping.keep(services, VIEW), lambda key: looping.poll_training(services, VIEW, key))
    assert "tab=train" in html and "uploads%2Fcorrected%2Fcourse-" in html and timer["active"] is False
    with pytest.raises(ReviewError, match="No finished run"):
        looping.retrain(services, VIEW, None)


def test_training_that_is_switched_off_or_pointless_is_refused(services: Services) -> None:
    past_run(services)
    about, run, retrain, keep, *_ = looping.fill(services, VIEW, None)
    assert "Nothing is corrected yet" in about and not (run["visible"] or retrain["visible"] or keep["visible"])
    with pytest.raises(ReviewError, match="Nothing is corrected"):
        looping.retrain(services, VIEW, "20250101-000000-first")
    decide(services)
    off = with_settings(services, allow_training=False)
    with pytest.raises(ReviewError, match="switched off"):
        looping.retrain(off, VIEW, "20250101-000000-first")
    about, run, retrain, keep, *_ = looping.fill(off, VIEW, None)
    assert "switched off" in about and not (run["visible"] or retrain["visible"] or keep["visible"])


def compared(services: Services, old: str, new: str, *, by_type: bool = False) -> tuple[Any, ...]:
    """Compare as the child process does, in this one."""
    begun = comparing.compare(services, VIEW, old, new, "train", by_type)
    folder = services.jobs.job(begun[2]).folder
    with contextlib.suppress(ModelError), Child(claim(folder), services.jobs, stop_asked=lambda: False) as child:
        comparison.work(child)
    return (*comparing.poll(services, begun[2], by_type), begun[2])


@pytest.fixture
def opened(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """The corpus of these tests is nowhere on disk."""
    monkeypatch.setattr("ner_app.core.corpus.open.open_corpus", lambda source, cache_dir: services.corpora.get(source))


def test_one_table_of_models_and_labels(services: Services, opened: None, tiny_ner: Path) -> None:
    decide(services)
    html, timer, key, box, _ = compared(services, str(tiny_ner), str(tiny_ner))
    assert html.count("<tr>") == 5 and "support" in html and timer["active"] is False and box["visible"]
    assert html.count("old labels") == 2 and html.count("new labels") == 2 and "notice" not in html
    by_type = comparing.poll(services, key, True)[0]
    assert by_type.count("<tr>") > 5 and ">ORG</span>" in by_type and ">all<" in by_type


def test_a_model_that_saw_the_split_is_named(services: Services, opened: None, tiny_ner: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison, "trained_on", lambda store, ref, corpus, split: ref == str(tiny_ner))
    html = compared(services, str(tiny_ner), str(tiny_ner))[0]
    assert f"{tiny_ner} was trained on these train sentences" in html and "Nothing is corrected in train" in html


def test_comparing_needs_two_models_that_are_there(services: Services, opened: None, tmp_path: Path) -> None:
    with pytest.raises(ReviewError, match="Choose"):
        comparing.compare(services, VIEW, "", "starter", "train", False)
    with pytest.raises(CorpusError, match="no split"):
        comparing.compare(services, VIEW, "starter", "starter", "nope", False)
    html, timer, *_ = compared(services, str(tmp_path / "gone"), "starter")
    assert 'role="alert"' in html and timer["active"] is False


def test_the_newest_model_of_a_corrected_corpus_is_the_new_one(services: Services) -> None:
    decide(services)
    folder = core_loop.keep_corrected(services.reviews.ledger(services.corpora.get("course"), "ner_tags"), services.settings.workspace)
    past_run(services, "20250101-000000-first")
    past_run(services, "20250102-000000-second")
    recipe = services.runs.get("20250102-000000-second").recipe.changed(corpus=str(folder))
    (services.jobs.root / "20250102-000000-second" / "recipe.json").write_text(recipe.to_json(), encoding="utf-8")
    for run in services.runs.all():
        (run.folder / "model").mkdir()
        (run.folder / "model" / "config.json").write_text("{}", encoding="utf-8")
    old, new, split = comparing.fill(services, services.corpora.get("course"), VIEW, "run:20250101-000000-first")
    assert (old["value"], new["value"]) == ("run:20250101-000000-first", "run:20250102-000000-second") and split["value"] == "train"


def test_work_that_takes_longer_shows_how_far_it_is(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(review_task, "QUICK", 0.0)
    go: list[bool] = []

    def work(task: Any) -> str:
        task.tell(0.5, "half way")
        while not go:
            time.sleep(0.01)
        return "done"

    begun = review_task.begin(services, "Counting", work, lambda result: (result,))
    while services.reviews.board.get(begun[2]).share < 0.5:  # type: ignore[union-attr]
        time.sleep(0.01)
    html, timer, key = review_task.follow(services, begun[2], lambda result: (result,))
    assert "Counting: half way" in html and "width:50.0%" in html and timer["active"] is True
    go.append(True)
    assert services.reviews.board.get(key).wait(10)  # type: ignore[union-attr]
    assert review_task.follow(services, key, lambda result: (result,))[0] == "done"
