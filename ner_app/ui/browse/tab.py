"""Browse: read the corpus as it is labelled, find sentences, see its numbers."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import gradio as gr

from ner_app.core.corpus.marking import matched_words
from ner_app.core.corpus.model import Corpus, Sentence
from ner_app.core.corpus.query import Hits, Query
from ner_app.core.corpus.sources import column_title
from ner_app.core.errors import CorpusError, LabelError, QueryError
from ner_app.core.labels import convert_tags
from ner_app.core.review.queues.queues import single_name
from ner_app.ui.browse import find as finding
from ner_app.ui.browse import numbers
from ner_app.ui.browse.find import html
from ner_app.ui.context import Services, Shared, View, to_review
from ner_app.ui.errors import bind
from ner_app.ui.widgets import render, render_rows

LONGEST = 400  # words of a sentence that a card shows; a file without blank lines may hold one of 70,000
LONGEST_COPY = 5000
ALL_ROWS, TWO_LINES, AS_IOB2 = "every label column", "two text lines", "tags as IOB2"

KEYS = [("← →", "move"), ("/", "finds"), ("?", "shows every key")]
CARDS_JS = f"""{render.ACTIONS_JS}
watch('value', () => {{
  const current = element.querySelector('[aria-current]');
  if (current) current.scrollIntoView({{block: 'nearest'}});
}});
"""


@dataclass(frozen=True)
class _State:
    """What a visitor's screen was drawn for, so that nothing is drawn twice: find panel, list, the panel that is open, its contents."""

    filled: gr.State
    drawn: gr.State
    panel: gr.State
    numbers: gr.State
    corpus: gr.State

    @property
    def all(self) -> list[gr.State]:
        return [self.filled, self.drawn, self.panel, self.numbers, self.corpus]


@dataclass(frozen=True)
class _Screen:
    show: gr.CheckboxGroup
    fields: finding.FindPanel
    numbers: numbers.NumbersPanel
    status: gr.HTML
    cards: gr.HTML
    about: gr.HTML

    @property
    def outputs(self) -> list[Any]:
        """What :func:`redraw` gives values for."""
        return [self.status, self.cards, *self.fields.filled, *self.numbers.outputs, self.about]


_NOTHING = (gr.skip(),) * 4
_SMALL: dict[str, Any] = {"size": "sm", "scale": 0, "min_width": 88}


@dataclass(frozen=True)
class BrowseTab:
    """Components that other tabs may touch: ``panels`` holds the panels sentences, numbers and corpus."""

    panels: gr.Tabs
    cards: gr.HTML


@dataclass(frozen=True)
class _Moves:
    previous: gr.Button
    next: gr.Button
    page_back: gr.Button
    page_on: gr.Button
    random: gr.Button
    index: gr.Textbox
    show: gr.CheckboxGroup


def build_browse(services: Services, shared: Shared) -> BrowseTab:
    """The tab: layout first, then its wiring."""
    gr.HTML(
        render.intro("Read the corpus as it is labelled.", [("← →", "move"), ("/", "finds"), ("?", "shows every key")]),
        apply_default_css=False,
        elem_id="browse-intro",
    )
    with gr.Tabs(elem_id="browse-panels", selected="sentences") as panels:
        with gr.Tab("Sentences", id="sentences", elem_id="panel-sentences") as sentences_tab:
            fields = finding.find_panel()
            moves = _moves_row()
            status = html("", "browse-status")
            cards = html(render.waiting("Opening the corpus"), "browse-cards", js=CARDS_JS)
        with gr.Tab("Numbers", id="numbers", elem_id="panel-numbers") as numbers_tab:
            counted = numbers.numbers_panel()
        with gr.Tab("Corpus", id="corpus", elem_id="panel-corpus") as corpus_tab:
            about = gr.HTML(
                render.waiting("Reading the schema"), elem_id="browse-corpus", js_on_load=render.ACTIONS_JS, apply_default_css=False
            )
    state = _State(gr.State(()), gr.State(()), gr.State("sentences"), gr.State(()), gr.State(()))
    screen = _Screen(moves.show, fields, counted, status, cards, about)

    shared.view.change(bind(redraw, services), [shared.view, moves.show, *state.all], [*screen.outputs, *state.all], show_progress="hidden")
    _wire_moves(services, shared, moves, state, screen)
    _wire_find(services, shared, fields, state, screen)
    sentences_tab.select(partial(str, "sentences"), None, state.panel, show_progress="hidden")
    _wire_panels(services, shared, numbers_tab, corpus_tab, state, screen)
    _wire_links(services, shared, [*counted.tables, about], counted.histogram, [shared.view, panels, state.panel])
    return BrowseTab(panels, cards)


