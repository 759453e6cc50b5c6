"""Predict: free text in, its entities highlighted out, by the model of the context bar."""

from __future__ import annotations

import csv
import io
import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr

from ner_app.core.errors import NerAppError
from ner_app.core.labels import OUTSIDE
from ner_app.core.models.aggregation import STRATEGIES, Entity
from ner_app.core.models.predict import Prediction, Predictor
from ner_app.core.models.store import LoadedModel, ModelStore
from ner_app.core.tokenization.losses import counted
from ner_app.ui import waiting
from ner_app.ui.context import Services, Shared
from ner_app.ui.errors import bind
from ner_app.ui.palette import type_of
from ner_app.ui.waiting import SHOWN_JS, Share, patiently
from ner_app.ui.widgets import render, render_rows

EXAMPLES = (
    ("The course", "My name is Sylvain and I work at Hugging Face in Brooklyn."),
    ("A report", "Angela Merkel met Tim Cook in Paris on Tuesday, a day after Apple had opened its new office in Munich near the Isar."),
    ("A result", "LEEDS 2 READING 1 - Harry Ferguson scored twice as Leeds United beat Reading in the FA Cup at Elland Road."),
    ("No capitals", "the european commission fined google, said reuters from brussels, and 🦊 mozilla in san francisco was pleased."),
)
STRATEGY_TITLES: dict[str, str] = {
    "simple": "simple", "first": "first subword", "average": "mean over a word", "max": "surest subword", "none": "none: single tokens",
}  # fmt: skip
NOTHING = "Nothing highlighted yet", "Type or paste a text above, then press Highlight (Ctrl+Enter). The examples do both at once."
NO_MODEL = (
    "There is no model yet",
    "Train one in the Train tab, or choose one in the field “model” above: a finished run, a folder with a saved model, or a Hub id "
    "such as org/model.",
)
COLUMNS = ("type", "text", "score", "char_start", "char_end")
SHOWN_TOKENS = 400
SHOWN_ENTITIES = 1000
SHOWN_TYPES = 12

# Ctrl+Enter highlights; the text field itself only knows Shift+Enter. When the tab comes into sight its model begins to load.
STATUS_JS = (
    SHOWN_JS
    + """
if (!window.nerHighlightKey) {
  window.nerHighlightKey = true;
  document.addEventListener('keydown', event => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || !event.target.closest('#predict-text')) return;
    event.preventDefault();
    document.querySelector('#predict-go').click();
  });
}
"""
)
# Columns of the tables sort on a click, or on Enter and space; the numbers in them by value.
SORT_JS = """
function prepare() {
  for (const th of element.querySelectorAll('table.data th')) { th.tabIndex = 0; th.setAttribute('aria-sort', 'none'); th.title = 'Sort'; }
}
function sort(th) {
  const table = th.closest('table'), body = table.tBodies[0], column = th.cellIndex;
  const up = th.getAttribute('aria-sort') !== 'ascending';
  const value = row => row.cells[column].textContent;
  const numeric = th.classList.contains('n'), number = row => Number(value(row).replaceAll(',', ''));
  const rows = [...body.rows].sort((a, b) => numeric ? number(a) - number(b) : value(a).localeCompare(value(b)));
  body.append(...(up ? rows : rows.reverse()));
  for (const other of table.tHead.rows[0].cells) other.setAttribute('aria-sort', 'none');
  th.setAttribute('aria-sort', up ? 'ascending' : 'descending');
}
element.addEventListener('click', event => { const th = event.target.closest('table.data th'); if (th) sort(th); });
element.addEventListener('keydown', event => {
  const th = event.target.closest('table.data th');
  if (th && (event.key === 'Enter' || event.key === ' ')) { event.preventDefault(); sort(th); }
});
prepare();
watch('value', prepare);
"""


@dataclass(frozen=True)
class PredictTab:
    """Components that other tabs may touch: ``text``, and ``go``, whose click highlights it."""

    text: gr.Textbox
    go: gr.Button
    result: gr.HTML


@dataclass(frozen=True)
class Shown:
    """What a visitor last got: kept so that another aggregation or score needs no new run."""

    model: str
    types: tuple[str, ...]
    prediction: Prediction


