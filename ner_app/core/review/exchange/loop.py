"""Closing the loop: the corrected corpus as one to train on, with the settings of an earlier run."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path

from ner_app.core.corpus.model import Corpus
from ner_app.core.errors import NerAppError
from ner_app.core.review.exchange.export import corrected, export
from ner_app.core.review.ledger.fold import Ledger
from ner_app.core.training.recipe import Recipe
from ner_app.core.training.runs import Run, Runs

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


def retrain_recipe(run: Run, folder: Path, column: str) -> Recipe:
    """The recipe of a run with the corpus replaced by a corrected one; everything else stays as it was."""
    name = f"{run.recipe.title.removesuffix(' corrected')[:200]} corrected"
    return run.recipe.changed(corpus=str(folder), column=column, name=name)


def retrainable(runs: Runs, column: str) -> list[Run]:
    """Finished runs that learned this label column (or whose recipe left the column open), newest first."""
    found = []
    for run in runs.all():
        try:
            asked = run.recipe.column
        except NerAppError:  # a recipe that was damaged by hand
            continue
        if run.status == "finished" and str(run.details.get("column") or asked) in ("", column):
            found.append(run)
    return found
