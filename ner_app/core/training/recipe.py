"""How to train: a Recipe with the course's defaults, each field checked by name.

The course's settings: learning rate 2e-5, 3 epochs, weight decay 0.01, and the Trainer's own defaults behind them (batches of 8, a linear
schedule without warm-up, seed 42).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal, get_args

from ner_app.core.corpus.sources import DEFAULT_CORPUS
from ner_app.core.errors import RecipeError
from ner_app.core.models.references import RUN_PREFIX, is_local

Head = Literal["keep", "replace"]
POLICIES = ("every", "first", "same")
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}(/[A-Za-z0-9][\w.-]{0,95})?(@[\w.][\w./-]{0,95})?")
_RUN_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")


def _setting(default: Any, title: str, help_: str, low: float | None = None, high: float | None = None) -> Any:
    """A field with what the form, the command line and the error messages say of it; low and high are inclusive."""
    return field(default=default, metadata={"title": title, "help": help_, "low": low, "high": high})


@dataclass(frozen=True)
class Recipe:
    """Settings of one training run. Making one checks it: RecipeError starts with the name of the field.

    >>> Recipe(epochs=2).learning_rate
    2e-05
    >>> Recipe(epochs=0)
    Traceback (most recent call last):
        ...
    ner_app.core.errors.RecipeError: epochs: 0 is too small; give a number from 0.01 to 1000.
    """

    corpus: str = _setting(DEFAULT_CORPUS, "Corpus", "Hub data set id, path, or 'sample', with options as open_corpus reads them.")
    column: str = _setting("", "Labels", "Label column to learn; empty means the corpus's first (NER where there is one).")
    checkpoint: str = _setting("bert-base-cased", "Checkpoint", "Hub id, a folder on this machine, or run:ID of an earlier run.")
    policy: str = _setting("every", "Subword labels", "What the subwords of a word learn: every (B- becomes I-), first only, or the same.")
    train_sentences: int = _setting(0, "Training sentences", "How many, drawn by the seed; 0 means all.", 0, 10**9)
    eval_sentences: int = _setting(0, "Validation sentences", "How many to score after each epoch; 0 means all.", 0, 10**9)
    learning_rate: float = _setting(2e-5, "Learning rate", "Step size at its peak; the course takes 2e-5.", 1e-8, 1.0)
    epochs: float = _setting(3.0, "Epochs", "Passes over the training sentences.", 0.01, 1000)
    batch_size: int = _setting(8, "Batch size", "Sentences a step; larger is steadier and takes more memory.", 1, 1024)
    weight_decay: float = _setting(0.01, "Weight decay", "Pulls weights towards zero; the course takes 0.01.", 0.0, 1.0)
    warmup: float = _setting(0.0, "Warm-up", "Share of the steps while the learning rate rises; 0 in the course.", 0.0, 0.9)
    accumulation: int = _setting(1, "Accumulation", "Batches summed before each step: larger ones in the same memory.", 1, 256)
    max_length: int = _setting(0, "Longest input", "In subwords; more is cut. 0: as long as the model can, at most 512.", 0, 8192)
    group_by_length: bool = _setting(False, "Group by length", "Batches of similar lengths: less padding, faster; order less random.")
    head: str = _setting("keep", "Classifier head", "keep: use the checkpoint's own head where its labels fit; replace: start a new one.")
    seed: int = _setting(42, "Seed", "Same seed, same data, same machine: same result.", 0, 2**32 - 1)
    threads: int = _setting(0, "Threads", "Processor cores to use; 0 means all, shared among runs at the same time.", 0, 1024)
    holdout: float = _setting(0.1, "Held out", "Share of train kept for validation where the corpus has no validation split.", 0.01, 0.5)
    name: str = _setting("", "Name", "A name for the run; empty means one after the checkpoint.")

    def __post_init__(self) -> None:
        for item in fields(self):
            object.__setattr__(self, item.name, _checked(item, getattr(self, item.name)))
        _check_choice("policy", self.policy, POLICIES)
        _check_choice("head", self.head, get_args(Head))
        object.__setattr__(self, "checkpoint", check_checkpoint(self.checkpoint))
        if not self.corpus:
            raise RecipeError("corpus: it is empty; give a Hub id, a path, or 'sample'.")
        if 0 < self.max_length < 8:
            raise RecipeError(f"max_length: {self.max_length} leaves no room for words; give 0 (the model's own) or at least 8.")

    @property
    def title(self) -> str:
        """Name for the screen: the given one, else the checkpoint's last part.

        >>> Recipe(checkpoint="org/model@v1").title
        'model@v1'
        """
        return self.name or Path(self.checkpoint.removeprefix(RUN_PREFIX)).name

    def to_json(self) -> str:
        """The recipe as JSON, every field written out."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Recipe:
        """A recipe from JSON; fields left out keep their defaults, unknown ones are refused.

        >>> Recipe.from_json('{"epoch": 2}')
        Traceback (most recent call last):
            ...
        ner_app.core.errors.RecipeError: epoch: no such field; did you mean 'epochs'?
        """
        try:
            values = json.loads(text)
        except ValueError as error:
            raise RecipeError(f"recipe: not valid JSON ({error}).") from error
        if not isinstance(values, dict):
            raise RecipeError('recipe: a JSON object is needed, such as {"checkpoint": "bert-base-cased"}.')
        return cls.from_values(values)

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Recipe:
        """A recipe from field names and values, as a form has them."""
        known = [item.name for item in fields(cls)]
        for name in values:
            if name not in known:
                raise RecipeError(f"{str(name)[:60]}: no such field; {_suggestion(str(name), known)}")
        return cls(**values)

    def changed(self, **values: Any) -> Recipe:
        """The same recipe with some fields changed, checked again."""
        return replace(self, **values)


