"""The course's training with the Trainer, on today's API, reporting into a run folder.

What differs from the course, and why: scores are of words, not subwords (see ScoredSplit in data.py), so that runs with different
tokenizers and policies compare; predictions are reduced to label ids batch by batch, so that a large split fits in memory; the model kept
is that of the epoch with the best validation F1.
"""

from __future__ import annotations

import math
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ner_app.core.errors import JobError
from ner_app.core.jobs import folder as files
from ner_app.core.models.references import MODEL
from ner_app.core.training.data import Material, ScoredSplit
from ner_app.core.training.recipe import Recipe
from ner_app.core.training.runs import CHECKPOINTS

if TYPE_CHECKING:
    from transformers import Trainer, TrainingArguments

    from ner_app.core.training.report import TrainingReporter

POINTS = 200  # logged losses a run: enough for a curve
SAVE_SECONDS = 600.0  # in a long epoch, at most this much work is lost when the process is killed


class StopAsked(Exception):
    """A stop was asked for while the test split was scored."""


@dataclass(frozen=True, eq=False)
class Session:
    """One training process at work: its folder, settings, data, and where it reports to."""

    folder: Path
    recipe: Recipe
    model: Any
    tokenizer: Any
    material: Material
    reporter: TrainingReporter
    stop_asked: Callable[[], bool]


def train(session: Session) -> bool:
    """Train, keep the best model in ``model/``, score the test split. True when done, False when a stop was asked for."""
    trainer = make_trainer(session)
    resume = latest_checkpoint(session.folder / CHECKPOINTS)
    session.reporter.begin(trainer, resumed_from=str(resume) if resume else "")
    trainer.train(resume_from_checkpoint=str(resume) if resume else None)
    stopped = session.stop_asked()
    if session.material.validation is None or not session.reporter.best or (stopped and not _has_model(session.folder)):
        save_model(session.folder, trainer.model, session.tokenizer)
        session.reporter.keep(trainer.state, scores=None)
    if stopped or session.stop_asked():
        return False
    try:
        test(session, trainer)
    except StopAsked:
        return False
    shutil.rmtree(session.folder / CHECKPOINTS, ignore_errors=True)
    return True


def test(session: Session, trainer: Trainer) -> None:
    """Score the kept model on the test split, where there is one. Raises StopAsked when a stop comes meanwhile."""
    split = session.material.test
    if split is None:
        return
    session.reporter.phase("Scoring the test split")
    from transformers import AutoModelForTokenClassification

    best = AutoModelForTokenClassification.from_pretrained(session.folder / MODEL)
    trainer.model.load_state_dict(best.state_dict())
    keeper = _Scorer(split)
    trainer.compute_metrics = keeper
    metrics = trainer.evaluate(split.dataset, metric_key_prefix="test")
    session.reporter.tested(keeper.scores, loss=metrics.get("test_loss"), seconds=metrics.get("test_runtime"))


def make_trainer(session: Session) -> Trainer:
    """The Trainer of the course: collator, compute_metrics, id2label in the model, and our callback in place of progress bars."""
    from transformers import DataCollatorForTokenClassification, PrinterCallback

    validation = session.material.validation
    scorer = _Scorer(validation) if validation else None
    trainer = _trainer_class()(
        model=session.model,
        args=arguments(session),
        train_dataset=session.material.train,
        eval_dataset=validation.dataset if validation else None,
        data_collator=DataCollatorForTokenClassification(tokenizer=session.tokenizer),
        processing_class=session.tokenizer,
        compute_metrics=scorer,
        preprocess_logits_for_metrics=_label_ids,
        callbacks=[_callback(session, scorer)],
    )
    trainer.remove_callback(PrinterCallback)
    made: Trainer = trainer
    return made