def build_predict(services: Services, shared: Shared) -> PredictTab:
    """The tab: layout first, then its wiring."""
    gr.HTML(render.intro("Find the entities in any text.", [("Ctrl ↵", "highlights")]), apply_default_css=False)
    text = gr.Textbox(
        EXAMPLES[0][1], label="Text", lines=3, max_lines=16, elem_id="predict-text", elem_classes=["focus-slash"],
        placeholder="Type or paste a text of any length", html_attributes=gr.InputHTMLAttributes(spellcheck=False),
    )  # fmt: skip
    with gr.Row(elem_id="predict-actions", equal_height=True):
        go = gr.Button("Highlight", variant="primary", elem_id="predict-go", scale=0, min_width=130)
        buttons = [gr.Button(title, size="sm", scale=0, min_width=100, elem_classes=["predict-example"]) for title, _ in EXAMPLES]
    with gr.Row(elem_id="predict-options", equal_height=True):
        strategy = gr.Radio(
            [(STRATEGY_TITLES[name], name) for name in STRATEGY_TITLES], value="simple", label="Aggregation: from subwords to entities",
            elem_id="predict-strategy", scale=3, min_width=340,
        )  # fmt: skip
        floor = gr.Slider(0, 1, value=0, step=0.01, label="Lowest score shown", elem_id="predict-floor", scale=1, min_width=220)
    status = gr.HTML(elem_id="predict-status", js_on_load=STATUS_JS, apply_default_css=False)
    result = gr.HTML(render.empty(*NOTHING), elem_id="predict-result", js_on_load=SORT_JS, apply_default_css=False)
    shown = gr.State(None, time_to_live=3600)  # seconds since it last changed; then Highlight must be pressed anew

    inputs, outputs = [text, shared.model, strategy, floor], [status, result, shown]
    quiet: dict[str, Any] = {"show_progress": "hidden"}
    run: dict[str, Any] = {"fn": bind(highlight, services), "inputs": inputs, "outputs": outputs, "concurrency_limit": 8, **quiet}
    gr.on([go.click, text.submit], trigger_mode="once", **run)
    for button, (_, example) in zip(buttons, EXAMPLES, strict=True):
        button.click(partial(str, example), None, text, **quiet).then(**run)
    gr.on(
        [shared.model.change, status.select], bind(follow_model, services), [shared.model], status,
        concurrency_limit=16, trigger_mode="always_last", **quiet,
    )  # fmt: skip
    gr.on([strategy.input, floor.release], bind(regroup), [shown, strategy, floor], [result, shown], **quiet)
    return PredictTab(text, go, result)


def highlight(services: Services, text: str, model: str | None, strategy: str, floor: float) -> Iterator[tuple[Any, ...]]:
    """Status line, result and what to keep, as the model loads and reads. What is wrong stands where the result would."""
    trouble = _cannot_start(services, text, model)
    if trouble:
        yield gr.skip(), trouble, None
        return
    try:
        for message in _until_ready(services.models, str(model)):
            yield gr.skip(), render.waiting(message), None
        loaded = services.models.get(str(model))
        yield from _read(loaded, text, strategy, floor)
    except NerAppError as error:
        yield "", render.notice(str(error), kind="error"), None


def _cannot_start(services: Services, text: str, model: str | None) -> str:
    """HTML of what is missing or too much; empty where nothing is."""
    if not (model or "").strip():
        return render.empty(*NO_MODEL)
    if not text.strip():
        return render.empty(*NOTHING)
    limit = services.settings.max_text_chars
    if len(text) > limit:
        message = (
            f"This text has {len(text):,} characters; at most {limit:,} are read at once here. Split it, or use the command line: "
            "python -m ner_app predict."
        )
        return render.notice(message, kind="warning")
    return ""


def _until_ready(models: ModelStore, ref: str) -> Iterator[str]:
    """Start to load a model and say so until it is ready or has failed. The load goes on when nobody listens any more."""
    models.preload(ref)
    begun = time.monotonic()
    while models.status(ref) == "loading":
        time.sleep(waiting.PATIENCE)
        yield f"Loading {ref}, {time.monotonic() - begun:.0f} s"


def _read(model: LoadedModel, text: str, strategy: str, floor: float) -> Iterator[tuple[Any, ...]]:
    """Predict in a thread; tell how far it is, then show the result."""

    def read(share: Share) -> tuple[Any, ...]:
        shown = Shown(model.name, _types(model), Predictor(model).text(text, strategy, progress=share))
        return model_line(model), result_html(shown, floor), shown

    yield from patiently(read, lambda done: (gr.skip(), render.waiting(f"Reading the text, {done:.0%}"), None))


def follow_model(services: Services, model: str | None) -> Iterator[str]:
    """Load the model of the context bar as soon as the tab or the choice calls for it, and say what it knows."""
    if not (model or "").strip():
        yield render.notice(" ".join(f"{part}." if part[-1] != "." else part for part in NO_MODEL))
        return
    try:
        for message in _until_ready(services.models, str(model)):
            yield render.line(f"{message} …")
        yield model_line(services.models.get(str(model)))
    except NerAppError as error:
        yield render.notice(f"{error} Text is highlighted once a model is chosen above or trained in the Train tab.", kind="warning")