def _moves_row() -> _Moves:
    with gr.Row(elem_id="browse-moves", equal_height=True):
        previous = gr.Button("← Previous", elem_classes=["key-ArrowLeft"], **_SMALL)
        following = gr.Button("Next →", elem_classes=["key-ArrowRight"], **_SMALL)
        page_back = gr.Button("Page back", elem_classes=["key-["], **_SMALL)
        page_on = gr.Button("Page on", elem_classes=["key-]"], **_SMALL)
        chance = gr.Button("Random", elem_classes=["key-r"], **_SMALL)
        index = gr.Textbox(
            placeholder="go to index", show_label=False, label="Index of a sentence", container=False, scale=0, min_width=120,
            max_length=12, elem_id="browse-index",
        )  # fmt: skip
        show = gr.CheckboxGroup(
            [ALL_ROWS, TWO_LINES, AS_IOB2], label="Show", show_label=False, container=False, scale=1, min_width=300, elem_id="browse-show"
        )
    return _Moves(previous, following, page_back, page_on, chance, index, show)


def _wire_moves(services: Services, shared: Shared, moves: _Moves, state: _State, screen: _Screen) -> None:
    view, drawn = shared.view, [shared.view, screen.status, screen.cards, state.drawn]
    moves.show.input(bind(draw, services), [view, moves.show], drawn, show_progress="hidden")
    quick: dict[str, Any] = {"outputs": drawn, "show_progress": "hidden", "trigger_mode": "multiple"}
    quick |= {"concurrency_limit": 1, "concurrency_id": "browse-moves"}  # each step starts where the one before it ended
    for button, by in [(moves.previous, -1), (moves.next, 1), (moves.page_back, -finding.PAGE), (moves.page_on, finding.PAGE)]:
        button.click(bind(step, services, by), [view, moves.show], **quick)
    moves.random.click(bind(random_sentence, services), [view, moves.show], **quick)
    moves.index.submit(bind(go_to, services), [view, moves.show, moves.index], drawn, show_progress="hidden")
    screen.cards.click(bind(follow_card, services), view, [view, shared.tabs, shared.review], show_progress="hidden")
    screen.status.click(bind(finding.follow_status, services), view, [view, shared.tabs, shared.review], show_progress="hidden")


def _wire_find(services: Services, shared: Shared, panel: finding.FindPanel, state: _State, screen: _Screen) -> None:
    view, drawn = shared.view, [shared.view, screen.status, screen.cards, state.drawn]
    run = {
        "fn": bind(find, services), "inputs": [view, screen.show, *panel.fields], "outputs": [*drawn, state.filled],
        "show_progress": "minimal", "show_progress_on": [screen.status],
    }  # fmt: skip
    entered = [box.submit for box in (panel.words, panel.surface, panel.length, panel.entities)]
    gr.on([*entered, panel.go.click, panel.mode.input, panel.case.input, panel.label.input], **run)
    columns = bind(finding.choose_column, services)
    panel.column.input(columns, [view, panel.column, panel.label], panel.label, show_progress="hidden").then(**run)
    clear = bind(clear_search, services)
    panel.clear.click(clear, [view, screen.show], [*drawn, *panel.filled, state.filled], show_progress="hidden")


def _wire_panels(services: Services, shared: Shared, numbers_tab: gr.Tab, corpus_tab: gr.Tab, state: _State, screen: _Screen) -> None:
    """The panels that are drawn when they are first opened, and after that when the view changes."""
    numbers_tab.select(partial(str, "numbers"), None, state.panel, show_progress="hidden").then(
        bind(numbers.show_numbers, services), [shared.view, state.panel, state.numbers], [*screen.numbers.outputs, state.numbers],
        show_progress="minimal",
    )  # fmt: skip
    corpus_tab.select(partial(str, "corpus"), None, state.panel, show_progress="hidden").then(
        bind(numbers.show_corpus, services), [shared.view, state.panel, state.corpus], [screen.about, state.corpus], show_progress="hidden"
    )
    frequent = bind(numbers.frequent_table, services)
    screen.numbers.kind.input(frequent, [shared.view, screen.numbers.kind], screen.numbers.frequent, show_progress="hidden")


