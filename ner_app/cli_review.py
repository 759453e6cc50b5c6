"""The command line of annotation review: suspect, and review export, apply, report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ner_app.cli_support import ColumnOption, CorpusOption, chosen_column, model_store, open_named, quiet_hub
from ner_app.core.errors import NerAppError
from ner_app.settings import read_settings

if TYPE_CHECKING:
    from ner_app.core.corpus.model import Corpus
    from ner_app.core.review.fold import Ledger

review = typer.Typer(help="Take a review away: the corrected corpus, a patch, a report.", rich_markup_mode=None)


def register(app: typer.Typer) -> None:
    """Add the commands to the app's."""
    app.command()(suspect)
    app.add_typer(review, name="review")


def suspect(
    output: Annotated[Path, typer.Option(help="File to write: JSON Lines, one row a token span, most doubtful first.")],
    corpus: CorpusOption = "",
    split: Annotated[str, typer.Option(help="Split whose labels are doubted.")] = "test",
    column: ColumnOption = "",
    model: Annotated[
        list[str] | None, typer.Option(help="Model; give it more than once to average several. Default: NER_APP_MODEL.")
    ] = None,
) -> None:
    """Rank the doubtful labels of a split that the models were not trained on."""
    from ner_app.core.corpus.model import TOKENS
    from ner_app.core.predict import Predictor
    from ner_app.core.review.probabilities import word_probabilities
    from ner_app.core.review.suspicion import rank, ranking_rows

    quiet_hub()
    opened, store = open_named(corpus), model_store()
    named = chosen_column(opened, column)
    words = opened.table(split).column(TOKENS).to_pylist()
    predictors = [Predictor(store.get(ref)) for ref in model or [read_settings().model]]
    probabilities = [word_probabilities(p, words, opened.label_set(named)) for p in predictors]
    rows = ranking_rows(rank(opened, split, named, probabilities))
    try:
        with output.open("w", encoding="utf-8") as file:
            count = sum(1 for row in rows if file.write(json.dumps(row, ensure_ascii=False) + "\n"))
    except OSError as error:
        raise NerAppError(f"--output: {output} cannot be written: {error.strerror}.") from error
    print(f"{count} doubtful spans in {output}")


def open_ledger(corpus: str, column: str) -> Ledger:
    """The decisions of this workspace on a corpus."""
    from ner_app.core.review.fold import Ledger
    from ner_app.core.review.store import Store

    opened: Corpus = open_named(corpus)
    return Ledger(Store(read_settings().workspace / "review.db"), opened, chosen_column(opened, column)).refresh()


@review.command("export")
def export_command(
    output: Annotated[Path, typer.Option(help="Folder to write the corrected corpus to (for a patch: the file).")],
    corpus: CorpusOption = "",
    column: ColumnOption = "",
    format: Annotated[str, typer.Option(help="conll, jsonl, parquet, save_to_disk, or patch (holds no word of the corpus).")] = "conll",
) -> None:
    """Write the corrected corpus, or a patch."""
    from ner_app.core.review.export import export
    from ner_app.core.review.patch import write_patch

    ledger = open_ledger(corpus, column)
    if format == "patch":
        print(f"{write_patch(ledger, output)} changed labels in {output}")
        return
    changes = ledger.changes()
    files = export(ledger.corpus, ledger.column, changes, output, format=format)
    print(f"{len(changes)} changed sentences; wrote {', '.join(str(file) for file in files)}")
    if waiting := ledger.conflicts():
        print(f"{len(waiting)} sentences wait for adjudication and keep their given labels")


@review.command("apply")
def apply_command(
    patch: Annotated[Path, typer.Argument(help="Patch file.")],
    output: Annotated[Path, typer.Option(help="Folder to write the patched corpus to.")],
    corpus: CorpusOption = "",
    format: Annotated[str, typer.Option(help="conll, jsonl, parquet or save_to_disk.")] = "conll",
) -> None:
    """Apply a patch to your own copy of the corpus; nothing is written where it does not fit."""
    from ner_app.core.review.export import export
    from ner_app.core.review.patch import patch_changes

    opened = open_named(corpus)
    column, changes = patch_changes(opened, patch)
    files = export(opened, column, changes, output, format=format)
    print(f"{len(changes)} changed sentences; wrote {', '.join(str(file) for file in files)}")
