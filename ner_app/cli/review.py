"""The command line of annotation review: suspect, and review export, apply, report."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ner_app.cli.shared import ColumnOption, CorpusOption, chosen_column, model_store, open_named, parsed_settings, quiet_hub
from ner_app.core.errors import NerAppError
from ner_app.settings import read_settings

if TYPE_CHECKING:
    from ner_app.core.corpus.model import Corpus
    from ner_app.core.review.ledger.fold import Ledger
    from ner_app.core.review.suspicion.ranking import RankingWish
    from ner_app.core.review.suspicion.suspicion import Suspicion

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
        list[str] | None,
        typer.Option(help="Model, or checkpoint to cross-train; give it more than once to average several. Default: NER_APP_MODEL."),
    ] = None,
    method: Annotated[
        str,
        typer.Option(
            help="models (as they are, for a split that they have not seen), or cross-training: quick, fine-tune, both (averaged)."
        ),
    ] = "models",
    k: Annotated[int | None, typer.Option("--k", help="Folds of the cross-training; default: 5.")] = None,
    disjoint: Annotated[bool, typer.Option("--disjoint", help="Folds in which no name is judged by a model that saw it.")] = False,
    settings: Annotated[list[str] | None, typer.Option("--set", help="A field of the recipe for fine-tuning, as name=value.")] = None,
) -> None:
    """Rank the doubtful labels of a split."""
    from ner_app.core.review.suspicion.ranking import RankingWish
    from ner_app.core.review.suspicion.suspicion import ranking_rows

    quiet_hub()
    with _writing(output):
        output.open("a", encoding="utf-8").close()  # said now, not after the ranking
    opened = open_named(corpus)
    named, recipe = chosen_column(opened, column), tuple(parsed_settings(settings).items())
    opened.table(split)
    if recipe and method in ("models", "quick"):
        raise NerAppError(f"--set: {recipe[0][0]} is for fine-tuning, and --method {method} fine-tunes nothing.")
    if method == "models" and (k is not None or disjoint):
        raise NerAppError("--k, --disjoint: these are for cross-training; give --method quick, fine-tune or both with them.")
    refs = tuple(model or () if method in ("quick", "fine-tune", "both") else model or [read_settings().model])
    wish = RankingWish(split, named, refs, "suspicion", method, 5 if k is None else k, disjoint, recipe)  # type: ignore[arg-type]
    found = _by_models(opened, wish) if method == "models" else _by_folds(opened, wish)
    with _writing(output), output.open("w", encoding="utf-8") as file:
        count = sum(1 for row in ranking_rows(found) if file.write(json.dumps(row, ensure_ascii=False) + "\n"))
    print(f"{count} doubtful spans in {output}")


@contextmanager
def _writing(output: Path) -> Iterator[None]:
    """Say which output it is where it cannot be written."""
    try:
        yield
    except OSError as error:
        raise NerAppError(f"--output: {output} cannot be written: {error.strerror or error}.") from error


def _by_models(corpus: Corpus, wish: RankingWish) -> Sequence[Suspicion]:
    """Suspicions by models as they are."""
    from ner_app.core.review.suspicion.ranking import seen_note
    from ner_app.core.review.suspicion.suspicion import rank
    from ner_app.core.review.suspicion.word_probabilities import in_scheme_of, model_probabilities, restated

    store = model_store()
    for ref in wish.models:
        if note := seen_note(store, ref, corpus, wish.split):
            typer.echo(f"Warning: {note}", err=True)
    ranked = in_scheme_of(corpus, wish.column, store.get(wish.models[0]).labels)
    found = rank(
        ranked, wish.split, wish.column, [model_probabilities(ranked, wish.split, wish.column, store.get(ref)) for ref in wish.models]
    )
    return found if ranked is corpus else list(restated(found, corpus, wish.column))


def _by_folds(corpus: Corpus, wish: RankingWish) -> Sequence[Suspicion]:
    """Suspicions by cross-training: the same jobs as the Review tab's. Ctrl+C stops them; the same command goes on."""
    from ner_app.core.kinds import open_queue
    from ner_app.core.review.cross_training.follow import cross_train
    from ner_app.core.review.cross_training.job import load_ranking

    settings, stopped, last = read_settings(), threading.Event(), [""]

    def tell(phase: str, share: float) -> None:
        line = f"{share:4.0%} {phase}"
        if line != last[0]:
            typer.echo(line, err=True)
            last[0] = line

    before = signal.signal(signal.SIGINT, lambda *_: stopped.set())
    try:
        queue = open_queue(settings.workspace, max_running=settings.max_running_jobs)
        runs = cross_train(queue, corpus, wish.jobs(corpus.source), tell=tell, stop=stopped.is_set)
    finally:
        signal.signal(signal.SIGINT, before)
    return load_ranking(runs, corpus).suspicions


def open_ledger(corpus: str, column: str) -> Ledger:
    """The decisions of this workspace on a corpus."""
    from ner_app.core.review.ledger.fold import Ledger
    from ner_app.core.review.ledger.store import Store

    opened: Corpus = open_named(corpus)
    settings = read_settings()
    return Ledger(Store(settings.review_database or settings.workspace / "review.db"), opened, chosen_column(opened, column)).refresh()


