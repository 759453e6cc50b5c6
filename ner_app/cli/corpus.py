"""The commands that look at a corpus: show, inspect."""

from __future__ import annotations

from typing import Annotated

import typer

from ner_app.cli.shared import (
    ColumnOption,
    ColumnsOption,
    CorpusOption,
    SplitOption,
    chosen_column,
    model_store,
    open_named,
    print_json,
    quiet_hub,
)
from ner_app.core.errors import NerAppError
from ner_app.settings import read_settings


def register(app: typer.Typer) -> None:
    """Add the commands to the app's."""
    app.command()(show)
    app.command()(inspect)


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
