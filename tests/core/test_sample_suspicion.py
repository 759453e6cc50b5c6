"""The errors that were planted in the built-in sample, found with what the app itself has: no checkpoint, no network."""

from __future__ import annotations

from pathlib import Path

from ner_app.core.corpus.open import open_corpus
from ner_app.core.corpus.sample import planted_errors
from ner_app.core.review.crossval import Control
from ner_app.core.review.suspicion import rank
from ner_app.core.review.suspicion_job import SuspicionJob, compute


def test_the_first_hundred_suspicions_hold_most_planted_errors(tmp_path: Path) -> None:
    corpus = open_corpus("sample", cache_dir=tmp_path / "cache")
    job = SuspicionJob("sample", "train")
    probabilities, ranked, column = compute(job, corpus, workspace=tmp_path, folder=tmp_path / "job", control=Control())
    queue = rank(ranked, "train", column, probabilities)[:100]
    led_to = {(s.index, word) for s in queue for word in range(s.start, s.end)}
    found = [row for row in planted_errors() if any((row["sentence"], word) in led_to for word in row["tokens"])]
    assert len(found) >= 45