@review.command("export")
def export_command(
    output: Annotated[Path, typer.Option(help="Folder to write the corrected corpus to (for a patch: the file).")],
    corpus: CorpusOption = "",
    column: ColumnOption = "",
    format: Annotated[str, typer.Option(help="conll, jsonl, parquet, save_to_disk, or patch (holds no word of the corpus).")] = "conll",
) -> None:
    """Write the corrected corpus, or a patch."""
    from ner_app.core.review.exchange.export import export
    from ner_app.core.review.exchange.patch import write_patch

    quiet_hub()
    ledger = open_ledger(corpus, column)
    if format == "patch":
        with _writing(output):
            count = write_patch(ledger, output)
        print(f"{count} changed labels in {output}")
        return
    changes = ledger.changes()
    with _writing(output):
        files = export(ledger.corpus, ledger.column, changes, output, format=format)
    print(f"{len(changes)} changed sentences; wrote {', '.join(str(file) for file in files)}")
    if waiting := ledger.conflicts():
        print(f"{len(waiting)} sentences wait for adjudication and keep their given labels")


@review.command("push")
def push_command(
    repository: Annotated[str, typer.Argument(help="Data set on the Hub: owner/name.")],
    corpus: CorpusOption = "",
    column: ColumnOption = "",
    private: Annotated[bool, typer.Option("--private/--public", help="Who may see a data set that is made now.")] = True,
) -> None:
    """Push the corrected corpus to the Hugging Face Hub, with the token in HF_TOKEN or of `hf auth login`."""
    from ner_app.core.review.exchange.push import push

    ledger = open_ledger(corpus, column)
    print(push(ledger.corpus, ledger.column, ledger.changes(), repository, private=private))


@review.command("apply")
def apply_command(
    patch: Annotated[Path, typer.Argument(help="Patch file.")],
    output: Annotated[Path, typer.Option(help="Folder to write the patched corpus to.")],
    corpus: CorpusOption = "",
    format: Annotated[str, typer.Option(help="conll, jsonl, parquet or save_to_disk.")] = "conll",
) -> None:
    """Apply a patch to your own copy of the corpus; nothing is written where it does not fit."""
    from ner_app.core.review.exchange.export import export
    from ner_app.core.review.exchange.patch import patch_changes

    quiet_hub()
    opened = open_named(corpus)
    column, changes = patch_changes(opened, patch)
    with _writing(output):
        files = export(opened, column, changes, output, format=format)
    print(f"{len(changes)} changed sentences; wrote {', '.join(str(file) for file in files)}")


@review.command("import")
def import_command(
    file: Annotated[Path, typer.Argument(help="File of annotations.")],
    reviewer: Annotated[str, typer.Option(help="Name of whoever made them.")],
    format: Annotated[str, typer.Option(help="label-studio, doccano, argilla, jsonl, or patch.")],
    corpus: CorpusOption = "",
    column: ColumnOption = "",
) -> None:
    """Take annotations made elsewhere, or a patch, as decisions of a reviewer; what does not fit is listed."""
    from ner_app.core.review.exchange.bring import bring_in

    found = bring_in(open_ledger(corpus, column), file, format=format, reviewer=reviewer)
    print(f"{found.reviewer}: decisions stored {found.decisions}, records left out {len(found.left_out)}")
    for line in found.left_out:
        print(f"  {line}")


@review.command("report")
def report_command(
    output: Annotated[Path, typer.Option(help="File to write: .html or .md.")],
    corpus: CorpusOption = "",
    column: ColumnOption = "",
) -> None:
    """Write what the review changed, by type and reviewer, with agreement, yield and the most telling corrections."""
    from ner_app.core.review.exchange.report import make_report, to_markdown
    from ner_app.ui.review.report import report_html

    if output.suffix not in (".html", ".md"):
        raise NerAppError(f"--output: {output} should end in .html or .md.")
    made = make_report(open_ledger(corpus, column))
    with _writing(output):
        output.write_text(report_html(made) if output.suffix == ".html" else to_markdown(made), encoding="utf-8")
    print(f"{made.changed_sentences} changed sentences; report in {output}")


@review.command("compare")
def compare_command(
    old: Annotated[str, typer.Option(help="Model before the review.")],
    new: Annotated[str, typer.Option(help="Model trained on the corrected corpus (see the folder that `review corpus` prints).")],
    corpus: CorpusOption = "",
    split: Annotated[str, typer.Option(help="Split to score on.")] = "test",
    column: ColumnOption = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object, with scores by type, instead of the table.")] = False,
) -> None:
    """Score old and new model on old and new labels."""
    from ner_app.core.review.exchange.comparison import compare_models

    quiet_hub()
    ledger = open_ledger(corpus, column)
    found = compare_models(model_store(), ledger.corpus, ledger.column, ledger.changes(), old=old, new=new, split=split)
    if as_json:
        print(json.dumps(found.as_json(), ensure_ascii=False, indent=2))
        return
    print(f"{'':<10} {'labels':<11} {'precision':>9} {'recall':>9} {'F1':>9} {'support':>8}")
    for row in found.rows:
        overall = row.scores.overall
        print(f"{row.model:<10} {row.labels:<11} {overall.precision:>9.4f} {overall.recall:>9.4f} {overall.f1:>9.4f} {overall.number:>8,}")
    for note in found.notes:
        print(note)


@review.command("corpus")
def corpus_command(corpus: CorpusOption = "", column: ColumnOption = "") -> None:
    """Keep the corrected corpus in the workspace and print its folder, to train on: `train --corpus FOLDER`."""
    from ner_app.core.review.exchange.loop import keep_corrected

    print(keep_corrected(open_ledger(corpus, column), read_settings().workspace))
