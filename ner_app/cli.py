"""The command line: everything that a tab does, without a screen.

A wrong argument ends with exit code 2 and one line on standard error that says what to do.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ner_app.core.errors import NerAppError
from ner_app.settings import read_settings

if TYPE_CHECKING:
    from ner_app.core.corpus.model import Corpus
    from ner_app.core.models import ModelStore

app = typer.Typer(help="See, train, evaluate and review token classification.", add_completion=False, rich_markup_mode=None)

UsageError: type[Exception] = typer.BadParameter.__mro__[1]  # Typer keeps a click of its own; this is its UsageError

CorpusOption = Annotated[str, typer.Option(help="Hub id (with @revision), folder, file, or 'sample'; default: NER_APP_CORPUS.")]
ColumnsOption = Annotated[str, typer.Option(help="Columns of a column file, comma-separated: tokens,pos_tags,chunk_tags,ner_tags.")]
SplitOption = Annotated[str, typer.Option(help="Split: train, validation, test, ...")]
ColumnOption = Annotated[str, typer.Option(help="Label column; default: the first one, NER where there is one.")]
ModelOption = Annotated[str, typer.Option(help="'starter', 'run:<id>', a folder or a Hub id; default: NER_APP_MODEL.")]


def main(arguments: list[str] | None = None) -> None:
    """Run a command; errors that a user can mend go to standard error on one line, with exit code 2."""
    try:
        code = app(arguments or sys.argv[1:] or ["--help"], standalone_mode=False)
    except UsageError as error:
        parameter = getattr(error, "param", None)
        named = f"{parameter.opts[0]}: " if parameter else ""
        code = complain(f"{named}{getattr(error, 'message', error)}")
    except NerAppError as error:
        code = complain(str(error))
    except typer.Abort:
        code = 130
    sys.exit(code if isinstance(code, int) else 0)


def complain(message: str) -> int:
    """One line on standard error; the exit code for a wrong argument."""
    print(f"ner_app: {' '.join(message.split())}", file=sys.stderr)
    return 2


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
    from ner_app.core.models import ModelStore

    settings = read_settings()
    return ModelStore(settings.workspace, default=settings.model, max_mb=settings.max_model_mb)


def print_json(value: Any) -> None:
    """JSON for people and programs: two spaces, words as they are."""
    print(json.dumps(value, indent=2, ensure_ascii=False))


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
    index: Annotated[int, typer.Option(help="Sentence, counted from 0; -1 prints the schema and what was found at the door.")] = -1,
    column: ColumnOption = "",
    columns: ColumnsOption = "",
) -> None:
    """Print a sentence as two lines, words over labels; without --index, what the corpus is."""
    from ner_app.core.corpus.describe import describe

    opened = open_named(corpus, columns)
    print(describe(opened) if index < 0 else opened.sentence(split, index).two_lines(chosen_column(opened, column)))
