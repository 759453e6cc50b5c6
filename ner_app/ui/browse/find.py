"""The find panel of Browse: from fields to a Query and back, and the line that says what was found."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import gradio as gr

from ner_app.core.corpus.model import Corpus
from ner_app.core.corpus.query import Hits, Mode, Query, parse_range, search, write_range
from ner_app.core.corpus.sources import column_title
from ner_app.core.errors import LabelError, NerAppError, QueryError
from ner_app.core.review.queues.makers import from_search_text
from ner_app.ui.context import Services, View, to_review
from ner_app.ui.widgets import render, render_rows

if TYPE_CHECKING:
    from gradio.components import Component

MODES = [("text", "plain"), ("whole words", "word"), ("regular expression", "regex")]
REGEX_HELP = r"Regular expressions are RE2: no look-around, no back-references; `\w`, `\d` and `\b` are ASCII (`\p{L}`: any letter)."
PAGE = 10  # sentences
MAX_LEGEND = 14  # types; the labels of a column with more (part of speech) are read under the words
QUICK = 0.5  # seconds: a search that took longer is not repeated in the other splits


@dataclass(frozen=True)
class FindPanel:
    """Components of the panel."""

    words: gr.Textbox
    mode: gr.Dropdown
    case: gr.Checkbox
    column: gr.Dropdown
    label: gr.Dropdown
    surface: gr.Textbox
    length: gr.Textbox
    entities: gr.Textbox
    more: gr.Accordion
    go: gr.Button
    clear: gr.Button

    @property
    def fields(self) -> list[Component]:
        """What a search is made of, in the order in which :func:`read_fields` takes the values."""
        return [self.words, self.mode, self.case, self.column, self.label, self.surface, self.length, self.entities]

    @property
    def filled(self) -> list[Any]:
        """What :func:`fill_fields` gives values for."""
        return [*self.fields, self.more]


def html(value: str, elem_id: str, *, js: str = render.ACTIONS_JS) -> gr.HTML:
    """HTML of ui.render, in the page's own style, whose actions can be clicked."""
    return gr.HTML(value, elem_id=elem_id, js_on_load=js, apply_default_css=False)


def find_panel() -> FindPanel:
    """Lay the panel out: the words in one row, the other filters folded away."""
    with gr.Row(elem_id="find-row", equal_height=True):
        words = gr.Textbox(
            label="Find words", placeholder="Find words", show_label=False, container=False, scale=6, min_width=220,
            max_length=1000, elem_id="find-words", elem_classes=["focus-slash"], html_attributes=gr.InputHTMLAttributes(spellcheck=False),
        )  # fmt: skip
        mode = gr.Dropdown(
            MODES, value="plain", show_label=False, label="how", container=False, scale=2, min_width=150, elem_id="find-mode"
        )
        case = gr.Checkbox(False, label="Match case", container=False, scale=0, min_width=116, elem_id="find-case")
        go = gr.Button("Find", variant="primary", scale=0, min_width=80, elem_id="find-go")
        clear = gr.Button("Clear", scale=0, min_width=80, elem_id="find-clear")
    with gr.Accordion("More filters", open=False, elem_id="find-more") as more:
        column, label, surface, length, entities = _more_filters()
        gr.Markdown(REGEX_HELP, elem_id="find-help")
    return FindPanel(words, mode, case, column, label, surface, length, entities, more, go, clear)


def _more_filters() -> tuple[gr.Dropdown, gr.Dropdown, gr.Textbox, gr.Textbox, gr.Textbox]:
    with gr.Row(equal_height=True):
        column = gr.Dropdown([], label="In the labels", scale=1, min_width=120, elem_id="find-column")
        label = gr.Dropdown([], label="Label or type present", scale=2, min_width=170, elem_id="find-label")
        surface = gr.Textbox(label="Entity that reads exactly", scale=3, min_width=200, max_length=1000, elem_id="find-surface")
        length = gr.Textbox(label="Words in the sentence", placeholder="5-10, 20-, -4", scale=1, min_width=130, elem_id="find-length")
        entities = gr.Textbox(label="Number of entities", placeholder="2-, 0", scale=1, min_width=130, elem_id="find-entities")
    return column, label, surface, length, entities


def read_fields(
    view: View, words: str, mode: Mode, case: bool, column: str | None, label: str | None, surface: str, length: str, entities: str
) -> Query:
    """The query that the fields stand for. QueryError for a range that is none.

    The column is written down only where something asks for it, so that a search for words alone stays valid under any labels.
    """
    low, high = parse_range("Words in the sentence", length)
    fewest, most = parse_range("Number of entities", entities)
    asks = label or surface or entities.strip()
    query = Query(words, mode, case, (column or view.column) if asks else "", label or "", surface, low, high, fewest, most)
    return Query() if query.is_empty else query


def find(services: Services, view: View, *values: Any) -> tuple[Any, str, Any]:
    """Run the search of the fields: the view on its first hit (the sentence stays if it is one), a message, and what is filled in.

    A search that cannot be run leaves view and fields as they are and says why.
    """
    if not view.source:
        return gr.skip(), "", gr.skip()
    corpus = services.corpora.get(view.source)
    try:
        query = read_fields(view, *values)
        hits = run(services, corpus, view.split, query, view.column)
    except (QueryError, LabelError) as error:
        return gr.skip(), render.notice(str(error), kind="error"), gr.skip()
    found = len(hits) > 0
    index = view.index if not found or view.index in hits.indices else int(hits.indices[0])
    view = replace(view, index=index, search=str(query))
    return view, "", filled_for(view)


