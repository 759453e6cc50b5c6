"""The training process: ``python -m ner_app.core.training.worker RUN_FOLDER``. The queue starts it; it starts the next run when it ends.

It stops at the next step when the file ``stop`` appears in its folder or a SIGTERM arrives. What it prints, tracebacks included, is in
log.txt.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from ner_app.core.errors import JobError, NerAppError
from ner_app.core.jobs import JobQueue, identity, is_alive
from ner_app.core.training import folder as files
from ner_app.core.training.recipe import Recipe
from ner_app.core.training.report import Reporter

STOPPED = "Stopped when asked. Resume goes on from step {step}."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one folder to its end, then let the queue start the next one. Returns the exit code."""
    parser = argparse.ArgumentParser(description="Train what a run folder describes.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--max-running", type=int, default=1)
    options = parser.parse_args(arguments)
    queue = JobQueue(options.folder.parent, max_running=options.max_running)
    with _Outcome(claim(options.folder), queue) as outcome:
        stop_asked = stop_signal(options.folder)
        recipe = Recipe.from_json((options.folder / files.RECIPE).read_text(encoding="utf-8"))
        settle_in(recipe.threads or max(1, cores() // max(1, options.max_running)))
        outcome.finished = run(recipe, outcome.reporter, stop_asked)
    return 0 if outcome.finished is not None else 1


def claim(folder: Path) -> Reporter:
    """Take a run over: JobError where another live process has it. Waits for the queue to have noted who was started."""
    with files.locked(folder.parent / files.LOCK):
        status = files.read_json(folder / files.STATUS)
        if status.get("state") not in ("queued", "running"):
            raise JobError(f"{folder.name} is not waiting to run.")
        if status.get("pid") not in (None, os.getpid()) and is_alive(status):
            raise JobError(f"{folder.name} is being run by process {status['pid']}.")
        reporter = Reporter(folder, identity(os.getpid()))
        reporter.note(started=time.time())
    return reporter


def run(recipe: Recipe, reporter: Reporter, stop_asked: Callable[[], bool]) -> bool:
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
    base = source.locate(recipe.checkpoint, folder.parent)
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


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def settle_in(threads: int) -> None:
    """Keep to a number of threads, and give way to the app: the page must answer while a run is on."""
    # read when torch is imported; threads that wait asleep leave the core to others
    os.environ.update(OMP_NUM_THREADS=str(threads), MKL_NUM_THREADS=str(threads), OMP_WAIT_POLICY="PASSIVE")
    if hasattr(os, "nice"):
        os.nice(5)
    import torch

    torch.set_num_threads(threads)


def stop_signal(folder: Path) -> Callable[[], bool]:
    """A function that says whether a stop was asked for, by the file or by a signal."""
    asked = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked.set())
    return lambda: asked.is_set() or (folder / files.STOP).exists()


def no_progress_bars() -> None:
    """The log is read as text; bars that overwrite themselves do not belong in it."""
    import datasets
    from transformers.utils import logging

    logging.disable_progress_bar()
    datasets.disable_progress_bars()


class _Outcome:
    """Writes how a run ended, whatever ended it, and lets the queue go on. An error still prints its traceback into the log."""

    def __init__(self, reporter: Reporter, queue: JobQueue) -> None:
        self.reporter, self.queue = reporter, queue
        self.finished: bool | None = None

    def __enter__(self) -> _Outcome:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if error is not None:
            self.reporter.end("failed", one_line(error))
        elif self.finished:
            self.reporter.end("finished")
        else:
            step = (self.reporter.status.get("progress") or {}).get("step", 0)
            self.reporter.end("stopped", STOPPED.format(step=step))
        (self.reporter.folder / files.STOP).unlink(missing_ok=True)
        self.queue.advance()


def one_line(error: BaseException) -> str:
    """Why a run failed, in a sentence or two; the traceback is in the log."""
    text = " ".join(str(error).split())[:500]
    if isinstance(error, NerAppError):
        return text
    if isinstance(error, MemoryError) or "out of memory" in text.lower() or "can't allocate memory" in text:
        return "Not enough memory. Take a smaller batch_size (accumulation makes up for it), a shorter max_length, or a smaller checkpoint."
    if isinstance(error, OSError) and error.errno == 28:
        return "The disk is full. Free some space (old runs can be deleted), then resume."
    return f"{type(error).__name__}: {text}. The log has the details."


if __name__ == "__main__":
    sys.exit(main())
