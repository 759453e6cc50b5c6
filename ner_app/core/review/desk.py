"""The review desk of one app: the store, the folded state of every corpus under review, its queues, and rankings under way.

desk = ReviewDesk(Path("workspace"))
desk.save(corpus, "ner_tags", random_sample(corpus, ["test"], 200))
desk.ledger(corpus, "ner_tags").state("ann").places()
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ner_app.core.errors import NerAppError, ReviewError
from ner_app.core.jobs import folder as files
from ner_app.core.jobs.queue import Job, JobQueue, read_job
from ner_app.core.review.ledger.decisions import Decision
from ner_app.core.review.ledger.fold import Ledger, Place, foreign
from ner_app.core.review.ledger.store import Store
from ner_app.core.review.queues.agreement import Agreement, agreement
from ner_app.core.review.queues.progress import Progress, progress
from ner_app.core.review.queues.queues import Queue, clean_name, from_places, from_rows, single_place, to_rows
from ner_app.core.review.suspicion.job import RESULT, rankings, submit, wish_of
from ner_app.core.review.suspicion.ranking import RankingWish
from ner_app.core.review.tasks import Task, TaskBoard

if TYPE_CHECKING:
    from ner_app.core.corpus.model import Corpus
    from ner_app.core.models.store import ModelStore

KEPT_LEDGERS, KEPT_QUEUES = 16, 32
Key = TypeVar("Key")
Value = TypeVar("Value")


class ReviewDesk:
    """Everything that reviewing shares between visitors. Safe to use from many threads.

    jobs: where rankings are done; without kinds they can only be looked at. database: a file or SQLAlchemy URL; empty for ``review.db`` in
    the workspace. Nothing is opened before it is needed.
    """

    def __init__(self, workspace: Path, *, jobs: JobQueue | None = None, database: str = "") -> None:
        self.workspace = Path(workspace)
        self.jobs = jobs or JobQueue(self.workspace / "runs")
        self.board = TaskBoard()
        self.database = database or str(self.workspace / "review.db")
        self._ledgers: OrderedDict[tuple[str, str], Ledger] = OrderedDict()
        self._queues: OrderedDict[tuple[str, str, str], Queue] = OrderedDict()
        self._guard = threading.Lock()  # for the dictionaries; held for moments only

    @cached_property
    def store(self) -> Store:
        """The decisions on disk."""
        return Store(self.database)

    # ---- decisions

    def ledger(self, corpus: Corpus, column: str) -> Ledger:
        """The state of a corpus and column with the newest decisions in it."""
        key = corpus.fingerprint, column
        with self._guard:
            known = self._ledgers.get(key) or Ledger(self.store, corpus, column)
            _keep(self._ledgers, key, known, KEPT_LEDGERS)
        return known.refresh()

    def stale(self, corpus: Corpus, column: str) -> list[Decision]:
        """Decisions on sentences that this corpus does not have (any more): shown, never applied."""
        return [*self.ledger(corpus, column).stale, *foreign(self.store, corpus, column)]

    # ---- queues

    def save(self, corpus: Corpus, column: str, queue: Queue) -> Queue:
        """Keep a queue under its name, which may come from a visitor. ReviewError for an empty queue or name."""
        name = clean_name(queue.name)
        if not name:
            raise ReviewError("name: give the queue a name.")
        if not queue.items:
            raise ReviewError(f"No sentence is in “{name}”: there is nothing to review in it.")
        kept = Queue(name, queue.origin, queue.items, queue.note)
        self.store.save_queue(corpus.fingerprint, column, name, to_rows(kept))
        with self._guard:
            _keep(self._queues, (corpus.fingerprint, column, name), kept, KEPT_QUEUES)
        return kept

    def save_list(self, corpus: Corpus, column: str, name: str, places: Iterable[Place]) -> Queue:
        """Keep any list of sentences as a queue; what other tabs send."""
        there = [(split, i) for split, i in places if split in corpus.tables and 0 <= i < corpus.sizes[split]]
        return self.save(corpus, column, from_places(there, name=name))

    def queue_names(self, corpus: Corpus, column: str) -> list[str]:
        """Names of the queues there are, newest first."""
        self._take_in()
        return self.store.queues(corpus.fingerprint, column)

    def queue(self, corpus: Corpus, column: str, name: str) -> Queue:
        """A queue by name; ReviewError where there is none. The queue of a single sentence is not kept: its name says what is in it."""
        if (place := single_place(name)) and place[0] in corpus.tables and place[1] < corpus.sizes[place[0]]:
            return from_places([place], name=name)
        key = corpus.fingerprint, column, name
        with self._guard:
            known = self._queues.get(key)
        if known is None:
            known = from_rows(self.store.queue(*key))
        with self._guard:
            _keep(self._queues, key, known, KEPT_QUEUES)
        return known

    # ---- numbers

    def progress(self, corpus: Corpus, column: str, queue: Queue, reviewer: str) -> Progress:
        """How one reviewer gets on with a queue."""
        ledger = self.ledger(corpus, column)
        with ledger.lock:
            state = ledger.state(reviewer)
            rows = [row for item in queue.items if (row := state.labelling(item.place))]
        if queue.origin == "reviewers differ":
            rows = [row for row in rows if row.verdict == "adjudicate"]
        return progress(sorted(rows, key=lambda row: row.id), len(queue.items), ranked=queue.ranked)

    def agreement(self, corpus: Corpus, column: str) -> Agreement:
        """How far reviewers agree on the sentences that they decided on their own (adjudications do not count)."""
        ledger = self.ledger(corpus, column)
        return agreement(ledger.opinions(), ledger.labels.types)

    # ---- rankings

    def start_ranking(self, corpus: Corpus, models: ModelStore, wish: RankingWish) -> Job:
        """Rank a split as a job; the queue that comes of it is taken in when queues are asked for. One that is under way is not started
        twice, and one that was stopped or broke off goes on. NerAppError where the split, the column or a model is not to be had."""
        corpus.table(wish.split)
        corpus.label_set(wish.column)
        for ref in wish.models if wish.method == "models" else ():
            models.allowed(ref)
        with self._guard:
            for job, known in reversed(rankings(self.jobs, corpus.fingerprint, wish.column)):
                if known != wish:
                    continue
                if not job.over:
                    return job
                if job.can_resume:
                    return self.jobs.resume(job.id)
                self.jobs.delete(job.id)
            return submit(self.jobs, corpus, wish, max_model_mb=models.max_mb)

    def rankings(self, corpus: Corpus, column: str) -> list[Job]:
        """Rankings of a corpus and column, oldest first; the queues of those that ended well are there."""
        self._take_in()
        return [job for job, _ in rankings(self.jobs, corpus.fingerprint, column)]

    def _take_in(self) -> None:
        """Keep the queues that finished rankings left in their folders, whichever app started them."""
        for file in self.jobs.root.glob(f"*/{RESULT}"):
            with self._guard:
                job = read_job(file.parent)
                if job is None or job.status != "finished":
                    continue
                try:
                    wish, queue = wish_of(job.settings), from_rows(files.read_json(file))
                except NerAppError:  # damaged by hand
                    file.unlink(missing_ok=True)
                    continue
                key = str(job.settings["fingerprint"]), wish.column, queue.name
                self.store.save_queue(*key, to_rows(queue))
                self._queues.pop(key, None)
                file.unlink(missing_ok=True)

    # ---- other work in the background

    def start_work(self, key: str, title: str, work: Callable[[Task], object]) -> Task:
        """Begin work of a few seconds (writing or reading a file), or join the work of that key."""
        return self.board.start(key, title, work)


def _keep(kept: OrderedDict[Key, Value], key: Key, value: Value, most: int) -> None:
    """Put a value in as the newest, and let the oldest go."""
    kept[key] = value
    kept.move_to_end(key)
    while len(kept) > most:
        kept.popitem(last=False)
