"""The panels Numbers and Corpus of Browse: counts, lengths, surface forms, schema, problems. Every number leads to its sentences."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import gradio as gr

from ner_app.core.corpus import statistics as stats
from ner_app.core.corpus.model import Corpus
from ner_app.core.corpus.query import Query
from ner_app.core.corpus.schemes import list_violations
from ner_app.core.corpus.sources import column_title
from ner_app.ui.browse.find import at_first_hit, html
from ner_app.ui.context import Services, View
from ner_app.ui.palette import HUES, hue_of, type_of
from ner_app.ui.widgets import render

if TYPE_CHECKING:
    import pandas as pd

PER_TYPE, AMBIGUOUS, IN_CSV = 20, 25, 2000  # rows on screen, and in a file
WIDE = 8  # types: a table has a column for each up to here
LISTED = 100  # problems and illegal tags listed


@dataclass(frozen=True)
class NumbersPanel:
    """Components of the panel, in the order in which show_numbers gives their values."""

    counts: gr.HTML
    bars: gr.BarPlot
    lengths: gr.HTML
    histogram: gr.BarPlot
    kind: gr.Dropdown
    frequent: gr.HTML
    ambiguous: gr.HTML

    @property
    def tables(self) -> list[gr.HTML]:
        """Those whose numbers can be clicked."""
        return [self.counts, self.lengths, self.frequent, self.ambiguous]

    @property
    def outputs(self) -> list[Any]:
        """All of them."""
        return [self.counts, self.bars, self.lengths, self.histogram, self.kind, self.frequent, self.ambiguous]


def numbers_panel() -> NumbersPanel:
    """Lay the panel out: tables at the left, pictures at the right, surface forms below."""
    look: dict[str, Any] = {"height": 260, "show_label": False, "buttons": ["export"], "y_lim": [0, None], "colors_in_legend": []}
    with gr.Row():
        with gr.Column(scale=3, min_width=300):
            counts = html(render.waiting("Counting"), "numbers-counts")
            lengths = html("", "numbers-lengths")
        with gr.Column(scale=2, min_width=300):
            bars = gr.BarPlot(x="type", y="count", color="type", sort="-y", elem_id="numbers-bars", **look)
            histogram = gr.BarPlot(
                x="words", y="sentences", color="split", x_title="words in a sentence", elem_id="numbers-histogram", **look
            )
    with gr.Row():
        with gr.Column(scale=1, min_width=300):
            kind = gr.Dropdown([], label="Most frequent surface forms of", elem_id="numbers-kind")
            frequent = html("", "numbers-frequent")
        with gr.Column(scale=1, min_width=300):
            ambiguous = html("", "numbers-ambiguous")
    return NumbersPanel(counts, bars, lengths, histogram, kind, frequent, ambiguous)


def show_numbers(services: Services, view: View, open_panel: str, done: tuple[str, ...]) -> tuple[Any, ...]:
    """Values of the panel's components, then what was counted (the new ``done``); nothing where the panel is shut or up to date."""
    now = view.source, view.split, view.column
    if open_panel != "numbers" or not view.source or now == done:
        return (gr.skip(),) * 8
    corpus = services.corpora.get(view.source)
    types = corpus.label_set(view.column).types
    counts = stats.type_counts(corpus, view.column)
    best = max(counts, key=lambda count: count.splits[view.split], default=None)
    kind = best.name if best else None
    kinds = [count.name for count in counts if count.splits[view.split]]
    histogram = _histogram(stats.sentence_lengths(corpus, view.split), view.split)
    bars = gr.BarPlot(_bars_frame(counts, view.split), color_map={name: HUES[hue].strong for name, hue in hue_of(types).items()})
    return (
        counts_tables(corpus, view), bars, lengths_table(corpus, view), histogram, gr.update(choices=kinds, value=kind),
        frequent_table(services, view, kind), ambiguous_table(corpus, view), now,
    )  # fmt: skip


def _bars_frame(counts: Sequence[stats.Count], split: str, most: int = 30) -> pd.DataFrame:
    import pandas as pd

    best = sorted(counts, key=lambda count: -count.splits[split])[:most]
    return pd.DataFrame({"type": [c.name for c in best], "count": [c.splits[split] for c in best]})


