"""Ranking as a job: the queue that comes of it waits in the job's folder until the review desk takes it in.

The process of the job does not touch the review store, whose address may hold a password: the app that looks after the job does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ner_app.core.errors import ReviewError
from ner_app.core.jobs import folder as files
from ner_app.core.jobs.child import Child
from ner_app.core.jobs.control import Stopped
from ner_app.core.jobs.kinds import Kind
from ner_app.core.review.queues.queues import to_rows
from ner_app.core.review.suspicion.ranking import Ranker, RankingWish

if TYPE_CHECKING:
    from ner_app.core.corpus.model import Corpus
    from ner_app.core.jobs.queue import Job, JobQueue

WORK = "ner_app.core.review.suspicion.job:work"
RANKING = Kind("ranking", WORK, lane="review")
FOLD_RANKING = Kind("ranking in folds", WORK, resumes="the folds that are finished")  # waits for cross-trainings, so not in others' way
RESULT = "queue.json"
STOPPED = "Stopped. Make the queue again to go on; what is finished is kept."


def submit(queue: JobQueue, corpus: Corpus, wish: RankingWish, *, max_model_mb: float) -> Job:
    """Queue a ranking of a corpus, and start it if there is room."""
    kind = RANKING if wish.method == "models" else FOLD_RANKING
    settings = {"corpus": corpus.source, "fingerprint": corpus.fingerprint, "max_model_mb": max_model_mb, "wish": wish.to_settings()}
    return queue.submit(kind.name, settings, title=wish.name)


def rankings(queue: JobQueue, fingerprint: str, column: str) -> list[tuple[Job, RankingWish]]:
    """The rankings of a corpus and column, oldest first. What cannot be read (damaged, of another version) is left out."""
    found = []
    for job in reversed(queue.jobs(RANKING.name, FOLD_RANKING.name)):
        order = files.read_order(job.folder)
        if order is None or order.settings.get("fingerprint") != fingerprint:
            continue
        try:
            wish = wish_of(order.settings)
        except ReviewError:
            continue
        if wish.column == column:
            found.append((job, wish))
    return found


def wish_of(settings: Mapping[str, Any]) -> RankingWish:
    """What a job is to rank. ReviewError where its file was damaged by hand."""
    wish = settings.get("wish")
    return RankingWish.from_settings(wish if isinstance(wish, dict) else {})


def work(child: Child) -> None:
    """Rank, and leave the queue in the folder."""
    from ner_app.core.corpus.open import open_corpus
    from ner_app.core.models.store import ModelStore

    settings, control = child.order.settings, child.control
    wish = wish_of(settings)
    control.tell("opening the corpus", 0.0)
    corpus = open_corpus(str(settings["corpus"]), cache_dir=child.workspace / "cache")
    if corpus.fingerprint != settings["fingerprint"]:
        raise ReviewError(f"{corpus.name} has other words or labels now than when the ranking was asked for; open it again.")
    models = ModelStore(child.workspace, max_mb=float(settings["max_model_mb"]))
    try:
        made = Ranker(corpus, models, wish, child.workspace, child.queue, control).make()
    except Stopped:
        child.stopped = STOPPED
        raise
    if not made.items:
        raise ReviewError(f"No sentence is in “{made.name}”: there is nothing to review in it.")
    files.write_json(child.folder / RESULT, to_rows(made))
