"""The page: the context bar, the tabs in order, and every event that crosses tabs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.components import Component

from ner_app.core.corpus.model import Corpus
from ner_app.core.corpus.sources import SAMPLE, column_title
from ner_app.core.errors import CorpusError, NerAppError
from ner_app.ui.browse.tab import build_browse
from ner_app.ui.context import Services, Shared, View
from ner_app.ui.errors import bind
from ner_app.ui.inspect.tab import build_inspect
from ner_app.ui.predict.tab import build_predict
from ner_app.ui.review.tab import build_review
from ner_app.ui.train.tab import build_train
from ner_app.ui.waiting import patiently
from ner_app.ui.widgets import render

UPLOADS = "uploads"
TabBuilder = Callable[[Services, Shared], Any]
TABS: dict[str, TabBuilder] = {
    "browse": build_browse,
    "inspect": build_inspect,
    "train": build_train,
    "predict": build_predict,
    "review": build_review,
}


def build_app(services: Services) -> gr.Blocks:
    """The whole page. Building it opens no corpus and loads no model; that happens when it is first shown."""
    with gr.Blocks(title="NER Workbench", analytics_enabled=False, fill_width=True) as demo:
        view, sent = gr.State(View()), gr.State(("", 0.0))
        with gr.Row(elem_id="bar"):
            gr.HTML("<h1>NER Workbench</h1>", elem_id="title")
            corpus = _bar_dropdown("corpus", corpus_choices(services), allow_custom_value=True)
            upload = gr.UploadButton("Upload…", size="sm", elem_id="ctx-upload")
            split = _bar_dropdown("split", [])
            column = _bar_dropdown("column", [], label="labels")
            model = _bar_dropdown("model", model_choices(services), allow_custom_value=True, value=services.settings.model)
        notice = gr.HTML(render.waiting("Opening the corpus"), elem_id="notice")
        address = gr.Textbox(visible="hidden", elem_id="address", label="address")
        with gr.Tabs(elem_id="tabs") as tabs:
            shared = Shared(view, model, tabs, sent)
            made = {name: _add_tab(name, build, services, shared) for name, build in TABS.items()}

        bar = [corpus, split, column, model, view, notice]
        # Inspect's checkpoint comes with the rest: were it to follow the model afterwards, the default's grid would flash up first.
        demo.load(bind(open_from_address, services), None, [*bar, tabs, made["inspect"].checkpoint, sent], show_progress="hidden")
        corpus.input(bind(open_corpus, services), [corpus, view], [*bar[:3], view, notice], show_progress="minimal")
        upload.upload(bind(open_upload, services), [upload, view], [*bar[:3], view, notice], show_progress="minimal")
        split.input(change_split, [split, view], view, show_progress="hidden")
        column.input(change_column, [column, view], view, show_progress="hidden")
        gr.on([view.change, model.change], write_address, [view, model], address, show_progress="hidden").then(
            None, address, None, js=f"query => {{ window.nerAddress(query, {list(TABS)}); }}"
        )
    _show_progress_sparingly(demo)
    return demo


def _show_progress_sparingly(demo: gr.Blocks) -> None:
    """Leave as targets of progress only components on which it is seen.

    Gradio's page writes the loading state of every target at each step of every event, and reads all that is inside a target first: with
    the tabs among the outputs that is the whole page, and a key press takes three times as long.
    """
    for event in demo.fns.values():
        targets = event.outputs if event.show_progress_on is None else event.show_progress_on
        seen = (target for target in targets if isinstance(target, Component) and not isinstance(target, gr.State))
        event.show_progress_on = [] if event.show_progress == "hidden" else list(seen)


def _bar_dropdown(name: str, choices: list[Any], *, label: str = "", **options: Any) -> gr.Dropdown:
    """One field of the context bar."""
    options.setdefault("value", None)
    return gr.Dropdown(choices, label=label or name, elem_id=f"ctx-{name}", elem_classes=["ctx"], container=True, scale=0, **options)


def _add_tab(name: str, build: TabBuilder, services: Services, shared: Shared) -> Any:
    """A tab whose address parameter follows it; returns what its builder did."""
    with gr.Tab(name.capitalize(), id=name, elem_id=f"tab-{name}") as tab:
        made = build(services, shared)
    # Gradio selects the first tab by itself before the address has been read; only what comes after is a visitor's choice.
    tab.select(None, None, None, js=f"() => {{ if (window.nerReady) window.nerParam('tab', '{name}'); }}")
    return made


def corpus_choices(services: Services, opened: str = "") -> list[tuple[str, str]]:
    """The configured corpus, the built-in sample, and the one that is open; any other id or path can be typed."""
    sources = dict.fromkeys([services.settings.corpus, SAMPLE, *([opened] if opened else [])])
    return [("built-in sample" if source == SAMPLE else short_name(source), source) for source in sources]


def short_name(source: str) -> str:
    """The last part of a path or Hub id.

    >>> short_name("/data/conll2003/"), short_name("lhoestq/conll2003@main"), short_name("sample")
    ('conll2003', 'lhoestq/conll2003@main', 'sample')
    """
    return Path(source).name if source.startswith(("/", ".", "~")) else source


def model_choices(services: Services) -> list[tuple[str, str]]:
    """The models that are at hand, as (title, reference)."""
    return [(ref.title, ref.ref) for ref in services.models.choices()]


def open_from_address(services: Services, request: gr.Request) -> Iterator[tuple[Any, ...]]:
    """What the page shows first (see :func:`_from_address`), and how far its opening is meanwhile."""
    source = View.from_address(str(request.query_params)).source
    before, after = (gr.skip(),) * 5, (gr.skip(),) * 3
    yield from patiently(
        lambda _: _from_address(services, request), lambda _: (*before, render.waiting(services.corpora.how_far(source)), *after)
    )


def _from_address(services: Services, request: gr.Request) -> tuple[Any, ...]:
    """The corpus, split, column and sentence that the address names, else the default corpus.

    An address that names what is not there opens the default corpus and says so; the page never stays empty.
    """
    params = dict(request.query_params)
    wanted, trouble = View.from_address(str(request.query_params)), ""
    try:
        corpus = services.corpora.get(wanted.source) if wanted.source else services.corpora.default()
    except NerAppError as error:
        corpus, wanted = services.corpora.default(), View()
        trouble = f"The corpus of this link could not be opened. {error}"
    shown = _show(services, corpus, wanted)
    message = render.notice(trouble, kind="error") + shown[-1]
    tab = params.get("tab", "browse")
    tabs = gr.update(selected=tab if tab in TABS else "browse")
    choices = model_choices(services)
    chosen = params.get("model") or services.settings.model
    if not choices and chosen == "starter":
        chosen = ""
    update = gr.update(choices=choices, value=chosen or None)
    queue = (params["queue"], time.time()) if params.get("queue") else gr.skip()
    return (*shown[:3], update, shown[3], message, tabs, update, queue)


def open_corpus(services: Services, source: str | None, view: View) -> Iterator[tuple[Any, ...]]:
    """Another corpus from the bar, and how far its opening is meanwhile."""
    skipped = (gr.skip(),) * 4
    yield from patiently(
        lambda _: _opened(services, source, view), lambda _: (*skipped, render.waiting(services.corpora.how_far(source or "")))
    )


def _opened(services: Services, source: str | None, view: View) -> tuple[Any, ...]:
    """The corpus of a source. Where it cannot be opened the old one stays, with the reason above the tabs."""
    if not source or not source.strip():
        return gr.update(value=view.source), gr.skip(), gr.skip(), gr.skip(), render.notice("Type a Hub id, a path, or choose one.")
    try:
        corpus = services.corpora.get(source.strip())
    except CorpusError as error:
        return gr.update(value=view.source), gr.skip(), gr.skip(), gr.skip(), render.notice(str(error), kind="error")
    return _show(services, corpus, View(source=source.strip()))


def open_upload(services: Services, file: str | None, view: View) -> Iterator[tuple[Any, ...]]:
    """A file from the visitor's machine. It is kept in the workspace under a name that nobody guesses, so that its link works again."""
    import secrets
    import shutil

    if not file:
        yield from open_corpus(services, None, view)
        return
    folder = services.settings.workspace / UPLOADS / secrets.token_urlsafe(9)
    folder.mkdir(parents=True)
    kept = folder / Path(file).name
    shutil.copyfile(file, kept)
    yield from open_corpus(services, str(kept.resolve()), view)


