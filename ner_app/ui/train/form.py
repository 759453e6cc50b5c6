"""The form of the Train tab: the recipe's fields, checked in place, and what the run will take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from ner_app.core.corpus.model import Corpus
from ner_app.core.corpus.sources import column_title
from ner_app.core.errors import NerAppError, RecipeError
from ner_app.core.tokenization.alignment import POLICIES
from ner_app.core.training.estimate import Estimate, duration, estimate, gib, shape_of
from ner_app.core.training.profile import Profile, Profiler
from ner_app.core.training.recipe import Recipe, describe
from ner_app.ui.checkpoints import SUGGESTED, allowed, checkpoint_choices
from ner_app.ui.context import Services, View
from ner_app.ui.waiting import SHOWN_JS
from ner_app.ui.widgets import render

MAIN = ("checkpoint", "policy", "train_sentences", "eval_sentences", "learning_rate", "epochs", "batch_size", "weight_decay")
MORE = ("name", "head", "group_by_length", "max_length", "accumulation", "warmup", "seed", "threads")
FIELDS = (*MAIN, *MORE)
HEADS = (("keep the checkpoint's own where its labels fit", "keep"), ("start a new one", "replace"))


@dataclass(frozen=True)
class Form:
    """Components of the form; ``fields`` in the order of FIELDS."""

    fields: tuple[Any, ...]
    about: gr.HTML
    estimate: gr.HTML
    measure: gr.Button
    start: gr.Button


def build_form() -> Form:
    """Lay the form out; wiring is the tab's."""
    made: dict[str, Any] = {}
    about = gr.HTML(render.waiting("Opening the corpus"), js_on_load=SHOWN_JS, elem_id="train-about", apply_default_css=False)
    with gr.Column(elem_id="train-main"):
        made["checkpoint"] = gr.Dropdown(
            list(SUGGESTED), value=Recipe().checkpoint, allow_custom_value=True, filterable=True, elem_id="train-checkpoint",
            label="Checkpoint", info="Hub id, the folder of a saved model, or an earlier run to go on from.",
        )  # fmt: skip
        policies = [(title, name) for name, title in POLICIES.items()]
        made["policy"] = gr.Dropdown(policies, value="every", label="Subword labels", info="What the further subwords of a word learn.")
        for pair in (MAIN[2:4], MAIN[4:6], MAIN[6:8]):
            with gr.Row():
                made |= {name: _number(name) for name in pair}
    with gr.Accordion("More settings", open=False, elem_id="train-more"):
        made["name"] = gr.Textbox(label="Name", info="How the run is listed; empty: after the checkpoint.", max_length=80)
        made["head"] = gr.Dropdown(list(HEADS), value="keep", label="Classifier head", info="For a checkpoint that was fine-tuned already.")
        made["group_by_length"] = gr.Checkbox(label="Group by length", info=describe("group_by_length")["help"])
        for pair in (MORE[3:5], MORE[5:7], MORE[7:8]):
            with gr.Row():
                made |= {name: _number(name) for name in pair}
    with gr.Row(elem_id="train-go"):
        measure = gr.Button("Estimate", elem_id="train-measure", min_width=100)
        start = gr.Button("Start training", variant="primary", elem_id="train-start", min_width=140)
    told = gr.HTML(elem_id="train-estimate", apply_default_css=False)  # below the buttons: what comes and goes must not move them
    return Form(tuple(made[name] for name in FIELDS), about, told, measure, start)


def _number(name: str) -> gr.Number:
    """A numeric field with the recipe's default and help."""
    facts = describe(name)
    return gr.Number(getattr(Recipe(), name), label=facts["title"], info=facts["help"], elem_id=f"train-{name}", min_width=130)


def fresh_choices(services: Services) -> Any:
    """The same field with the runs of now to choose from."""
    return gr.update(choices=checkpoint_choices(services))  # not the value: it may have changed since it was read


def check_fields(*values: Any) -> list[Any]:
    """One gr.validate a field: what is wrong with it, shown beneath it."""
    return [gr.validate(not (wrong := problem(name, value)), wrong) for name, value in zip(FIELDS, values, strict=True)]


def problem(name: str, value: Any) -> str:
    """What is wrong with the value of one field, without the field's name; empty where it is fine.

    >>> problem("epochs", 0), problem("epochs", 3)
    ('0 is too small; give a number from 0.01 to 1000.', '')
    """
    try:
        Recipe.from_values({name: _clean(name, value)})
    except RecipeError as error:
        return str(error).removeprefix(f"{name}: ")
    return ""


