"""The command line: everything that a tab does, without a screen.

A wrong argument ends with exit code 2 and one line on standard error that says what to do.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from ner_app.cli import review as cli_review
from ner_app.cli.shared import (  # fmt: skip
    ColumnOption,
    ColumnsOption,
    CorpusOption,
    ModelOption,
    SplitOption,
    chosen_column,
    model_store,
    open_named,
    parsed_settings,
    print_json,
    quiet_hub,
)
from ner_app.core.errors import NerAppError
from ner_app.settings import read_settings

app = typer.Typer(help="See, train, evaluate and review token classification.", add_completion=False, rich_markup_mode=None)

UsageError: type[Exception] = typer.BadParameter.__mro__[1]  # Typer keeps a click of its own; this is its UsageError


def main(arguments: list[str] | None = None) -> None:
    """Run a command; errors that a user can mend go to standard error on one line, with exit code 2."""
    try:
        code = app(arguments or sys.argv[1:] or ["--help"], standalone_mode=False)
    except UsageError as error:
        parameter = getattr(error, "param", None)
        said = getattr(error, "message", "") or "it is missing; see --help."
        code = complain(f"{parameter.opts[0]}: {said}" if parameter else str(said))
    except NerAppError as error:
        code = complain(str(error))
    except typer.Abort:
        code = 130
    sys.exit(code if isinstance(code, int) else 0)


def complain(message: str) -> int:
    """One line on standard error; the exit code for a wrong argument."""
    print(f"ner_app: {' '.join(message.split())}", file=sys.stderr)
    return 2


@app.command()
def serve(
    corpus: CorpusOption = "",
    host: Annotated[str, typer.Option(help="Address to listen on; default: NER_APP_HOST.")] = "",
    port: Annotated[int, typer.Option(help="Port to listen on; default: NER_APP_PORT.")] = 0,
) -> None:
    """Open the app in a local server."""
    from ner_app.ui.launch import launch

    given: dict[str, Any] = {"corpus": corpus, "host": host, "port": port}
    launch(read_settings(**{name: value for name, value in given.items() if value}))


@app.command()
def show(
    corpus: CorpusOption = "",
    split: SplitOption = "train",
    index: Annotated[int, typer.Option(min=-1, help="Sentence, counted from 0; -1 prints the schema and what was found at the door.")] = -1,
    column: ColumnOption = "",
    columns: ColumnsOption = "",
) -> None:
    """Print a sentence as two lines, words over labels; without --index, what the corpus is."""
    from ner_app.core.corpus.describe import describe

    opened = open_named(corpus, columns)
    opened.table(split)  # checked even where the whole corpus is described
    name = chosen_column(opened, column)
    print(describe(opened) if index < 0 else opened.sentence(split, index).two_lines(name))


@app.command()
def inspect(
    corpus: CorpusOption = "",
    split: SplitOption = "train",
    index: Annotated[int, typer.Option(min=0, help="Sentence, counted from 0.")] = 0,
    column: ColumnOption = "",
    columns: ColumnsOption = "",
    checkpoint: Annotated[str, typer.Option(help="Checkpoint whose tokenizer is asked; default: NER_APP_MODEL.")] = "",
    policy: Annotated[str, typer.Option(help="Label of continuing subwords: every (B- becomes I-), first, same.")] = "every",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print subword tokens, word ids and aligned labels of a sentence."""
    from ner_app.core.tokenization.alignment import POLICIES, inspect_json

    if policy not in POLICIES:
        raise NerAppError(f"--policy: {policy!r} is not one of {', '.join(POLICIES)}.")
    quiet_hub()
    opened = open_named(corpus, columns)
    tokenizer = model_store().tokenizer(checkpoint or read_settings().model)
    seen = inspect_json(opened, split, index, column=chosen_column(opened, column), tokenizer=tokenizer, policy=policy)
    if as_json:
        print_json(seen)
        return
    for name in ("tokens", "word_ids", "labels", "label_ids"):
        print(f"{name:10}{seen[name]}")


