"""The runs of the Train tab: their list, and everything about the chosen one. Plain data in, HTML and data frames out."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ner_app.core.corpus.sources import column_title
from ner_app.core.errors import NerAppError
from ner_app.core.jobs import folder as files
from ner_app.core.training.estimate import duration, gib
from ner_app.core.training.runs import Run
from ner_app.ui.palette import HUES, hue_of
from ner_app.ui.widgets import render

if TYPE_CHECKING:
    import pandas as pd

SHOWN_RUNS = 50
OVERALL = "overall"
KEPT = "of the model that was kept"
_WORDS = {"queued": "waiting", "finished": "done"}
Event = Mapping[str, Any]


def runs_table(runs: Sequence[Run], chosen: str) -> str:
    """The list of runs, newest first; a click on a name chooses it."""
    if not runs:
        return render.empty("No runs yet", "Check the settings, then press Start training. A run goes on when you close the page.")
    rows = [
        [_pick(run, chosen), state_of(run), _f1(run.details.get("best")), _f1(run.details.get("test")), _when(run)]
        for run in runs[:SHOWN_RUNS]
    ]
    more = f"{len(runs)} runs; the latest {SHOWN_RUNS} are shown" if len(runs) > SHOWN_RUNS else ""
    return render.table(["Run", "State", "Validation F1", "Test F1", "Submitted"], rows, caption=more)


def _pick(run: Run, chosen: str) -> render.Cell:
    mark = "▸ " if run.id == chosen else ""
    return render.Cell(mark + title_of(run), "pick", {"run": run.id}, current=run.id == chosen)


def title_of(run: Run) -> str:
    """Name of a run; its id where the recipe was damaged."""
    try:
        return run.recipe.title
    except NerAppError:
        return run.id


def state_of(run: Run) -> str:
    """The state in words, with how far it is."""
    if run.active:
        return f"{run.status} {run.progress.fraction:.0%}"
    return _WORDS.get(run.status, run.status)


def _f1(entry: Any) -> Any:
    """F1 of an entry of status.json with scores, or a dash."""
    scores = entry.get("scores") if isinstance(entry, Mapping) else None
    return float(scores["overall_f1"]) if scores else "–"


def _when(run: Run) -> str:
    return time.strftime("%d %b %H:%M", time.localtime(run.created))


def run_head(run: Run, waiting_before: int = 0) -> str:
    """State, progress and facts of the chosen run."""
    body = "".join([_progress(run, waiting_before), _message(run), render.stats(facts(run))])
    return render.card(title_of(run), body, meta=state_of(run), right=render.escape(run.id))


def _progress(run: Run, waiting_before: int) -> str:
    """The bar of a run at work, or its place in the queue."""
    at = run.progress
    if run.status == "queued":
        others = "1 other run" if waiting_before == 1 else f"{waiting_before} other runs"
        return render.waiting(f"Waiting for {others}" if waiting_before else "About to start")
    if not run.active:
        return render.progress(at.fraction, progress_line(run)) if at.total else ""
    return render.progress(at.fraction, progress_line(run))


def progress_line(run: Run) -> str:
    """``step 120 of 450 · epoch 0.80 of 3 · 1 min 20 s so far, about 3 min left · Training``."""
    at = run.progress
    parts = [f"step {at.step:,} of {at.total:,}", *_epoch(run)] if at.total else []
    if at.seconds:
        left = f", about {duration(at.remaining)} left" if run.active and at.remaining is not None else ""
        parts.append(f"{duration(at.seconds)} so far{left}" if run.active else f"{duration(at.seconds)} in all")
    if run.status == "stopping":
        parts.append("stopping at the next step" if at.phase == "Training" else f"{at.phase}; it stops afterwards")
    elif at.phase:
        parts.append(at.phase)
    return " · ".join(parts)


def _epoch(run: Run) -> list[str]:
    """Which epoch of how many; empty where the run has not said."""
    told = run.details.get("progress") or {}
    epoch, epochs = told.get("epoch"), told.get("epochs")
    known = isinstance(epoch, int | float) and isinstance(epochs, int | float)
    return [f"epoch {epoch:.2f} of {epochs:g}"] if known else []


def _message(run: Run) -> str:
    if not run.message:
        return ""
    return render.notice(run.message, kind="error" if run.status == "failed" else "info")


def facts(run: Run) -> list[tuple[str, object]]:
    """What the run is and has reached, as name and value."""
    details = run.details
    rows: list[tuple[str, object]] = []
    try:
        recipe = run.recipe
        rows.append(("checkpoint", recipe.checkpoint))
        rows.append(("corpus", f"{recipe.corpus} · {column_title(str(details.get('column') or recipe.column or 'first label column'))}"))
    except NerAppError as error:
        rows.append(("recipe", str(error)))
    sizes = details.get("sentences")
    if isinstance(sizes, Mapping):
        rows.append(("sentences", ", ".join(f"{size:,} {name}" for name, size in sizes.items())))
    model = details.get("model")
    if isinstance(model, Mapping):
        rows.append(("model kept", f"step {model.get('step')}, epoch {model.get('epoch')}: {model.get('why')}"))
    for name, key in (("validation F1", "best"), ("test F1", "test")):
        value = _f1(details.get(key))
        if isinstance(value, float):
            rows.append((name, f"{value:.4f}"))
    if details.get("peak_memory_mb"):
        rows.append(("memory at its peak", gib(details["peak_memory_mb"])))
    return rows


def loss_frame(events: Sequence[Event]) -> pd.DataFrame:
    """Columns step, loss, curve (training or validation)."""
    import pandas as pd

    rows = [(e["step"], e["loss"], "training") for e in events if e.get("kind") == "step" and e.get("loss") is not None]
    rows += [(e["step"], e["loss"], "validation") for e in evaluations(events) if e.get("loss") is not None]
    return pd.DataFrame(rows, columns=["step", "loss", "curve"])


def f1_frame(events: Sequence[Event]) -> pd.DataFrame:
    """Columns epoch, F1, type (overall first)."""
    import pandas as pd

    rows = []
    for event in evaluations(events):
        rows.append((event["epoch"], event["scores"]["overall_f1"], OVERALL))
        rows += [(event["epoch"], values["f1"], kind) for kind, values in types_of(event["scores"]).items()]
    return pd.DataFrame(rows, columns=["epoch", "F1", "type"])


def colours(types: Sequence[str]) -> dict[str, str]:
    """The hue of each type for plots; overall is grey."""
    return {OVERALL: HUES[-1].strong, **{kind: HUES[hue].strong for kind, hue in hue_of(types).items()}}


def evaluations(events: Sequence[Event]) -> list[Event]:
    """The scorings of the validation split, one an epoch."""
    return [e for e in events if e.get("kind") == "evaluation" and e.get("split") == "validation" and e.get("scores")]


def types_of(scores: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The types in a dictionary of the course's kind."""
    return {kind: values for kind, values in scores.items() if isinstance(values, Mapping)}