def _show(services: Services, corpus: Corpus, wanted: View) -> tuple[Any, ...]:
    """Values of corpus, split, column, view and notice for a corpus that is open."""
    split = wanted.split if wanted.split in corpus.tables else corpus.splits[0]
    column = wanted.column if wanted.column in corpus.label_sets else corpus.columns[0]
    index = min(wanted.index, max(0, corpus.sizes[split] - 1))
    view = View(corpus.source, split, column, index, wanted.search)
    splits = [(f"{name} · {size:,}", name) for name, size in corpus.sizes.items()]
    columns = [(column_title(name), name) for name in corpus.columns]
    return (
        gr.update(choices=corpus_choices(services, corpus.source), value=corpus.source),
        gr.update(choices=splits, value=split),
        gr.update(choices=columns, value=column),
        view,
        render.notice(corpus.notice) + render.notice(set_aside(corpus)),
    )


def set_aside(corpus: Corpus) -> str:
    """What a visitor must know of a corpus that is not whole; empty where no sentence is missing."""
    count = int(corpus.details.get("set_aside", "0"))
    if not count:
        return ""
    return f"{count:,} sentence{' was' if count == 1 else 's were'} set aside because of errors in the file. Browse, Corpus lists them."


def change_split(split: str, view: View) -> View:
    """The first sentence of another split; the search stays."""
    return View(view.source, split, view.column, 0, view.search)


def change_column(column: str, view: View) -> View:
    """The same sentence under other labels; the search stays."""
    return View(view.source, view.split, column, view.index, view.search)


def write_address(view: View, model: str | None) -> str:
    """The query string that opens this view again."""
    return view.address(model=model or "")
