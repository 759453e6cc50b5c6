"""The commands that ask a model: predict, evaluate."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from ner_app.cli.shared import (  # fmt: skip
    ColumnOption,
    ColumnsOption,
    CorpusOption,
    ModelOption,
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
    app.command()(predict)
    app.command()(evaluate)


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
