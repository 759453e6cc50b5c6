"""What the tabs share: the services behind them, the view that a visitor is on, and the components that hold it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode

if TYPE_CHECKING:
    import gradio as gr

    from ner_app.core.corpus.library import Library
    from ner_app.core.jobs.queue import JobQueue
    from ner_app.core.models.store import ModelStore
    from ner_app.core.review.desk import ReviewDesk
    from ner_app.core.training.runs import Runs
    from ner_app.settings import Settings


@dataclass(frozen=True)
class Services:
    """The core objects of one app, shared by all visitors; each is safe to use from many threads."""

    settings: Settings
    corpora: Library
    models: ModelStore
    jobs: JobQueue
    reviews: ReviewDesk = None  # type: ignore[assignment]  # always there in the app; tests of other tabs do without

    @property
    def runs(self) -> Runs:
        """The training runs among the jobs."""
        from ner_app.core.training.runs import Runs

        return Runs(self.jobs)


@dataclass(frozen=True)
class View:
    """Where a visitor is: corpus, split, label column, sentence, search. The address says the same.

    ``source`` is empty until a corpus is open; a handler that finds it empty shows its empty state.
    ``search`` is a Query in its compact form (see ner_app.core.corpus.query), empty for none.

    >>> View("sample", "train", "ner_tags", 4).at(7).address()
    'corpus=sample&split=train&column=ner_tags&index=7'
    """

    source: str = ""
    split: str = ""
    column: str = ""
    index: int = 0
    search: str = ""

    def at(self, index: int) -> View:
        """The same view on another sentence."""
        return replace(self, index=index)

    def address(self, **more: str) -> str:
        """The query string of a link to this view; empty parts are left out."""
        parts = {"corpus": self.source, "split": self.split, "column": self.column, "index": str(self.index), "search": self.search, **more}
        return urlencode({name: value for name, value in parts.items() if value})

    @classmethod
    def from_address(cls, query: str) -> View:
        """A view from a query string; what is missing or not a number is left at its default.

        >>> View.from_address("?corpus=sample&index=x").index
        0
        """
        fields = {name: values[-1] for name, values in parse_qs(query.lstrip("?")).items()}
        index = fields.get("index", "")
        return cls(
            source=fields.get("corpus", ""),
            split=fields.get("split", ""),
            column=fields.get("column", ""),
            index=int(index) if index.isdecimal() and len(index) < 12 else 0,
            search=fields.get("search", ""),
        )


@dataclass(frozen=True)
class Shared:
    """Components that every tab may read, and a few that it may write.

    view: gr.State of a View. Its ``.change`` event fires once whenever corpus, split, column, sentence or search changed (from the
    context bar, the address, or a tab): tabs redraw on it. A tab that moves to another sentence outputs ``view.at(index)`` to it.
    model: gr.Dropdown whose value is a model reference ("starter", "run:<id>", a folder, a Hub id; "" for none).
    tabs: gr.Tabs; output ``gr.update(selected="inspect")`` to go there (ids: browse, inspect, train, predict, review).
    review: gr.State of the name of a queue that Review is to open, written by :func:`to_review`.
    """

    view: gr.State
    model: gr.Dropdown
    tabs: gr.Tabs
    review: gr.State

    def redraw(self) -> list[Any]:
        """The events on which a tab that shows the current sentence redraws."""
        return [self.view.change]


def to_review(queue: str) -> tuple[Any, tuple[str, float]]:
    """Values of ``tabs`` and ``review`` that open a queue in the Review tab, also the one that was sent last."""
    import time

    import gradio as gr

    return gr.update(selected="review"), (queue, time.time())
