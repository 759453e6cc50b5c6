"""What the process of a job tells the world: status.json, events.jsonl and lines in its log."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ner_app.core.jobs import folder as files

FRESH_SECONDS = 1.0  # status.json is written at most this often while the work goes on
SHARES = 1000  # a share that is done is told as so many steps
ENOUGH = 0.02  # share that must be done before the rest is estimated


class Reporter:
    """The only writer of a job's status.json and events.jsonl while its process lives."""

    def __init__(self, folder: Path, identity: Mapping[str, Any]) -> None:
        self.folder = folder
        self.status: dict[str, Any] = {**files.read_json(folder / files.STATUS), **identity, "state": "running", "message": ""}
        self._before = float((self.status.get("progress") or {}).get("seconds") or 0.0)
        self._start = time.monotonic()
        self._told: tuple[float, float] | None = None  # when the first share was told, and that share
        self._written = 0.0

    def seconds(self) -> float:
        """Time spent in all, earlier processes of the job included."""
        return self._before + time.monotonic() - self._start

    def phase(self, text: str) -> None:
        """What the process is doing now, for whoever waits."""
        self.status["phase"] = text
        self.write()
        print(f"{text} ...", flush=True)

    def note(self, **facts: Any) -> None:
        """Add facts (numbers of sentences, a fingerprint) to the status."""
        self.status.update(facts)
        self.write()

    def tell(self, phase: str, share: float) -> None:
        """What is done now, and the share (0 to 1) of the whole that is done. Written not more often than anybody looks."""
        now = time.monotonic()
        self._told = self._told or (now, share)
        since, first = self._told
        remaining = (now - since) * (1 - share) / (share - first) if share - first > ENOUGH else None
        self.status["progress"] = {
            "step": round(share * SHARES), "total": SHARES, "seconds": round(self.seconds(), 1),
            "remaining": None if remaining is None else round(remaining, 1),
        }  # fmt: skip
        if phase != self.status.get("phase"):
            self.phase(phase)
        else:
            self.freshen()

    def event(self, kind: str, **facts: Any) -> None:
        """Something that happened, for whoever reads on."""
        files.append_event(self.folder, {"kind": kind, **facts})

    def end(self, state: str, message: str = "") -> None:
        """The last word: finished, stopped or failed, and why."""
        progress = self.status.get("progress") or {}
        self.status["progress"] = {**progress, "seconds": round(self.seconds(), 1), "remaining": None}
        self.status.update(state=state, message=message, phase="", ended=time.time(), peak_memory_mb=_peak_memory_mb())
        self.event("end", state=state, message=message, step=progress.get("step", 0))
        self.write()
        print(f"{state}{': ' + message if message else ''}", flush=True)

    def freshen(self) -> None:
        """Write the status where the last time is a while ago."""
        if time.monotonic() - self._written > FRESH_SECONDS:
            self.write()

    def write(self) -> None:
        """Write the status now."""
        self._written = time.monotonic()
        files.write_json(self.folder / files.STATUS, self.status)


def _peak_memory_mb() -> int:
    """The most memory this process has held, in MiB."""
    import psutil

    if sys.platform == "win32":
        return int(psutil.Process(os.getpid()).memory_info().peak_wset // 2**20)
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # KiB, but bytes on macOS
    return int(peak // (2**20 if sys.platform == "darwin" else 2**10))
