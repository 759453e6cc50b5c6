"""Cross-training behind a ranking: done once, followed, stopped and taken up again."""

from __future__ import annotations

from pathlib import Path

import pytest

from ner_app.core.corpus.model import Corpus
from ner_app.core.corpus.open import open_corpus
from ner_app.core.errors import ReviewError
from ner_app.core.kinds import open_queue
from ner_app.core.models.store import ModelStore
from ner_app.core.review.cross_training.follow import STOPPED, cross_train
from ner_app.core.review.cross_training.job import CROSS_TRAINING, CrossTraining
from ner_app.core.review.desk import ReviewDesk
from ner_app.core.review.suspicion.ranking import RankingWish
from tests.patience import eventually

LINES = [f"{name} B-PER\nleft O\n{firm} B-ORG\n. O\n" for name in ("Anna", "Bea", "Carl", "Dora") for firm in ("Acme", "Bolt", "Cogs")]


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    """Twelve sentences like each other, and one whose name is not labelled."""
    file = tmp_path / "train.txt"
    file.write_text("\n".join([*LINES, "Anna O\nleft O\nBolt B-ORG\n. O\n"]), encoding="utf-8")
    return open_corpus(str(file), cache_dir=tmp_path / "cache")


def test_both_methods_are_averaged_and_a_second_ranking_trains_nothing(corpus: Corpus, tmp_path: Path, tiny_bert: Path) -> None:
    workspace = tmp_path / "workspace"
    jobs, models = open_queue(workspace), ModelStore(workspace)
    desk = ReviewDesk(workspace, jobs=jobs)
    recipe = (("epochs", 1.0), ("max_length", 16))
    wish = RankingWish("train", corpus.columns[0], (str(tiny_bert),), method="both", k=2, recipe=recipe)
    job = desk.start_ranking(corpus, models, wish)
    assert desk.start_ranking(corpus, models, wish).id == job.id  # under way
    assert eventually(lambda: jobs.job(job.id).over, seconds=240)
    assert jobs.job(job.id).status == "finished", jobs.job(job.id).message
    assert sorted(run.status for run in jobs.jobs(CROSS_TRAINING.name)) == ["finished", "finished"]
    restarted = ReviewDesk(workspace, jobs=open_queue(workspace))  # whichever app asks: the queue is there
    assert wish.name in restarted.queue_names(corpus, wish.column) and "epochs=1.0" in wish.name
    assert len(restarted.queue(corpus, wish.column, wish.name).items) == 13
    again = desk.start_ranking(corpus, models, wish)
    assert again.id != job.id and [one.id for one in desk.rankings(corpus, wish.column)] == [again.id]
    assert eventually(lambda: jobs.job(again.id).over, seconds=120)
    assert jobs.job(again.id).status == "finished" and len(jobs.jobs(CROSS_TRAINING.name)) == 2


def test_a_stop_keeps_what_is_done_and_the_same_wish_goes_on(corpus: Corpus, tmp_path: Path) -> None:
    queue = open_queue(tmp_path / "workspace")
    job = CrossTraining(corpus.source, "train", corpus.columns[0], "quick", k=2)
    with pytest.raises(ReviewError) as stopped:
        cross_train(queue, corpus, [job], stop=lambda: True)
    assert str(stopped.value) == STOPPED and [run.status for run in queue.jobs()] == ["stopped"]
    told: list[float] = []
    (run,) = cross_train(queue, corpus, [job], tell=lambda phase, share: told.append(share))
    assert run.status == "finished" and len(queue.jobs()) == 1 and told and all(0 <= share <= 1 for share in told)


def test_a_ranking_that_is_stopped_goes_on_when_it_is_asked_for_again(corpus: Corpus, tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    jobs, wish = open_queue(workspace), RankingWish("train", corpus.columns[0], (), method="quick", k=2)
    desk = ReviewDesk(workspace, jobs=jobs)
    job = desk.start_ranking(corpus, ModelStore(workspace), wish)
    jobs.stop(job.id)
    assert eventually(lambda: jobs.job(job.id).over, seconds=120)
    assert jobs.job(job.id).status in ("stopped", "finished")
    again = desk.start_ranking(corpus, ModelStore(workspace), wish)
    assert eventually(lambda: jobs.job(again.id).over, seconds=120)
    assert jobs.job(again.id).status == "finished", jobs.job(again.id).message
    assert wish.name in desk.queue_names(corpus, wish.column) and len(jobs.jobs(CROSS_TRAINING.name)) == 1


def test_one_that_fails_ends_the_others_and_says_why(corpus: Corpus, tmp_path: Path) -> None:
    queue = open_queue(tmp_path / "workspace")
    good = CrossTraining(corpus.source, "train", corpus.columns[0], "quick", k=2)
    bad = CrossTraining(str(tmp_path / "nothing.txt"), "train", corpus.columns[0], "quick", k=2)
    with pytest.raises(ReviewError, match=r"failed: .*nothing\.txt"):
        cross_train(queue, corpus, [bad, good])
    assert {run.status for run in queue.jobs()} <= {"failed", "stopped", "stopping", "finished"}


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
