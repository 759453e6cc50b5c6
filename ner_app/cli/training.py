"""The command that trains: train, which follows its run to the end."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ner_app.cli.shared import ColumnOption, CorpusOption, parsed_settings, quiet_hub
from ner_app.core.errors import NerAppError
from ner_app.settings import read_settings


def register(app: typer.Typer) -> None:
    """Add the command to the app's."""
    app.command()(train)


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
