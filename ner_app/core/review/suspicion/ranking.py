"""Ranking a split by suspicion in the background: probabilities (kept on disk), then detectors, then a queue.

Computing the probabilities of a split takes seconds to minutes. They are kept under the workspace by corpus, split, column and model (with
the model's files' times), so that a second ranking, also after a restart, reads them.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from ner_app.core.errors import NerAppError, ReviewError
from ner_app.core.review.queues.makers import from_suspicions, from_two_models
from ner_app.core.review.queues.queues import MAX_NAME, Item, Queue

if TYPE_CHECKING:
    import numpy as np

    from ner_app.core.corpus.model import Corpus
    from ner_app.core.models.store import ModelStore
    from ner_app.core.review.cross_training.job import SuspicionJob
    from ner_app.core.review.suspicion.suspicion import Suspicion

Kind = Literal["suspicion", "disagreement", "two models"]
Method = Literal["models", "quick", "fine-tune", "both"]
METHODS: tuple[Method, ...] = get_args(Method)
MOST_MODELS = 8
ENOUGH = 0.02  # share that must be done before the rest is estimated
STOPPED = "Stopped. Make the queue again to go on."


@dataclass(frozen=True)
class RankingWish:
    """What to rank and where the probabilities come from.

    models: references; several are averaged, "two models" takes exactly two. method: ``models`` asks them as they are, for a split that
    they were not trained on; ``quick`` and ``fine-tune`` cross-train in ``k`` folds, so that no sentence is judged by a model that learnt
    from it: a small head over word features (``models`` may then name an encoder), or the checkpoints in ``models``; ``both`` averages
    the two, which err differently and so find the most together. disjoint: folds in which no name is judged by a model that saw it.
    recipe: fields of Recipe for fine-tuning that differ from its defaults.
    """

    split: str
    column: str
    models: tuple[str, ...]
    kind: Kind = "suspicion"
    method: Method = "models"
    k: int = 5
    disjoint: bool = False
    recipe: tuple[tuple[str, Any], ...] = ()

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise ReviewError(f"method: {str(self.method)[:60]!r} is not one of {', '.join(METHODS)}.")
        if not all(self.models) or (not self.models and self.method != "quick"):
            raise ReviewError("model: choose a model (where folds are fine-tuned: a checkpoint).")
        if len(self.models) > MOST_MODELS:
            raise ReviewError(f"model: {len(self.models)} models; average at most {MOST_MODELS}.")
        if self.kind == "two models" and (self.method != "models" or len(set(self.models)) != 2):
            raise ReviewError("model: choose two different models to compare.")

    @property
    def name(self) -> str:
        """The name of the queue that comes of it.

        >>> RankingWish("test", "ner_tags", ("starter",)).name
        'suspicion · test · starter'
        >>> RankingWish("train", "ner_tags", (), method="quick").name
        'suspicion · train · quick, 5 folds'
        """
        method = "quick + fine-tune" if self.method == "both" else self.method
        folds = "" if self.method == "models" else f"{method}, {self.k} {'disjoint ' if self.disjoint else ''}folds"
        models = " + ".join(_short(ref) for ref in self.models)
        recipe = ", ".join(f"{name}={value}" for name, value in self.recipe)
        return " · ".join(filter(None, (self.kind, self.split, folds, models, recipe)))[:MAX_NAME]

    def jobs(self, corpus: str) -> list[SuspicionJob]:
        """The cross-trainings that it takes, one a model, so that each weighs the same. ReviewError where one cannot be.

        >>> [job.method for job in RankingWish("train", "ner_tags", ("bert-base-cased",), method="both").jobs("sample")]
        ['quick', 'fine-tune']
        """
        from ner_app.core.review.cross_training.job import SuspicionJob

        def job(method: Literal["quick", "fine-tune"], models: tuple[str, ...]) -> SuspicionJob:
            recipe = dict(self.recipe) if method == "fine-tune" else {}
            return SuspicionJob(corpus, self.split, self.column, method, models, k=self.k, disjoint=self.disjoint, recipe=recipe)

        if self.method == "quick":
            return [job("quick", (ref,)) for ref in self.models] or [job("quick", ())]
        quick = [job("quick", self.models[:1])] if self.method == "both" else []
        return quick + [job("fine-tune", (ref,)) for ref in self.models]


def _short(ref: str) -> str:
    return Path(ref).name if ref.startswith(("/", ".", "~")) else ref


class RankingTask:
    """One ranking: under way, done or failed. Reading its fields never waits."""

    def __init__(self, corpus: Corpus, models: ModelStore, wish: RankingWish, *, workspace: Path) -> None:
        corpus.table(wish.split)
        corpus.label_set(wish.column)
        self.corpus, self.models, self.wish, self.workspace = corpus, models, wish, workspace
        self.phase = "waiting"
        self.share = 0.0  # of the work, 0 to 1
        self.failure = ""
        self.ended = False
        self.stopped = threading.Event()
        self._since: tuple[float, float] | None = None  # when the first share was told, and that share

    def _tell(self, phase: str, share: float) -> None:
        """What is done now, and the share of the whole that is done."""
        self._since = self._since or (time.monotonic(), share)
        self.phase, self.share = phase, share

    @property
    def remaining(self) -> float | None:
        """Seconds that the rest takes at the pace so far; None while too little is done to tell."""
        if self._since is None or self.ended:
            return None
        started, before = self._since
        done = self.share - before
        return (1 - self.share) * (time.monotonic() - started) / done if done >= ENOUGH else None

    def stop(self) -> None:
        """End it soon. Folds that are finished are kept: the same wish goes on from there."""
        self.stopped.set()

    def run(self, turn: threading.Lock, save: Callable[[Queue], object]) -> None:
        """Do the work; what goes wrong is kept in ``failure``, since nobody waits for this."""
        try:
            if self.wish.method == "models":
                with turn:
                    queue = self._from_models()
            else:
                queue = self._from_folds()
            save(queue)
            self.phase, self.share = "done", 1.0
        except NerAppError as error:
            self.failure, self.phase = str(error), "failed"
        finally:
            if self.phase not in ("done", "failed"):  # a bug: the log has its traceback, the page says that it ended
                self.failure, self.phase = "The ranking broke off; the log of the app says why.", "failed"
            self.ended = True

    def _from_models(self) -> Queue:
        """Ask models that are there, in the scheme of the first one."""
        from ner_app.core.review.suspicion.suspicion import rank
        from ner_app.core.review.suspicion.word_probabilities import in_scheme_of, restated

        wish = self.wish
        self.phase = f"loading {_short(wish.models[0])}"
        ranked = in_scheme_of(self.corpus, wish.column, self.models.get(wish.models[0]).labels)
        found = {}
        for n, ref in enumerate(wish.models):
            twin = sum(_short(other) == _short(ref) for other in wish.models) > 1
            found[ref if twin else _short(ref)] = self._probabilities(ranked, ref, n)
        self.phase = "ranking"
        note = " ".join(filter(None, (seen_note(self.models, ref, self.corpus, wish.split) for ref in wish.models)))
        if wish.kind == "two models":
            return self._restated(from_two_models(ranked, wish.split, wish.column, found, name=wish.name, note=note))
        suspicions = rank(ranked, wish.split, wish.column, list(found.values()))
        if ranked is not self.corpus:
            suspicions = list(restated(suspicions, self.corpus, wish.column))
        return self._queue(suspicions, note)

    def _queue(self, suspicions: Sequence[Suspicion], note: str) -> Queue:
        wish = self.wish
        doubts = wish.kind == "disagreement"
        return from_suspicions(self.corpus, wish.column, suspicions, name=wish.name, note=note, disagreement=doubts)

    def _restated(self, queue: Queue) -> Queue:
        """The models' labels in the scheme of the corpus."""
        from ner_app.core.review.suspicion.suspicion import in_scheme

        scheme = self.corpus.label_set(self.wish.column).scheme

        def item(one: Item) -> Item:
            return replace(one, versions=tuple((who, tuple(in_scheme(tags, scheme))) for who, tags in one.versions))

        return replace(queue, items=tuple(item(one) for one in queue.items))

    def _probabilities(self, corpus: Corpus, ref: str, number: int) -> np.ndarray[Any, Any]:
        """Probabilities of one model over the split, from disk where they are known."""
        import numpy as np

        from ner_app.core.review.suspicion.word_probabilities import model_probabilities

        wish = self.wish
        self.phase = f"loading {_short(ref)}"
        model = self.models.get(ref)
        labels = corpus.label_set(wish.column)
        mark = _mark(self.corpus.fingerprint, wish.split, wish.column, labels.scheme, ref, _stamp(self.models, ref))
        file = self.workspace / "cache" / "probabilities" / f"{mark}.npy"
        known = _read(file)
        if known is not None and known.shape == (len(corpus.flat(wish.split, wish.column)[0]), len(labels)):
            return known
        self.phase = f"reading {corpus.sizes[wish.split]:,} sentences with {_short(ref)}"

        def tell(share: float) -> None:
            if self.stopped.is_set():
                raise ReviewError(STOPPED)
            self._tell(self.phase, 0.95 * (number + share) / len(wish.models))

        found = model_probabilities(corpus, wish.split, wish.column, model, tell=tell)
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(f".{threading.get_ident()}.part")
        with part.open("wb") as out:
            np.save(out, found)
        part.replace(file)
        return found

    def _from_folds(self) -> Queue:
        """Cross-training in child processes: what was done already is read, what is under way is followed."""
        from ner_app.core.review.cross_training.follow import cross_train
        from ner_app.core.review.cross_training.job import SuspicionQueue, load_ranking

        def tell(phase: str, share: float) -> None:
            self._tell(phase, 0.95 * share)

        jobs = self.wish.jobs(self.corpus.source)
        runs = cross_train(SuspicionQueue(self.workspace / "suspicion"), self.corpus, jobs, tell=tell, stop=self.stopped.is_set)
        self.phase = "ranking"
        note = " ".join(filter(None, (seen_note(self.models, ref, self.corpus, self.wish.split) for ref in self.wish.models)))
        return self._queue(load_ranking(runs, self.corpus).suspicions, note)


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
    from ner_app.core.models.references import locate, parse_ref, read_checkpoint

    parsed = parse_ref(ref)
    return str(read_checkpoint(parsed, locate(parsed, models.workspace)).stamp())


def seen_note(models: ModelStore, ref: str, corpus: Corpus, split: str) -> str:
    """A warning where a model was trained on the split that it judges: it then repeats the errors instead of finding them.

    Known of this app's own runs; of other models nobody knows, so nothing is said.
    """
    from ner_app.core.jobs.queue import JobQueue
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
        "and finds fewer of them. Choose cross-training of a checkpoint that has not seen them, or another model."
    )
