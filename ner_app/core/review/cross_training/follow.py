"""Following the cross-trainings that a ranking takes: each a job of its own, in a child process that outlives the app."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ner_app.core.errors import JobError, ReviewError
from ner_app.core.review.cross_training.job import CROSS_TRAINING, CrossTraining, finished_for, job_of, submit

if TYPE_CHECKING:
    from ner_app.core.corpus.model import Corpus
    from ner_app.core.jobs.queue import Job, JobQueue

POLL_SECONDS = 0.5
AT_WORK = ("queued", "running", "stopping")
STOPPED = "The cross-training was stopped. Make the queue again: it goes on from the folds that are finished."


def cross_train(
    queue: JobQueue, corpus: Corpus, jobs: Sequence[CrossTraining], *,
    tell: Callable[[str, float], None] = lambda phase, share: None, stop: Callable[[], bool] = lambda: False,
) -> list[Job]:  # fmt: skip
    """See that every job is done, and return its finished runs in the same order, for :func:`load_ranking`.

    A job that was done on this corpus before is not done again; one under way (of an earlier start of the app, of somebody else) is
    followed; one that was stopped or broke off goes on. ``tell`` hears of the phase and the share (0 to 1) of all; once ``stop`` says so
    the jobs are stopped. ReviewError where one fails or is stopped.
    """
    runs = [_run_of(queue, corpus, job) for job in jobs]
    asked = False
    while any(run.status in AT_WORK for run in runs):
        if stop() and not asked:
            asked = True
            _stop(queue, runs)
        busy = next((run for run in runs if run.active), runs[0])
        phase = busy.progress.phase or "waiting for its turn"
        title = f"{job_of(busy).title}: {phase}" if len(runs) > 1 else phase
        tell(title, sum(1.0 if run.status == "finished" else run.progress.fraction for run in runs) / len(runs))
        time.sleep(POLL_SECONDS)
        runs = [queue.job(run.id) for run in runs]
        if any(run.status == "failed" for run in runs):
            break
    bad = next((run for run in runs if run.status == "failed"), None)
    if bad is not None:
        _stop(queue, runs)
        raise ReviewError(f"The cross-training failed: {bad.message or 'see ' + str(bad.folder / 'log.txt')}")
    if any(run.status != "finished" for run in runs):
        raise ReviewError(STOPPED)
    return runs


def _run_of(queue: JobQueue, corpus: Corpus, job: CrossTraining) -> Job:
    """A run of a job: finished on this very corpus, else at work, else stopped or failed (it is taken up again), else a new one."""
    done = finished_for(queue, corpus, job.split, job.column)
    found = next((run for run in done if job_of(run) == job), None)
    if found is not None:
        return found
    same = [run for run in queue.jobs(CROSS_TRAINING.name) if run.status != "finished" and _is(run, job)]
    working = next((run for run in same if run.status in AT_WORK), None)
    if working is not None:
        return working
    return queue.resume(same[0].id) if same else submit(queue, job)


def _is(run: Job, job: CrossTraining) -> bool:
    try:
        return job_of(run) == job
    except (JobError, ReviewError):  # damaged by hand: no run of this job
        return False


def _stop(queue: JobQueue, runs: Sequence[Job]) -> None:
    for run in runs:
        if queue.job(run.id).status in AT_WORK[:2]:
            try:
                queue.stop(run.id)
            except JobError:
                continue  # it ended by itself meanwhile
