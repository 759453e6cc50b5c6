"""The tables of the review store, as a numbered list. A step, once released, never changes: add another one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ner_app.core.errors import ReviewError

if TYPE_CHECKING:
    from sqlalchemy import Connection

STEPS: tuple[tuple[int, str, tuple[str, ...]], ...] = (
    (
        1,
        "decisions, one row each, only ever added",
        (
            """CREATE TABLE decisions (
                id {serial}, key VARCHAR(64) NOT NULL UNIQUE, reviewer TEXT NOT NULL, corpus VARCHAR(64) NOT NULL,
                corpus_name TEXT NOT NULL, "column" TEXT NOT NULL, split TEXT NOT NULL, sentence INTEGER NOT NULL,
                sentence_hash VARCHAR(64) NOT NULL, verdict VARCHAR(32) NOT NULL, "before" TEXT NOT NULL, "after" TEXT NOT NULL,
                reason TEXT NOT NULL, origin TEXT NOT NULL, batch VARCHAR(64) NOT NULL, target VARCHAR(64) NOT NULL,
                made_at VARCHAR(40) NOT NULL)""",
            'CREATE INDEX decisions_corpus ON decisions (corpus, "column", id)',
        ),
    ),
    (
        2,
        "queues, kept by name",
        (
            """CREATE TABLE queues (
                id {serial}, corpus VARCHAR(64) NOT NULL, "column" TEXT NOT NULL, name TEXT NOT NULL, items TEXT NOT NULL,
                made_at VARCHAR(40) NOT NULL, UNIQUE (corpus, "column", name))""",
        ),
    ),
)
SERIAL = {"sqlite": "INTEGER PRIMARY KEY AUTOINCREMENT", "postgresql": "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"}


def migrate(connection: Connection) -> list[int]:
    """Bring the database up to the newest step, inside the caller's transaction; returns the steps taken.

    Raises ReviewError where the database was written by a newer version of the app.
    """
    from sqlalchemy import text

    if connection.dialect.name == "postgresql":  # two apps that start at once take turns
        connection.execute(text("SELECT pg_advisory_xact_lock(7266001)"))
    connection.execute(
        text("CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at VARCHAR(40) NOT NULL)")
    )
    done = {int(row[0]) for row in connection.execute(text("SELECT number FROM migrations"))}
    newer = done - {number for number, _, _ in STEPS}
    if newer:
        raise ReviewError(f"The review store has step {max(newer)}, which this version does not know; use a newer version of the app.")
    taken = []
    for number, name, statements in STEPS:
        if number in done:
            continue
        for statement in statements:
            connection.execute(text(statement.format(serial=SERIAL[connection.dialect.name])))
        row = {"number": number, "name": name, "now": datetime.now(UTC).isoformat()}
        connection.execute(text("INSERT INTO migrations (number, name, applied_at) VALUES (:number, :name, :now)"), row)
        taken.append(number)
    return taken
