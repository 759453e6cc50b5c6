"""The files of a run folder, and how they are written so that a crash leaves no half of one. Standard library only.

recipe.json     the Recipe; never changes
status.json     state, process, progress, scores; replaced whole
events.jsonl    one line a logged step, evaluation, start and end; only grows
log.txt         what the training process printed
stop            there while a stop is asked for
checkpoints/    to go on from      model/  the model to use, with its tokenizer
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

RECIPE, STATUS, EVENTS, LOG, STOP, CHECKPOINTS, MODEL = (
    "recipe.json", "status.json", "events.jsonl", "log.txt", "stop", "checkpoints", "model",
)  # fmt: skip
LOCK = "queue.lock"


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
