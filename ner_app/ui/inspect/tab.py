"""Inspect: how a checkpoint's tokenizer splits a sentence, and which label each subword gets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from ner_app.core.corpus.model import Corpus
from ner_app.core.errors import NerAppError
from ner_app.core.labels import OUTSIDE, LabelSet
from ner_app.core.review.queues.queues import single_name
from ner_app.core.tokenization.alignment import POLICIES, Alignment, Policy, align_sentence, check_policy
from ner_app.core.tokenization.code import Setup, batch_code, sentence_code
from ner_app.core.tokenization.collate import collate, parse_indices
from ner_app.core.tokenization.health import Health, check_health
from ner_app.core.tokenization.losses import counted
from ner_app.core.tokenization.prefix_space import prefix_space_code, ready_for_words
from ner_app.ui.context import Services, Shared, View, to_review
from ner_app.ui.errors import bind
from ner_app.ui.waiting import SHOWN_JS, Share, in_sight, patiently
from ner_app.ui.widgets import render, render_tokens

MOST_WORDS = 2000  # in one grid
SHOWN_CASES = 6  # lost words or entities named one by one
HOW_TO_CHOOSE = "Choose one above, or type the path of a folder that save_pretrained wrote, or a Hub id such as bert-base-cased."


@dataclass(frozen=True)
class InspectTab:
    """Components that other tabs may touch: ``checkpoint`` (a model reference), ``words`` (typed in; empty shows the corpus sentence)."""

    checkpoint: gr.Dropdown
    words: gr.Textbox
    grid: gr.HTML


@dataclass(frozen=True)
class Choice:
    """What is chosen on the tab, as the handlers get it."""

    checkpoint: str
    policy: Policy
    max_length: int | None

    @classmethod
    def of(cls, checkpoint: str | None, policy: str | None, max_length: float | None) -> Choice:
        """Checked values of the fields. NerAppError names the field that is wrong or empty."""
        if not (checkpoint or "").strip():
            raise NerAppError(f"No checkpoint is chosen. {HOW_TO_CHOOSE}")
        longest = max_length or 0
        if longest != int(longest) or longest < 0:
            raise NerAppError("Longest input: give a whole number of tokens, or 0 for the tokenizer's own limit.")
        return cls(str(checkpoint).strip(), check_policy(policy or "every"), int(longest) or None)


def build_inspect(services: Services, shared: Shared) -> InspectTab:
    """The tab: layout first, then its wiring."""
    keys = [("← →", "move"), ("/", "types words")]
    gr.HTML(render.intro("See how a tokenizer splits a sentence, and which label each subword gets.", keys), apply_default_css=False)
    with gr.Row(elem_id="inspect-settings", equal_height=True):
        choices = [(ref.title, ref.ref) for ref in services.models.choices()]
        checkpoint = gr.Dropdown(
            choices, value=shared.model.value if choices else None, label="Checkpoint (or type a folder or Hub id)",
            allow_custom_value=True, elem_id="inspect-checkpoint", min_width=220, scale=4,
        )  # fmt: skip
        policy = gr.Radio(
            [(title, name) for name, title in POLICIES.items()], value="every", label="Labels go to", elem_id="inspect-policy",
            min_width=300, scale=11,
        )  # fmt: skip
        limit = gr.Number(
            0, label="Longest input (0: its own)", precision=0, elem_id="inspect-limit", min_width=180, scale=3,
        )  # fmt: skip
    with gr.Row(elem_id="inspect-words-row"):
        words = gr.Textbox(
            label="Your own words", placeholder="Or type words, with labels if you like: EU/B-ORG rejects German/B-MISC call",
            elem_id="inspect-words", elem_classes=["focus-slash"], max_lines=3, scale=8, min_width=260, container=False,
        )  # fmt: skip
        previous = gr.Button("← Previous", elem_id="inspect-previous", elem_classes=["key-ArrowLeft"], size="sm", min_width=90, scale=0)
        following = gr.Button("Next →", elem_id="inspect-next", elem_classes=["key-ArrowRight"], size="sm", min_width=90, scale=0)
        review = gr.Button("Review this", elem_id="inspect-review", size="sm", min_width=90, scale=0)
    grid = gr.HTML(render.waiting("Opening the corpus"), elem_id="inspect-grid", js_on_load=SHOWN_JS, apply_default_css=False)
    with gr.Accordion("Show the code", open=False, elem_id="inspect-code-part"):
        code = gr.HTML(elem_id="inspect-code", apply_default_css=False)
    with gr.Accordion("The collated batch", open=False, elem_id="inspect-batch-part"):
        with gr.Row():
            picked = gr.Textbox("0, 1", label="Sentences, such as 0, 1, 5-8", elem_id="inspect-picked", scale=4, min_width=200)
            show_batch = gr.Button("Collate", elem_id="inspect-collate", scale=0, min_width=120)
        nothing = render.empty("No batch yet", "Pick sentences and press Collate to see them padded to one length.")
        batch = gr.HTML(nothing, elem_id="inspect-batch", apply_default_css=False)
    with gr.Accordion("Health check of the tokenizer", open=False, elem_id="inspect-health-part"):
        with gr.Row():
            check = gr.Button("Check this tokenizer over the whole split", elem_id="inspect-check", scale=0, min_width=340)
        health = gr.HTML(
            render.empty("Not checked yet", "The check reads every word of the split; all of CoNLL-2003 takes about a second."),
            elem_id="inspect-health", apply_default_css=False,
        )  # fmt: skip

    fields = [shared.view, checkpoint, policy, limit]
    shown = gr.Checkbox(visible="hidden", elem_id="inspect-shown")  # filled in by the page: is the tab in sight?
    changes = [shared.view.change, checkpoint.change, policy.change, limit.change, words.submit, words.blur, grid.select]
    gr.on(
        changes, bind(draw, services), [*fields, words, shown], [grid, code], show_progress="hidden", trigger_mode="always_last",
        js=f"(...args) => [...args.slice(0, -1), {in_sight('inspect-grid')}]",
    )  # fmt: skip
    shared.model.change(follow_model, [shared.model, checkpoint], checkpoint, show_progress="hidden")
    grid.select(bind(list_checkpoints, services), [shared.model, checkpoint], checkpoint, show_progress="hidden")
    previous.click(bind(step, services, -1), [shared.view, words], [shared.view, words], show_progress="hidden")
    following.click(bind(step, services, 1), [shared.view, words], [shared.view, words], show_progress="hidden")
    review.click(bind(review_this, services), [shared.view, words], [shared.tabs, shared.review], show_progress="hidden")
    gr.on([show_batch.click, picked.submit], bind(draw_batch, services), [*fields, picked], batch, show_progress="hidden")
    check.click(bind(draw_health, services), fields, health, show_progress="hidden")
    return InspectTab(checkpoint, words, grid)


def review_this(services: Services, view: View, words: str) -> tuple[Any, Any]:
    """The sentence in Review, as a queue of its own."""
    if words.strip():
        raise NerAppError("Words of your own are no part of the corpus; empty the field to review the sentence.")
    if not view.source:
        return gr.skip(), gr.skip()
    return to_review(single_name(view.split, services.corpora.get(view.source).sentence(view.split, view.index).index))


def follow_model(model: str | None, checkpoint: str | None) -> Any:
    """The checkpoint follows the model of the context bar."""
    return gr.skip() if not model or model == checkpoint else model


def list_checkpoints(services: Services, model: str | None, checkpoint: str | None) -> Any:
    """The checkpoints at hand now (a run may have finished). The chosen one is not sent back: it may have changed since it was read."""
    choices = [(ref.title, ref.ref) for ref in services.models.choices()]
    return gr.update(choices=choices) if checkpoint or not model else gr.update(choices=choices, value=model)


def step(services: Services, by: int, view: View, words: str) -> tuple[Any, str]:
    """The sentence before or after, and no typed words any more: whoever goes on wants to read the corpus."""
    if not view.source:
        return gr.skip(), ""
    size = services.corpora.get(view.source).sizes[view.split]
    return view.at(min(max(view.index + by, 0), max(size - 1, 0))), ""


def draw(
    services: Services, view: View, checkpoint: str | None, policy: str | None, limit: float | None, words: str, shown: bool
) -> Iterator[Any]:
    """Grid and code for what is chosen; what is wrong stands where the grid would. Nothing while the tab is out of sight."""
    if not shown or not view.source:
        yield gr.skip(), gr.skip()
        return
    waiting = render.waiting(f"Loading the tokenizer of {checkpoint}"), gr.skip()
    yield from patiently(lambda _: grid_and_code(services, view, checkpoint, policy, limit, words), lambda _: waiting)


def grid_and_code(
    services: Services, view: View, checkpoint: str | None, policy: str | None, limit: float | None, words: str
) -> tuple[str, str]:
    """HTML of the grid card and of the code. A NerAppError becomes a notice in the place of the grid."""
    if not (checkpoint or "").strip():
        return render.empty("No checkpoint is chosen", HOW_TO_CHOOSE), ""
    try:
        choice = Choice.of(checkpoint, policy, limit)
        corpus = opened(services, view)
        label_set = corpus.label_set(view.column)
        if words.strip():
            title, pairs = "your words", typed_words(words, label_set)
        else:
            sentence = corpus.sentence(view.split, view.index)
            title, pairs = f"{view.split} {view.index:,}", (sentence.words[:MOST_WORDS], sentence.labels[view.column][:MOST_WORDS])
            if len(sentence.words) > MOST_WORDS:
                title += f", the first {MOST_WORDS:,} of {len(sentence.words):,} words"
        raw = services.models.tokenizer(choice.checkpoint)
        tokenizer = ready_for_words(raw)
        options = {"label_set": label_set, "policy": choice.policy, "max_length": choice.max_length}
        found = align_sentence(*pairs, tokenizer=tokenizer, **options)
        setup = setup_of(choice, label_set, raw)
    except NerAppError as error:
        return render.notice(str(error), kind="error"), ""
    return grid_card(title, choice, found, label_set, glued=bool(setup.prefix_space)), render.code(sentence_code(setup, *pairs))


def typed_words(text: str, label_set: LabelSet) -> tuple[Sequence[str], Sequence[str] | None]:
    """Words parted by white space, each with a label behind a slash or none; where no word has one there are no labels at all.

    ``EU/B-ORG rejects`` gives (("EU", "rejects"), ("B-ORG", "O")). A slash counts only before a label that the column has.
    """
    words, tags = [], []
    for item in text.split():
        word, _, tag = item.rpartition("/")
        labelled = bool(word) and tag in label_set.label2id
        words.append(word if labelled else item)
        tags.append(tag if labelled else None)
    if len(words) > MOST_WORDS:
        raise NerAppError(f"{len(words):,} words are too many to draw; give at most {MOST_WORDS:,}.")
    if not any(tags):
        return tuple(words), None
    fill = OUTSIDE if OUTSIDE in label_set.label2id else None
    if fill is None and not all(tags):
        raise NerAppError(f"This column has no label {OUTSIDE}: give every word a label (word/LABEL), or none of them.")
    return tuple(words), tuple(tag or str(fill) for tag in tags)


def setup_of(choice: Choice, label_set: LabelSet, tokenizer: Any) -> Setup:
    """What the shown code starts from: the Hub id as it was given, or the folder that the tokenizer came from."""
    from ner_app.core.models.references import parse_ref

    ref, revision = parse_ref(choice.checkpoint), ""
    if ref.kind == "hub":
        name, _, revision = ref.ref.partition("@")
    else:
        name = str(tokenizer.name_or_path)
    return Setup(name, label_set, choice.policy, revision, choice.max_length, prefix_space_code(tokenizer))


def grid_card(title: str, choice: Choice, found: Alignment, label_set: LabelSet, *, glued: bool) -> str:
    """The grid with its title, and below it what was lost."""
    from ner_app.core.models.references import parse_ref

    grid = render_tokens.subword_grid(
        found.words, found.tokens, found.ids, found.word_ids, labels=found.labels, label_ids=found.label_ids, types=label_set.types
    )
    subwords = sum(not special for special in found.special)
    meta = f"{counted(len(found.words), 'word')} · {counted(subwords, 'subword')} · {counted(len(found.tokens), 'token')}"
    name = f"{parse_ref(choice.checkpoint).title} · {POLICIES[choice.policy]}"
    notes = render.notice(PREFIX_NOTE) if glued else ""
    return render.card(title, grid + notes + lost_notice(found), meta=meta, right=render.escape(name))


PREFIX_NOTE = (
    "This tokenizer (RoBERTa's kind) reads words that come one by one as glued together. Here, and in training, it gets the space before "
    "each word that it needs; transformers alone leaves it out without saying so."
)


def lost_notice(found: Alignment) -> str:
    """What of the sentence does not reach the model, word by word; nothing where all of it does."""
    words = found.words
    lines = []
    for indices, what in (
        (found.words_without_subword, "no subword at all"),
        (found.words_cut, "cut away by the length limit"),
        (found.words_shortened, "cut in two by the length limit"),
    ):
        if indices:
            named = ", ".join(f"{words[i]!r} (word {i})" for i in indices[:SHOWN_CASES])
            more = f" and {len(indices) - SHOWN_CASES:,} more" if len(indices) > SHOWN_CASES else ""
            lines.append(f"{counted(len(indices), 'word')}, {what}: {named}{more}")
    for spans, what in ((found.entities_lost, "lost"), (found.entities_cut, "cut short")):
        lines += [f"Entity {what}: {span.label} {' '.join(words[span.start : span.end])!r}" for span in spans[:SHOWN_CASES]]
        if len(spans) > SHOWN_CASES:
            lines.append(f"and {len(spans) - SHOWN_CASES:,} more entities {what}")
    return render.notice("Not all of this sentence reaches the model.", kind="warning", more=lines) if lines else ""


def draw_batch(
    services: Services, view: View, checkpoint: str | None, policy: str | None, limit: float | None, picked: str
) -> Iterator[Any]:
    """The padded tensors of the picked sentences, as torch prints them and as tables, with the code for them."""
    work = partial(batch_html, services, view, checkpoint, policy, limit, picked)
    yield from patiently(lambda _: or_notice(work), lambda _: render.waiting("Loading torch and the tokenizer"))


def or_notice(work: Callable[[], str]) -> str:
    """HTML that some work makes, or a notice in its place that says what is wrong."""
    try:
        return work()
    except NerAppError as error:
        return render.notice(str(error), kind="error")


def batch_html(services: Services, view: View, checkpoint: str | None, policy: str | None, limit: float | None, picked: str) -> str:
    """HTML of a batch. Raises NerAppError for indices that are not there or a tokenizer that cannot be used."""
    choice = Choice.of(checkpoint, policy, limit)
    corpus = opened(services, view)
    indices = parse_indices(picked, corpus.sizes[view.split])
    raw, label_set = services.models.tokenizer(choice.checkpoint), corpus.label_set(view.column)
    sentences = corpus.pick(view.split, indices)
    options = {"label_set": label_set, "policy": choice.policy, "max_length": choice.max_length}
    batch = collate(sentences, view.column, tokenizer=ready_for_words(raw), **options)
    rows = [f"{view.split} {i}" for i in indices]
    parts = []
    for name, values in batch.values.items():
        ignored = -100 if name == "labels" else None
        table = render_tokens.tensor_grid(name, values, rows=rows, padded=batch.padded, ignored=ignored)
        shape = f"{len(values)} × {len(values[0])}"
        parts.append(render.card(name, render.code(batch.printed[name]) + table, meta=shape))
    code = batch_code(setup_of(choice, label_set, raw), [(s.words, s.labels[view.column]) for s in sentences])
    return "".join(parts) + render.card("The code for this batch", render.code(code))


def draw_health(services: Services, view: View, checkpoint: str | None, policy: str | None, limit: float | None) -> Iterator[str]:
    """The findings over the split. The reading goes on in a thread; this tells how far it is."""
    reading = f"Reading the words of {view.split}"
    yield from patiently(
        lambda share: or_notice(partial(run_check, services, view, checkpoint, policy, limit, share)),
        lambda done: render.waiting(f"{reading}, {done:.0%}" if done else "Loading the tokenizer"),
    )


def opened(services: Services, view: View) -> Corpus:
    """The corpus of a view."""
    if not view.source:
        raise NerAppError("No corpus is open yet; choose one above.")
    return services.corpora.get(view.source)


def run_check(services: Services, view: View, checkpoint: str | None, policy: str | None, limit: float | None, on_progress: Share) -> str:
    """HTML of the check, on the tokenizer as the checkpoint has it: a missing prefix space is found, not put right first."""
    choice = Choice.of(checkpoint, policy, limit)
    corpus = opened(services, view)
    tokenizer = services.models.tokenizer(choice.checkpoint)
    health = check_health(tokenizer, corpus, view.split, view.column, max_length=choice.max_length, on_progress=on_progress)
    return health_html(health, view, choice)


def health_html(health: Health, view: View, choice: Choice) -> str:
    """Findings, and how many subwords the words have."""
    from ner_app.core.models.references import parse_ref

    verdict = {"ok": "fits this corpus", "warning": "usable; read the warnings", "problem": "read the problems before training"}
    body = render.findings(health.findings)
    if health.figures is not None:
        rows = [(counted(size, "subword"), number) for size, number in health.figures.subwords_of_words]
        body += render.bars(rows[:12], caption="Words by their number of subwords") if rows else ""
    name = Path(parse_ref(choice.checkpoint).title).name
    return render.card(f"{name} on {view.split}", body, meta=verdict[health.level])
