"""Training runs: the jobs that learn a recipe and leave a model.

runs = Runs(JobQueue(workspace / "runs", KINDS))
run = runs.submit(Recipe(corpus="sample"))
runs.get(run.id).model_folder
"""

from __future__ import annotations

import json
from dataclasses import fields
from functools import cached_property
from pathlib import Path

from ner_app.core.errors import JobError
from ner_app.core.jobs.kinds import Kind
from ner_app.core.jobs.queue import Job, JobQueue
from ner_app.core.models.references import MODEL, RUN_PREFIX
from ner_app.core.training.recipe import Recipe, require_folder

TRAINING = Kind(
    "training",
    "ner_app.core.training.worker:work",
    resumes="the last checkpoint",
    out_of_memory="Take a smaller batch_size (accumulation makes up for it), a shorter max_length, or a smaller checkpoint.",
)
CHECKPOINTS = "checkpoints"  # in the folder of a run: what it goes on from


class Run(Job):
    """A training job: its recipe, and the model that came of it."""

    @cached_property
    def recipe(self) -> Recipe:
        """What it was told to do; JobError or RecipeError where the file was damaged by hand."""
        return Recipe.from_json(json.dumps(dict(self.settings)))

    @property
    def ref(self) -> str:
        """Model reference of this run: ``run:<id>``."""
        return RUN_PREFIX + self.id

    @property
    def model_folder(self) -> Path | None:
        """The model to use, with its tokenizer; None while there is none."""
        model = self.folder / MODEL
        return model if (model / "config.json").is_file() else None


class Runs:
    """The training runs of a queue."""

    def __init__(self, queue: JobQueue) -> None:
        self.queue = queue

    def submit(self, recipe: Recipe, *, owner: str = "") -> Run:
        """Queue a run, and start it if there is room. JobError where the folder cannot be written or the run it builds on has no model."""
        if recipe.checkpoint.startswith(RUN_PREFIX):
            self.model_of(recipe.checkpoint)
        else:
            require_folder(recipe.checkpoint)
        return as_run(self.queue.submit(TRAINING.name, json.loads(recipe.to_json()), title=recipe.title, owner=owner))

    def all(self) -> list[Run]:
        """All runs, newest first."""
        return [as_run(job) for job in self.queue.jobs(TRAINING.name)]

    def get(self, run_id: str) -> Run:
        """One run; JobError where there is none of that id."""
        job = self.queue.job(run_id)
        if job.kind != TRAINING.name:
            raise JobError(f"{run_id} is no training but a {job.kind or 'job of an unknown kind'}. Choose one from the list of runs.")
        return as_run(job)

    def model_of(self, ref: str) -> Path:
        """Folder of a run's model, from ``run:<id>``; JobError where there is none yet."""
        run = self.get(ref.removeprefix(RUN_PREFIX))
        if run.model_folder is None:
            raise JobError(f"The run {run.id} has no model yet (it is {run.status}); wait for its first epoch or choose another.")
        return run.model_folder


def as_run(job: Job) -> Run:
    """A job of the kind training, as what it is."""
    return Run(**{item.name: getattr(job, item.name) for item in fields(Job)})
