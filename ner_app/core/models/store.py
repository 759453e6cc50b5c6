"""Token classifiers by reference: loaded once however many ask, kept within a memory budget, never replaced by another.

    store = ModelStore(Path("workspace"))
    store.get("starter").labels.types        ('PER', 'ORG', 'LOC', 'MISC')
    store.status("run:20250101-120000-x")    'absent', 'loading', 'ready' or 'failed: why'

A failed load is no reason to answer with another model: whoever asks is told why.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ner_app import builtin
from ner_app.core.errors import ModelError, NerAppError
from ner_app.core.labels import LabelSet
from ner_app.core.models.references import MODEL, RUN_PREFIX, STARTER, Checkpoint, ModelRef, locate, parse_ref, read_checkpoint

if TYPE_CHECKING:
    import numpy as np
    from tokenizers import Tokenizer

    from ner_app.core.models.backends import Scorer

    Array = np.ndarray[Any, Any]

KEPT_TOKENIZERS = 8
KEPT_ENTRIES = 256  # references whose failure is remembered


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A token classifier in memory; safe to share between threads.

    ref: what it was asked for by; labels: names in the order of the ids; backend: the fast tokenizer for text, word_backend for words
    given one by one; max_length: tokens that fit at once, special ones included; memory_mb: size of its weights in MiB.
    """

    ref: str
    name: str
    labels: LabelSet
    backend: Tokenizer
    word_backend: Tokenizer
    max_length: int
    memory_mb: float
    pad_id: int
    scorer: Scorer

    def logits(self, input_ids: Array, attention_mask: Array) -> Array:
        """Scores before the softmax: int64 (batch, length), the same -> float32 (batch, length, labels)."""
        return self.scorer.logits(input_ids, attention_mask)


def load_model(checkpoint: Checkpoint) -> LoadedModel:
    """Read tokenizer and weights. ModelError where they are damaged or do not fit together."""
    from ner_app.core.models.backends import load_backends, load_scorer

    backends = load_backends(checkpoint)
    ref = checkpoint.ref
    return LoadedModel(
        ref=ref.ref,
        name=ref.title,
        labels=checkpoint.labels,
        backend=backends.text,
        word_backend=backends.words,
        max_length=checkpoint.max_length,
        memory_mb=checkpoint.size_mb,
        pad_id=checkpoint.pad_id,
        scorer=load_scorer(checkpoint),
    )


