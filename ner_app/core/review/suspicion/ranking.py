"""Ranking a split by suspicion: probabilities (kept on disk), then detectors, then a queue.

Computing the probabilities of a split takes seconds to minutes. They are kept under the workspace by corpus, split, column and model (with
the model's files' times), so that a second ranking, also after a restart, reads them.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from ner_app.core.errors import NerAppError, ReviewError
from ner_app.core.review.queues.makers import from_suspicions, from_two_models
from ner_app.core.review.queues.queues import MAX_NAME, Item, Queue

if TYPE_CHECKING:
    import numpy as np

    from ner_app.core.corpus.model import Corpus
    from ner_app.core.jobs.control import Control
    from ner_app.core.jobs.queue import JobQueue
    from ner_app.core.models.store import ModelStore
    from ner_app.core.review.cross_training.job import CrossTraining
    from ner_app.core.review.suspicion.suspicion import Suspicion

Kind = Literal["suspicion", "disagreement", "two models"]
Method = Literal["models", "quick", "fine-tune", "both"]
METHODS: tuple[Method, ...] = get_args(Method)
MOST_MODELS = 8


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

    def to_settings(self) -> dict[str, Any]:
        """Every field, as plain data."""
        return asdict(self)

    @classmethod
    def from_settings(cls, values: Mapping[str, Any]) -> RankingWish:
        """The same from plain data, where JSON has made lists of the tuples. ReviewError where it is no wish."""
        try:
            recipe = tuple((str(name), value) for name, value in values.get("recipe", ()))
            return cls(**{**values, "models": tuple(values["models"]), "recipe": recipe})
        except (KeyError, TypeError, ValueError) as error:
            raise ReviewError("settings: this is no ranking that this version of the app knows; make the queue again.") from error

    def jobs(self, corpus: str) -> list[CrossTraining]:
        """The cross-trainings that it takes, one a model, so that each weighs the same. ReviewError where one cannot be.

        >>> [job.method for job in RankingWish("train", "ner_tags", ("bert-base-cased",), method="both").jobs("sample")]
        ['quick', 'fine-tune']
        """
        from ner_app.core.review.cross_training.job import CrossTraining

        def job(method: Literal["quick", "fine-tune"], models: tuple[str, ...]) -> CrossTraining:
            recipe = dict(self.recipe) if method == "fine-tune" else {}
            return CrossTraining(corpus, self.split, self.column, method, models, k=self.k, disjoint=self.disjoint, recipe=recipe)

        if self.method == "quick":
            return [job("quick", (ref,)) for ref in self.models] or [job("quick", ())]
        quick = [job("quick", self.models[:1])] if self.method == "both" else []
        return quick + [job("fine-tune", (ref,)) for ref in self.models]


def _short(ref: str) -> str:
    return Path(ref).name if ref.startswith(("/", ".", "~")) else ref


@dataclass(frozen=True, eq=False)
class Ranker:
    """Makes the queue of a wish: probabilities first, then detectors, then the queue.

    queue: of jobs, where cross-trainings are followed or submitted. Probabilities of a model are kept under ``workspace``.
    """

    corpus: Corpus
    models: ModelStore
    wish: RankingWish
    workspace: Path
    queue: JobQueue
    control: Control

    def make(self) -> Queue:
        """The queue, most doubtful first. Raises Stopped where a stop was asked for, NerAppError for what cannot be ranked."""
        return self._from_models() if self.wish.method == "models" else self._from_folds()

    def _from_models(self) -> Queue:
        """Ask models that are there, in the scheme of the first one."""
        from ner_app.core.review.suspicion.suspicion import rank
        from ner_app.core.review.suspicion.word_probabilities import in_scheme_of, restated

        wish = self.wish
        self.control.tell(f"loading {_short(wish.models[0])}", 0.0)
        ranked = in_scheme_of(self.corpus, wish.column, self.models.get(wish.models[0]).labels)
        found = {}
        for n, ref in enumerate(wish.models):
            twin = sum(_short(other) == _short(ref) for other in wish.models) > 1
            part = self.control.part(0.95 * n / len(wish.models), 0.95 * (n + 1) / len(wish.models))
            found[ref if twin else _short(ref)] = self._probabilities(ranked, ref, part)
        self.control.tell("ranking", 0.95)
        note = self._note()
        if wish.kind == "two models":
            return self._restated(from_two_models(ranked, wish.split, wish.column, found, name=wish.name, note=note))
        suspicions = rank(ranked, wish.split, wish.column, list(found.values()))
        if ranked is not self.corpus:
            suspicions = list(restated(suspicions, self.corpus, wish.column))
        return self._queue(suspicions, note)

    def _note(self) -> str:
        return " ".join(filter(None, (seen_note(self.models, ref, self.corpus, self.wish.split) for ref in self.wish.models)))

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

    def _probabilities(self, corpus: Corpus, ref: str, control: Control) -> np.ndarray[Any, Any]:
        """Probabilities of one model over the split, from disk where they are known."""
        import numpy as np

        from ner_app.core.review.suspicion.word_probabilities import model_probabilities

        wish = self.wish
        control.tell(f"loading {_short(ref)}", 0.0)
        model = self.models.get(ref)
        labels = corpus.label_set(wish.column)
        mark = _mark(self.corpus.fingerprint, wish.split, wish.column, labels.scheme, ref, _stamp(self.models, ref))
        file = self.workspace / "cache" / "probabilities" / f"{mark}.npy"
        known = _read(file)
        if known is not None and known.shape == (len(corpus.flat(wish.split, wish.column)[0]), len(labels)):
            return known

        def tell(share: float) -> None:
            control.check()
            control.tell(f"reading {corpus.sizes[wish.split]:,} sentences with {_short(ref)}", share)

        found = model_probabilities(corpus, wish.split, wish.column, model, tell=tell)
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(f".{os.getpid()}.part")
        with part.open("wb") as out:
            np.save(out, found)
        part.replace(file)
        return found

    def _from_folds(self) -> Queue:
        """Cross-training in child processes: what was done already is read, what is under way is followed."""
        from ner_app.core.review.cross_training.follow import cross_train
        from ner_app.core.review.cross_training.job import load_ranking

        part = self.control.part(0.0, 0.95)
        try:
            runs = cross_train(self.queue, self.corpus, self.wish.jobs(self.corpus.source), tell=part.tell, stop=part.stop)
        except ReviewError:
            self.control.check()  # it ended because this was stopped
            raise
        self.control.tell("ranking", 0.95)
        return self._queue(load_ranking(runs, self.corpus).suspicions, self._note())


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
    from ner_app.core.models.references import RUN_PREFIX
    from ner_app.core.training.runs import Runs

    if not ref.startswith(RUN_PREFIX):
        return ""
    try:
        recipe = Runs(JobQueue(models.workspace / "runs")).get(ref.removeprefix(RUN_PREFIX)).recipe
    except NerAppError:
        return ""
    if recipe.corpus != corpus.source or split != "train":
        return ""
    return (
        f"{_short(ref)} was trained on these {split} sentences, so its probabilities are not out of sample: it has learnt their errors "
        "and finds fewer of them. Choose cross-training of a checkpoint that has not seen them, or another model."
    )