def _clean(name: str, value: Any) -> Any:
    """A cleared text field is empty text; a cleared number stays None, which the recipe refuses."""
    return "" if value is None and isinstance(getattr(Recipe(), name), str) else value


def recipe_of(services: Services, view: View, values: Sequence[Any]) -> Recipe:
    """The recipe of the form and the context bar. RecipeError names the field."""
    if not view.source:
        raise RecipeError("corpus: none is open yet; choose one at the top.")
    settings: Mapping[str, Any] = {name: _clean(name, value) for name, value in zip(FIELDS, values, strict=True)}
    allowed(services, str(settings["checkpoint"]).strip())
    return Recipe.from_values({**settings, "corpus": view.source, "column": view.column})


def about_corpus(services: Services, view: View) -> str:
    """What will be learnt, in one line."""
    corpus = services.corpora.peek(view.source) if view.source else None
    if corpus is None:
        return render.waiting("Opening the corpus")
    title = f"{column_title(view.column)} labels of {corpus.name}"
    note = ""
    if not corpus.sizes.get("train"):
        note = render.notice("It has no train split, so there is nothing to learn from. Choose another corpus at the top.", kind="warning")
    elif not corpus.sizes.get("validation"):
        note = render.notice("It has no validation split: a tenth of train is held out for it, drawn by the seed.")
    sizes = [(name, f"{size:,} sentences") for name, size in corpus.sizes.items()]
    return render.card(title, render.stats(sizes) + note, meta="from the bar at the top")


def estimated(services: Services, profiler: Profiler, view: View, *values: Any) -> Iterator[str]:
    """The estimate: at once where the checkpoint was measured before, else after measuring it in a process of its own."""
    try:
        recipe = recipe_of(services, view, values)
        corpus = services.corpora.get(view.source)
    except NerAppError as error:
        yield render.notice(str(error), kind="warning")
        return
    if profiler.peek(recipe.checkpoint) is None:
        yield render.waiting(f"Measuring {recipe.checkpoint} on this machine")
    try:
        profile = profiler.get(recipe.checkpoint, shape_of(corpus, recipe).sample)
        yield told(services, corpus, recipe, profile)
    except NerAppError as error:
        yield render.notice(str(error), kind="warning")


def reestimated(services: Services, profiler: Profiler, view: View, *values: Any) -> Any:
    """The estimate after a field changed: only where the checkpoint is measured already, so that typing starts nothing."""
    try:
        recipe = recipe_of(services, view, values)
    except NerAppError:
        return gr.skip()  # the start says what is wrong; half a number is no reason to shout
    profile = profiler.peek(recipe.checkpoint)
    corpus = services.corpora.peek(view.source)
    if profile is None or corpus is None:
        return gr.skip()
    return told(services, corpus, recipe, profile)


def told(services: Services, corpus: Corpus, recipe: Recipe, profile: Profile) -> str:
    """An estimate as HTML, with its warnings and where a head's labels do not fit."""
    from ner_app.core.training.checkpoint import fit_labels

    made = estimate(recipe, shape_of(corpus, recipe), profile, folder=services.jobs.root, earlier=services.runs.all())
    trouble = list(made.warnings)
    try:
        fit_labels(profile.head, corpus.label_set(recipe.column or corpus.columns[0]), checkpoint=recipe.checkpoint, head=recipe.head)
    except NerAppError as error:
        trouble.insert(0, str(error))
    notes = "".join(render.notice(line, kind="warning") for line in trouble)
    return render.card("Estimate", notes + render.stats(estimate_rows(made)))


def estimate_rows(made: Estimate) -> list[tuple[str, str]]:
    """Name and value of each part of an estimate."""
    return [
        ("time", f"about {duration(made.seconds)} for {made.steps:,} steps"),
        ("memory", f"about {gib(made.memory_mb)} of {gib(made.available_mb)} free"),
        ("disk", f"up to {gib(made.disk_mb)} of {gib(made.free_mb)} free"),
        ("parameters", f"{made.parameters / 1e6:,.1f} million" if made.parameters >= 10**6 else f"{made.parameters:,}"),
        ("time is based on", made.basis),
    ]