@dataclass
class _Entry:
    """What the store knows of one reference. ``lock`` is held while it loads, so that others wait for the same model."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    model: LoadedModel | None = None
    stamp: tuple[int, ...] = ()
    loading: bool = False
    failure: str = ""


class ModelStore:
    """The models of one app. ``workspace`` holds ``runs/<id>/model`` and ``models/<name>``; both may be empty or missing.

    default: the reference that the operator configured; it is always allowed. max_mb: MiB that all loaded models may take together.
    allow_local_paths: may other folders of this machine be opened by path?
    """

    def __init__(self, workspace: Path, *, default: str = STARTER, max_mb: float = 2048, allow_local_paths: bool = True) -> None:
        self.workspace = Path(workspace)
        self.default = default
        self.max_mb = max_mb
        self.allow_local_paths = allow_local_paths
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._tokenizers: OrderedDict[str, Any] = OrderedDict()
        self._guard = threading.Lock()  # for the two dictionaries; held for moments only
        self._room = threading.Lock()  # one model at a time is read into memory, so that the budget holds

    def choices(self) -> list[ModelRef]:
        """The models at hand: the starter where it is there, runs that have a model, newest first, and folders under workspace/models."""
        found = [parse_ref(STARTER)] if (builtin.STARTER / "model.onnx").is_file() else []
        found += _run_choices(self.workspace / "runs")
        models = self.workspace / "models"
        if models.is_dir():
            names = sorted(path for path in models.iterdir() if (path / "config.json").is_file())
            found += [ModelRef(str(path), "folder", path.name) for path in names]
        if self.default and self.default not in {ref.ref for ref in found}:
            found += _if_valid(self.default)
        return found

    def get(self, ref: str) -> LoadedModel:
        """The model of a reference, loaded when first asked for and again when its files were written anew.

        Waits for a load that is under way. ModelError says why it cannot be had; another model is never given instead.
        """
        parsed = self.allowed(ref)
        entry = self._entry(parsed.ref)
        with entry.lock:
            entry.loading, entry.failure = entry.model is None, ""
            try:
                return self._current(parsed, entry)
            except NerAppError as error:
                entry.model, entry.failure = None, str(error)
                raise
            finally:
                entry.loading = False

    def status(self, ref: str) -> str:
        """``absent``, ``loading``, ``ready`` or ``failed: why``. Never waits."""
        try:
            key = self.allowed(ref).ref
        except NerAppError as error:
            return f"failed: {error}"
        with self._guard:
            entry = self._entries.get(key)
        if entry is None:
            return "absent"
        if entry.loading:
            return "loading"
        return "ready" if entry.model else f"failed: {entry.failure}" if entry.failure else "absent"

    def preload(self, ref: str) -> None:
        """Begin to load a model in the background; :meth:`status` tells how that goes. Does nothing where it is ready or loading.

        A reference that failed is tried again: the reason may be gone.
        """
        try:
            key = self.allowed(ref).ref
        except NerAppError:
            return  # status says why
        entry = self._entry(key)
        with self._guard:
            if entry.loading or entry.model is not None:
                return
            entry.loading = True
        threading.Thread(target=self._try, args=(ref,), name="load-model", daemon=True).start()

    def tokenizer(self, ref: str) -> Any:
        """The transformers tokenizer of any checkpoint, with or without a head, fast or slow. Kept for the next call."""
        parsed = self.allowed(ref)
        with self._guard:
            if parsed.ref in self._tokenizers:
                self._tokenizers.move_to_end(parsed.ref)
                return self._tokenizers[parsed.ref]
        from ner_app.core.models.backends import load_tokenizer

        made = load_tokenizer(locate(parsed, self.workspace, weights=False), parsed.title)
        with self._guard:
            made = self._tokenizers.setdefault(parsed.ref, made)
            while len(self._tokenizers) > KEPT_TOKENIZERS:
                self._tokenizers.popitem(last=False)
        return made

    def _try(self, ref: str) -> None:
        try:
            self.get(ref)
        except NerAppError:
            return  # kept as the status of the reference

    def _entry(self, key: str) -> _Entry:
        """The entry of a reference, as the last one used; of those without a model the oldest are forgotten."""
        with self._guard:
            entry = self._entries.setdefault(key, _Entry())
            self._entries.move_to_end(key)
            empty = [k for k, e in self._entries.items() if e.model is None and not e.loading and k != key]
            for old in empty[: max(0, len(self._entries) - KEPT_ENTRIES)]:
                del self._entries[old]
        return entry

    def allowed(self, ref: str) -> ModelRef:
        """The parsed reference, unless it is a folder that visitors may not open (ModelError)."""
        parsed = parse_ref(ref)
        if parsed.kind == "folder" and not self.allow_local_paths and not self._is_ours(parsed.ref):
            raise ModelError("Folders of this server cannot be opened by path here. Choose the starter, a finished run, or a Hub id.")
        return parsed

    def _is_ours(self, path: str) -> bool:
        """Is this the configured model, or one of those that :meth:`choices` lists?"""
        return path == self.default or (".." not in path and Path(path).absolute().parent == (self.workspace / "models").absolute())

    def _current(self, ref: ModelRef, entry: _Entry) -> LoadedModel:
        """The model in the entry, or the one on disk where that is newer. Called with the entry's lock held."""
        model = entry.model  # read once: another thread may make room by taking it out of the entry
        if model is not None and ref.kind == "hub":
            return model
        folder = locate(ref, self.workspace, check_size=self._check_size)
        checkpoint = read_checkpoint(ref, folder)
        stamp = checkpoint.stamp()
        if model is None or entry.stamp != stamp:
            self._check_size(checkpoint.size_mb, ref.title)
            with self._room:
                self._make_room(checkpoint.size_mb, keep=ref.ref)
                entry.model = model = load_model(checkpoint)
                entry.stamp = stamp
        return model

    def _check_size(self, size_mb: float, name: str) -> None:
        if size_mb > self.max_mb:
            raise ModelError(
                f"{name} takes {size_mb:,.0f} MiB; loaded models may take {self.max_mb:,.0f} MiB together. Choose a smaller one, or raise "
                "NER_APP_MAX_MODEL_MB."
            )

    def _make_room(self, size_mb: float, *, keep: str) -> None:
        """Forget the models that were not used for longest until another one fits. Whoever still uses one keeps it until done."""
        with self._guard:
            loaded = [(entry, entry.model.memory_mb) for ref, entry in self._entries.items() if entry.model and ref != keep]
            taken = size_mb + sum(memory for _, memory in loaded)
            for entry, memory in loaded:
                if taken <= self.max_mb:
                    break
                entry.model = None
                taken -= memory


def _run_choices(runs: Path) -> list[ModelRef]:
    """Jobs at rest that have made a model, newest first."""
    from ner_app.core.jobs.queue import JobQueue

    rested = (job for job in JobQueue(runs).jobs() if not job.active and (job.folder / MODEL / "config.json").is_file())
    return [ModelRef(RUN_PREFIX + job.id, "run", f"{job.title} ({job.id[:15]})") for job in rested]


def _if_valid(ref: str) -> list[ModelRef]:
    try:
        parsed = parse_ref(ref)
    except ModelError:
        return []
    return [] if parsed.kind == "starter" else [parsed]
