"""All kinds of jobs together, and the module that their child processes are started with: ``python -m ner_app.core.kinds FOLDER``."""

from __future__ import annotations

import sys
from pathlib import Path

from ner_app.core.jobs import child
from ner_app.core.jobs.kinds import Kinds
from ner_app.core.jobs.queue import JobQueue
from ner_app.core.review.cross_training.job import CROSS_TRAINING
from ner_app.core.review.exchange.comparison import COMPARISON
from ner_app.core.review.suspicion.job import FOLD_RANKING, RANKING
from ner_app.core.training.runs import TRAINING

KINDS = Kinds("ner_app.core.kinds", (TRAINING, CROSS_TRAINING, RANKING, FOLD_RANKING, COMPARISON))
RUNS, FORMERLY = "runs", "suspicion"  # in the workspace; cross-trainings of version 0 had a folder of their own


def open_queue(workspace: Path, *, max_running: int = 1) -> JobQueue:
    """The jobs of a workspace. Cross-trainings that an earlier version left beside them are taken in."""
    root = Path(workspace) / RUNS
    for status in (Path(workspace) / FORMERLY).glob("[a-z0-9]*/status.json"):
        place = root / status.parent.name
        if not place.exists():
            root.mkdir(parents=True, exist_ok=True)
            status.parent.rename(place)
    return JobQueue(root, KINDS, max_running=max_running)


if __name__ == "__main__":
    sys.exit(child.main(KINDS))
