"""The review store keeps every decision: the same suite on SQLite and on PostgreSQL, and SIGKILL at random moments."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import random
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ner_app.core.corpus.model import Corpus
from ner_app.core.errors import ReviewError
from ner_app.core.review.ledger import migrations
from ner_app.core.review.ledger.decisions import Decision, check_tags, sentence_hash
from ner_app.core.review.ledger.fold import Ledger, foreign
from ner_app.core.review.ledger.store import Store
from tests.core.review.backends import server_programs, temporary_postgres
from tests.core.review.writer import write_until_killed

GIVEN = ("B-ORG", "O", "B-MISC", "O", "O", "O", "B-MISC", "O", "O")
FIXED = ("B-ORG", "O", "O", "O", "O", "O", "B-MISC", "O", "O")
OTHER = ("B-LOC", "O", "B-MISC", "O", "O", "O", "B-MISC", "O", "O")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URL of a PostgreSQL server."""
    url = os.environ.get("NER_APP_TEST_POSTGRES")
    programs = server_programs()
    if url:
        yield url
    elif programs:
        with temporary_postgres(programs) as url:
            yield url
    elif os.environ.get("CI") == "true":
        pytest.fail("no PostgreSQL: .ci/run installs Debian's package")
    else:
        pytest.skip("no PostgreSQL (Debian: apt-get install postgresql, or set NER_APP_TEST_POSTGRES to a URL)")


@pytest.fixture(params=["sqlite", "postgresql"])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of each kind."""
    if request.param == "sqlite":
        yield str(tmp_path / "review.db")
        return
    url = request.getfixturevalue("postgres")
    yield url
    from sqlalchemy import create_engine, text

    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS decisions, queues, migrations"))
    engine.dispose()


@pytest.fixture
def store(location: str) -> Iterator[Store]:
    store = Store(location)
    yield store
    store.close()


def decide(corpus: Corpus, reviewer: str = "ann", verdict: str = "correct", after: tuple[str, ...] = FIXED, **more: Any) -> Decision:
    """A decision on the course's first sentence (or ``sentence=``)."""
    index = more.pop("sentence", 0)
    sentence = corpus.sentence("train", index)
    fields = {"before": sentence.labels["ner_tags"], "corpus_name": corpus.name, "sentence_hash": sentence_hash(sentence.words)} | more
    return Decision(reviewer, corpus.fingerprint, "ner_tags", "train", index, verdict=verdict, after=after, **fields)  # type: ignore[arg-type]


def test_what_is_stored_comes_back(store: Store, course_corpus: Corpus) -> None:
    sent = decide(course_corpus, reviewer="Zoë <b>", reason="“x” 'y' \u202e", origin="queue:suspicion")
    [stored] = store.append([sent])
    assert stored.id > 0 and replace(stored, id=0) == sent
    assert store.since() == [stored] and store.since(stored.id) == []


def test_a_write_that_is_tried_again_lands_once(store: Store, course_corpus: Corpus) -> None:
    sent = decide(course_corpus)
    first, again = store.append([sent]), store.append([sent])
    assert first == again and len(store.since()) == 1


def test_all_or_none(store: Store, course_corpus: Corpus) -> None:
    with pytest.raises(ReviewError, match="reviewer"):
        store.append([decide(course_corpus), decide(course_corpus, reviewer=" ")])
    assert store.since() == []


def test_migrations_are_recorded_and_run_once(location: str) -> None:
    from sqlalchemy import text

    for _ in range(2):
        store = Store(location)
        with store.engine.connect() as connection:
            numbers = [row[0] for row in connection.execute(text("SELECT number FROM migrations ORDER BY number"))]
        store.close()
        assert numbers == [number for number, _, _ in migrations.STEPS]


def test_a_store_of_a_newer_version_is_refused(location: str) -> None:
    from sqlalchemy import text

    store = Store(location)
    with store.engine.begin() as connection:
        connection.execute(text("INSERT INTO migrations (number, name, applied_at) VALUES (999, 'x', 'y')"))
    store.close()
    with pytest.raises(ReviewError, match="999"):
        Store(location).since()


