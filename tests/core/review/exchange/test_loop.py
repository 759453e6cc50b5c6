"""From decisions to a corpus to train on, and to one table of scores."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ner_app.core.corpus.model import Corpus
from ner_app.core.corpus.open import open_corpus
from ner_app.core.errors import ReviewError
from ner_app.core.evaluation.evaluate import evaluate
from ner_app.core.jobs.queue import JobQueue
from ner_app.core.models.predict import Predictor
from ner_app.core.models.store import ModelStore
from ner_app.core.review.exchange.comparison import compare, trained_on
from ner_app.core.review.exchange.export import corrected
from ner_app.core.review.exchange.loop import keep_corrected, retrain_recipe, retrainable
from ner_app.core.review.ledger.decisions import Decision, sentence_hash
from ner_app.core.review.ledger.fold import Ledger
from ner_app.core.review.ledger.store import Store
from ner_app.core.training.recipe import Recipe
from ner_app.core.training.runs import Runs


def reviewed(corpus: Corpus) -> Ledger:
    ledger = Ledger(Store("sqlite://"), corpus, "ner_tags")
    s = corpus.sentence("train", 2)
    given = s.labels["ner_tags"]
    ledger.write([Decision("ann", corpus.fingerprint, "ner_tags", "train", 2, sentence_hash(s.words), "correct", given, ("B-ORG",))])
    return ledger


def test_the_corrected_corpus_opens_and_is_written_once(course_corpus: Corpus, tmp_path: Path) -> None:
    ledger = reviewed(course_corpus)
    folder = keep_corrected(ledger, tmp_path)
    assert keep_corrected(ledger, tmp_path) == folder
    again = open_corpus(str(folder), cache_dir=tmp_path / "cache")
    assert again.fingerprint == corrected(course_corpus, "ner_tags", ledger.changes()).fingerprint
    assert again.sentence("train", 2).labels["ner_tags"] == ("B-ORG",)


def test_every_model_on_every_set_of_labels(course_corpus: Corpus, tiny_ner: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "other"
    shutil.copytree(tiny_ner, other)
    new = corrected(course_corpus, "ner_tags", reviewed(course_corpus).changes())
    shares: list[float] = []
    asked: list[str] = []
    predict = Predictor.words
    monkeypatch.setattr(Predictor, "words", lambda self, *a, **k: asked.append(self.model.ref) or predict(self, *a, **k))
    store = ModelStore(tmp_path)
    table = compare(
        store, {"old model": str(tiny_ner), "new model": str(other)}, {"old labels": course_corpus, "new labels": new},
        split="train", column="ner_tags", progress=shares.append,
    )  # fmt: skip
    assert [(c.model, c.labels) for c in table] == [
        ("old model", "old labels"), ("old model", "new labels"), ("new model", "old labels"), ("new model", "new labels")
    ]  # fmt: skip
    assert table[0].scores == table[2].scores
    assert table[0].scores.by_type["ORG"].number + 1 == table[1].scores.by_type["ORG"].number
    assert shares == sorted(shares) and shares[-1] <= 1
    assert asked == [str(tiny_ner), str(other)]  # once a model: the words are the same
    alone = evaluate(new, "train", "ner_tags", Predictor(store.get(str(other))))
    assert table[3].scores == alone.scores
    assert table[3].as_json()["overall"] == alone.as_json()["overall"]


def test_corpora_with_other_words_are_not_compared(course_corpus: Corpus, tiny_ner: Path, tmp_path: Path) -> None:
    fewer = replace(course_corpus, tables={"train": course_corpus.table("train").slice(1)})
    with pytest.raises(ReviewError, match="other words"):
        compare(ModelStore(tmp_path), {"m": str(tiny_ner)}, {"a": course_corpus, "b": fewer}, split="train", column="ner_tags")


def finished(root: Path, run_id: str, recipe: Recipe, **details: Any) -> None:
    """A run folder as a finished run leaves it."""
    folder = root / run_id
    folder.mkdir(parents=True)
    (folder / "recipe.json").write_text(recipe.to_json(), encoding="utf-8")
    (folder / "status.json").write_text(json.dumps({"state": "finished", "created": len(run_id), **details}), encoding="utf-8")


def test_a_run_is_done_again_on_the_corrected_corpus(course_corpus: Corpus, tmp_path: Path) -> None:
    jobs = JobQueue(tmp_path / "runs")
    first = Recipe(corpus="course", checkpoint="bert-base-cased", epochs=2, seed=7)
    finished(jobs.root, "a", first, column="ner_tags")
    finished(jobs.root, "aa", first.changed(column="pos_tags"))
    finished(jobs.root, "aaa", first, state="failed")
    (run,) = retrainable(Runs(jobs), "ner_tags")
    recipe = retrain_recipe(run, tmp_path / "fixed", "ner_tags")
    assert recipe == first.changed(corpus=str(tmp_path / "fixed"), column="ner_tags", name="bert-base-cased corrected")
    finished(jobs.root, "aaaa", recipe)
    assert retrain_recipe(retrainable(Runs(jobs), "ner_tags")[0], tmp_path / "fixed", "ner_tags").name == "bert-base-cased corrected"
    (jobs.root / "aaaa" / "recipe.json").write_text("[]", encoding="utf-8")
    (jobs.root / "a" / "recipe.json").write_text("broken", encoding="utf-8")
    assert retrainable(Runs(JobQueue(jobs.root)), "ner_tags") == []


def test_a_model_that_learned_from_a_split_is_known(course_corpus: Corpus, tmp_path: Path) -> None:
    store, folder = ModelStore(tmp_path), keep_corrected(reviewed(course_corpus), tmp_path)
    finished(tmp_path / "runs", "old", Recipe(corpus="course"))
    finished(tmp_path / "runs", "new", Recipe(corpus=str(folder)))
    finished(tmp_path / "runs", "other", Recipe(corpus="elsewhere"))
    seen = {name: trained_on(store, f"run:{name}", course_corpus, "train") for name in ("old", "new", "other", "gone")}
    assert seen == {"old": True, "new": True, "other": False, "gone": False}
    assert not trained_on(store, "run:old", course_corpus, "test") and not trained_on(store, "starter", course_corpus, "train")
