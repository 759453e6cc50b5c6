"""What the process of a training job does: load, check, encode, train. It stops at the next step after it was asked to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ner_app.core.errors import JobError
from ner_app.core.jobs.child import Child
from ner_app.core.models.references import locate, parse_ref
from ner_app.core.training.recipe import Recipe
from ner_app.core.training.report import TrainingReporter
from ner_app.core.training.runs import as_run

STOPPED = "Stopped when asked. Resume goes on from step {step}."


def work(child: Child) -> None:
    """Run a folder, and tell where it stopped."""
    follow(as_run(child.queue.job(child.folder.name)).recipe, child)


def follow(recipe: Recipe, child: Child) -> None:
    """Run a recipe; the child gets the step at which it stopped."""
    reporter = child.report_with(TrainingReporter)
    use_threads(recipe.threads or child.threads)
    if not run(recipe, reporter, child.stop_asked):
        child.stopped = STOPPED.format(step=(reporter.status.get("progress") or {}).get("step", 0))


def use_threads(number: int) -> None:
    """How many threads torch computes with."""
    import torch

    torch.set_num_threads(number)


def run(recipe: Recipe, reporter: TrainingReporter, stop_asked: Callable[[], bool]) -> bool:
    """Load, check, encode, train. True when done, False when stopped."""
    folder = reporter.folder
    reporter.phase("Loading the libraries")
    from transformers import set_seed

    no_progress_bars()
    from ner_app.core.training import checkpoint as source
    from ner_app.core.training.data import prepare
    from ner_app.core.training.trainer_loop import Session, train

    reporter.phase("Opening the corpus")
    corpus, column = open_for(recipe, cache=folder.parent.parent / "cache")
    reporter.phase("Reading the checkpoint")
    base = locate(parse_ref(recipe.checkpoint), folder.parent.parent)
    config, tokenizer = source.read_config(base), source.read_tokenizer(base)
    own = source.head_labels(config)
    labels, new_head = source.fit_labels(own, corpus.label_set(column), checkpoint=recipe.checkpoint, head=recipe.head)
    set_seed(recipe.seed)  # before the model: a new head is drawn at random
    model = source.load_model(base, labels, new_head=new_head)
    reporter.phase("Encoding the sentences")
    limit = source.input_limit(base, config, recipe.max_length)
    material = prepare(corpus, recipe, tokenizer, column=column, labels=labels, max_length=limit)
    print("\n".join(material.notes), flush=True)
    reporter.note(**_facts(model, material, labels.names, limit, new_head, column))
    if stop_asked():
        return False
    return train(Session(folder, recipe, model, tokenizer, material, reporter, stop_asked))


def open_for(recipe: Recipe, *, cache: Path | None = None) -> tuple[Any, str]:
    """The corpus of a recipe and its label column. ``cache`` is where the app keeps the corpora that it has opened."""
    from ner_app.core.corpus.open import open_corpus

    corpus = open_corpus(recipe.corpus, cache_dir=cache)
    if not corpus.columns:
        raise JobError(f"{corpus.name} has no label column to learn.")
    column = recipe.column or corpus.columns[0]
    corpus.label_set(column)
    return corpus, column


def _facts(model: Any, material: Any, labels: Sequence[str], limit: int, new_head: bool, column: str) -> dict[str, Any]:
    """What status.json says of the run beside its progress."""
    import torch

    sizes = {split.name: len(split.dataset) for split in (material.validation, material.test) if split is not None}
    return {
        "parameters": sum(p.numel() for p in model.parameters()), "sentences": {"train": len(material.train), **sizes},
        "labels": list(labels), "column": column, "max_length": limit, "new_head": new_head, "notes": list(material.notes),
        "threads": torch.get_num_threads(), "device": torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU",
    }  # fmt: skip


def no_progress_bars() -> None:
    """The log is read as text; bars that overwrite themselves do not belong in it."""
    import datasets
    from transformers.utils import logging

    logging.disable_progress_bar()
    datasets.disable_progress_bars()
