"""A queue of jobs over a folder: submit, follow, stop, resume, list, delete, whatever the kind of work.

Nothing about a job is kept in memory. Its state is what its folder and its process say, so that a second app, a restarted one and the
command line all see the truth; a lock file makes sure that no two of them start the same job.
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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import psutil

from ner_app.core.errors import JobError
from ner_app.core.jobs import folder as files
from ner_app.core.jobs.kinds import Kind, Kinds

STATES = ("queued", "running", "stopping", "stopped", "finished", "failed")
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
_ACTIVE = ("running", "stopping")
_NUMBERS = ("step", "total", "seconds", "remaining")


@dataclass(frozen=True)
class Progress:
    """How far a job is. Steps are whatever the work counts; seconds is time spent; remaining is None until it can be told."""

    step: int = 0
    total: int = 0
    seconds: float = 0.0
    remaining: float | None = None
    phase: str = ""

    @property
    def fraction(self) -> float:
        """Between 0 and 1."""
        return min(1.0, self.step / self.total) if self.total else 0.0


@dataclass(frozen=True, eq=False)
class Job:
    """One job as it was when asked: status, message (why it failed or stopped), progress. Read again for news."""

    id: str
    folder: Path
    kind: str
    status: str
    message: str
    progress: Progress
    details: dict[str, Any]  # status.json as it stands: whatever the work told beside its progress

    @cached_property
    def order(self) -> files.Order:
        """What it was told to do; JobError where that file was damaged by hand."""
        found = files.read_order(self.folder)
        if found is None:
            raise JobError(f"The run {self.id} has no readable {files.JOB}; delete it.")
        return found

    @property
    def settings(self) -> Mapping[str, Any]:
        """The settings of its kind; JobError where they cannot be read."""
        return self.order.settings

    @property
    def title(self) -> str:
        """Its name for lists; its id where nobody can say."""
        try:
            return str(self.details.get("title") or self.order.title or self.id)
        except JobError:
            return self.id

    @property
    def owner(self) -> str:
        """Whose it is; empty where there is one user."""
        return str(self.details.get("owner") or "")

    @property
    def active(self) -> bool:
        """Is a process at work on it?"""
        return self.status in _ACTIVE

    @property
    def over(self) -> bool:
        """Does nothing more happen by itself?"""
        return not self.active and self.status != "queued"

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
    """Jobs in ``root``, one folder each; in each lane at most ``max_running`` at work, the others wait in the order they came.

    ``queue.submit("training", {...})`` starts a child process at once where there is room. Without ``kinds`` it can be looked at only. Safe
    to share between threads and processes.
    """

    def __init__(self, root: Path, kinds: Kinds | None = None, *, max_running: int = 1) -> None:
        self.root = Path(root)
        self.kinds = kinds or Kinds()
        self.max_running = max_running
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._watcher: threading.Thread | None = None
        self._guard = threading.Lock()

    def submit(self, kind: str, settings: Mapping[str, Any], *, title: str = "", owner: str = "") -> Job:
        """Queue a job, and start it if there is room. JobError where the folder cannot be written or nobody knows the kind."""
        order = files.Order(kind, settings, self.kinds.require(kind).version, owner, title or kind)
        job_id, now = new_id(order.title), time.time()
        draft = self.root / f".new-{job_id}"
        status = {"state": "queued", "kind": kind, "title": order.title, "owner": owner, "created": now, "queued": now}
        try:
            draft.mkdir(parents=True)
            files.write_order(draft, order)
            files.write_json(draft / files.STATUS, status)
            draft.rename(self.root / job_id)  # a job shows up whole or not at all
        except OSError as error:
            raise JobError(f"The run cannot be written to {self.root}: {error.strerror or error}.") from error
        self.advance()
        return self.job(job_id)

    def jobs(self, *kinds: str) -> list[Job]:
        """All jobs, or those of some kinds, newest first."""
        try:
            names = [entry.name for entry in os.scandir(self.root) if entry.is_dir() and _ID.fullmatch(entry.name)]
        except FileNotFoundError:
            return []
        found = (self._read(name) for name in names)
        kept = (job for job in found if job and (not kinds or job.kind in kinds))
        return sorted(kept, key=lambda job: (job.created, job.id), reverse=True)

    def job(self, job_id: str) -> Job:
        """One job; JobError where there is none of that id."""
        found = self._read(job_id) if _ID.fullmatch(job_id) else None
        if found is None:
            raise JobError(f"There is no run {job_id[:80]!r} here; it may have been deleted. Choose one from the list of runs.")
        return found

    def _read(self, name: str) -> Job | None:
        return read_job(self.root / name, self.kinds)

    def stop(self, job_id: str, *, force: bool = False) -> Job:
        """Ask a job to stop soon, keeping what it can be resumed from; ``force`` ends the process at once.

        A queued job leaves the queue. JobError where there is nothing to stop.
        """
        with self._locked():
            job = self.job(job_id)
            if job.status == "queued":
                self._write(job, state="stopped", message="Stopped before it started.")
            elif job.active:
                (job.folder / files.STOP).touch()
                if force:
                    _end(job.details)
                    kind = self.kinds.find(job.kind)
                    lost = f"what came after {kind.resumes} is lost" if kind.resumes else "what it had done is lost"
                    self._write(job, state="stopped", message=f"Ended at once; {lost}.")
            else:
                raise JobError(f"The run {job.id} is {job.status}; there is nothing to stop.")
        self.advance()
        return self.job(job_id)

    def resume(self, job_id: str) -> Job:
        """Put a stopped or failed job back into the queue; it goes on from what its kind keeps, or begins anew where there is nothing."""
        with self._locked():
            job = self.job(job_id)
            if not job.can_resume:
                raise JobError(f"The run {job.id} is {job.status}; only a stopped or failed run can be resumed.")
            (job.folder / files.STOP).unlink(missing_ok=True)
            self._write(job, state="queued", message="", queued=time.time(), pid=None)
        self.advance()
        return self.job(job_id)

    def delete(self, job_id: str) -> None:
        """Remove a job with all that it made. JobError while it is at work."""
        with self._locked():
            job = self.job(job_id)
            if job.active:
                raise JobError(f"The run {job.id} is {job.status}; stop it before you delete it.")
            grave = self.root / f".deleted-{job.id}-{secrets.token_hex(2)}"
            try:
                job.folder.rename(grave)
            except OSError as error:
                raise JobError(f"The run {job.id} cannot be deleted: {error.strerror or error}.") from error
        shutil.rmtree(grave, ignore_errors=True)

    def advance(self) -> list[Job]:
        """Start what can start now; called by submit, by a child that ends, and by a watcher while jobs wait. Returns what it started."""
        self._reap()
        if not self.kinds.kinds or not self.root.is_dir():
            return []
        with self._locked():
            jobs = self.jobs()
            started = [self._start(job) for job in self._next(jobs)]
        if sum(job.status == "queued" for job in jobs) > len(started):
            self._watch()
        return started

    def _next(self, jobs: Iterable[Job]) -> list[Job]:
        """Of each lane the jobs that have a place now, in the order they were queued. Jobs of a kind that is unknown here wait."""
        room: dict[str, int] = {}
        waiting = []
        for job in jobs:
            kind = self.kinds.find(job.kind)
            room.setdefault(kind.place, self.max_running)
            room[kind.place] -= job.active
            if job.status == "queued" and kind.work:
                waiting.append((job.details.get("queued", 0.0), job.id, kind.place, job))
        chosen = []
        for *_, place, job in sorted(waiting, key=lambda entry: entry[:2]):
            if room[place] > 0:
                room[place] -= 1
                chosen.append(job)
        return chosen

    def _start(self, job: Job) -> Job:
        """Start the child process of a job and note who it is. Its own session: closing the terminal does not end it."""
        try:
            with (job.folder / files.LOG).open("ab") as log:
                streams: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": subprocess.STDOUT}
                child = subprocess.Popen(self._command(job), **streams, start_new_session=True, env=child_environment())
        except OSError as error:
            self._write(job, state="failed", message=f"The process could not be started: {error.strerror or error}.")
            return self.job(job.id)
        self._children[job.id] = child
        self._write(job, state="running", message="", started=time.time(), phase="Starting", **identity(child.pid))
        return self.job(job.id)

    def _command(self, job: Job) -> list[str]:
        """The command line of a job's process."""
        return [sys.executable, "-m", self.kinds.entry, str(job.folder.resolve()), "--max-running", str(self.max_running)]

    def _write(self, job: Job, **changes: Any) -> None:
        """Change some entries of status.json. Only under the lock, and only while no child writes it."""
        files.write_json(job.folder / files.STATUS, {**files.read_json(job.folder / files.STATUS), **changes})

    def _locked(self) -> contextlib.AbstractContextManager[None]:
        return files.locked(self.root / files.LOCK)

    def _reap(self) -> None:
        """Collect children that ended, so that they do not stay behind as zombies."""
        for job_id, child in list(self._children.items()):
            if child.poll() is not None:
                self._children.pop(job_id, None)

    def _watch(self, seconds: float = 2.0) -> None:
        """Look after the queue from a thread while jobs wait in it: a child that was killed cannot start the next one."""
        with self._guard:
            if self._watcher is not None and self._watcher.is_alive():
                return
            self._watcher = threading.Thread(target=self._look_after, args=(seconds,), name="job-queue", daemon=True)
            self._watcher.start()

    def _look_after(self, seconds: float) -> None:
        while any(job.status == "queued" for job in self.jobs()):
            time.sleep(seconds)
            self.advance()


