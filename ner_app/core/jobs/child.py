"""The child process of a job: taking its folder over, stopping when asked, and telling how it ended.

A child is started by its queue as ``python -m ENTRY FOLDER --max-running N``, where ENTRY ends in ``child.main(KINDS)``, and starts the
next job when it ends. The file ``stop`` in its folder or a SIGTERM asks it to stop. What it prints, tracebacks included, is in log.txt.
"""

from __future__ import annotations

import argparse
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from ner_app.core.errors import JobError, NerAppError
from ner_app.core.jobs import folder as files
from ner_app.core.jobs.control import Control, Stopped
from ner_app.core.jobs.kinds import Kind, Kinds
from ner_app.core.jobs.queue import JobQueue, identity, is_alive
from ner_app.core.jobs.report import Reporter

Special = TypeVar("Special", bound=Reporter)


def main(kinds: Kinds, arguments: Sequence[str] | None = None) -> int:
    """Do the work of one folder to its end, then let the queue start the next one. Returns the exit code; an error is raised."""
    parser = argparse.ArgumentParser(description="Do the work that the folder of a job describes.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--max-running", type=int, default=1)
    options = parser.parse_args(arguments)
    share = max(1, cores() // max(1, options.max_running))
    queue = JobQueue(options.folder.parent, kinds, max_running=options.max_running)
    with Child(claim(options.folder), queue, threads=share) as child:
        settle_in(share)
        child.kind.function()(child)
    return 0


class Child:
    """One job at work, as its function sees it; however that ends is written here, and the queue goes on.

    reporter: tells the world; folder: where results go; threads: this process's share of the processor; stop_asked: is it to end?;
    stopped: why it ended before its time, set by work that was asked to. An error still prints its traceback into the log.
    """

    def __init__(self, reporter: Reporter, queue: JobQueue, *, threads: int = 1, stop_asked: Callable[[], bool] | None = None) -> None:
        self.reporter, self.queue, self.threads = reporter, queue, threads
        self.stop_asked = stop_asked or stop_signal(reporter.folder)
        self.stopped = ""

    @property
    def folder(self) -> Path:
        """The folder that is worked on."""
        return self.reporter.folder

    @property
    def workspace(self) -> Path:
        """The folder with everything that the app keeps."""
        return self.queue.root.parent

    @property
    def order(self) -> files.Order:
        """What is to be done. JobError where it cannot be read."""
        return self.queue.job(self.folder.name).order

    @property
    def kind(self) -> Kind:
        """The kind of the job. JobError where this app cannot do it."""
        return self.queue.kinds.require(self.order.kind, self.order.version)

    @property
    def control(self) -> Control:
        """For work that tells a share and can be stopped anywhere."""
        return Control(self.reporter.tell, self.stop_asked)

    def report_with(self, special: type[Special]) -> Special:
        """Go on with a reporter of the kind's own."""
        made = special(self.folder, identity(os.getpid()))
        self.reporter = made
        return made

    def __enter__(self) -> Child:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> bool:
        stopped = isinstance(error, Stopped)
        if stopped or (error is None and self.stopped):
            self.reporter.end("stopped", self.stopped or f"Stopped when asked. {self.kind.goes_on}")
        elif error is not None:
            self.reporter.end("failed", self._why(error))
        else:
            self.reporter.end("finished")
        (self.folder / files.STOP).unlink(missing_ok=True)
        self.queue.advance()
        return stopped

    def _why(self, error: BaseException) -> str:
        try:
            advice = self.kind.out_of_memory
        except JobError:  # the error that this is about
            advice = ""
        return one_line(error, out_of_memory=advice)


def claim(folder: Path) -> Reporter:
    """Take a job over: JobError where another live process has it. Waits for the queue to have noted who was started."""
    with files.locked(folder.parent / files.LOCK):
        status = files.read_json(folder / files.STATUS)
        if status.get("state") not in ("queued", "running"):
            raise JobError(f"{folder.name} is not waiting to run.")
        if status.get("pid") not in (None, os.getpid()) and is_alive(status):
            raise JobError(f"{folder.name} is being run by process {status['pid']}.")
        reporter = Reporter(folder, identity(os.getpid()))
        reporter.note(started=time.time())
    return reporter


def stop_signal(folder: Path) -> Callable[[], bool]:
    """A function that says whether a stop was asked for, by the file or by a signal."""
    asked = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked.set())
    return lambda: asked.is_set() or (folder / files.STOP).exists()


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def settle_in(threads: int) -> None:
    """Keep to a number of threads, and give way to the app: the page must answer while a job is on."""
    # read by the numeric libraries when they are imported; threads that wait asleep leave the core to others
    os.environ.update(OMP_NUM_THREADS=str(threads), MKL_NUM_THREADS=str(threads), OMP_WAIT_POLICY="PASSIVE")
    if hasattr(os, "nice"):
        os.nice(5)


def one_line(error: BaseException, *, out_of_memory: str = "") -> str:
    """Why a job failed, in a sentence or two; the traceback is in the log."""
    text = " ".join(str(error).split())[:500]
    if isinstance(error, NerAppError):
        return text
    if isinstance(error, MemoryError) or "out of memory" in text.lower() or "can't allocate memory" in text:
        return f"Not enough memory. {out_of_memory}".strip()
    if isinstance(error, OSError) and error.errno == 28:
        return "The disk is full. Free some space (old runs can be deleted), then resume."
    return f"{type(error).__name__}: {text}. The log has the details."
