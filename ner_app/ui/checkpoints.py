"""Checkpoints to start from, as every form that trains offers them."""

from __future__ import annotations

from ner_app.core.errors import RecipeError
from ner_app.core.models.references import is_local
from ner_app.ui.context import Services

SUGGESTED = ("bert-base-cased", "distilbert-base-cased", "roberta-base", "xlm-roberta-base")


def checkpoint_choices(services: Services) -> list[tuple[str, str]]:
    """Usual encoders, and the runs that have a model (to go on from)."""
    runs = [(f"run {run.recipe.title} ({run.id})", run.ref) for run in services.runs.all() if run.model_folder is not None]
    return [*((name, name) for name in SUGGESTED), *runs[:20]]


def allowed(services: Services, checkpoint: str) -> str:
    """The checkpoint, where visitors may name it: RecipeError for a folder of a server on which paths are switched off."""
    if not services.settings.allow_local_paths and is_local(checkpoint):
        raise RecipeError("checkpoint: folders of this server cannot be opened by path here; give a Hub id, or choose a run.")
    return checkpoint