def read_job(folder: Path, kinds: Kinds | None = None) -> Job | None:
    """A job as its folder and process say, or None where this is no folder of a job.

    A job that says it is running, but whose process is gone, failed: it was interrupted.
    """
    details = files.read_json(folder / files.STATUS)
    state = details.get("state")
    if state not in STATES:
        return None
    kind, message = files.kind_of(folder, details), str(details.get("message", ""))
    if state == "running":
        if not is_alive(details):
            state, message = "failed", (kinds.find(kind) if kinds else Kind(kind, "")).interrupted
        elif (folder / files.STOP).exists():
            state = "stopping"
    return Job(folder.name, folder, kind, state, message, _progress(details), details)


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
    """A new id that sorts by time and is safe in paths and addresses.

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
    numbers = {name: raw[name] for name in _NUMBERS if isinstance(raw.get(name), int | float)}
    return Progress(**numbers, phase=str(details.get("phase", "")))


def _end(details: dict[str, Any], *, seconds: float = 5.0) -> None:
    """End the process of a job that does not listen."""
    if not is_alive(details):
        return
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(int(details["pid"]))
        process.kill()
        process.wait(seconds)


def child_environment() -> dict[str, str]:
    """The environment of a child process: ours, with this package on its path, and plain output."""
    paths: Sequence[str] = (str(Path(__file__).resolve().parents[3]), os.environ.get("PYTHONPATH", ""))
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in paths if path), "PYTHONUNBUFFERED": "1", "NO_COLOR": "1"}


def _size(path: Path) -> int:
    """Size of a file in bytes; 0 where there is none."""
    try:
        return path.stat().st_size
    except OSError:
        return 0