def _wire_links(services: Services, shared: Shared, tables: list[gr.HTML], histogram: gr.BarPlot, outputs: list[Any]) -> None:
    """From a number to its sentences."""
    for table in tables:
        table.click(bind(numbers.follow_number, services), shared.view, outputs, show_progress="hidden")
    histogram.select(bind(numbers.pick_lengths, services), shared.view, outputs, show_progress="hidden")


# ---- drawing


def redraw(
    services: Services, view: View, show: Sequence[str], filled: tuple[str, ...], drawn: tuple[Any, ...], panel: str,
    counted: tuple[str, ...], told: tuple[str, ...],
) -> tuple[Any, ...]:  # fmt: skip
    """Everything that a change of the view changes, in one go: list, find panel, and the panel that is open."""
    *fields, filled = finding.fill_fields(services, view, filled)
    *tables, counted = numbers.show_numbers(services, view, panel, counted)
    about, told = numbers.show_corpus(services, view, panel, told)
    listed = (gr.skip(),) * 3 if drawn == _drawing(view, show) else draw(services, view, show)[1:]
    return (*listed[:2], *fields, *tables, about, filled, listed[2], gr.skip(), counted, told)


def draw(services: Services, view: View, show: Sequence[str]) -> tuple[Any, ...]:
    """The view, its status line and cards, and what they were drawn for."""
    return (view, *show_sentences(services, view, show), _drawing(view, show))


def _drawing(view: View, show: Sequence[str]) -> tuple[View, tuple[str, ...]]:
    return view, tuple(show)


def show_sentences(services: Services, view: View, show: Sequence[str]) -> tuple[str, str]:
    """The status line and the page of cards that the view's sentence is on."""
    if not view.source:
        return "", render.waiting("Opening the corpus")
    try:
        corpus, hits = finding.hits_of(services, view)
    except (QueryError, LabelError) as error:
        return render.notice(str(error), kind="error"), render.empty("This search cannot be run", "Correct it above, or clear it.")
    line = finding.status_line(services, corpus, view, hits)
    if not hits.total:
        return line, render.empty(f"{view.split} has no sentences", "Choose another split above.")
    if not len(hits):
        return line, render.empty("No sentence matches", "Take a filter away, choose another split, or clear the search.")
    page = hits.rank(view.index) // finding.PAGE
    sentences = corpus.pick(view.split, hits.page(page, size=finding.PAGE))
    return line, "".join(card(corpus, view, hits.query, sentence, show=show) for sentence in sentences)


def card(corpus: Corpus, view: View, query: Query, sentence: Sentence, *, show: Sequence[str] = ()) -> str:
    """One sentence: words over labels, what can be done with it, and the two text lines where they are asked for."""
    shown = _as_iob2(corpus, sentence) if AS_IOB2 in show else sentence
    columns = [view.column, *(c for c in corpus.columns if c != view.column)] if ALL_ROWS in show else [view.column]
    rows = [render_rows.Row(column_title(c), shown.labels[c][:LONGEST], corpus.label_set(c).types) for c in columns]
    marked = matched_words(shown.words[:LONGEST], sentence.labels[query.column or view.column][:LONGEST], query)
    body = render_rows.aligned(shown.words[:LONGEST], rows, marked=marked)
    text = shown.two_lines(view.column) if len(shown.words) <= LONGEST_COPY else None
    if TWO_LINES in show and text is not None:
        body += render.code(text, copy=False)
    place = {"index": sentence.index}
    actions = [
        render.Action("Inspect", "inspect", place),
        render.Action("Review", "review", place),
        *([render.Action("Copy", copy=text)] if text is not None else []),
    ]
    title = render.Action(f"{view.split} {sentence.index}", "select", place)
    current = sentence.index == view.index
    return render.card(title, body, meta=_size(corpus, view.column, sentence), actions=actions, current=current)


