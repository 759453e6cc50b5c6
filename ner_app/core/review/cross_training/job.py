"""Cross-training as a job: what is to be learned how, what came of it, and the ranking that follows.

run = submit(queue, CrossTraining(corpus="sample", split="train", method="quick"))
...
ranking = load_ranking(queue.job(run.id), corpus)        once its status is "finished"
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from ner_app.core.errors import RecipeError, ReviewError
from ner_app.core.jobs.control import Control
from ner_app.core.jobs.kinds import Kind
from ner_app.core.jobs.queue import Job, JobQueue
from ner_app.core.review.cross_training.folds import FEWEST_FOLDS, MOST_FOLDS
from ner_app.core.training.recipe import Recipe

if TYPE_CHECKING:
    from ner_app.core.corpus.model import Corpus
    from ner_app.core.review.suspicion.suspicion import Ranking
    from ner_app.core.review.suspicion.tokens import Floats

Method = Literal["quick", "fine-tune"]
RESULT = "probabilities.npy"
CROSS_TRAINING = Kind(
    "cross-training",
    "ner_app.core.review.cross_training.worker:work",
    resumes="the last finished fold",
    out_of_memory="Take a smaller batch size, a smaller checkpoint, or the quick method without one.",
)


@dataclass(frozen=True)
class CrossTraining:
    """Where the probabilities come from. Making one checks it: ReviewError starts with the name of the field.

    method: ``quick`` (a small head on word features, one for each encoder in ``models``, or on word features alone where there is none) or
    ``fine-tune`` (the checkpoints in ``models``, by ``recipe``). Several models are averaged. recipe: fields of Recipe that differ from its
    defaults.

    >>> CrossTraining(corpus="sample", split="train", k=1)
    Traceback (most recent call last):
        ...
    ner_app.core.errors.ReviewError: k: 1 is not a whole number from 2 to 50.
    """

    corpus: str
    split: str
    column: str = ""
    method: Method = "quick"
    models: tuple[str, ...] = ()
    k: int = 5
    disjoint: bool = False
    seed: int = 42
    recipe: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "models", tuple(str(model).strip() for model in self.models if str(model).strip()))
        if self.method not in get_args(Method):
            raise ReviewError(f"method: {str(self.method)[:60]!r} is not one of {', '.join(get_args(Method))}.")
        if not self.corpus or not self.split:
            raise ReviewError("corpus: a corpus and a split are needed.")
        if isinstance(self.k, bool) or not isinstance(self.k, int) or not FEWEST_FOLDS <= self.k <= MOST_FOLDS:
            raise ReviewError(f"k: {self.k!r:.40} is not a whole number from {FEWEST_FOLDS} to {MOST_FOLDS}.")
        if self.method != "quick" and not self.models:
            raise ReviewError("models: give at least one model; only the quick method does without.")
        self.recipe_for(self.models[0] if self.method == "fine-tune" else "bert-base-cased", 0)

    def recipe_for(self, checkpoint: str, number: int) -> Recipe:
        """How a checkpoint is fine-tuned; the seed differs from model to model. ReviewError where a field of the recipe is wrong."""
        base = {"seed": self.seed + number, **self.recipe, "checkpoint": checkpoint, "corpus": self.corpus, "column": self.column}
        try:
            return Recipe.from_values(base)
        except RecipeError as error:
            raise ReviewError(f"recipe: {error}") from error

    @property
    def title(self) -> str:
        """Name for lists: the given one, else what is done.

        >>> CrossTraining("sample", "train", k=5).title
        'train, quick, 5 folds'
        """
        return self.name or f"{self.split}, {self.method}, {self.k} {'entity-disjoint ' if self.disjoint else ''}folds"

    def to_settings(self) -> dict[str, Any]:
        """Every field, as plain data."""
        return asdict(self)

    @classmethod
    def from_settings(cls, values: Mapping[str, Any]) -> CrossTraining:
        """The same from plain data; ReviewError where a field is missing, unknown or wrong."""
        known = {item.name for item in fields(cls)}
        if not {"corpus", "split"} <= set(values) <= known:
            raise ReviewError(f"settings: an object with corpus, split and any of {', '.join(sorted(known))} is needed.")
        return cls(**values)


def submit(queue: JobQueue, wanted: CrossTraining) -> Job:
    """Queue a cross-training, and start it if there is room. JobError where the folder cannot be written."""
    return queue.submit(CROSS_TRAINING.name, wanted.to_settings(), title=wanted.title)


def job_of(run: Job) -> CrossTraining:
    """What a job was told to do; ReviewError where its file was damaged by hand."""
    return CrossTraining.from_settings(run.settings)


def finished_for(queue: JobQueue, corpus: Corpus, split: str, column: str) -> list[Job]:
    """Finished jobs on exactly this corpus (by fingerprint), split and column, newest first."""
    wanted = {"fingerprint": corpus.fingerprint, "split": split, "column": column}
    return [job for job in queue.jobs(CROSS_TRAINING.name) if job.status == "finished" and wanted.items() <= job.details.items()]


def probabilities_of(run: Job, corpus: Corpus) -> Floats:
    """The probabilities that a job made: (words, labels) float32, in the label order of its corpus (see ``details["scheme"]``).

    ReviewError where it has none yet, or the corpus has changed since.
    """
    import numpy as np

    if run.status != "finished":
        raise ReviewError(f"The job {run.id} is {run.status}; wait until it is finished.")
    if run.details.get("fingerprint") != corpus.fingerprint:
        raise ReviewError(f"The job {run.id} was done on other words or labels than {corpus.name} has now; run it again.")
    try:
        return np.asarray(np.load(run.folder / RESULT, allow_pickle=False), dtype=np.float32)
    except (OSError, ValueError) as error:
        raise ReviewError(f"The probabilities of the job {run.id} cannot be read ({error}); run it again.") from error


def load_ranking(runs: Job | Sequence[Job], corpus: Corpus) -> Ranking:
    """The ranking of a finished job, in the labels of the corpus; of several jobs on one split and column, by their mean.

    Jobs of different methods (quick and fine-tuned) err differently, so their mean ranks best. ReviewError as :func:`probabilities_of`,
    and where the jobs do not belong together.
    """
    from dataclasses import replace

    from ner_app.core.corpus.schemes import with_scheme
    from ner_app.core.review.suspicion.scoring import weigh
    from ner_app.core.review.suspicion.suspicion import rank_evidence
    from ner_app.core.review.suspicion.word_probabilities import restated

    jobs = [runs] if isinstance(runs, Job) else list(runs)
    probabilities = [probabilities_of(run, corpus) for run in jobs]
    kinds = {(str(run.details["split"]), str(run.details["column"]), str(run.details["scheme"])) for run in jobs}
    if len(kinds) != 1:
        raise ReviewError("Only jobs on the same split and label column, with tags of one scheme, can be averaged; choose such jobs.")
    split, column, scheme = kinds.pop()
    same = corpus.label_set(column).scheme == scheme
    ranked = corpus if same else with_scheme(corpus, column, scheme)  # type: ignore[arg-type]
    ranking = rank_evidence(ranked, split, column, weigh(ranked, split, column, probabilities))
    return ranking if same else replace(ranking, suspicions=tuple(restated(ranking.suspicions, corpus, column)))


def compute(job: CrossTraining, corpus: Corpus, *, workspace: Path, folder: Path, control: Control) -> tuple[Floats, str]:
    """The probabilities of a job, in the label order of the corpus, and the label column.

    folder: where parts that are finished are kept. Raises Stopped where a stop was asked for, NerAppError for bad input.
    """
    import numpy as np

    column = job.column or next(iter(corpus.columns), "")
    corpus.label_set(column)
    sources: list[str] = list(job.models) or [""]
    total: Any = 0.0
    for number, source in enumerate(sources):
        part = control.part(number / len(sources), (number + 1) / len(sources))
        total = total + _one(job, corpus, column, source, number, workspace=workspace, folder=folder, control=part)
    return np.asarray(total / len(sources), dtype=np.float32), column


def _one(
    job: CrossTraining, corpus: Corpus, column: str, source: str, number: int, *, workspace: Path, folder: Path, control: Control
) -> Floats:  # fmt: skip
    """Probabilities by one way of learning, one model a fold."""
    from ner_app.core.models.references import locate, parse_ref
    from ner_app.core.review.cross_training import crossval
    from ner_app.core.review.suspicion.tokens import flat_tokens

    tokens = flat_tokens(corpus, job.split, column)
    plan = crossval.make_plan(tokens, k=job.k, disjoint=job.disjoint, seed=job.seed + number)
    place = locate(parse_ref(source), workspace) if source else None
    mark = f"{corpus.fingerprint[:12]}-{number}"  # folds of other words or labels are not gone on from
    learner: crossval.Learner
    if job.method == "fine-tune":
        if place is None:
            raise ReviewError("models: fine-tuning needs a checkpoint.")
        recipe = job.recipe_for(source, number)
        learner = crossval.FineTuner(corpus, job.split, column, recipe=recipe, checkpoint=place, folder=folder / f"training-{mark}")
    else:
        learner = crossval.QuickLearner(corpus, job.split, column, encoder=place, seed=job.seed + number, control=control.part(0, 0.3))
        control = control.part(0.3, 1.0)
    return crossval.cross_probabilities(tokens, plan, learner, keep=folder / f"folds-{mark}", control=control)
