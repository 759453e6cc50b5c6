"""What the process of a cross-training does: open the corpus, compute the probabilities, write them."""

from __future__ import annotations

import shutil
import time

from ner_app.core.jobs.child import Child
from ner_app.core.review.cross_training.job import RESULT, compute, job_of


def work(child: Child) -> None:
    """Compute the probabilities that a job describes; finished folds are kept until the whole is done."""
    import numpy as np

    from ner_app.core.corpus.open import open_corpus

    folder, workspace, job = child.folder, child.workspace, job_of(child.queue.job(child.folder.name))
    child.reporter.tell("Opening the corpus", 0.0)
    corpus = open_corpus(job.corpus, cache_dir=workspace / "cache")
    started = time.monotonic()
    found, column = compute(job, corpus, workspace=workspace, folder=folder, control=child.control)
    draft = folder / f"{RESULT}.part"
    with draft.open("wb") as stream:
        np.save(stream, found, allow_pickle=False)
    draft.replace(folder / RESULT)
    child.reporter.note(
        fingerprint=corpus.fingerprint, split=job.split, column=column, scheme=corpus.label_set(column).scheme,
        labels=list(corpus.label_set(column).names), words=len(found), compute_seconds=round(time.monotonic() - started, 1),
    )  # fmt: skip
    for left in [*folder.glob("folds-*"), *folder.glob("training-*")]:
        shutil.rmtree(left, ignore_errors=True)