def arguments(session: Session) -> TrainingArguments:
    """TrainingArguments of a recipe. In transformers 5 the share of warm-up steps is given as warmup_steps below 1."""
    import torch
    from transformers import TrainingArguments

    recipe, scored = session.recipe, session.material.validation is not None
    steps = total_steps(recipe, len(session.material.train))
    return TrainingArguments(
        output_dir=str(session.folder / CHECKPOINTS),
        eval_strategy="epoch" if scored else "no",
        save_strategy="epoch",
        save_total_limit=1,
        learning_rate=recipe.learning_rate,
        num_train_epochs=recipe.epochs,
        weight_decay=recipe.weight_decay,
        warmup_steps=recipe.warmup if recipe.warmup < 1 else 0,
        per_device_train_batch_size=recipe.batch_size,
        per_device_eval_batch_size=max(32, recipe.batch_size),
        gradient_accumulation_steps=recipe.accumulation,
        train_sampling_strategy="group_by_length" if recipe.group_by_length else "random",
        optim="adamw_torch_fused",
        seed=recipe.seed,
        logging_steps=max(1, steps // POINTS),
        logging_first_step=True,
        logging_nan_inf_filter=False,  # the filter would hide a loss that has become NaN
        report_to="none",
        disable_tqdm=True,
        dataloader_pin_memory=torch.cuda.is_available(),
    )


def total_steps(recipe: Recipe, sentences: int) -> int:
    """Optimizer steps of a whole run, as the Trainer counts them.

    >>> total_steps(Recipe(batch_size=8, epochs=3), 20)
    9
    """
    batches = math.ceil(sentences / recipe.batch_size)
    return math.ceil(recipe.epochs * max(1, math.ceil(batches / recipe.accumulation)))


def latest_checkpoint(folder: Path) -> Path | None:
    """The newest checkpoint that was written to its end; unfinished ones are removed (trainer_state.json comes last)."""
    found = []
    for path in folder.glob("checkpoint-*"):
        step = files.read_json(path / "trainer_state.json").get("global_step")
        if isinstance(step, int):
            found.append((step, path))
        else:
            shutil.rmtree(path, ignore_errors=True)
    return max(found)[1] if found else None


def save_model(folder: Path, model: Any, tokenizer: Any) -> None:
    """Put model and tokenizer into ``model/`` in one move, so that nobody ever loads half of one."""
    draft, old, place = folder / ".model-new", folder / ".model-old", folder / MODEL
    for path in (draft, old):
        shutil.rmtree(path, ignore_errors=True)
    model.save_pretrained(draft)
    tokenizer.save_pretrained(draft)
    if place.exists():
        place.rename(old)
    draft.rename(place)
    shutil.rmtree(old, ignore_errors=True)


def _has_model(folder: Path) -> bool:
    return (folder / MODEL / "config.json").is_file()


def _label_ids(logits: Any, labels: Any) -> Any:
    """Logits (sentences, tokens, labels) to label ids, on the device they are on."""
    return (logits[0] if isinstance(logits, tuple) else logits).argmax(dim=-1)


class _Scorer:
    """The course's compute_metrics; keeps the whole dictionary, of which the Trainer gets the four overall numbers."""

    def __init__(self, split: ScoredSplit) -> None:
        self.split = split
        self.scores: dict[str, Any] = {}

    def __call__(self, prediction: Any) -> dict[str, float]:
        self.scores = self.split.scores(prediction.predictions)
        return {name: self.scores[f"overall_{name}"] for name in ("precision", "recall", "f1", "accuracy")}


@cache
def _trainer_class() -> type:
    """The Trainer, except that it scores in the order given, also when training batches are grouped by length."""
    from torch.utils.data import SequentialSampler
    from transformers import Trainer

    class OrderedTrainer(Trainer):  # type: ignore[misc]
        """Rows of predictions stand in the order of the split: ScoredSplit relies on it."""

        def _get_eval_sampler(self, eval_dataset: Any) -> Any:
            return SequentialSampler(eval_dataset)

    return OrderedTrainer


def _callback(session: Session, scorer: _Scorer | None) -> Any:
    """The Trainer callback that reports, keeps the best model, and stops when asked."""
    from transformers import TrainerCallback

    reporter = session.reporter

    class Report(TrainerCallback):  # type: ignore[misc]
        """Between the Trainer and the run folder."""

        def __init__(self) -> None:
            self.saved = time.monotonic()
            self.testing = False

        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> Any:
            reporter.stepped(state)
            if session.stop_asked():
                control.should_training_stop = control.should_save = True
            elif time.monotonic() - self.saved > SAVE_SECONDS:
                control.should_save = True
            return control

        def on_epoch_end(self, args: Any, state: Any, control: Any, **_: Any) -> Any:
            if session.stop_asked():  # the step before has saved; scoring now would only delay the stop
                control.should_evaluate = control.should_save = False
            elif control.should_evaluate:
                reporter.phase("Scoring the validation split")
            return control

        def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            self.saved = time.monotonic()

        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
            loss = (logs or {}).get("loss")
            if loss is None:
                return
            reporter.logged(state, logs)
            if not math.isfinite(loss):
                raise JobError(f"The loss is no longer a number at step {state.global_step}; take a lower learning_rate, or some warmup.")

        def on_prediction_step(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            if self.testing and session.stop_asked():
                raise StopAsked

        def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            self.testing = True

        def on_evaluate(self, args: Any, state: Any, control: Any, metrics: Any = None, model: Any = None, **_: Any) -> None:
            if self.testing or scorer is None:
                return
            if reporter.evaluated(state, scorer.scores, metrics):
                save_model(session.folder, model, session.tokenizer)
                reporter.keep(state, scores=scorer.scores)
            reporter.phase("Training")

    return Report()
