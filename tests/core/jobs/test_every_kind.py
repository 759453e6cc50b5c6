"""What holds for every kind of job that the app has: it is followed, killed, resumed, stopped, refused and deleted in the same way."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from ner_app.core.corpus.model import Corpus
from ner_app.core.corpus.open import open_corpus
from ner_app.core.errors import JobError
from ner_app.core.jobs import folder as files
from ner_app.core.jobs.queue import Job, JobQueue
from ner_app.core.kinds import FORMERLY, KINDS, open_queue
from ner_app.core.review.cross_training.job import CrossTraining
from ner_app.core.review.suspicion.ranking import RankingWish
from ner_app.core.training.recipe import Recipe
from tests.patience import eventually

LINES = [f"{name} B-PER\nleft O\n{firm} B-ORG\n. O\n" for name in ("Anna", "Bea", "Carl", "Dora") for firm in ("Acme", "Bolt", "Cogs")]
SLOW = 240.0  # seconds: a child imports its libraries


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    """Two splits of twelve sentences like each other, one label of which is missing."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    for split in ("train", "test"):
        (folder / f"{split}.txt").write_text("\n".join([*LINES, "Anna O\nleft O\nBolt B-ORG\n. O\n"]), encoding="utf-8")
    return open_corpus(str(folder), cache_dir=tmp_path / "cache")


@pytest.fixture
def settings(corpus: Corpus, tiny_bert: Path, tiny_ner: Path) -> Callable[[str], Mapping[str, Any]]:
    """Settings with which a kind has something to do."""
    column = corpus.columns[0]
    about = {"corpus": corpus.source, "fingerprint": corpus.fingerprint, "max_model_mb": 1000}
    recipe = Recipe(corpus=corpus.source, checkpoint=str(tiny_bert), epochs=1, learning_rate=0.01, threads=1)
    models = {"old": str(tiny_ner), "new": str(tiny_ner)}
    known: dict[str, Any] = {
        "training": json.loads(recipe.to_json()),
        "cross-training": CrossTraining(corpus.source, "train", column, k=2).to_settings(),
        "ranking": {**about, "wish": RankingWish("train", column, (str(tiny_ner),)).to_settings()},
        "ranking in folds": {**about, "wish": RankingWish("train", column, (), method="quick", k=2).to_settings()},
        "comparison": {**about, **models, "column": column, "split": "test", "changes": [["test", 12, ["B-PER", "O", "B-ORG", "O"]]]},
    }
    return lambda kind: known[kind]


def over(queue: JobQueue, job: Job) -> Job:
    """The job once it is over."""
    assert eventually(lambda: queue.job(job.id).over, seconds=SLOW), queue.job(job.id).log_tail()
    return queue.job(job.id)


@pytest.mark.parametrize("kind", [kind.name for kind in KINDS.kinds])
def test_it_is_killed_resumed_finished_and_deleted(kind: str, settings: Callable[[str], Mapping[str, Any]], tmp_path: Path) -> None:
    queue = open_queue(tmp_path / "workspace")
    job = queue.submit(kind, settings(kind), title="mine", owner="ann")
    assert job.status == "running" and (job.kind, job.title, job.owner) == (kind, "mine", "ann")
    os.kill(queue.job(job.id).details["pid"], signal.SIGKILL)
    killed = over(queue, job)
    assert killed.status == "failed" and killed.message == KINDS.find(kind).interrupted
    with pytest.raises(JobError, match="nothing to stop"):
        queue.stop(job.id)
    queue.resume(job.id)
    with pytest.raises(JobError, match="stop it before"):
        queue.delete(job.id)
    done = over(queue, job)
    assert done.status == "finished", done.message + done.log_tail()
    assert done.details["peak_memory_mb"] > 0 and done.progress.phase == "" and done.events()[0][-1]["state"] == "finished"
    queue.delete(job.id)
    assert not job.folder.exists()


@pytest.mark.parametrize("kind", [kind.name for kind in KINDS.kinds])
def test_settings_that_make_no_sense_are_said_in_one_line(kind: str, settings: Callable[[str], Mapping[str, Any]], tmp_path: Path) -> None:
    queue = open_queue(tmp_path / "workspace")
    good = dict(settings(kind))
    bad = over(queue, queue.submit(kind, {**good, "corpus": str(tmp_path / "no" / "such")}))
    assert bad.status == "failed" and "There is no file or folder" in bad.message and "\n" not in bad.message
    assert "Traceback" in bad.log_tail(80) and bad.can_resume


def test_a_stop_that_comes_before_the_work_ends_it(settings: Callable[[str], Mapping[str, Any]], tmp_path: Path) -> None:
    queue = open_queue(tmp_path / "workspace")
    jobs = [queue.submit(kind.name, settings(kind.name)) for kind in KINDS.kinds]
    for job in jobs:
        assert queue.stop(job.id).status in ("stopping", "stopped")
    for job in jobs:
        ended = over(queue, job)
        assert ended.status in ("stopped", "finished"), ended.message
        assert ended.status == "finished" or ended.message.startswith("Stopped")


def test_cross_trainings_of_version_0_are_taken_in(tmp_path: Path) -> None:
    old = tmp_path / FORMERLY / "20250101-000000-train-quick-5-folds-ab12"
    old.mkdir(parents=True)
    files.write_json(old / "suspicion.json", CrossTraining("sample", "train").to_settings())
    files.write_json(old / files.STATUS, {"state": "finished", "created": 1.0, "title": "train, quick, 5 folds"})
    (job,) = open_queue(tmp_path).jobs("cross-training")
    assert job.title == "train, quick, 5 folds" and CrossTraining.from_settings(job.settings).k == 5 and not old.exists()
    assert [one.id for one in open_queue(tmp_path).jobs()] == [job.id]
