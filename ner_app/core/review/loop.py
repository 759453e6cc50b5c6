"""Closing the loop: the corrected corpus as one to train on, and old and new model scored on old and new labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ner_app.core.corpus.model import Corpus
from ner_app.core.evaluate import evaluate
from ner_app.core.metrics import Scores
from ner_app.core.models import ModelStore
from ner_app.core.predict import Predictor
from ner_app.core.review.export import corrected, export
from ner_app.core.review.fold import Ledger


def keep_corrected(ledger: Ledger, workspace: Path) -> Path:
    """Write the corrected corpus under the workspace and return its folder: a source that open_corpus, a recipe and the page take.

    The folder is named after the fingerprint of what is in it, so the same state is written once. Rows are JSON Lines, which hold any word.
    """
    changes = ledger.changes()
    fixed = corrected(ledger.corpus, ledger.column, changes)
    safe = "".join(char if char.isalnum() or char in "-_" else "-" for char in ledger.corpus.name)[:60]
    folder = workspace / "uploads" / "corrected" / f"{safe}-{fixed.fingerprint}"
    if not folder.is_dir():
        aside = folder.with_name(folder.name + ".part")
        export(ledger.corpus, ledger.column, changes, aside, format="jsonl")
        aside.rename(folder)
    return folder.resolve()


@dataclass(frozen=True)
class Compared:
    """One cell of the table: a model on a set of labels."""

    model: str
    labels: str
    scores: Scores


def compare(
    store: ModelStore, models: Mapping[str, str], corpora: Mapping[str, Corpus], *, split: str, column: str,
    progress: Callable[[float], None] | None = None,
) -> list[Compared]:  # fmt: skip
    """Every model (title -> reference) scored on every corpus (title -> corpus): old and new model on old and new labels.

    A test split is the honest choice: a model that learned from the corrected train split is not scored on it.
    """
    found: list[Compared] = []
    total = len(models) * len(corpora)
    for title, ref in models.items():
        predictor = Predictor(store.get(ref))
        for name, corpus in corpora.items():
            done = len(found)
            inner = (lambda share, done=done: progress((done + share) / total)) if progress else None  # type: ignore[misc]
            found.append(Compared(title, name, evaluate(corpus, split, column, predictor, progress=inner).scores))
    return found
