"""What a training process tells the world beside what every job tells: steps, losses, scores, which model is kept, and the time left."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ner_app.core.jobs import folder as files
from ner_app.core.jobs.report import Reporter

LINES = 50  # with a loss in the log of a run, about
SCORING_COST = 1 / 3  # of a training step's work a sentence, until scoring has been measured: no backward pass


class TrainingReporter(Reporter):
    """The only writer of a run's status.json and events.jsonl while its process lives."""

    def __init__(self, folder: Path, identity: Mapping[str, Any]) -> None:
        super().__init__(folder, identity)
        self.best: dict[str, Any] = dict(self.status.get("best") or {})
        self._clock = _Clock()

    def phase(self, text: str) -> None:
        """What the process is doing now; only training counts towards the pace."""
        self._clock.enter(text)
        if text == "Training":  # goes without saying in the log: steps follow
            self.note(phase=text)
        else:
            super().phase(text)

    def begin(self, trainer: Any, *, resumed_from: str) -> None:
        """Training starts: what is ahead, and from which step."""
        args, sentences = trainer.args, len(trainer.train_dataset)
        per_epoch = max(1, math.ceil(math.ceil(sentences / args.per_device_train_batch_size) / args.gradient_accumulation_steps))
        total = math.ceil(args.num_train_epochs * per_epoch)
        step = int(files.read_json(Path(resumed_from) / "trainer_state.json").get("global_step", 0)) if resumed_from else 0
        if not resumed_from:
            self.best = {}
        self._clock.plan(step, total, math.ceil(args.num_train_epochs), scored=trainer.eval_dataset, step_sentences=sentences / per_epoch)
        self.status["progress"] = {"step": step, "total": total, "epoch": step / per_epoch, "epochs": args.num_train_epochs}
        self.event("start", step=step, total=total, epochs=args.num_train_epochs)
        if resumed_from:
            print(f"Going on from step {step} of {total}", flush=True)
        self.phase("Training")

    def stepped(self, state: Any) -> None:
        """One more optimizer step."""
        self._clock.step()
        self.status["progress"] = {
            "step": state.global_step, "total": state.max_steps, "epoch": round(state.epoch or 0.0, 4), "epochs": state.num_train_epochs,
            "seconds": round(self.seconds(), 1), "remaining": _rounded(self._clock.remaining()),
        }  # fmt: skip
        self.freshen()

    def logged(self, state: Any, logs: Mapping[str, Any]) -> None:
        """A loss, averaged over the steps since the last one."""
        loss, rate = _finite(logs.get("loss")), _finite(logs.get("learning_rate"))
        where = {"step": state.global_step, "epoch": round(state.epoch or 0.0, 4)}
        self.event("step", **where, loss=loss, learning_rate=rate, gradient=_finite(logs.get("grad_norm")))
        if state.global_step % max(1, state.max_steps // LINES) == 0:
            print(f"step {state.global_step:>6} of {state.max_steps}   loss {logs['loss']:.4f}   learning rate {rate or 0:.2e}", flush=True)

    def evaluated(self, state: Any, scores: Mapping[str, Any], metrics: Mapping[str, Any]) -> bool:
        """Scores of the validation split; True where its F1 is the best so far (of equal ones the later)."""
        self._clock.scored()
        loss = _finite(metrics.get("eval_loss"))
        where = {"split": "validation", "step": state.global_step, "epoch": round(state.epoch or 0.0, 4)}
        self.event("evaluation", **where, loss=loss, scores=dict(scores), seconds=metrics.get("eval_runtime"))
        print(f"epoch {state.epoch:.2f}   validation {_line(scores)}", flush=True)
        return not self.best or scores["overall_f1"] >= self.best["scores"]["overall_f1"]

    def keep(self, state: Any, *, scores: Mapping[str, Any] | None) -> None:
        """The model of this step is the one in model/: the best by validation F1, or, without scores, simply the last."""
        where = {"step": state.global_step, "epoch": round(state.epoch or 0.0, 4)}
        if scores is not None:
            self.best = {**where, "scores": dict(scores)}
            self.status["best"] = self.best
        self.status["model"] = {**where, "why": "best validation F1" if scores is not None else "last step; its validation F1 is not known"}
        self.write()
        print(f"model/ is now that of step {state.global_step} ({self.status['model']['why']})", flush=True)

    def tested(self, scores: Mapping[str, Any], *, loss: float | None, seconds: float | None) -> None:
        """Scores of the kept model on the test split."""
        self.status["test"] = {"scores": dict(scores), "loss": _finite(loss)}
        self.event("evaluation", split="test", **self.status["test"], seconds=seconds)
        print(f"test {_line(scores)}", flush=True)

    def end(self, state: str, message: str = "") -> None:
        """The last word, and the pace, for estimates of later runs."""
        self.status.update(self._clock.speed())
        super().end(state, message)


class _Clock:
    """Time spent, and time left: steps at the pace of this process, scorings as long as the last one took."""

    def __init__(self) -> None:
        self._steps = self._training = 0.0
        self._mark = time.monotonic()
        self._scoring: float | None = None
        self._left, self._scorings_left, self._ratio = 0, 0, 0.0
        self._scoring_started = self._mark

    def plan(self, step: int, total: int, epochs: int, *, scored: Any, step_sentences: float) -> None:
        """What is ahead."""
        self._left, self._total, self._per_epoch = total - step, total, max(1, total // max(1, epochs))
        self._scorings_left = math.ceil(self._left / self._per_epoch) if scored is not None else 0
        self._ratio = len(scored) / step_sentences * SCORING_COST if scored is not None else 0.0

    def enter(self, phase: str) -> None:
        """A new phase begins: only training counts towards the pace."""
        self._mark = time.monotonic()
        if phase.startswith("Scoring"):
            self._scoring_started = self._mark

    def step(self) -> None:
        """A step is done."""
        now = time.monotonic()
        self._training += now - self._mark
        self._mark = now
        self._steps += 1
        self._left -= 1

    def scored(self) -> None:
        """A scoring is done."""
        self._scoring = time.monotonic() - self._scoring_started
        self._scorings_left -= 1

    def remaining(self) -> float | None:
        """Seconds left, None before the second step (the first one is not typical)."""
        if self._steps < 2:
            return None
        pace = self._training / self._steps
        scoring = self._scoring if self._scoring is not None else self._ratio * pace
        return self._left * pace + max(0, self._scorings_left) * scoring

    def speed(self) -> dict[str, Any]:
        """Seconds a training step took, for estimates of later runs."""
        return {"step_seconds": self._training / self._steps, "steps_timed": int(self._steps)} if self._steps else {}


def _line(scores: Mapping[str, Any]) -> str:
    """The four overall numbers on one line."""
    return "   ".join(f"{name} {scores[f'overall_{name}']:.4f}" for name in ("precision", "recall", "f1", "accuracy"))


def _finite(value: Any) -> float | None:
    """A number that JSON can hold, else None."""
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
