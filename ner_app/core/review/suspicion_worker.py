"""The process behind a suspicion job: ``python -m ner_app.core.review.suspicion_worker JOB_FOLDER``. The queue starts it.

It stops soon after the file ``stop`` appears in its folder or a SIGTERM arrives, keeps the folds that are finished, and goes on from
them when it is resumed.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from ner_app.core.review.crossval import Control, Stopped
from ner_app.core.review.suspicion_job import RESULT, SPEC, SuspicionJob, SuspicionQueue, compute
from ner_app.core.training import folder as files
from ner_app.core.training.report import Reporter
from ner_app.core.training.worker import claim, cores, one_line, settle_in, stop_signal

FRESH_SECONDS = 1.0  # status.json is written at most this often
STEPS = 1000  # the share that is done is told in steps of a training run


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one job to its end, then let the queue start the next one. Returns the exit code."""
    parser = argparse.ArgumentParser(description="Compute the probabilities that a suspicion job describes.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--max-running", type=int, default=1)
    options = parser.parse_args(arguments)
    queue = SuspicionQueue(options.folder.parent, max_running=options.max_running)
    with _Outcome(claim(options.folder), queue) as outcome:
        stop = stop_signal(options.folder)
        settle_in(max(1, cores() // max(1, options.max_running)))
        run(options.folder, outcome.reporter, Control(_Teller(outcome.reporter).tell, stop))
    return 0 if outcome.finished else 1


class _Outcome:
    """Writes how a job ended, whatever ended it, and lets the queue go on. An error still prints its traceback into the log."""

    def __init__(self, reporter: Reporter, queue: SuspicionQueue) -> None:
        self.reporter, self.queue, self.finished = reporter, queue, False

    def __enter__(self) -> _Outcome:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> bool:
        stopped = isinstance(error, Stopped)
        self.finished = error is None
        if stopped:
            self.reporter.end("stopped", "Stopped when asked. Resume goes on from the last finished fold.")
        elif error is not None:
            self.reporter.end("failed", one_line(error))
        else:
            self.reporter.end("finished")
        (self.reporter.folder / files.STOP).unlink(missing_ok=True)
        self.queue.advance()
        return stopped


def run(folder: Path, reporter: Reporter, control: Control) -> None:
    """Open the corpus, compute, write the result."""
    import numpy as np

    from ner_app.core.corpus.open import open_corpus

    job = SuspicionJob.from_json((folder / SPEC).read_text(encoding="utf-8"))
    workspace = folder.parent.parent
    control.tell("Opening the corpus", 0.0)
    corpus = open_corpus(job.corpus, cache_dir=workspace / "cache")
    started = time.monotonic()
    found, ranked, column = compute(job, corpus, workspace=workspace, folder=folder, control=control)
    draft = folder / f"{RESULT}.part"
    with draft.open("wb") as stream:
        np.save(stream, found, allow_pickle=False)
    draft.replace(folder / RESULT)
    reporter.note(
        fingerprint=corpus.fingerprint, split=job.split, column=column, scheme=ranked.label_set(column).scheme,
        labels=list(ranked.label_set(column).names), words=len(found), compute_seconds=round(time.monotonic() - started, 1),
    )  # fmt: skip
    for left in [*folder.glob("folds-*"), *folder.glob("training-*")]:
        shutil.rmtree(left, ignore_errors=True)


@dataclass
class _Teller:
    """Writes progress into status.json, not more often than anybody looks."""

    reporter: Reporter
    written: float = 0.0
    phase: str = ""
    started: float = 0.0

    def tell(self, phase: str, share: float) -> None:
        now = time.monotonic()
        self.started = self.started or now
        if phase == self.phase and now - self.written < FRESH_SECONDS:
            return
        self.written = now
        seconds = now - self.started
        remaining = round(seconds * (1 - share) / share, 1) if share > 0.02 else None
        progress = {"step": round(share * STEPS), "total": STEPS, "seconds": round(seconds, 1), "remaining": remaining}
        if phase == self.phase:
            self.reporter.note(progress=progress)
            return
        self.reporter.status["progress"] = progress
        self.phase = phase
        self.reporter.phase(phase)


if __name__ == "__main__":
    sys.exit(main())