def _histogram(lengths: stats.Lengths, split: str) -> gr.BarPlot:
    """Sentences by length, in at most 60 bars."""
    import pandas as pd

    frame = pd.DataFrame({"words": range(len(lengths.counts)), "sentences": lengths.counts, "split": split})
    return gr.BarPlot(
        frame,
        color_map={split: HUES[0].strong},
        x_bin=max(1, -(-len(lengths.counts) // 60)),
        y_aggregate="sum",
        x_lim=[0, lengths.longest + 1],
    )


def counts_tables(corpus: Corpus, view: View) -> str:
    """Entity types and labels, one column a split; each number leads to its sentences."""
    labels, title = corpus.label_set(view.column), column_title(view.column)
    words = _counts_table(f"{title}: words with each label", stats.label_counts(corpus, view.column), labels.types, "label")
    if not labels.has_spans:
        return words
    return _counts_table(f"{title}: entities of each type", stats.type_counts(corpus, view.column), labels.types, "type") + words


def _counts_table(title: str, counts: Sequence[stats.Count], types: Sequence[str], what: str) -> str:
    splits = list(counts[0].splits) if counts else []
    rows: list[list[object]] = []
    for count in counts:
        if count.total:
            name = render.Cell(count.name, kind=kind if (kind := type_of(count.name)) in types else "")
            rows.append([name, *(_link(n, count.query, split) for split, n in count.splits.items())])
    rows.append(["all", *(sum(count.splits[split] for count in counts) for split in splits)])
    file = to_csv([what, *splits], ([count.name, *count.splits.values()] for count in counts))
    return render.card(title, render.table([what, *splits], rows, types=types), right=render.download("CSV", f"{what}-counts.csv", file))


def lengths_table(corpus: Corpus, view: View) -> str:
    """Mean, median and longest, and a dozen ranges of length."""
    lengths = stats.sentence_lengths(corpus, view.split)
    longest = Query(min_words=lengths.longest, max_words=lengths.longest)
    rows = [[f"{a} to {b}" if b > a else str(a), _link(n, Query(min_words=a, max_words=b))] for a, b, n in lengths.bins(most=12) if n]
    file = to_csv(["words", "sentences"], ((n, count) for n, count in enumerate(lengths.counts) if count))
    meta = f"{lengths.mean:.1f} words on average, {lengths.median:g} in the median"
    body = render.table(["words", "sentences"], [*rows, ["the longest sentence, in words", _link(lengths.longest, longest)]])
    return render.card(f"Sentence lengths in {view.split}", body, meta=meta, right=render.download("CSV", "sentence-lengths.csv", file))


def frequent_table(services: Services, view: View, kind: str | None) -> str:
    """The most frequent surface forms of a type, and what else they are labelled as."""
    if not view.source or not kind:
        return ""
    corpus = services.corpora.get(view.source)
    found = stats.frequent_surfaces(corpus, view.split, view.column, kind=kind, limit=IN_CSV)
    rows = [[form.text, _link(n, form.query(kind)), _link_all(form)] for form, n in found[:PER_TYPE]]
    file = to_csv(["surface", "type", "count", "any type"], ((form.text, kind, n, form.total) for form, n in found))
    table = render.table(["surface form", kind, "with any type"], rows)
    return render.card(f"{kind} in {view.split}", table, right=render.download("CSV", "surface-forms.csv", file))


def ambiguous_table(corpus: Corpus, view: View) -> str:
    """Surface forms with more than one type, most doubtful first."""
    count, found = stats.ambiguous_surfaces(corpus, view.split, view.column, limit=IN_CSV)
    if not found:
        return render.empty("No surface form carries two types", f"Every entity text in {view.split} has one type only.")
    types = [kind for kind in corpus.label_set(view.column).types if any(kind in form.types for form in found)]
    wide = len(types) > WIDE
    header = ["surface form", *(["labels"] if wide else types), "all"]
    rows = [[form.text, *(_types_in_words(form) if wide else _type_links(form, types)), _link_all(form)] for form in found[:AMBIGUOUS]]
    file = to_csv(["surface", *types], ([form.text, *(form.types.get(kind, 0) for kind in types)] for form in found))
    meta = f"{count:,} in {view.split}" + (f"; the {AMBIGUOUS} with most occurrences outside their main type" if count > AMBIGUOUS else "")
    links = render.download("CSV", "ambiguous-surface-forms.csv", file)
    return render.card("Surface forms with more than one type", render.table(header, rows, types=types), meta=meta, right=links)


def _type_links(form: stats.Surface, types: Sequence[str]) -> list[object]:
    return [_link(form.types[kind], form.query(kind)) if kind in form.types else "" for kind in types]


def _types_in_words(form: stats.Surface) -> list[object]:
    return [", ".join(f"{kind} {n:,}" for kind, n in list(form.types.items())[:6])]


def _link(number: int, query: Query, split: str = "") -> render.Cell | int:
    """A number that leads to its sentences (plain where it is 0)."""
    return render.Cell(number, "find", {"search": str(query), **({"split": split} if split else {})}) if number else number


def _link_all(form: stats.Surface) -> render.Cell | int:
    return _link(form.total, form.query())


def to_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table as CSV with a header line.

    >>> to_csv(["surface", "count"], [["a, b", 2]])
    'surface,count\\r\\n"a, b",2\\r\\n'
    """
    out = io.StringIO()
    csv.writer(out).writerows([header, *rows])
    return out.getvalue()


def show_corpus(services: Services, view: View, open_panel: str, done: tuple[str, ...]) -> tuple[Any, Any]:
    """The schema as the course prints it, the labels of each column, and what was found wrong; nothing where the panel is shut."""
    now = view.source, view.column
    if open_panel != "corpus" or not view.source or now == done:
        return gr.skip(), gr.skip()
    corpus = services.corpora.get(view.source)
    parts = [_schema_card(corpus), _columns_card(corpus), _problems_card(corpus), _violations_card(corpus, view.column)]
    return "".join(parts), now


def _schema_card(corpus: Corpus) -> str:
    details = "; ".join(f"{name} {corpus.details[name]}" for name in ("revision", "builder") if corpus.details.get(name))
    return render.card(corpus.name, render.code(corpus.schema()), meta=details)


def _columns_card(corpus: Corpus) -> str:
    rows = [
        [column_title(column), column, labels.scheme, len(labels), ", ".join(labels.names)] for column, labels in corpus.label_sets.items()
    ]
    return render.card("Label columns", render.table(["labels", "column", "scheme", "number", "names, in the order of their ids"], rows))


def _problems_card(corpus: Corpus) -> str:
    if not corpus.problems:
        return ""
    rows = [[problem.file, str(problem.line or ""), problem.column, problem.message] for problem in corpus.problems[:LISTED]]
    table = render.table(["file", "line", "column", "what is wrong"], rows)
    more = f", the first {LISTED} listed" if corpus.n_problems > LISTED else ""
    return render.fold(f"Remarks and rows set aside while reading: {corpus.n_problems:,}{more}", table)


def _violations_card(corpus: Corpus, column: str) -> str:
    found = {split: list_violations(corpus, split, column, limit=LISTED) for split in corpus.splits}
    total = sum(count for count, _ in found.values())
    if not total:
        return ""
    rows = [
        [split, render.Cell(index, "go", {"split": split, "index": index}), violation.position, violation.tag, violation.reason]
        for split, (_, listed) in found.items()
        for index, violation in listed
    ][:LISTED]
    scheme = corpus.label_set(column).scheme
    more = f", the first {LISTED} listed" if total > LISTED else ""
    table = render.table(["split", "sentence", "word", "tag", "why"], rows)
    return render.fold(f"Tags that the scheme {scheme} does not allow in {column_title(column)}: {total:,}{more}", table)


def follow_number(services: Services, view: View, event: gr.EventData) -> tuple[Any, Any, str]:
    """A click on a number: the view on its first sentence, the Sentences panel, and its name."""
    data = event._data
    split = data.get("split") or view.split
    if split not in services.corpora.get(view.source).tables:
        return gr.skip(), gr.skip(), gr.skip()
    if data.get("act") == "go":
        index = str(data.get("index", ""))
        view = replace(view, split=split, search="", index=int(index) if index.isdecimal() and len(index) < 12 else 0)
    else:
        view = at_first_hit(services, replace(view, split=split, search=str(data.get("search", ""))))
    return view, gr.update(selected="sentences"), "sentences"


def pick_lengths(services: Services, view: View, event: gr.SelectData) -> tuple[Any, Any, Any]:
    """A range dragged over the histogram: the sentences of that length."""
    if not event.selected or not view.source:
        return gr.skip(), gr.skip(), gr.skip()
    low, high = (max(0, round(float(x))) for x in event.index)
    view = at_first_hit(services, replace(view, search=str(Query(min_words=low, max_words=max(low, high)))))
    return view, gr.update(selected="sentences"), "sentences"