def describe(name: str) -> Mapping[str, Any]:
    """Title, help, low and high of a field, for forms and the command line.

    >>> describe("epochs")["title"]
    'Epochs'
    """
    for item in fields(Recipe):
        if item.name == name:
            return item.metadata
    raise RecipeError(f"{name}: no such field; the fields are {', '.join(item.name for item in fields(Recipe))}.")


def parse_settings(pairs: Iterable[str]) -> dict[str, Any]:
    """Fields of a recipe written as ``name=value``: numbers, true and false where they read so, else text. RecipeError for another form.

    >>> parse_settings(["seed=7", "group_by_length=true", " policy=first"])
    {'seed': 7, 'group_by_length': True, 'policy': 'first'}
    """
    found = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign or not name.strip():
            raise RecipeError(f"{pair.strip()[:60]!r} is not of the form name=value.")
        try:
            found[name.strip()] = json.loads(value)
        except json.JSONDecodeError:
            found[name.strip()] = value.strip()
    return found


def check_checkpoint(checkpoint: str) -> str:
    """The name of a checkpoint, stripped; RecipeError where it can be none. Nothing is loaded or fetched.

    >>> check_checkpoint(" org/model@main "), check_checkpoint("run:20250101-120000-x-ab12")
    ('org/model@main', 'run:20250101-120000-x-ab12')
    """
    name = checkpoint.strip()
    if not name:
        raise RecipeError("checkpoint: it is empty; give a Hub id such as bert-base-cased, or the folder of a saved model.")
    if len(name) > 4096 or any(ord(c) < 32 or ord(c) == 127 for c in name):
        raise RecipeError("checkpoint: it has control characters or is too long; give a Hub id or a folder.")
    if re.match(r"[a-z]+://", name, re.IGNORECASE):
        raise RecipeError(f"checkpoint: {name[:80]!r} is an address; give the model's id alone, such as org/model.")
    if name == "starter":
        raise RecipeError("checkpoint: the starter model can be used but not trained further; give a Hub id or a folder.")
    if name.startswith(RUN_PREFIX):
        if not _RUN_ID.fullmatch(name.removeprefix(RUN_PREFIX)):
            raise RecipeError(f"checkpoint: {name[:80]!r} names no run; choose one from the list of runs.")
    elif not is_local(name) and (not _HUB_ID.fullmatch(name) or ".." in name or "--" in name):
        raise RecipeError(f"checkpoint: {name[:80]!r} is neither a folder here nor a Hub id such as org/model or org/model@revision.")
    return name


def require_folder(checkpoint: str) -> None:
    """RecipeError where a checkpoint is a path at which no model is. (Not checked by Recipe itself: old recipes stay readable.)"""
    if is_local(checkpoint) and not (Path(checkpoint).expanduser() / "config.json").is_file():
        raise RecipeError(f"checkpoint: there is no config.json in {checkpoint[:200]}; give the folder of a saved model.")


def _checked(item: Any, value: Any) -> Any:
    """A value in the type of its field, within its range."""
    kind = item.type
    if kind == "bool":
        if not isinstance(value, bool):
            raise RecipeError(f"{item.name}: {value!r:.60} is neither true nor false.")
        return value
    if kind in ("int", "float"):
        return _checked_number(item, value, whole=kind == "int")
    if kind == "str":
        if not isinstance(value, str) or "\0" in value or len(value) > 4096:
            raise RecipeError(f"{item.name}: {value!r:.60} is not a text of at most 4096 characters.")
        return value.strip()
    return value


def _checked_number(item: Any, value: Any, *, whole: bool) -> int | float:
    """A number within its range; a whole one may come as 8.0, since forms send it so."""
    low, high = item.metadata["low"], item.metadata["high"]
    kind = "whole number" if whole else "number"
    span = f"give a {kind} from {low:g} to {high:g}." if high < 1e6 else f"give a {kind}, at least {low}."
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise RecipeError(f"{item.name}: {value!r:.60} is not a number; {span}")
    if whole and value != int(value):
        raise RecipeError(f"{item.name}: {value!r} is not whole; {span}")
    if not low <= value <= high:
        raise RecipeError(f"{item.name}: {value:g} is too {'small' if value < low else 'large'}; {span}")
    return int(value) if whole else float(value)


def _check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    """RecipeError unless the value is one of the choices."""
    if value not in choices:
        raise RecipeError(f"{name}: {value[:60]!r} is not one of {', '.join(choices)}.")


def _suggestion(name: str, known: list[str]) -> str:
    """The nearest known field, or all of them."""
    import difflib

    near = difflib.get_close_matches(name, known, 1)
    return f"did you mean {near[0]!r}?" if near else f"the fields are {', '.join(known)}."