def epochs_table(events: Sequence[Event]) -> str:
    """Overall scores after each epoch."""
    rows = []
    for event in evaluations(events):
        scores = event["scores"]
        loss = event.get("loss")
        rows.append([f"{event['epoch']:g}", event["step"], "–" if loss is None else float(loss), *_overall(scores)])
    if not rows:
        return render.empty("No scores yet", "They come after each epoch.")
    headers = ["Epoch", "Step", "Loss", "Precision", "Recall", "F1", "Accuracy"]
    return render.card("Validation, after each epoch", render.table(headers, rows))


def _overall(scores: Mapping[str, Any]) -> list[float]:
    return [float(scores[f"overall_{name}"]) for name in ("precision", "recall", "f1", "accuracy")]


def types_table(run: Run) -> str:
    """Scores by type of the model that was kept: on validation, and on test where there is one."""
    tables = []
    for key, caption in (("best", "Validation, by type"), ("test", "Test, by type")):
        entry = run.details.get(key)
        scores = entry.get("scores") if isinstance(entry, Mapping) else None
        if scores:
            tables.append(_by_type(scores, caption))
    return "".join(tables)


def _by_type(scores: Mapping[str, Any], caption: str) -> str:
    kinds = types_of(scores)
    rows: list[list[object]] = [
        [render.Cell(kind, kind=kind), *(float(values[name]) for name in ("precision", "recall", "f1")), int(values["number"])]
        for kind, values in kinds.items()
    ]
    total = sum(int(values["number"]) for values in kinds.values())
    rows.append([OVERALL, *_overall(scores)[:3], total])
    return render.card(caption, render.table(["Type", "Precision", "Recall", "F1", "Number"], rows, types=list(kinds)), meta=KEPT)


def log_block(run: Run) -> str:
    """The end of the log."""
    return render.code(run.log_tail(40) or "Nothing was printed yet.")


def history_of(run: Run) -> list[dict[str, Any]]:
    """The events of a run as they count, after resumes."""
    return files.history(run.events()[0])
