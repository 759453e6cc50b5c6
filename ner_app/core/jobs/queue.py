"""A queue of training runs over a folder: submit, stop, resume, follow, delete.

Nothing about a run is kept in memory. Its state is what its folder and its process say, so that a second app, a restarted one and the
command line all see the truth; a lock file makes sure that no two of them start the same run.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import psutil

from ner_app.core.errors import JobError
from ner_app.core.jobs import folder as files
from ner_app.core.training.recipe import RUN_PREFIX, Recipe, require_folder

STATES = ("queued", "running", "stopping", "stopped", "finished", "failed")
INTERRUPTED = (
    "The training process ended without a word: it was killed, ran out of memory, or the machine restarted. "
    "Resume goes on from the last checkpoint."
)
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
_ACTIVE = ("running", "stopping")


@dataclass(frozen=True)
class Progress:
    """How far a run is. Steps are optimizer steps; seconds is time spent training; remaining is None until it can be told."""

    step: int = 0
    total: int = 0
    epoch: float = 0.0
    epochs: float = 0.0
    seconds: float = 0.0
    remaining: float | None = None
    phase: str = ""

    @property
    def fraction(self) -> float:
        """Between 0 and 1."""
        return min(1.0, self.step / self.total) if self.total else 0.0


@dataclass(frozen=True, eq=False)
class Run:
    """One run as it was when asked: status, message (why it failed or stopped), progress. Read again for news."""

    id: str
    folder: Path
    status: str
    message: str
    progress: Progress
    details: dict[str, Any]  # status.json as it stands: scores, timings, where the model comes from

    @cached_property
    def recipe(self) -> Recipe:
        """What it was told to do; RecipeError where the file was damaged by hand."""
        try:
            return Recipe.from_json((self.folder / files.RECIPE).read_text(encoding="utf-8"))
        except OSError as error:
            raise JobError(f"The run {self.id} has no readable recipe.json ({error.strerror}); delete it.") from error

    @property
    def ref(self) -> str:
        """Model reference of this run: ``run:<id>``."""
        return RUN_PREFIX + self.id

    @property
    def model_folder(self) -> Path | None:
        """The model to use, with its tokenizer; None while there is none."""
        model = self.folder / files.MODEL
        return model if (model / "config.json").is_file() else None

    @property
    def active(self) -> bool:
        """Is a process at work on it?"""
        return self.status in _ACTIVE

    @property
    def can_resume(self) -> bool:
        """Stopped or failed, so that it can be taken up again."""
        return self.status in ("stopped", "failed")

    @property
    def created(self) -> float:
        """When it was submitted, in seconds since 1970."""
        return float(self.details.get("created", 0.0))

    def events(self, offset: int = 0) -> tuple[list[dict[str, Any]], int]:
        """What happened from a byte offset on, and the offset to ask from next time."""
        return files.read_events(self.folder, offset)

    def log_tail(self, lines: int = 30) -> str:
        """The end of what the process printed."""
        return files.tail(self.folder / files.LOG, lines)

    def stamp(self) -> tuple[Any, ...]:
        """Something cheap that changes when there is something new to draw."""
        sizes = tuple(_size(self.folder / name) for name in (files.EVENTS, files.LOG))
        return (self.id, self.status, self.progress.step, self.progress.phase, *sizes)


class JobQueue:
    """Runs in ``root``, one folder each; at most ``max_running`` at work, the others wait in the order they came.

    ``queue.submit(Recipe(...))`` starts a child process at once where there is room. Safe to share between threads and processes.
    """

    def __init__(self, root: Path, *, max_running: int = 1) -> None:
        self.root = Path(root)
        self.max_running = max_running
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._watcher: threading.Thread | None = None
        self._guard = threading.Lock()

    def submit(self, recipe: Recipe) -> Run:
        """Queue a run, and start it if there is room. JobError where the folder cannot be written or the run it builds on has no model."""
        if recipe.checkpoint.startswith(RUN_PREFIX):
            self.model_of(recipe.checkpoint)
        else:
            require_folder(recipe.checkpoint)
        run_id = new_id(recipe.title)
        draft = self.root / f".new-{run_id}"
        try:
            draft.mkdir(parents=True)
            (draft / files.RECIPE).write_text(recipe.to_json(), encoding="utf-8")
            files.write_json(draft / files.STATUS, {"state": "queued", "created": time.time(), "queued": time.time()})
            draft.rename(self.root / run_id)  # a run shows up whole or not at all
        except OSError as error:
            raise JobError(f"The run cannot be written to {self.root}: {error.strerror or error}.") from error
        self.advance()
        return self.run(run_id)

    def runs(self) -> list[Run]:
        """All runs, newest first."""
        try:
            names = [entry.name for entry in os.scandir(self.root) if entry.is_dir() and _ID.fullmatch(entry.name)]
        except FileNotFoundError:
            return []
        found = (read_run(self.root / name) for name in names)
        return sorted((run for run in found if run), key=lambda run: (run.created, run.id), reverse=True)

    def run(self, run_id: str) -> Run:
        """One run; JobError where there is none of that id."""
        found = read_run(self.root / run_id) if _ID.fullmatch(run_id) else None
        if found is None:
            raise JobError(f"There is no run {run_id[:80]!r} here; it may have been deleted. Choose one from the list of runs.")
        return found

    def model_of(self, ref: str) -> Path:
        """Folder of a run's model, from ``run:<id>``; JobError where there is none yet."""
        run = self.run(ref.removeprefix(RUN_PREFIX))
        if run.model_folder is None:
            raise JobError(f"The run {run.id} has no model yet (it is {run.status}); wait for its first epoch or choose another.")
        return run.model_folder

    def stop(self, run_id: str, *, force: bool = False) -> Run:
        """Ask a run to stop at its next step, keeping a checkpoint and a usable model; ``force`` ends the process at once.

        A queued run leaves the queue. JobError where there is nothing to stop.
        """
        with self._locked():
            run = self.run(run_id)
            if run.status == "queued":
                self._write(run, state="stopped", message="Stopped before it started.")
            elif run.active:
                (run.folder / files.STOP).touch()
                if force:
                    _end(run.details)
                    self._write(run, state="stopped", message="Ended at once; what came after the last checkpoint is lost.")
            else:
                raise JobError(f"The run {run.id} is {run.status}; there is nothing to stop.")
        self.advance()
        return self.run(run_id)

    def resume(self, run_id: str) -> Run:
        """Put a stopped or failed run back into the queue; it goes on from its last checkpoint, or starts again where it has none."""
        with self._locked():
            run = self.run(run_id)
            if not run.can_resume:
                raise JobError(f"The run {run.id} is {run.status}; only a stopped or failed run can be resumed.")
            (run.folder / files.STOP).unlink(missing_ok=True)
            self._write(run, state="queued", message="", queued=time.time(), pid=None)
        self.advance()
        return self.run(run_id)

    def delete(self, run_id: str) -> None:
        """Remove a run with its model and checkpoints. JobError while it is at work."""
        with self._locked():
            run = self.run(run_id)
            if run.active:
                raise JobError(f"The run {run.id} is {run.status}; stop it before you delete it.")
            grave = self.root / f".deleted-{run.id}-{secrets.token_hex(2)}"
            try:
                run.folder.rename(grave)
            except OSError as error:
                raise JobError(f"The run {run.id} cannot be deleted: {error.strerror or error}.") from error
        shutil.rmtree(grave, ignore_errors=True)

    def advance(self) -> list[Run]:
        """Start what can start now; called by submit, by a worker that ends, and by a watcher while runs wait. Returns what it started."""
        self._reap()
        if not self.root.is_dir():
            return []
        with self._locked():
            runs = self.runs()
            room = self.max_running - sum(run.active for run in runs)
            waiting = sorted((run for run in runs if run.status == "queued"), key=lambda run: (run.details.get("queued", 0.0), run.id))
            started = [self._start(run) for run in waiting[: max(0, room)]]
        if len(waiting) > len(started):
            self._watch()
        return started

    def _start(self, run: Run) -> Run:
        """Start the child process of a run and note who it is. Its own session: closing the terminal does not end it."""
        try:
            with (run.folder / files.LOG).open("ab") as log:
                streams: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": subprocess.STDOUT}
                child = subprocess.Popen(self._command(run), **streams, start_new_session=True, env=child_environment())
        except OSError as error:
            self._write(run, state="failed", message=f"The training process could not be started: {error.strerror or error}.")
            return self.run(run.id)
        self._children[run.id] = child
        self._write(run, state="running", message="", started=time.time(), phase="Starting", **identity(child.pid))
        return self.run(run.id)

    def _command(self, run: Run) -> list[str]:
        """The command line of a run's process."""
        worker = [sys.executable, "-m", "ner_app.core.training.worker"]
        return [*worker, str(run.folder.resolve()), "--max-running", str(self.max_running)]

    def _write(self, run: Run, **changes: Any) -> None:
        """Change some entries of status.json. Only under the lock, and only while no worker writes it."""
        files.write_json(run.folder / files.STATUS, {**files.read_json(run.folder / files.STATUS), **changes})

    def _locked(self) -> contextlib.AbstractContextManager[None]:
        return files.locked(self.root / files.LOCK)

    def _reap(self) -> None:
        """Collect children that ended, so that they do not stay behind as zombies."""
        for run_id, child in list(self._children.items()):
            if child.poll() is not None:
                self._children.pop(run_id, None)

    def _watch(self, seconds: float = 2.0) -> None:
        """Look after the queue from a thread while runs wait in it: a worker that was killed cannot start the next one."""
        with self._guard:
            if self._watcher is not None and self._watcher.is_alive():
                return
            self._watcher = threading.Thread(target=self._look_after, args=(seconds,), name="job-queue", daemon=True)
            self._watcher.start()

    def _look_after(self, seconds: float) -> None:
        while any(run.status == "queued" for run in self.runs()):
            time.sleep(seconds)
            self.advance()


