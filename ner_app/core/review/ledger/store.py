"""The review store: decisions, append-only, in SQLite (WAL) by default or in PostgreSQL by URL.

A decision is on disk when :meth:`Store.append` returns: SQLite runs with ``synchronous=FULL``, PostgreSQL with its default
``synchronous_commit``. Nothing updates or deletes a decision; undo is one more row (see fold.py).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ner_app.core.errors import ReviewError
from ner_app.core.review.ledger.decisions import VERDICTS, Decision
from ner_app.core.review.ledger.migrations import migrate

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

_COLUMNS = (
    "key", "reviewer", "corpus", "corpus_name", "column", "split", "sentence", "sentence_hash", "verdict", "before", "after",
    "reason", "origin", "batch", "target", "made_at",
)  # fmt: skip
_QUOTED = ", ".join(f'"{name}"' for name in _COLUMNS)
_INSERT = f"INSERT INTO decisions ({_QUOTED}) VALUES ({', '.join(':' + name for name in _COLUMNS)}) ON CONFLICT (key) DO NOTHING"
MOST_KEYS = 10_000  # parameters of one statement; SQLite takes 32,766 and PostgreSQL 65,535
_SELECT = f"SELECT id, {_QUOTED} FROM decisions"


class NotStored(ReviewError):
    """The database could not be written just now; the same rows may be sent again."""


class Store:
    """Decisions in a database. Safe for many threads and processes.

    location: a file path, ``sqlite://`` (in memory), or a SQLAlchemy URL such as ``postgresql+psycopg://user@host/db``.

    >>> store = Store("sqlite://")
    >>> store.append([Decision("ann", "c0ffee", "ner_tags", "train", 0, "h", "skip")])[0].id
    1
    """

    def __init__(self, location: str | Path) -> None:
        self.url = str(location) if "://" in str(location) else f"sqlite:///{Path(location).resolve()}"

    @cached_property
    def engine(self) -> Engine:
        """The connection pool, with the tables in place. Made when first needed."""
        from sqlalchemy import create_engine, event
        from sqlalchemy.exc import SQLAlchemyError
        from sqlalchemy.pool import StaticPool

        sqlite = self.url.startswith("sqlite")
        if sqlite and self.url not in ("sqlite://", "sqlite:///:memory:"):
            Path(self.url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
        options: dict[str, Any] = {"connect_args": {"timeout": 30, "check_same_thread": False}} if sqlite else {"pool_pre_ping": True}
        if self.url in ("sqlite://", "sqlite:///:memory:"):
            options["poolclass"] = StaticPool  # every connection of its own would be a database of its own
        try:
            engine = create_engine(self.url, **options)
            if sqlite:
                event.listen(engine, "connect", _careful_sqlite)
            with engine.begin() as connection:
                if sqlite:
                    connection.exec_driver_sql("BEGIN IMMEDIATE")  # two apps that start at once take turns
                migrate(connection)
        except (SQLAlchemyError, ImportError) as error:
            raise ReviewError(f"The review store at {self._shown_url} cannot be opened: {_first_line(error)}") from error
        return engine

    @property
    def _shown_url(self) -> str:
        """The location without a password."""
        from sqlalchemy import make_url

        return make_url(self.url).render_as_string(hide_password=True)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """A transaction that sees its writes on disk before it ends.

        Rows must become visible in the order of their ids, or a reader that asks "what came after id 7?" would miss an 8 that commits
        after a 9. SQLite has one writer at a time; PostgreSQL is made to.
        """
        from sqlalchemy import text
        from sqlalchemy.exc import SQLAlchemyError

        try:
            with self.engine.begin() as connection:
                if connection.dialect.name == "sqlite":
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
                else:
                    connection.execute(text("LOCK TABLE decisions IN SHARE ROW EXCLUSIVE MODE"))
                yield connection
        except SQLAlchemyError as error:
            raise NotStored(f"The decision was not stored: {_first_line(error)}. Nothing was lost; try again.") from error

    def append(self, decisions: Sequence[Decision]) -> list[Decision]:
        """Store decisions, all or none, and give them back with their ids. A key that is there already is not stored again."""
        from sqlalchemy import bindparam, text

        for decision in decisions:
            _check(decision)
        if not decisions:
            return []
        with self._writing() as connection:
            connection.execute(text(_INSERT), [_row(decision) for decision in decisions])
            query = text(f"{_SELECT} WHERE key IN :keys").bindparams(bindparam("keys", expanding=True))
            keys = [decision.key for decision in decisions]
            parts = (keys[at : at + MOST_KEYS] for at in range(0, len(keys), MOST_KEYS))
            found = {row.key: row for part in parts for row in connection.execute(query, {"keys": part})}
        return [_decision(found[decision.key]._mapping) for decision in decisions]

    def since(self, last_id: int = 0, *, corpus: str = "", column: str = "") -> list[Decision]:
        """Decisions after an id, oldest first, of one corpus fingerprint and column where given."""
        from sqlalchemy import text

        where = ["id > :last"] + ["corpus = :corpus"] * bool(corpus) + ['"column" = :column'] * bool(column)
        query = text(f"{_SELECT} WHERE {' AND '.join(where)} ORDER BY id")
        with self.engine.connect() as connection:
            rows = connection.execute(query, {"last": last_id, "corpus": corpus, "column": column})
            return [_decision(row._mapping) for row in rows]

    def fingerprints(self, corpus_name: str) -> set[str]:
        """Fingerprints that decisions on a corpus of this name were made on; more than one means that its words or labels changed."""
        from sqlalchemy import text

        with self.engine.connect() as connection:
            rows = connection.execute(text("SELECT DISTINCT corpus FROM decisions WHERE corpus_name = :name"), {"name": corpus_name})
            return {str(row[0]) for row in rows}

    def save_queue(self, corpus: str, column: str, name: str, items: Any) -> None:
        """Keep a queue (anything that JSON can say) under a name; an older one of that name is replaced."""
        from sqlalchemy import text

        row = {"corpus": corpus, "column": column, "name": name, "items": json.dumps(items), "now": datetime.now(UTC).isoformat()}
        statement = (
            'INSERT INTO queues (corpus, "column", name, items, made_at) VALUES (:corpus, :column, :name, :items, :now) '
            'ON CONFLICT (corpus, "column", name) DO UPDATE SET items = excluded.items, made_at = excluded.made_at'
        )
        with self._writing() as connection:
            connection.execute(text(statement), row)

    def queues(self, corpus: str, column: str) -> list[str]:
        """Names of the queues kept for a corpus and column, newest first."""
        from sqlalchemy import text

        query = text('SELECT name FROM queues WHERE corpus = :corpus AND "column" = :column ORDER BY made_at DESC')
        with self.engine.connect() as connection:
            return [str(row[0]) for row in connection.execute(query, {"corpus": corpus, "column": column})]

    def queue(self, corpus: str, column: str, name: str) -> Any:
        """What :meth:`save_queue` kept. Raises ReviewError where there is no queue of that name."""
        from sqlalchemy import text

        query = text('SELECT items FROM queues WHERE corpus = :corpus AND "column" = :column AND name = :name')
        with self.engine.connect() as connection:
            row = connection.execute(query, {"corpus": corpus, "column": column, "name": name}).first()
        if row is None:
            raise ReviewError(f"There is no queue {name!r} for this corpus and column; make one first.")
        return json.loads(row[0])

    def close(self) -> None:
        """Give the connections back."""
        if "engine" in self.__dict__:
            self.engine.dispose()
            del self.__dict__["engine"]


def _careful_sqlite(connection: Any, _: object) -> None:
    """Write-ahead log, every commit on disk before it returns, and transactions that begin when we say so."""
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000"):
        connection.execute(f"PRAGMA {pragma}").close()


def _first_line(error: BaseException) -> str:
    """What a database said, without the statement and its parameters (which hold the reviewer's words)."""
    return str(getattr(error, "orig", None) or error).strip().splitlines()[0][:300]


def _check(decision: Decision) -> None:
    """Refuse rows that could not be read back."""
    if decision.verdict not in VERDICTS:
        raise ReviewError(f"Unknown verdict {decision.verdict!r}; choose one of {', '.join(VERDICTS)}.")
    if not decision.reviewer.strip():
        raise ReviewError("reviewer: give a name, so that others can tell whose decision it is.")
    if decision.verdict in ("undo", "redo") and not decision.target:
        raise ReviewError(f"{decision.verdict}: it needs the decision that it is about.")
    if "\x00" in "".join((decision.reviewer, decision.reason, decision.origin)):
        raise ReviewError("A text of this decision holds a NUL character, which a database cannot keep; remove it.")


def _row(decision: Decision) -> dict[str, Any]:
    """A decision as the parameters of an INSERT."""
    values = {name: value for name, value in asdict(decision).items() if name != "id"}
    return values | {
        "before": json.dumps(decision.before),
        "after": json.dumps(decision.after),
        "made_at": decision.made_at.isoformat(),
    }


def _decision(row: Mapping[Any, Any]) -> Decision:
    """A row as a decision."""
    values = dict(row)
    decision = Decision(**{name: value for name, value in values.items() if name not in ("before", "after", "made_at")})
    return replace(
        decision,
        before=tuple(json.loads(values["before"])),
        after=tuple(json.loads(values["after"])),
        made_at=datetime.fromisoformat(values["made_at"]),
    )
