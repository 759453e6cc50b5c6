"""Ranking a split by suspicion in the background: probabilities (kept on disk), then detectors, then a queue.

Computing the probabilities of a split takes seconds to minutes. They are kept under the workspace by corpus, split, column and model (with
the model's files' times), so that a second ranking, also after a restart, reads them.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ner_app.core.errors import NerAppError, ReviewError
from ner_app.core.review.queues import Queue, from_suspicions, from_two_models

if TYPE_CHECKING:
    import numpy as np

    from ner_app.core.corpus.model import Corpus
    from ner_app.core.models import ModelStore

log = logging.getLogger("ner_app")
Kind = Literal["suspicion", "disagreement", "two models"]


@dataclass(frozen=True)
class RankingWish:
    """What to rank, with which models (references; several are averaged, "two models" takes exactly two) and how."""

    split: str
    column: str
    models: tuple[str, ...]
    kind: Kind = "suspicion"

    def __post_init__(self) -> None:
        if not self.models or not all(self.models):
            raise ReviewError("model: choose a model, at the top of the page or in this form.")
        if self.kind == "two models" and len(set(self.models)) != 2:
            raise ReviewError("model: choose two different models to compare.")

    @property
    def name(self) -> str:
        """The name of the queue that comes of it.

        >>> RankingWish("test", "ner_tags", ("starter",)).name
        'suspicion · test · starter'
        """
        return f"{self.kind} · {self.split} · {' + '.join(_short(ref) for ref in self.models)}"


def _short(ref: str) -> str:
    return Path(ref).name if ref.startswith(("/", ".", "~")) else ref


class RankingTask:
    """One ranking: under way, done or failed. Reading its fields never waits."""

    def __init__(self, corpus: Corpus, models: ModelStore, wish: RankingWish, *, folder: Path) -> None:
        corpus.table(wish.split)
        corpus.label_set(wish.column)
        self.corpus, self.models, self.wish, self.folder = corpus, models, wish, folder
        self.phase = "waiting"
        self.share = 0.0  # of the work, 0 to 1
        self.failure = ""
        self.items = 0
        self.ended = False
        self.started = time.time()

    def run(self, turn: threading.Lock, save: Callable[[Queue], object]) -> None:
        """Do the work; what goes wrong is kept in ``failure``, since nobody waits for this."""
        try:
            with turn:
                queue = self._queue()
            self.items = len(queue.items)
            save(queue)
            self.phase, self.share = "done", 1.0
        except NerAppError as error:
            self.failure, self.phase = str(error), "failed"
        finally:
            if self.phase not in ("done", "failed"):  # a bug: the log has its traceback, the page says that it ended
                self.failure, self.phase = "The ranking broke off; the log of the app says why.", "failed"
            self.ended = True

    def _queue(self) -> Queue:
        wish = self.wish
        found = {}
        for n, ref in enumerate(wish.models):
            twin = sum(_short(other) == _short(ref) for other in wish.models) > 1
            found[ref if twin else _short(ref)] = self._probabilities(ref, n)
        self.phase = "ranking"
        note = " ".join(filter(None, (seen_note(self.models, ref, self.corpus, wish.split) for ref in wish.models)))
        if wish.kind == "two models":
            return from_two_models(self.corpus, wish.split, wish.column, found, name=wish.name, note=note)
        from ner_app.core.review.suspicion import rank

        suspicions = rank(self.corpus, wish.split, wish.column, list(found.values()))
        doubts = wish.kind == "disagreement"
        return from_suspicions(self.corpus, wish.column, suspicions, name=wish.name, note=note, disagreement=doubts)

    def _probabilities(self, ref: str, number: int) -> np.ndarray[Any, Any]:
        """Probabilities of one model over the split, from disk where they are known."""
        import numpy as np

        from ner_app.core.predict import Predictor
        from ner_app.core.review.probabilities import word_probabilities

        self.phase = f"loading {_short(ref)}"
        model = self.models.get(ref)
        corpus, wish = self.corpus, self.wish
        file = self.folder / f"{_mark(corpus.fingerprint, wish.split, wish.column, ref, _stamp(self.models, ref))}.npy"
        rows = len(corpus.flat(wish.split, wish.column)[0])
        known = _read(file)
        if known is not None and known.shape == (rows, len(corpus.label_set(wish.column))):
            return known
        self.phase = f"reading {corpus.sizes[wish.split]:,} sentences with {_short(ref)}"

        def tell(share: float) -> None:
            self.share = 0.95 * (number + share) / len(wish.models)

        words = corpus.table(wish.split).column("tokens").to_pylist()
        found = word_probabilities(Predictor(model), words, corpus.label_set(wish.column), progress=tell)
        self.folder.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(f".{threading.get_ident()}.part")
        with part.open("wb") as out:
            np.save(out, found)
        part.replace(file)
        return found


def _read(file: Path) -> np.ndarray[Any, Any] | None:
    """An array that was kept, None where there is none or it was cut short."""
    import numpy as np

    try:
        array: np.ndarray[Any, Any] = np.load(file, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return array


def _mark(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


def _stamp(models: ModelStore, ref: str) -> str:
    """When the files of a model were written: a run that goes on, or a folder that is filled anew, is another model."""
    from ner_app.core.references import locate, parse_ref, read_checkpoint

    parsed = parse_ref(ref)
    return str(read_checkpoint(parsed, locate(parsed, models.workspace)).stamp())


def seen_note(models: ModelStore, ref: str, corpus: Corpus, split: str) -> str:
    """A warning where a model was trained on the split that it judges: it then repeats the errors instead of finding them.

    Known of this app's own runs; of other models nobody knows, so nothing is said.
    """
    from ner_app.core.jobs import JobQueue
    from ner_app.core.training.recipe import RUN_PREFIX

    if not ref.startswith(RUN_PREFIX):
        return ""
    try:
        recipe = JobQueue(models.workspace / "runs").run(ref.removeprefix(RUN_PREFIX)).recipe
    except NerAppError:
        return ""
    if recipe.corpus != corpus.source or split != "train":
        return ""
    return (
        f"{_short(ref)} was trained on these {split} sentences, so its probabilities are not out of sample: it has learnt their errors "
        "and finds fewer of them. Use another model, or train on other data."
    )
