"""From errors of the core to messages on the page. A traceback goes to the log, never to the page."""

from __future__ import annotations

import functools
import inspect
import logging
from collections.abc import Callable
from typing import Any, TypeVar

from ner_app.core.errors import NerAppError

log = logging.getLogger("ner_app")
Handler = TypeVar("Handler", bound=Callable[..., Any])


def shows_errors(handler: Handler) -> Handler:
    """Make a handler show a NerAppError as it is, and anything else as a bug that the log explains.

    Works for functions and generators. Use it as a decorator on module-level handlers, below nothing else.
    """
    if inspect.isgeneratorfunction(handler):

        @functools.wraps(handler)
        def generator(*args: Any, **kwargs: Any) -> Any:
            try:
                yield from handler(*args, **kwargs)
            except NerAppError as error:
                raise _as_message(error) from error

        return generator  # type: ignore[return-value]

    @functools.wraps(handler)
    def function(*args: Any, **kwargs: Any) -> Any:
        try:
            return handler(*args, **kwargs)
        except NerAppError as error:
            raise _as_message(error) from error

    return function  # type: ignore[return-value]


def _as_message(error: NerAppError) -> Exception:
    """A gr.Error that stays until it is read. The page renders the message as text: markup in it is escaped first."""
    import gradio as gr

    from ner_app.ui.widgets.render import escape

    log.info("shown to a user: %s", error)
    return gr.Error(escape(str(error)), duration=None, title="That did not work", print_exception=False)


def bind(handler: Callable[..., Any], *core: Any) -> Callable[..., Any]:
    """A handler with its first arguments (core objects) filled in, in a form whose gr.Request and gr.EventData Gradio recognises.

    functools.partial hides the annotations that Gradio looks for, so handlers with such a parameter (or a gr.Progress default) are
    bound with this. Errors of the core are shown as :func:`shows_errors` does; generators stay generators.
    """
    shown = shows_errors(handler)
    rest = list(inspect.signature(handler).parameters.values())[len(core) :]

    if inspect.isgeneratorfunction(handler):

        def bound(*args: Any) -> Any:
            yield from shown(*core, *args)

    else:

        def bound(*args: Any) -> Any:
            return shown(*core, *args)

    bound.__name__ = handler.__name__
    bound.__doc__ = handler.__doc__
    bound.__signature__ = inspect.Signature(rest)  # type: ignore[attr-defined]
    bound.__annotations__ = {p.name: _special(p.annotation) for p in rest if _special(p.annotation)}
    return bound


def _special(annotation: Any) -> Any:
    """The class behind an annotation (or its text) that makes Gradio pass more than an input's value, else None."""
    import gradio as gr

    classes = {"gr.Request": gr.Request, "gr.EventData": gr.EventData, "gr.SelectData": gr.SelectData, "gr.LikeData": gr.LikeData}
    return classes.get(annotation) if isinstance(annotation, str) else annotation if annotation in classes.values() else None
