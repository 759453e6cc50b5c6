"""The process behind a suspicion job: ``python -m ner_app.core.review.cross_training.worker JOB_FOLDER``.

It stops soon after it was asked to (see :mod:`ner_app.core.jobs.child`), keeps the folds that are finished, and goes on from them
when it is resumed.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ner_app.core.jobs import child
from ner_app.core.jobs.report import Reporter
from ner_app.core.review.cross_training.crossval import Control, Stopped
from ner_app.core.review.cross_training.job import RESULT, SPEC, SuspicionJob, SuspicionQueue, compute

FRESH_SECONDS = 1.0  # status.json is written at most this often
STEPS = 1000  # the share that is done is told in steps of a training run
STOPPED = "Stopped when asked. Resume goes on from the last finished fold."


def main(arguments: Sequence[str] | None = None) -> int:
    """Compute the probabilities that a job folder describes. Returns the exit code."""
    return child.serve(work, SuspicionQueue, arguments, about="Compute the probabilities that a suspicion job describes.")


def work(outcome: child.Outcome) -> None:
    """Run a folder, and tell where it stopped."""
    stop_asked = child.stop_signal(outcome.folder)
    child.settle_in(outcome.threads)
    try:
        run(outcome.folder, outcome.reporter, Control(_Teller(outcome.reporter).tell, stop_asked))
    except Stopped:
        outcome.stopped = STOPPED


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
