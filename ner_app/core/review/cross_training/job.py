"""Suspicion as a background job: who gives the probabilities, a queue of such jobs, and their results.

queue = SuspicionQueue(workspace / "suspicion")
run = queue.submit(SuspicionJob(corpus="sample", split="train", method="quick"))
...
ranking = load_ranking(queue.run(run.id), corpus)        once its status is "finished"
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from ner_app.core.errors import JobError, RecipeError, ReviewError
from ner_app.core.jobs import folder as files
from ner_app.core.jobs.queue import JobQueue, Run, new_id
from ner_app.core.review.cross_training.folds import FEWEST_FOLDS, MOST_FOLDS
from ner_app.core.training.recipe import Recipe

if TYPE_CHECKING:
    from ner_app.core.corpus.model import Corpus
    from ner_app.core.review.suspicion.suspicion import Ranking
    from ner_app.core.review.suspicion.tokens import Floats

Method = Literal["models", "quick", "fine-tune"]
SPEC, RESULT = "suspicion.json", "probabilities.npy"


@dataclass(frozen=True)
class SuspicionJob:
    """Where the probabilities come from. Making one checks it: ReviewError starts with the name of the field.

    method: ``models`` (trained models, for a split that they have not seen), ``quick`` (cross-training of a small head on word features,
    one model for each encoder in ``models``, or on word features alone where there is none) or ``fine-tune`` (cross-training of the
    checkpoints in ``models`` by ``recipe``). Several models are averaged. recipe: fields of Recipe that differ from its defaults.

    >>> SuspicionJob(corpus="sample", split="train", k=1)
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

        >>> SuspicionJob("sample", "train", k=5).title
        'train, quick, 5 folds'
        """
        folds = "" if self.method == "models" else f", {self.k} {'entity-disjoint ' if self.disjoint else ''}folds"
        return self.name or f"{self.split}, {self.method}{folds}"

    def to_json(self) -> str:
        """Every field, as JSON."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> SuspicionJob:
        """A job from JSON; ReviewError where it is none."""
        try:
            values = json.loads(text)
        except ValueError as error:
            raise ReviewError(f"{SPEC}: not valid JSON ({error}).") from error
        known = {item.name for item in fields(cls)}
        if not isinstance(values, dict) or not {"corpus", "split"} <= set(values) <= known:
            raise ReviewError(f"{SPEC}: an object with corpus, split and any of {', '.join(sorted(known))} is needed.")
        return cls(**values)


class SuspicionQueue(JobQueue):
    """A queue of suspicion jobs; stopping, resuming, progress and log are those of training runs."""

    def submit(self, job: SuspicionJob) -> Run:  # type: ignore[override]
        """Queue a job, and start it if there is room. JobError where the folder cannot be written."""
        run_id = new_id(job.title)
        draft = self.root / f".new-{run_id}"
        now = time.time()
        try:
            draft.mkdir(parents=True)
            (draft / SPEC).write_text(job.to_json(), encoding="utf-8")
            files.write_json(draft / files.STATUS, {"state": "queued", "created": now, "queued": now, "title": job.title})
            draft.rename(self.root / run_id)
        except OSError as error:
            raise JobError(f"The job cannot be written to {self.root}: {error.strerror or error}.") from error
        self.advance()
        return self.run(run_id)

    def _command(self, run: Run) -> list[str]:
        worker = [sys.executable, "-m", "ner_app.core.review.cross_training.worker"]
        return [*worker, str(run.folder.resolve()), "--max-running", str(self.max_running)]


def job_of(run: Run) -> SuspicionJob:
    """What a job was told to do; ReviewError where its file was damaged by hand."""
    try:
        return SuspicionJob.from_json((run.folder / SPEC).read_text(encoding="utf-8"))
    except OSError as error:
        raise ReviewError(f"The job {run.id} has no readable {SPEC} ({error.strerror}); delete it.") from error


