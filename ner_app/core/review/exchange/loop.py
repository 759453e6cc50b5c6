"""Closing the loop: the corrected corpus as one to train on, and old and new model scored on old and new labels."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ner_app.core.corpus.model import TOKENS, Corpus
from ner_app.core.errors import NerAppError, ReviewError
from ner_app.core.evaluation.evaluate import Evaluation, evaluate, ratios, scored
from ner_app.core.evaluation.metrics import Scores
from ner_app.core.jobs.queue import JobQueue, Run
from ner_app.core.models.predict import Predictor
from ner_app.core.models.store import ModelStore
from ner_app.core.review.exchange.export import corrected, export
from ner_app.core.review.ledger.fold import Ledger
from ner_app.core.review.suspicion.ranking import seen_note
from ner_app.core.training.recipe import Recipe

KEPT = Path("uploads") / "corrected"  # in the workspace: a folder that visitors of a public server may open, too


def safe_name(name: str) -> str:
    """A corpus name as part of a file name.

    >>> safe_name("../my corpus")
    '---my-corpus'
    """
    return "".join(char if char.isalnum() or char in "-_" else "-" for char in name)[:60]


def keep_corrected(ledger: Ledger, workspace: Path) -> Path:
    """Write the corrected corpus under the workspace and return its folder: a source that open_corpus, a recipe and the page take.

    The folder is named after the fingerprint of what is in it, so the same state is written once. Rows are JSON Lines, which hold any word.
    """
    changes = ledger.changes()
    fixed = corrected(ledger.corpus, ledger.column, changes)
    folder = workspace / KEPT / f"{safe_name(ledger.corpus.name)}-{fixed.fingerprint}"
    if not folder.is_dir():
        aside = folder.with_name(f".{uuid.uuid4().hex}")  # two that ask at the same time do not write into each other's folder
        export(ledger.corpus, ledger.column, changes, aside, format="jsonl")
        try:
            aside.rename(folder)
        except OSError:  # the other one was first
            shutil.rmtree(aside, ignore_errors=True)
    return folder.resolve()


def kept_folders(corpus: Corpus, workspace: Path) -> list[Path]:
    """Where :func:`keep_corrected` wrote versions of this corpus, whatever their labels."""
    return sorted(path.resolve() for path in (workspace / KEPT).glob(f"{safe_name(corpus.name)}-*"))


@dataclass(frozen=True)
class Compared:
    """One cell of the table: a model on a set of labels. notes: what a reader of the scores must know."""

    model: str
    labels: str
    scores: Scores
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Plain data: model, labels, and precision, recall, F1 and support (entities in the labels), over all and by type."""
        by_type = {kind: ratios(one) for kind, one in self.scores.by_type.items()}
        return {"model": self.model, "labels": self.labels, "overall": ratios(self.scores.overall), "by_type": by_type}


def compare(
    store: ModelStore, models: Mapping[str, str], corpora: Mapping[str, Corpus], *, split: str, column: str,
    progress: Callable[[float], None] | None = None,
) -> list[Compared]:  # fmt: skip
    """Every model (title -> reference) scored on every corpus (title -> corpus): old and new model on old and new labels.

    A model predicts once and is scored against each corpus: they differ in labels, not in words (ReviewError where they do). A reference
    that stands under two titles predicts once as well. A test split is the honest choice: a model that learned from the corrected train
    split is not scored on it.
    """
    tables = [corpus.table(split) for corpus in corpora.values()]
    words = tables[0].column(TOKENS)
    if not all(table.column(TOKENS).equals(words) for table in tables[1:]):
        raise ReviewError(f"The corpora have other words in {split}; scores can be compared on the same sentences only.")
    found: dict[str, list[tuple[str, Evaluation]]] = {}
    for ref in models.values():
        if ref not in found:
            done = len(found)
            inner = (lambda share, done=done: progress((done + share) / len(set(models.values())))) if progress else None  # type: ignore[misc]
            found[ref] = _evaluations(Predictor(store.get(ref)), corpora, split, column, inner)
    return [Compared(title, name, one.scores, one.notes) for title, ref in models.items() for name, one in found[ref]]


def _evaluations(
    predictor: Predictor, corpora: Mapping[str, Corpus], split: str, column: str, progress: Callable[[float], None] | None
) -> list[tuple[str, Evaluation]]:
    """One model against each corpus, from one set of predictions."""
    (first, corpus), *others = corpora.items()
    one = evaluate(corpus, split, column, predictor, progress=progress)
    return [(first, one), *((name, scored(other, split, column, predictor.model, one.words)) for name, other in others)]


@dataclass(frozen=True)
class Comparison:
    """Old and new model on old and new labels of a split: four rows, and what a reader of them must know.

    types: those of the label column, in its order.
    """

    old: str
    new: str
    split: str
    rows: tuple[Compared, ...]
    notes: tuple[str, ...]
    types: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Plain data; see :meth:`Compared.as_json` for a row."""
        rows = [row.as_json() for row in self.rows]
        return {"old": self.old, "new": self.new, "split": self.split, "rows": rows, "notes": list(self.notes)}


def compare_models(
    store: ModelStore, ledger: Ledger, old: str, new: str, *, split: str, progress: Callable[[float], None] | None = None
) -> Comparison:
    """Two models on the labels that the corpus came with and on the corrected ones, with a warning for each that learned from the split."""
    corpus = ledger.corpus
    fixed = corrected(corpus, ledger.column, ledger.changes())
    models, corpora = {"old model": old, "new model": new}, {"old labels": corpus, "new labels": fixed}
    rows = compare(store, models, corpora, split=split, column=ledger.column, progress=progress)
    seen = [ref for ref in dict.fromkeys((old, new)) if trained_on(store, ref, corpus, split)]
    notes = [
        f"{ref} was trained on these {split} sentences: its scores on them say little. Choose a split that it has not seen." for ref in seen
    ]
    notes += list(dict.fromkeys(note for row in rows for note in row.notes))
    if not any(place[0] == split for place in ledger.changes()):
        notes.append(f"Nothing is corrected in {split}, so old and new labels are the same there.")
    return Comparison(old, new, split, tuple(rows), tuple(notes), tuple(ledger.labels.types))


def trained_on(store: ModelStore, ref: str, corpus: Corpus, split: str) -> bool:
    """Did a run of this app learn from this split, with the given labels or with corrected ones? Of other models nobody knows."""
    sources = [corpus.source, *map(str, kept_folders(corpus, store.workspace))]
    return any(seen_note(store, ref, replace(corpus, source=source), split) for source in sources)


def retrain_recipe(run: Run, folder: Path, column: str) -> Recipe:
    """The recipe of a run with the corpus replaced by a corrected one; everything else stays as it was."""
    name = f"{run.recipe.title.removesuffix(' corrected')[:200]} corrected"
    return run.recipe.changed(corpus=str(folder), column=column, name=name)


def retrainable(jobs: JobQueue, column: str) -> list[Run]:
    """Finished runs that learned this label column (or whose recipe left the column open), newest first."""
    found = []
    for run in jobs.runs():
        try:
            asked = run.recipe.column
        except NerAppError:  # a recipe that was damaged by hand
            continue
        if run.status == "finished" and str(run.details.get("column") or asked) in ("", column):
            found.append(run)
    return found
