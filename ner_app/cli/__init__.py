"""The command line: everything that a tab does, without a screen.

A wrong argument ends with exit code 2 and one line on standard error that says what to do.
"""

from __future__ import annotations

import sys

import typer

from ner_app.cli import corpus, models, review, server, training
from ner_app.core.errors import NerAppError

app = typer.Typer(help="See, train, evaluate and review token classification.", add_completion=False, rich_markup_mode=None)
for group in (server, corpus, training, models, review):  # in the order of --help
    group.register(app)

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
