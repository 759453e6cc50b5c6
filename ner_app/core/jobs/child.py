"""What the child processes behind the queues share: taking a folder over, stopping when asked, and telling how it ended.

A child is started as ``python -m MODULE FOLDER --max-running N`` by its queue, and starts the next one when it ends. It stops soon after
the file ``stop`` appears in its folder or a SIGTERM arrives. What it prints, tracebacks included, is in log.txt.
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

from ner_app.core.errors import JobError, NerAppError
from ner_app.core.jobs import folder as files
from ner_app.core.jobs.queue import JobQueue, identity, is_alive
from ner_app.core.jobs.report import Reporter


def serve(work: Callable[[Outcome], None], queue: type[JobQueue], arguments: Sequence[str] | None, *, about: str) -> int:
    """Do the work of one folder to its end, then let the queue start the next one. Returns the exit code; an error is raised."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--max-running", type=int, default=1)
    options = parser.parse_args(arguments)
    share = max(1, cores() // max(1, options.max_running))
    with Outcome(claim(options.folder), queue(options.folder.parent, max_running=options.max_running), threads=share) as outcome:
        work(outcome)
    return 0


class Outcome:
    """Writes how a child ended, whatever ended it, and lets the queue go on. An error still prints its traceback into the log.

    threads: this child's share of the processor. stopped: why it ended before its time; set by work that was asked to stop.
    """

    def __init__(self, reporter: Reporter, queue: JobQueue, *, threads: int = 1) -> None:
        self.reporter, self.queue, self.threads = reporter, queue, threads
        self.stopped = ""

    @property
    def folder(self) -> Path:
        """The folder that is worked on."""
        return self.reporter.folder

    def __enter__(self) -> Outcome:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if error is not None:
            self.reporter.end("failed", one_line(error))
        elif self.stopped:
            self.reporter.end("stopped", self.stopped)
        else:
            self.reporter.end("finished")
        (self.folder / files.STOP).unlink(missing_ok=True)
        self.queue.advance()


def claim(folder: Path) -> Reporter:
    """Take a run over: JobError where another live process has it. Waits for the queue to have noted who was started."""
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
    """Keep to a number of threads, and give way to the app: the page must answer while a run is on."""
    # read when torch is imported; threads that wait asleep leave the core to others
    os.environ.update(OMP_NUM_THREADS=str(threads), MKL_NUM_THREADS=str(threads), OMP_WAIT_POLICY="PASSIVE")
    if hasattr(os, "nice"):
        os.nice(5)
    import torch

    torch.set_num_threads(threads)


def one_line(error: BaseException) -> str:
    """Why a run failed, in a sentence or two; the traceback is in the log."""
    text = " ".join(str(error).split())[:500]
    if isinstance(error, NerAppError):
        return text
    if isinstance(error, MemoryError) or "out of memory" in text.lower() or "can't allocate memory" in text:
        return "Not enough memory. Take a smaller batch_size (accumulation makes up for it), a shorter max_length, or a smaller checkpoint."
    if isinstance(error, OSError) and error.errno == 28:
        return "The disk is full. Free some space (old runs can be deleted), then resume."
    return f"{type(error).__name__}: {text}. The log has the details."