def _size(corpus: Corpus, column: str, sentence: Sentence) -> str:
    """``9 words · 3 entities``."""
    words = len(sentence.words)
    parts = [f"{words:,} word{'s' if words != 1 else ''}"]
    if corpus.label_set(column).has_spans:
        spans = len(sentence.spans(column))
        parts.append(f"{spans:,} {'entity' if spans == 1 else 'entities'}")
    if words > LONGEST:
        parts.append(f"the first {LONGEST} shown")
    return " · ".join(parts)


def _as_iob2(corpus: Corpus, sentence: Sentence) -> Sentence:
    """The same sentence with the tags of every span column written as IOB2."""
    spans = {column for column, labels in corpus.label_sets.items() if labels.has_spans}
    labels = {c: tuple(convert_tags(tags, "IOB2")) if c in spans else tags for c, tags in sentence.labels.items()}
    return replace(sentence, labels=labels)


# ---- moving


def step(services: Services, by: int, view: View, show: Sequence[str]) -> tuple[Any, ...]:
    """Draw the view ``by`` hits further on, stopping at both ends."""
    hits = _hits(services, view)
    if not len(hits):
        return _NOTHING
    at = hits.rank(view.index)
    if by > 0 and hits.indices[at] > view.index:
        by -= 1  # the sentence is no hit itself: the first one after it is one step on
    return draw(services, view.at(int(hits.indices[max(0, min(at + by, len(hits) - 1))])), show)


def random_sentence(services: Services, view: View, show: Sequence[str]) -> tuple[Any, ...]:
    """Draw the view on any of the hits."""
    hits = _hits(services, view)
    return draw(services, view.at(int(hits.indices[random.randrange(len(hits))])), show) if len(hits) else _NOTHING


def go_to(services: Services, view: View, show: Sequence[str], index: str) -> tuple[Any, ...]:
    """Draw the view on a sentence by its index; a search that it does not match is left. CorpusError where there is no such sentence."""
    if not view.source or not index.strip():
        return _NOTHING
    corpus = services.corpora.get(view.source)
    if not index.strip().isdecimal():
        raise CorpusError(f"An index is a number from 0 to {corpus.sizes[view.split] - 1:,}, not {index.strip()!r}.")
    sentence = corpus.sentence(view.split, int(index))
    search = view.search if sentence.index in _hits(services, view).indices else ""
    return draw(services, replace(view, index=sentence.index, search=search), show)


def _hits(services: Services, view: View) -> Hits:
    """The hits of a view; none where there is no corpus yet or the search of the address cannot be run (the status line says why)."""
    try:
        return finding.hits_of(services, view)[1] if view.source else _no_hits(view)
    except (QueryError, LabelError):
        return _no_hits(view)


def _no_hits(view: View) -> Hits:
    import numpy as np

    return Hits(view.split, Query(), np.zeros(0, dtype=np.int64), 0, 0.0)


def find(services: Services, view: View, show: Sequence[str], *values: Any) -> tuple[Any, ...]:
    """Run the search of the find panel and draw what it found; a search that cannot be run leaves everything as it is and says why."""
    found, status, filled = finding.find(services, view, *values)
    if not isinstance(found, View):
        return gr.skip(), status, gr.skip(), gr.skip(), filled
    return (*draw(services, found, show), filled)


def follow_card(services: Services, view: View, event: gr.EventData) -> tuple[Any, Any, Any]:
    """A click on a card: its sentence is the current one; Inspect and Review go there with it."""
    data = event._data
    index = str(data.get("index", ""))
    if not view.source or not index.isdecimal() or len(index) > 12:
        return gr.skip(), gr.skip(), gr.skip()
    sentence = services.corpora.get(view.source).sentence(view.split, int(index))
    if data.get("act") == "review":
        return view.at(sentence.index), *to_review(single_name(view.split, sentence.index))
    return view.at(sentence.index), gr.update(selected="inspect") if data.get("act") == "inspect" else gr.skip(), gr.skip()


def clear_search(services: Services, view: View, show: Sequence[str]) -> tuple[Any, ...]:
    """No search: the view, the list, and the fields filled anew."""
    view = replace(view, search="")
    return (*draw(services, view, show), *finding.fill_fields(services, view, ()))