@app.command()
def train(
    output: Annotated[Path, typer.Option(help="Folder for the finished model; must not exist yet or be empty.")],
    corpus: CorpusOption = "",
    checkpoint: Annotated[str, typer.Option(help="Hub id, folder, or run:<id> to fine-tune.")] = "bert-base-cased",
    column: ColumnOption = "",
    policy: Annotated[str, typer.Option(help="Label of continuing subwords: every, first, same.")] = "every",
    learning_rate: Annotated[float, typer.Option(help="Peak learning rate.")] = 2e-5,
    epochs: Annotated[float, typer.Option(help="Passes over the training sentences.")] = 3.0,
    batch_size: Annotated[int, typer.Option(help="Sentences a step.")] = 8,
    weight_decay: Annotated[float, typer.Option(help="Weight decay.")] = 0.01,
    train_sentences: Annotated[int, typer.Option(help="Use so many training sentences; 0 for all.")] = 0,
    settings: Annotated[list[str] | None, typer.Option("--set", help="Any other field of the recipe, as name=value.")] = None,
) -> None:
    """Fine-tune a checkpoint: the same recipe, queue and run folder as in the Train tab."""
    from ner_app.core.training.recipe import Recipe

    quiet_hub()
    given = {
        "corpus": corpus or read_settings().corpus, "checkpoint": checkpoint, "column": column, "policy": policy, "epochs": epochs,
        "learning_rate": learning_rate, "batch_size": batch_size, "weight_decay": weight_decay, "train_sentences": train_sentences,
    }  # fmt: skip
    recipe = Recipe.from_values(given | parsed_settings(settings))
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise NerAppError(f"--output: {output} exists and is not an empty folder; name another one.")
    follow(recipe, output)


def follow(recipe: Any, output: Path) -> None:
    """Run a recipe to its end, printing what happens; Ctrl+C stops it at the next step and keeps the model so far."""
    import shutil
    import time

    from ner_app.core.kinds import open_queue
    from ner_app.core.training.runs import Runs

    settings = read_settings()
    queue = open_queue(settings.workspace, max_running=settings.max_running_jobs)
    runs = Runs(queue)
    run, offset = runs.submit(recipe), 0
    print(f"run {run.id} in {run.folder}")
    while True:
        try:
            run = runs.get(run.id)
            events, offset = run.events(offset)
            for event in events:
                print(event_line(event), flush=True)
            if not run.active and run.status != "queued":
                break
            time.sleep(0.5)
        except KeyboardInterrupt:
            print("stopping at the next step", flush=True)
            queue.stop(run.id)
    if run.model_folder is None:
        raise NerAppError(f"The run {run.id} {run.status}: {run.message or 'see ' + str(run.folder / 'log.txt')}")
    shutil.copytree(run.model_folder, output, dirs_exist_ok=True)
    print(f"{run.status}: model in {output}")


def event_line(event: dict[str, Any]) -> str:
    """One event of a run as a line."""
    numbers = {name: value for name, value in event.items() if isinstance(value, int | float) and name != "time"}
    scores = event.get("scores")
    if isinstance(scores, dict):
        numbers |= {name.removeprefix("overall_"): value for name, value in scores.items() if isinstance(value, float)}
    return f"{event.get('kind', '')} {event.get('split', '')} ".strip() + " " + " ".join(f"{n}={v:.6g}" for n, v in numbers.items())


@app.command()
def predict(
    text: Annotated[
        list[str] | None, typer.Option(help="Text; give it more than once for more texts, or none to read standard input.")
    ] = None,
    model: ModelOption = "",
    aggregation: Annotated[str, typer.Option(help="none, simple, first, average or max.")] = "simple",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Highlight entities in text."""
    from ner_app.core.models.predict import predict_json

    quiet_hub()
    texts = text or [sys.stdin.read()]
    if not any(one.strip() for one in texts):
        raise NerAppError('--text: there is no text to read; give --text "...", or send text to standard input.')
    found = predict_json(model_store().get(model or read_settings().model), texts, aggregation)
    if as_json:
        print_json(found if len(texts) > 1 else found[0])
        return
    for entities in found:
        for one in entities:
            kind = one.get("entity_group") or one.get("entity")
            print(f"{one['start']:>6} {one['end']:>6}  {kind:<8} {one['score']:.4f}  {one['word']}")


@app.command()
def evaluate(
    corpus: CorpusOption = "",
    split: SplitOption = "test",
    column: ColumnOption = "",
    columns: ColumnsOption = "",
    model: ModelOption = "",
    types: Annotated[str, typer.Option(help="Types that differ, corpus=model: corporation=ORG,product=O.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Score a model on a split: precision, recall, F1 and support, overall and per type."""
    from ner_app.core.evaluation.evaluate import evaluate_json, parse_types

    quiet_hub()
    opened = open_named(corpus, columns)
    loaded = model_store().get(model or read_settings().model)
    seen = evaluate_json(opened, split, chosen_column(opened, column), loaded, types=parse_types(types))
    if as_json:
        print_json(seen)
        return
    print(f"{'':<12} {'precision':>9} {'recall':>9} {'F1':>9} {'support':>9}")
    for name, row in {**seen["by_type"], "overall": seen["overall"]}.items():
        print(f"{name:<12} {row['precision']:>9.4f} {row['recall']:>9.4f} {row['f1']:>9.4f} {row['support']:>9}")
    for note in seen["notes"]:
        print(note)


cli_review.register(app)
