"""Memory, disk and time of a run, before it starts. Every number says what it is based on."""

from __future__ import annotations

import math
import random
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ner_app.core.corpus.model import TOKENS, Corpus
from ner_app.core.training.recipe import Recipe
from ner_app.core.training.trainer_loop import total_steps

if TYPE_CHECKING:
    from ner_app.core.training.profile import Profile
    from ner_app.core.training.runs import Run

SAMPLE = 1000  # sentences whose lengths stand for all
BYTES_A_PARAMETER = 16  # weight, gradient and AdamW's two moments, four bytes each
DISK_A_PARAMETER = 32  # the model and a checkpoint (weights and moments), each old and new at once while the new one is written
WORKING_SPACE = 1.5  # of what autograd keeps: gradients of activations, which come and go in the backward pass
BACKWARD_COST = 3.0  # forward and backward against forward alone
SPECIAL = 2  # [CLS] and [SEP]


@dataclass(frozen=True)
class Shape:
    """What an estimate needs of a corpus: sentences in each part, and some sentences of train (as words)."""

    train: int
    validation: int
    test: int
    sample: tuple[tuple[str, ...], ...]

    @property
    def lengths(self) -> list[int]:
        """Lengths of the sampled sentences, in words."""
        return [len(sentence) for sentence in self.sample]


@dataclass(frozen=True)
class Estimate:
    """What a run will take. basis: where the time comes from; warnings: what may go wrong, empty where all fits."""

    parameters: int
    steps: int
    seconds: float
    memory_mb: int
    available_mb: int
    disk_mb: int
    free_mb: int
    basis: str
    warnings: tuple[str, ...] = ()


def shape_of(corpus: Corpus, recipe: Recipe) -> Shape:
    """Sizes after the recipe's cuts, and up to 1,000 sentences of train spread over it."""
    sizes = corpus.sizes
    train, validation = sizes.get("train", 0), sizes.get("validation", 0)
    if not validation and train > 1:
        validation = max(1, round(recipe.holdout * train))
        train -= validation
    stride = max(1, sizes.get("train", 0) // SAMPLE)
    rows = corpus.table("train").column(TOKENS).take(list(range(0, sizes["train"], stride))[:SAMPLE]).to_pylist() if train else []
    train = min(train, recipe.train_sentences or train)
    validation = min(validation, recipe.eval_sentences or validation)
    return Shape(train, validation, sizes.get("test", 0), tuple(tuple(row) for row in rows))


def estimate(recipe: Recipe, shape: Shape, profile: Profile, *, folder: Path, earlier: Iterable[Run] = ()) -> Estimate:
    """Put a profile, a corpus and a recipe together. ``earlier`` runs with the same work a step give the pace where there is one."""
    import psutil

    limit = recipe.max_length or 512
    lengths = [min(limit, SPECIAL + length * profile.subwords_a_word) for length in shape.lengths] or [float(limit)]
    padded = padded_lengths(lengths, recipe)
    steps = total_steps(recipe, shape.train)
    mean = sum(padded) / len(padded)
    step = recipe.accumulation * profile.step_seconds(recipe.batch_size, mean)
    basis = f"a few steps of one and two layers, measured just now with {profile.threads} threads"
    like = next((run for run in earlier if _same_work(run, recipe)), None)
    if like is not None:
        step, basis = float(like.details["step_seconds"]), f"the pace of the run {like.id}"
    seconds = steps * step + _scoring_seconds(recipe, shape, step, mean, lengths)
    activations = WORKING_SPACE * profile.activation_bytes(recipe.batch_size, max(padded))
    memory = profile.process_mb + (profile.parameters * BYTES_A_PARAMETER + activations) / 2**20
    available, free = psutil.virtual_memory().available // 2**20, _free_mb(folder)
    disk = math.ceil(profile.parameters * DISK_A_PARAMETER / 2**20)
    made = Estimate(profile.parameters, steps, seconds, math.ceil(memory), available, disk, free, basis)
    return Estimate(**{**made.__dict__, "warnings": tuple(_warnings(made, shape))})


def padded_lengths(lengths: Sequence[float], recipe: Recipe) -> list[float]:
    """Length of each batch of an epoch over the sampled sentences: that of its longest one.

    >>> padded_lengths([5, 9, 5, 9], Recipe(batch_size=2, group_by_length=True))
    [9, 5]
    """
    order = list(lengths)
    random.Random(recipe.seed).shuffle(order)
    if recipe.group_by_length:
        order.sort(reverse=True)
    return [max(order[i : i + recipe.batch_size]) for i in range(0, len(order), recipe.batch_size)]


def _same_work(run: Run, recipe: Recipe) -> bool:
    """Did that run do the same work a step, for long enough to be a measure?"""
    if run.details.get("steps_timed", 0) < 20 or not run.details.get("step_seconds"):
        return False
    names = ("corpus", "column", "checkpoint", "batch_size", "accumulation", "max_length", "group_by_length", "threads")
    return all(getattr(run.recipe, name) == getattr(recipe, name) for name in names)


def _scoring_seconds(recipe: Recipe, shape: Shape, step: float, padded: float, lengths: Sequence[float]) -> float:
    """Scoring validation after each epoch and test once: forward only, sorted by length, so that there is hardly any padding."""
    a_sentence = step / (recipe.batch_size * recipe.accumulation) / BACKWARD_COST * (sum(lengths) / len(lengths)) / padded
    return a_sentence * (math.ceil(recipe.epochs) * shape.validation + shape.test)


def _warnings(made: Estimate, shape: Shape) -> Iterable[str]:
    """What may go wrong."""
    if not shape.train:
        yield "The corpus has no train split: there is nothing to learn from."
    if made.memory_mb > made.available_mb:
        yield (
            f"It needs about {gib(made.memory_mb)}, but {gib(made.available_mb)} are free: the process may be killed. "
            "Take a smaller batch size with accumulation, a shorter longest input, or a smaller checkpoint."
        )
    if made.disk_mb > made.free_mb:
        yield f"It needs up to {gib(made.disk_mb)} of disk, but {gib(made.free_mb)} are free. Delete old runs first."
    if made.seconds > 24 * 3600:
        yield "It takes more than a day on this machine. Try a smaller checkpoint or some of the sentences first."


def _free_mb(folder: Path) -> int:
    """Free disk space where the runs are, in MiB."""
    there = next((path for path in (folder, *folder.resolve().parents) if path.exists()), Path())
    return shutil.disk_usage(there).free // 2**20


def gib(megabytes: float) -> str:
    """Memory for people.

    >>> gib(300), gib(2048)
    ('300 MB', '2.0 GB')
    """
    return f"{megabytes / 1024:.1f} GB" if megabytes >= 1000 else f"{megabytes:.0f} MB"


def duration(seconds: float) -> str:
    """Time for people, in two units at most.

    >>> duration(8), duration(95), duration(7260), duration(200000)
    ('8 s', '1 min 35 s', '2 h 1 min', '2 days 7 h')
    """
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min" + (f" {whole % 60} s" if whole % 60 and whole < 600 else "")
    if whole < 48 * 3600:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole // 86400} days {whole % 86400 // 3600} h"