def run(services: Services, corpus: Corpus, split: str, query: Query, column: str) -> Hits:
    """A search within the time that the settings allow, about the column shown where the query names none."""
    return search(corpus, split, replace(query, column=query.column or column), seconds=services.settings.search_seconds)


def hits_of(services: Services, view: View) -> tuple[Corpus, Hits]:
    """The corpus and the hits of a view's search (every sentence where there is none)."""
    corpus = services.corpora.get(view.source)
    return corpus, run(services, corpus, view.split, Query.parse(view.search), view.column)


def status_line(services: Services, corpus: Corpus, view: View, hits: Hits) -> str:
    """How many sentences match, here and in the other splits; at the end of the line the place among them and the legend."""
    right = _place(corpus, view, hits)
    if hits.query.is_empty:
        return render.line(f"{hits.total:,} sentence{'' if hits.total == 1 else 's'} in {view.split}", right=right)
    verb = "matches" if len(hits) == 1 else "match"
    others = _other_splits(services, corpus, view, hits)
    links = [render.Action(f"{count:,} in {split}", "split", {"split": split}) for split, count in others if count]
    text = f"{len(hits):,} of {hits.total:,} sentences {verb} in {view.split}{'; also' if links else ''}"
    review = [render.Action("Review these" if len(hits) > 1 else "Review it", "review")] if len(hits) else []
    return render.line(text, actions=[*links, *review, render.Action("Clear the search", "clear")], right=right)


def _place(corpus: Corpus, view: View, hits: Hits) -> str:
    """Where in the list one is, and the legend."""
    types = corpus.label_set(view.column).types
    legend = render_rows.legend(types) if len(types) <= MAX_LEGEND else ""
    if not len(hits):
        return legend
    pages = -(-len(hits) // PAGE)
    where = f"{hits.rank(view.index) + 1:,} of {len(hits):,}, page {hits.rank(view.index) // PAGE + 1:,} of {pages:,}"
    return render.line(where) + legend


def _other_splits(services: Services, corpus: Corpus, view: View, hits: Hits) -> list[tuple[str, int]]:
    """Hits in each other split, where the search was quick."""
    counts: list[tuple[str, int]] = []
    for split in corpus.splits if hits.seconds < QUICK and sum(corpus.sizes.values()) <= 200_000 else ():
        if split != view.split:
            try:
                counts.append((split, len(run(services, corpus, split, hits.query, view.column))))
            except NerAppError:
                continue  # it ran here; that it is too slow elsewhere is no error of this view
    return counts


def filled_for(view: View) -> tuple[str, str, str]:
    """What of a view the fields depend on."""
    return view.source, view.column, view.search


def fill_fields(services: Services, view: View, filled: tuple[str, ...]) -> tuple[Any, ...]:
    """Values of the fields for a view whose search came from elsewhere (the address, a number clicked), else nothing.

    ``filled`` is what they were filled for last; the last output is its new value.
    """
    if not view.source or filled_for(view) == filled:
        return (gr.skip(),) * 10
    corpus = services.corpora.get(view.source)
    try:
        query = Query.parse(view.search)
    except QueryError:
        query = Query()  # the list says what is wrong with it
    column = query.column if query.column in corpus.label_sets else view.column
    columns = gr.update(choices=[(column_title(name), name) for name in corpus.columns], value=column)
    labels = gr.update(choices=label_choices(corpus, column, also=query.label), value=query.label)
    ranges = write_range(query.min_words, query.max_words), write_range(query.min_entities, query.max_entities)
    folded = replace(query, words="").is_empty
    open_more = gr.skip() if folded else gr.update(open=True)
    return query.words, query.mode, query.case, columns, labels, query.surface, *ranges, open_more, filled_for(view)


def label_choices(corpus: Corpus, column: str, *, also: str = "") -> list[tuple[str, str]]:
    """Entity types first, then whole tags; ``also`` is kept although the column may not have it."""
    labels = corpus.label_set(column)
    names = [*labels.types, *(labels.names if labels.has_spans else ())]
    if "O" in labels.names and "O" not in names:
        names.append("O")
    return [("any", ""), *((name, name) for name in dict.fromkeys([*names, *([also] if also else [])]))]


def choose_column(services: Services, view: View, column: str, label: str | None) -> Any:
    """The labels of another column to choose from; a label that it has too stays chosen."""
    if not view.source:
        return gr.skip()
    choices = label_choices(services.corpora.get(view.source), column)
    return gr.update(choices=choices, value=label if any(label == name for _, name in choices) else "")


def follow_status(services: Services, view: View, event: gr.EventData) -> tuple[Any, Any, Any]:
    """A click in the status line: the same search in another split, no search, or what was found as a queue in Review."""
    data, corpus = event._data, services.corpora.get(view.source)
    if data.get("act") == "review":
        found = from_search_text(corpus, view.split, view.column, view.search, seconds=services.settings.search_seconds)
        queue = services.reviews.save(corpus, view.column, found)
        return gr.skip(), *to_review(queue.name)
    if data.get("act") == "split" and data.get("split") in corpus.tables:
        return at_first_hit(services, replace(view, split=data["split"])), gr.skip(), gr.skip()
    return replace(view, search=""), gr.skip(), gr.skip()


def at_first_hit(services: Services, view: View) -> View:
    """The view on the first hit of its search; as it is, at 0, where nothing matches or the search cannot be run."""
    try:
        _, hits = hits_of(services, view)
    except (QueryError, LabelError):
        return replace(view, index=0)
    return replace(view, index=int(hits.indices[0]) if len(hits) else 0)