def finished_for(queue: SuspicionQueue, corpus: Corpus, split: str, column: str) -> list[Run]:
    """Finished jobs on exactly this corpus (by fingerprint), split and column, newest first."""
    wanted = {"fingerprint": corpus.fingerprint, "split": split, "column": column}
    return [run for run in queue.runs() if run.status == "finished" and wanted.items() <= run.details.items()]


def probabilities_of(run: Run, corpus: Corpus) -> Floats:
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


def load_ranking(runs: Run | Sequence[Run], corpus: Corpus) -> Ranking:
    """The ranking of a finished job, in the labels of the corpus; of several jobs on one split and column, by their mean.

    Jobs of different methods (quick and fine-tuned) err differently, so their mean ranks best. ReviewError as :func:`probabilities_of`,
    and where the jobs do not belong together.
    """
    from dataclasses import replace

    from ner_app.core.corpus.schemes import with_scheme
    from ner_app.core.review.suspicion.scoring import weigh
    from ner_app.core.review.suspicion.suspicion import rank_evidence
    from ner_app.core.review.suspicion.word_probabilities import restated

    jobs = [runs] if isinstance(runs, Run) else list(runs)
    probabilities = [probabilities_of(run, corpus) for run in jobs]
    kinds = {(str(run.details["split"]), str(run.details["column"]), str(run.details["scheme"])) for run in jobs}
    if len(kinds) != 1:
        raise ReviewError("Only jobs on the same split and label column, with tags of one scheme, can be averaged; choose such jobs.")
    split, column, scheme = kinds.pop()
    same = corpus.label_set(column).scheme == scheme
    ranked = corpus if same else with_scheme(corpus, column, scheme)  # type: ignore[arg-type]
    ranking = rank_evidence(ranked, split, column, weigh(ranked, split, column, probabilities))
    return ranking if same else replace(ranking, suspicions=tuple(restated(ranking.suspicions, corpus, column)))


def compute(job: SuspicionJob, corpus: Corpus, *, workspace: Path, folder: Path, control: Any) -> tuple[Floats, Corpus, str]:
    """The probabilities of a job, the corpus whose label order they have, and the label column.

    folder: where parts that are finished are kept. Raises Stopped (see crossval) where a stop was asked for, NerAppError for bad input.
    """
    import numpy as np

    column = job.column or next(iter(corpus.columns), "")
    corpus.label_set(column)
    sources: list[str] = list(job.models) or [""]
    if job.method == "models":
        corpus = _comparable(job, corpus, column, workspace)
    total: Any = 0.0
    for number, source in enumerate(sources):
        part = control.part(number / len(sources), (number + 1) / len(sources))
        total = total + _one(job, corpus, column, source, number, workspace=workspace, folder=folder, control=part)
    return np.asarray(total / len(sources), dtype=np.float32), corpus, column


def _comparable(job: SuspicionJob, corpus: Corpus, column: str, workspace: Path) -> Corpus:
    from ner_app.core.models.store import ModelStore
    from ner_app.core.review.suspicion.word_probabilities import in_scheme_of

    return in_scheme_of(corpus, column, ModelStore(workspace).get(job.models[0]).labels)


def _one(
    job: SuspicionJob, corpus: Corpus, column: str, source: str, number: int, *, workspace: Path, folder: Path, control: Any
) -> Floats:  # fmt: skip
    """Probabilities of one model, or of one model a fold."""
    from ner_app.core.review.cross_training import crossval
    from ner_app.core.review.suspicion.tokens import flat_tokens

    if job.method == "models":
        from ner_app.core.models.store import ModelStore
        from ner_app.core.review.suspicion.word_probabilities import model_probabilities

        model = ModelStore(workspace).get(source)
        return model_probabilities(corpus, job.split, column, model, tell=lambda share: control.tell(f"Asking {model.name}", share))
    from ner_app.core.models.references import locate, parse_ref

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
