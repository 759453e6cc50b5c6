"""The files of a job's folder, and how they are written so that a crash leaves no half of one. Standard library only.

job.json        kind, version, settings, owner, title; never changes
status.json     state, process, progress and what else the work tells; replaced whole
events.jsonl    one line an event, start and end among them; only grows
log.txt         what the process printed
stop            there while a stop is asked for
and beside them what the work makes
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

JOB, STATUS, EVENTS, LOG, STOP = "job.json", "status.json", "events.jsonl", "log.txt", "stop"
LOCK = "queue.lock"
OLDER = {"recipe.json": "training", "suspicion.json": "cross-training"}  # what stood for job.json in folders of version 0, and its kind


@dataclass(frozen=True)
class Order:
    """What a job was told to do, as job.json has it. owner: whose it is, empty where there is one user."""

    kind: str
    settings: Mapping[str, Any]
    version: int = 0
    owner: str = ""
    title: str = ""


def write_order(folder: Path, order: Order) -> None:
    """Write job.json."""
    write_json(folder / JOB, asdict(order))


def read_order(folder: Path) -> Order | None:
    """What a job was told, also from the settings files of version 0; None where there is no such file, or it is damaged."""
    raw = read_json(folder / JOB)
    kind, settings = raw.get("kind"), raw.get("settings")
    if isinstance(kind, str) and isinstance(settings, dict):
        version = raw.get("version")
        return Order(kind, settings, version if isinstance(version, int) else 0, str(raw.get("owner") or ""), str(raw.get("title") or ""))
    for name, older in OLDER.items():
        if settings := read_json(folder / name):
            return Order(older, settings, title=str(settings.get("name") or Path(str(settings.get("checkpoint") or folder.name)).name))
    return None


def kind_of(folder: Path, status: Mapping[str, Any]) -> str:
    """The kind of a job, without reading what it was told: status.json repeats it, and folders of version 0 are known by their file."""
    kind = status.get("kind")
    return kind if isinstance(kind, str) and kind else next((older for name, older in OLDER.items() if (folder / name).exists()), "")


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Replace a JSON file in one step: readers see the old or the new one, never a part."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with draft.open("w", encoding="utf-8") as stream:
        json.dump(value, stream, ensure_ascii=False)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file; empty where there is none or it is damaged."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def append_event(folder: Path, event: Mapping[str, Any]) -> None:
    """Add one line to events.jsonl in a single write. A line that a kill tore is closed first, so that only it is lost."""
    line = json.dumps({"time": round(time.time(), 3), **event}, ensure_ascii=False).encode() + b"\n"
    with (folder / EVENTS).open("ab+") as stream:
        if stream.tell():
            stream.seek(-1, os.SEEK_END)
            line = line if stream.read(1) == b"\n" else b"\n" + line
        stream.write(line)


def read_events(folder: Path, offset: int = 0) -> tuple[list[dict[str, Any]], int]:
    """Events from a byte offset on, and the offset behind the last complete line. Torn lines are left out."""
    try:
        with (folder / EVENTS).open("rb") as stream:
            stream.seek(offset)
            data = stream.read()
    except OSError:
        return [], offset
    complete = data[: data.rfind(b"\n") + 1]
    events = []
    for line in complete.splitlines():
        with contextlib.suppress(ValueError):
            event = json.loads(line)
            if isinstance(event, dict):
                events.append(event)
    return events, offset + len(complete)


def history(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Events as they count: after a resume from step n, what was logged past n before it is dropped.

    >>> [e["kind"] for e in history([{"kind": "step", "step": 9}, {"kind": "start", "step": 5}, {"kind": "step", "step": 6}])]
    ['start', 'step']
    """
    kept: list[dict[str, Any]] = []
    for event in events:
        if event.get("kind") == "start":
            kept = [old for old in kept if old.get("step", 0) <= event.get("step", 0) and old["kind"] != "end"]
        kept.append(event)
    return kept


def tail(path: Path, lines: int, *, limit: int = 64_000) -> str:
    """The last lines of a text file; of a progress bar that overwrote itself only its last state."""
    try:
        with path.open("rb") as stream:
            stream.seek(0, os.SEEK_END)
            stream.seek(max(0, stream.tell() - limit))
            text = stream.read().decode("utf-8", errors="replace")
    except OSError:
        return ""
    rows = [line.rsplit("\r", 1)[-1] for line in text.replace("\r\n", "\n").split("\n")]
    return "\n".join(rows[-lines - 1 :]).strip("\n")


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock file: one thread of one process at a time, and the system frees it when a holder dies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab+") as stream:
        _lock(stream)
        try:
            yield
        finally:
            _unlock(stream)


if sys.platform == "win32":
    import msvcrt

    def _lock(stream: BinaryIO) -> None:
        stream.seek(0)
        msvcrt.locking(stream.fileno(), msvcrt.LK_LOCK, 1)

    def _unlock(stream: BinaryIO) -> None:
        stream.seek(0)
        msvcrt.locking(stream.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _lock(stream: BinaryIO) -> None:
        fcntl.flock(stream, fcntl.LOCK_EX)

    def _unlock(stream: BinaryIO) -> None:
        fcntl.flock(stream, fcntl.LOCK_UN)