def regroup(shown: Shown | None, strategy: str, floor: float) -> tuple[Any, Any]:
    """The last result under another aggregation or lowest score; the model is not asked again."""
    if shown is None:
        return gr.skip(), gr.skip()
    again = Shown(shown.model, shown.types, shown.prediction.aggregated(strategy if strategy in STRATEGIES else "simple"))
    return result_html(again, floor), again


def model_line(model: LoadedModel) -> str:
    """One line: which model answers, and what it can find."""
    types = _types(model)
    more = f" and {len(types) - SHOWN_TYPES} more types" if len(types) > SHOWN_TYPES else ""
    return render.line(f"{model.name} is ready. It finds {', '.join(types[:SHOWN_TYPES])}{more}.")


def _types(model: LoadedModel) -> tuple[str, ...]:
    return tuple(kind for kind in model.labels.types if kind != OUTSIDE)


def result_html(shown: Shown, floor: float) -> str:
    """The highlighted text, the table of entities, the tokens and the JSON."""
    prediction = shown.prediction
    kept = [entity for entity in prediction.entities if entity.score >= floor]
    title = counted(len(kept), "token" if prediction.aggregation == "none" else "entity")
    meta = [shown.model, STRATEGY_TITLES[prediction.aggregation], *_remarks(prediction, len(kept))]
    marks = [render_rows.Marked(e.char_start, e.char_end, e.type, f"score {e.score:.4f}") for e in kept]
    types = list(dict.fromkeys([*shown.types, *(entity.type for entity in kept)]))
    counts = Counter(entity.type for entity in kept)
    legend = render_rows.legend([kind for kind in types if kind in counts], counts=counts)
    parts = [render.card(title, render_rows.highlighted(prediction.text, marks, types=types), meta=" · ".join(meta), right=legend)]
    if kept:
        parts.append(_entities_card(kept, types))
    return "".join([*parts, _tokens_fold(prediction, types), _json_fold(prediction, floor)])


def _remarks(prediction: Prediction, kept: int) -> Iterator[str]:
    """What a reader of the result should know besides."""
    if prediction.n_windows > 1:
        yield f"{counted(len(prediction.tokens), 'token')} in {prediction.n_windows} overlapping windows"
    if hidden := len(prediction.entities) - kept:
        yield f"{hidden:,} below the lowest score"


def _entities_card(entities: list[Entity], types: list[str]) -> str:
    rows = [(render.Cell(e.type, kind=e.type), e.text, e.score, e.char_start, e.char_end) for e in entities[:SHOWN_ENTITIES]]
    more = f"The first {SHOWN_ENTITIES:,} of {len(entities):,}; the CSV has all." if len(entities) > SHOWN_ENTITIES else ""
    table = render.table(COLUMNS, rows, types=types, caption=more)
    link = render.download("CSV", "entities.csv", entities_csv(entities))
    return render.card("Entities", table, meta="offsets in characters", right=link)


def entities_csv(entities: list[Entity]) -> str:
    """The table as a file: type, text, score, char_start, char_end (Unicode code points, as Python counts).

    A text that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for e in entities:
        text = f"'{e.text}" if e.text.startswith(("=", "+", "-", "@", "\t")) else e.text
        writer.writerow((e.type, text, e.score, e.char_start, e.char_end))
    return out.getvalue()


def _tokens_fold(prediction: Prediction, types: list[str]) -> str:
    """Every token with its label and the next most probable one."""
    names = prediction.tagged.labels.names
    rows = []
    for token, row in zip(prediction.tokens[:SHOWN_TOKENS], prediction.probabilities, strict=False):
        order = row.argsort()[::-1]
        second = f"{names[order[1]]} {row[order[1]]:.4f}" if len(order) > 1 else ""
        label = render.Cell(token.label, kind=type_of(token.label)) if token.label != OUTSIDE else token.label
        word = "" if token.word is None else token.word
        rows.append((token.text, label, token.score, second, token.id, word, token.char_start, token.char_end))
    headers = ("token", "label", "score", "next best", "id", "word", "char_start", "char_end")
    more = f"The first {SHOWN_TOKENS:,} of {len(prediction.tokens):,} tokens." if len(prediction.tokens) > SHOWN_TOKENS else ""
    return render.fold("Tokens", render.table(headers, rows, types=types, caption=more))


def _json_fold(prediction: Prediction, floor: float) -> str:
    """What the transformers pipeline would give, to copy."""
    kept = [row for row, entity in zip(prediction.as_json(), prediction.entities, strict=True) if entity.score >= floor]
    lines = ",\n".join(f" {json.dumps(row, ensure_ascii=False)}" for row in kept)
    note = "start and end count Unicode characters, as Python does; in JavaScript most emoji count as two."
    return render.fold("JSON", render.line(note) + render.code(f"[\n{lines}\n]" if kept else "[]"))
