"""What the commands share: options, the corpus and the models they name, printing."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ner_app.settings import read_settings

if TYPE_CHECKING:
    from ner_app.core.corpus.model import Corpus
    from ner_app.core.models.store import ModelStore

CorpusOption = Annotated[str, typer.Option(help="Hub id (with @revision), folder, file, or 'sample'; default: NER_APP_CORPUS.")]
ColumnsOption = Annotated[str, typer.Option(help="Columns of a column file, comma-separated: tokens,pos_tags,chunk_tags,ner_tags.")]
SplitOption = Annotated[str, typer.Option(help="Split: train, validation, test, ...")]
ColumnOption = Annotated[str, typer.Option(help="Label column; default: the first one, NER where there is one.")]
ModelOption = Annotated[str, typer.Option(help="'starter', 'run:<id>', a folder or a Hub id; default: NER_APP_MODEL.")]


def parsed_settings(pairs: list[str] | None) -> dict[str, Any]:
    """What ``--set`` gave; NerAppError where it is not of the form name=value."""
    from ner_app.core.errors import RecipeError
    from ner_app.core.training.recipe import parse_settings

    try:
        return parse_settings(pairs or ())
    except RecipeError as error:
        raise RecipeError(f"--set: {error}") from error


def quiet_hub() -> None:
    """No progress bars or advice of the model libraries among the lines that a command prints."""
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("HF_DATASETS_DISABLE_PROGRESS_BARS", "1")


def open_named(source: str, columns: str = "") -> Corpus:
    """The corpus that the options name, else the configured one."""
    from ner_app.core.corpus.open import open_corpus

    settings = read_settings()
    names = [name.strip() for name in columns.split(",") if name.strip()] or None
    return open_corpus(source or settings.corpus, columns=names, cache_dir=settings.workspace / "cache")


def chosen_column(corpus: Corpus, column: str) -> str:
    """The column asked for, checked, else the corpus's first."""
    if column:
        corpus.label_set(column)
    return column or corpus.columns[0]


def model_store() -> ModelStore:
    """The models of this workspace."""
    from ner_app.core.models.store import ModelStore

    settings = read_settings()
    return ModelStore(settings.workspace, default=settings.model, max_mb=settings.max_model_mb)


def print_json(value: Any) -> None:
    """JSON for people and programs: two spaces, words as they are."""
    print(json.dumps(value, indent=2, ensure_ascii=False))
