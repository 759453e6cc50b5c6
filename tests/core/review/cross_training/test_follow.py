"""Cross-training behind a ranking: done once, followed, stopped and taken up again."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from ner_app.core.corpus.model import Corpus
from ner_app.core.corpus.open import open_corpus
from ner_app.core.errors import ReviewError
from ner_app.core.models.store import ModelStore
from ner_app.core.review.cross_training.follow import STOPPED, cross_train
from ner_app.core.review.cross_training.job import SuspicionJob, SuspicionQueue
from ner_app.core.review.desk import ReviewDesk
from ner_app.core.review.suspicion.ranking import RankingTask, RankingWish

LINES = [f"{name} B-PER\nleft O\n{firm} B-ORG\n. O\n" for name in ("Anna", "Bea", "Carl", "Dora") for firm in ("Acme", "Bolt", "Cogs")]


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    """Twelve sentences like each other, and one whose name is not labelled."""
    file = tmp_path / "train.txt"
    file.write_text("\n".join([*LINES, "Anna O\nleft O\nBolt B-ORG\n. O\n"]), encoding="utf-8")
    return open_corpus(str(file), cache_dir=tmp_path / "cache")


def test_both_methods_are_averaged_and_a_second_ranking_computes_nothing(corpus: Corpus, tmp_path: Path, tiny_bert: Path) -> None:
    workspace, desk = tmp_path / "workspace", ReviewDesk(tmp_path / "workspace")
    models = ModelStore(workspace)
    recipe = (("epochs", 1.0), ("max_length", 16))
    wish = RankingWish("train", corpus.columns[0], (str(tiny_bert),), method="both", k=2, recipe=recipe)
    task = RankingTask(corpus, models, wish, workspace=workspace)
    task.run(desk._turn, lambda queue: desk.save(corpus, wish.column, queue))
    assert not task.failure
    jobs = SuspicionQueue(workspace / "suspicion")
    assert sorted(run.status for run in jobs.runs()) == ["finished", "finished"]
    assert wish.name in desk.queue_names(corpus, wish.column) and "epochs=1.0" in wish.name
    assert len(desk.queue(corpus, wish.column, wish.name).items) == 13
    again = RankingTask(corpus, models, wish, workspace=workspace)
    again.run(desk._turn, lambda queue: desk.save(corpus, wish.column, queue))
    assert not again.failure and len(jobs.runs()) == 2


def test_a_stop_keeps_what_is_done_and_the_same_wish_goes_on(corpus: Corpus, tmp_path: Path) -> None:
    queue = SuspicionQueue(tmp_path / "workspace" / "suspicion")
    job = SuspicionJob(corpus.source, "train", corpus.columns[0], "quick", k=2)
    with pytest.raises(ReviewError) as stopped:
        cross_train(queue, corpus, [job], stop=lambda: True)
    assert str(stopped.value) == STOPPED and [run.status for run in queue.runs()] == ["stopped"]
    told: list[float] = []
    (run,) = cross_train(queue, corpus, [job], tell=lambda phase, share: told.append(share))
    assert run.status == "finished" and len(queue.runs()) == 1 and told and all(0 <= share <= 1 for share in told)


def test_a_ranking_that_was_under_way_is_followed_again_after_a_restart(corpus: Corpus, tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    models, wish = ModelStore(workspace), RankingWish("train", corpus.columns[0], (), method="quick", k=2)
    before = ReviewDesk(workspace)
    before._pending(corpus, wish).write(wish)  # as an app leaves it that was killed
    after = ReviewDesk(workspace)
    (task,) = after.adopt(corpus, models)
    assert task.wish == wish and after.adopt(corpus, models) == []
    deadline = time.monotonic() + 120
    while not task.ended and time.monotonic() < deadline:
        time.sleep(0.1)
    assert task.ended and not task.failure and wish.name in after.queue_names(corpus, wish.column)
    assert ReviewDesk(workspace).adopt(corpus, models) == []


def test_one_that_fails_ends_the_others_and_says_why(corpus: Corpus, tmp_path: Path) -> None:
    queue = SuspicionQueue(tmp_path / "workspace" / "suspicion")
    good = SuspicionJob(corpus.source, "train", corpus.columns[0], "quick", k=2)
    bad = SuspicionJob(str(tmp_path / "nothing.txt"), "train", corpus.columns[0], "quick", k=2)
    with pytest.raises(ReviewError, match=r"failed: .*nothing\.txt"):
        cross_train(queue, corpus, [bad, good])
    assert {run.status for run in queue.runs()} <= {"failed", "stopped", "stopping", "finished"}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"method": "magic"}, "method: 'magic' is not one of models, quick, fine-tune, both"),
        ({"method": "both", "models": ()}, "choose a model"),
        ({"models": tuple("abcdefghi")}, "average at most 8"),
    ],
)
def test_a_wish_is_checked(values: dict[str, object], message: str) -> None:
    with pytest.raises(ReviewError, match=message):
        RankingWish(**{"split": "train", "column": "ner_tags", "models": ("a",), **values})  # type: ignore[arg-type]


def test_a_wrong_recipe_is_refused_before_anything_starts() -> None:
    wish = RankingWish("train", "ner_tags", ("a/b",), method="fine-tune", recipe=(("epochs", 0),))
    with pytest.raises(ReviewError, match="recipe: epochs: 0 is too small"):
        wish.jobs("sample")
