"""What the crash test kills: eight reviewers that write decisions, and report each key once the store has acknowledged it."""

from __future__ import annotations

import threading
from multiprocessing.connection import Connection

import sqlalchemy.dialects.sqlite  # noqa: F401  (so that the fork server has loaded it)

from ner_app.core.review.ledger.decisions import Decision
from ner_app.core.review.ledger.store import Store


def write_until_killed(database: str, reports: Connection) -> None:
    """Open the store, say so, and write with eight threads until SIGKILL."""
    store, lock = Store(database), threading.Lock()
    store.since(10**9)  # the tables are there before the first reviewer starts
    reports.send_bytes(b"ready")
    for n in range(8):
        threading.Thread(target=_write, args=(store, f"reviewer {n}", lock, reports), daemon=True).start()
    threading.Event().wait()


def _write(store: Store, reviewer: str, lock: threading.Lock, reports: Connection) -> None:
    for n in range(10**9):
        stored = store.append([Decision(reviewer, "c0ffee", "ner_tags", "train", n, "h", "correct", ("O",), ("B-PER",), reason="x" * 200)])
        with lock:
            reports.send_bytes(stored[0].key.encode())