def read_run(folder: Path) -> Run | None:
    """A run as its folder and process say, or None where this is no run folder.

    A run that says it is running, but whose process is gone, failed: it was interrupted.
    """
    details = files.read_json(folder / files.STATUS)
    state = details.get("state")
    if state not in STATES:
        return None
    message = str(details.get("message", ""))
    if state == "running":
        if not is_alive(details):
            state, message = "failed", INTERRUPTED
        elif (folder / files.STOP).exists():
            state = "stopping"
    return Run(folder.name, folder, state, message, _progress(details), details)


def is_alive(details: dict[str, Any]) -> bool:
    """Is the process that a status names still there? The creation time tells it from a later process with the same number."""
    pid, born = details.get("pid"), details.get("born")
    if not isinstance(pid, int) or not isinstance(born, int | float):
        return False
    try:
        process = psutil.Process(pid)
        same = bool(abs(process.create_time() - born) < 1.0)
        return same and process.status() != str(psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def identity(pid: int) -> dict[str, Any]:
    """What status.json keeps of a process: its number and when it was created."""
    try:
        return {"pid": pid, "born": psutil.Process(pid).create_time()}
    except psutil.Error:  # it ended already; its status will say so
        return {"pid": pid, "born": 0.0}


def new_id(title: str) -> str:
    """A new run id that sorts by time and is safe in paths and addresses.

    >>> import re
    >>> bool(re.fullmatch(r"[0-9]{8}-[0-9]{6}-my-model-[0-9a-f]{4}", new_id("../My Model")))
    True
    """
    slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:40].strip("-") or "run"
    return f"{time.strftime('%Y%m%d-%H%M%S')}-{slug}-{secrets.token_hex(2)}"


def _progress(details: dict[str, Any]) -> Progress:
    """Progress out of status.json; entries of a wrong type count as missing."""
    raw = details.get("progress")
    raw = raw if isinstance(raw, dict) else {}
    names = ("step", "total", "epoch", "epochs", "seconds", "remaining")
    numbers = {name: raw[name] for name in names if isinstance(raw.get(name), int | float)}
    return Progress(**numbers, phase=str(details.get("phase", "")))


def _end(details: dict[str, Any], *, seconds: float = 5.0) -> None:
    """End the process of a run that does not listen."""
    if not is_alive(details):
        return
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(int(details["pid"]))
        process.kill()
        process.wait(seconds)


def child_environment() -> dict[str, str]:
    """The environment of a training process: ours, with this package on its path, and plain output."""
    paths: Sequence[str] = (str(Path(__file__).resolve().parents[3]), os.environ.get("PYTHONPATH", ""))
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in paths if path), "PYTHONUNBUFFERED": "1", "NO_COLOR": "1"}


def _size(path: Path) -> int:
    """Size of a file in bytes; 0 where there is none."""
    try:
        return path.stat().st_size
    except OSError:
        return 0