def test_writers_side_by_side_lose_nothing(location: str, course_corpus: Corpus) -> None:
    def work(name: str) -> None:
        store = Store(location)
        for _ in range(15):
            store.append([decide(course_corpus, reviewer=name)])
        store.close()

    threads = [threading.Thread(target=work, args=(f"r{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rows = Store(location).since()
    assert Counter(row.reviewer for row in rows) == {f"r{n}": 15 for n in range(8)}
    assert len({row.key for row in rows}) == 120


def test_queues_are_kept_by_name(store: Store) -> None:
    store.save_queue("c", "ner_tags", "random", [["train", 3]])
    store.save_queue("c", "ner_tags", "random", [["train", 4]])
    assert store.queue("c", "ner_tags", "random") == [["train", 4]] and store.queues("c", "ner_tags") == ["random"]
    with pytest.raises(ReviewError, match="nothing"):
        store.queue("c", "ner_tags", "nothing")


def test_undo_and_redo_survive_a_reload(location: str, course_corpus: Corpus) -> None:
    ledger = Ledger(Store(location), course_corpus, "ner_tags")
    ledger.write([decide(course_corpus, after=FIXED)])
    ledger.write([decide(course_corpus, after=OTHER, before=FIXED)])
    place = ("train", 0)
    for expected in (FIXED, GIVEN):
        ledger = Ledger(Store(location), course_corpus, "ner_tags")  # as after a reload
        ledger.undo("ann")
        assert ledger.tags("ann", place) == expected
    with pytest.raises(ReviewError, match="nothing to undo"):
        ledger.undo("ann")
    for expected in (FIXED, OTHER):
        ledger = Ledger(Store(location), course_corpus, "ner_tags")
        ledger.redo("ann")
        assert ledger.tags("ann", place) == expected
    with pytest.raises(ReviewError, match="nothing to redo"):
        ledger.redo("ann")


def test_a_batch_is_undone_as_one_and_a_new_decision_forgets_the_redo(store: Store, course_corpus: Corpus) -> None:
    ledger = Ledger(store, course_corpus, "ner_tags")
    one = decide(course_corpus, batch="b1")
    two = decide(course_corpus, sentence=2, after=("O",), batch="b1")
    ledger.write([one, two])
    assert set(ledger.changes()) == {("train", 0), ("train", 2)}
    ledger.undo("ann")
    assert ledger.changes() == {}
    ledger.write([decide(course_corpus, sentence=2, after=("B-ORG",))])
    with pytest.raises(ReviewError):
        ledger.redo("ann")
    assert ledger.changes() == {("train", 2): ("B-ORG",)}


def test_reviewers_do_not_see_or_overwrite_each_other(store: Store, course_corpus: Corpus) -> None:
    ledger = Ledger(store, course_corpus, "ner_tags")
    ledger.write([decide(course_corpus, "ann", after=FIXED)])
    ledger.write([decide(course_corpus, "ben", after=OTHER)])
    place = ("train", 0)
    assert ledger.tags("ann", place) == FIXED and ledger.tags("ben", place) == OTHER and ledger.tags("eve", place) == GIVEN
    assert ledger.merged(place).conflict and ledger.merged(place).tags == GIVEN and ledger.conflicts() == [place]
    ledger.write([decide(course_corpus, "eve", "adjudicate", after=FIXED)])
    assert not ledger.merged(place).conflict and ledger.changes() == {place: FIXED}
    ledger.undo("eve")
    assert ledger.conflicts() == [place]


def test_flags_and_skips_change_no_labels(store: Store, course_corpus: Corpus) -> None:
    ledger = Ledger(store, course_corpus, "ner_tags")
    ledger.write([decide(course_corpus), decide(course_corpus, verdict="flag", after=())])
    assert ledger.tags("ann", ("train", 0)) == FIXED
    latest = ledger.state("ann").latest(("train", 0))
    assert latest is not None and latest.verdict == "flag"


def test_decisions_on_other_words_are_stale_and_never_applied(store: Store, course_corpus: Corpus) -> None:
    ledger = Ledger(store, course_corpus, "ner_tags")
    ledger.write([decide(course_corpus, sentence_hash="somethingelse"), decide(course_corpus, sentence=3, sentence_hash="alsoelse")])
    assert len(ledger.stale) == 2 and ledger.changes() == {}
    store.append([replace(decide(course_corpus), corpus="0ld")])
    assert [row.corpus for row in foreign(store, course_corpus, "ner_tags")] == ["0ld"]
    assert ledger.refresh().changes() == {}


@pytest.mark.parametrize(
    ("tags", "message"),
    [
        (FIXED[:3], "9 words"),
        (("B-XYZ", *GIVEN[1:]), "B-XYZ"),
        (("B-ORG", "I-LOC", *GIVEN[2:]), "cannot be I-LOC"),
    ],
)
def test_tags_that_cannot_be_are_refused(course_corpus: Corpus, tags: tuple[str, ...], message: str) -> None:
    sentence = course_corpus.sentence("train", 0)
    with pytest.raises(ReviewError, match=message):
        check_tags(tags, sentence, "ner_tags", course_corpus.label_set("ner_tags"))
    check_tags(FIXED, sentence, "ner_tags", course_corpus.label_set("ner_tags"))


def killed_writer(context: Any, database: Path, moment: float) -> list[str]:
    """Start eight reviewers, kill them after ``moment`` seconds, and return the keys that were acknowledged."""
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=write_until_killed, args=(str(database), theirs), daemon=True)
    process.start()
    theirs.close()
    assert ours.recv_bytes() == b"ready"
    time.sleep(moment)
    process.kill()
    keys = []
    with contextlib.suppress(EOFError, OSError):  # a report that SIGKILL cut off was not an acknowledgement
        while True:
            keys.append(ours.recv_bytes().decode())
    ours.close()
    process.join()
    return keys


def test_sigkill_at_200_random_moments_loses_nothing(tmp_path: Path) -> None:
    """Eight reviewers write; the process is killed 200 times. Acknowledged keys are all there, none twice, and the file is sound."""
    database, rng, kills = tmp_path / "review.db", random.Random(7), 200
    context = multiprocessing.get_context("forkserver")  # forks from a process that has imported the store, and no threads
    context.set_forkserver_preload(["sqlalchemy.dialects.sqlite", "ner_app.core.review.ledger.store"])
    acknowledged = [key for _ in range(kills) for key in killed_writer(context, database, rng.random() * 0.12)]
    connection = sqlite3.connect(database)
    stored = [row[0] for row in connection.execute("SELECT key FROM decisions")]
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    assert len(acknowledged) > kills  # it did write in between
    assert set(acknowledged) <= set(stored)
    assert len(stored) == len(set(stored))
