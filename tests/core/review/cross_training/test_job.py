"""Suspicion as a job: checked when made, run in a process of its own, resumed, and refused where the corpus changed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ner_app.core.corpus.open import open_corpus
from ner_app.core.errors import ReviewError
from ner_app.core.kinds import open_queue
from ner_app.core.labels import LabelSet
from ner_app.core.review.cross_training.job import CrossTraining, finished_for, job_of, load_ranking, submit
from ner_app.core.review.suspicion.word_probabilities import in_order, in_scheme_of, restated
from tests.core.review.corpora import NER, make_corpus
from tests.patience import eventually

LINES = [f"{name} B-PER\nleft O\n{firm} B-ORG\n. O\n" for name in ("Anna", "Bea", "Carl", "Dora") for firm in ("Acme", "Bolt", "Cogs")]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"k": 1}, "k: 1 is not a whole number from 2 to 50"),
        ({"k": True}, "k: True"),
        ({"method": "magic"}, "method: 'magic' is not one of quick, fine-tune"),
        ({"method": "fine-tune"}, "models: give at least one model"),
        ({"method": "fine-tune", "models": ("x/y",), "recipe": {"epoch": 2}}, "recipe: epoch: no such field; did you mean 'epochs'"),
        ({"split": ""}, "a corpus and a split are needed"),
    ],
)
def test_a_job_is_checked_when_it_is_made(values: dict[str, object], message: str) -> None:
    with pytest.raises(ReviewError, match=message):
        CrossTraining(**{"corpus": "sample", "split": "train", **values})  # type: ignore[arg-type]


def test_a_job_survives_json() -> None:
    job = CrossTraining("sample", "train", method="fine-tune", models=("a/b", " "), recipe={"epochs": 1}, disjoint=True, k=7)
    assert CrossTraining.from_settings(json.loads(json.dumps(job.to_settings()))) == job and job.models == ("a/b",)
    assert job.title == "train, fine-tune, 7 entity-disjoint folds" and job.recipe_for("a/b", 2).seed == 44
    for values in ({}, {"corpus": "x"}, {"corpus": "x", "split": "y", "z": 1}):
        with pytest.raises(ReviewError, match="an object with corpus, split and any of"):
            CrossTraining.from_settings(values)


def test_a_job_runs_in_a_process_of_its_own_and_its_ranking_fits_the_corpus_only(tmp_path: Path) -> None:
    file = tmp_path / "train.txt"
    file.write_text("\n".join([*LINES, "Anna O\nleft O\nBolt B-ORG\n. O\n"]), encoding="utf-8")
    queue = open_queue(tmp_path / "workspace")
    run = submit(queue, CrossTraining(str(file), "train", k=3))
    assert eventually(lambda: queue.job(run.id).status not in ("queued", "running"), seconds=240)
    run = queue.job(run.id)
    assert run.status == "finished", run.message + run.log_tail()
    corpus = open_corpus(str(file), cache_dir=tmp_path / "cache")
    column = corpus.columns[0]
    first = load_ranking(run, corpus).suspicions[0]
    assert (first.index, first.start, first.suggested) == (12, 0, ("B-PER",))
    assert load_ranking([run, run], corpus).suspicions == load_ranking(run, corpus).suspicions
    with pytest.raises(ReviewError, match="can be averaged"):
        load_ranking([run, replace(run, details={**run.details, "column": "other"})], corpus)
    assert [found.id for found in finished_for(queue, corpus, "train", column)] == [run.id]
    assert job_of(run).k == 3 and run.progress.fraction > 0
    assert not list(run.folder.glob("folds-*"))
    with pytest.raises(ReviewError, match="other words or labels"):
        load_ranking(run, replace(corpus, fingerprint="f" * 16))


def test_a_job_that_cannot_be_done_says_why(tmp_path: Path) -> None:
    queue = open_queue(tmp_path)
    run = submit(queue, CrossTraining(str(tmp_path / "nothing.txt"), "train"))
    assert eventually(lambda: queue.job(run.id).status not in ("queued", "running"), seconds=120)
    run = queue.job(run.id)
    assert run.status == "failed" and "nothing.txt" in run.message
    with pytest.raises(ReviewError, match="is failed; wait"):
        load_ranking(run, make_corpus([("a", "O")]))


def test_labels_are_matched_by_name() -> None:
    model = LabelSet(("B-ORG", "O", "S-PER", "B-GPE"), "BIOES")
    moved = in_order(np.array([[0.1, 0.2, 0.3, 0.4]]), model, NER, where="m and c")
    assert np.allclose(moved, [[0.6, 0.3, 0, 0.1, 0]])
    with pytest.raises(ReviewError, match="have no label in common"):
        in_order(np.ones((1, 2)), LabelSet(("O", "B-GPE"), "IOB2"), NER, where="m and c")


def test_suggestions_come_back_in_the_scheme_of_the_corpus() -> None:
    from ner_app.core.review.suspicion.suspicion import rank

    only_inside = LabelSet(("O", "I-PER", "I-ORG"), "IO")
    corpus = make_corpus([("EU bank rejects", "I-PER I-PER O")], only_inside)
    ranked = in_scheme_of(corpus, "tags", NER)
    labels = ranked.label_set("tags")
    probabilities = np.zeros((3, len(labels)))
    for row, name in enumerate(("B-ORG", "I-ORG", "O")):
        probabilities[row, labels.id(name)] = 1
    (found,) = restated(rank(ranked, "train", "tags", probabilities), corpus, "tags")
    assert (found.given, found.suggested) == (("I-PER", "I-PER"), ("I-ORG", "I-ORG"))
