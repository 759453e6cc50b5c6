"""The command that opens the app: serve."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ner_app.cli.shared import CorpusOption
from ner_app.settings import read_settings


def register(app: typer.Typer) -> None:
    """Add the command to the app's."""
    app.command()(serve)


def serve(
    corpus: CorpusOption = "",
    host: Annotated[str, typer.Option(help="Address to listen on; default: NER_APP_HOST.")] = "",
    port: Annotated[int, typer.Option(help="Port to listen on; default: NER_APP_PORT.")] = 0,
) -> None:
    """Open the app in a local server."""
    from ner_app.ui.launch import launch

    given: dict[str, Any] = {"corpus": corpus, "host": host, "port": port}
    launch(read_settings(**{name: value for name, value in given.items() if value}))
