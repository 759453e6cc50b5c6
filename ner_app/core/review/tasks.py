"""Work of a few seconds that somebody waits for: a file read or written, a push whose token may stand in no file. Done in a thread.

What takes longer is a job (see ner_app.core.jobs).

board = TaskBoard()
task = board.start("k", "Counting", lambda task: 42)
task.wait(1.0), task.result   # -> True, 42
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from ner_app.core.errors import NerAppError, ReviewError

MOST_RUNNING, KEPT = 8, 64
BROKE_OFF = "This broke off because of a fault in the app; its log says where. Nothing was stored."


class Task:
    """One piece of work: under way, done or failed. Reading its fields never waits.

    title: what it is, for the screen; phase: what it does now; share: how much is done, 0 to 1; failure: why it failed, empty where it
    did not; result: what the work returned.
    """

    def __init__(self, title: str) -> None:
        self.title = title
        self.phase = "waiting"
        self.share = 0.0
        self.failure = ""
        self.result: Any = None
        self._end = threading.Event()

    @property
    def ended(self) -> bool:
        """Is it over, well or not?"""
        return self._end.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait for the end, at most so long; is it over?"""
        return self._end.wait(seconds)

    def tell(self, share: float, phase: str = "") -> None:
        """How far the work is; called by the work itself."""
        self.share, self.phase = share, phase or self.phase

    def run(self, work: Callable[[Task], object]) -> None:
        """Do the work. What goes wrong is kept in ``failure``, since nobody waits for this."""
        try:
            self.result = work(self)
            self.share = 1.0
        except NerAppError as error:
            self.failure = str(error)
        finally:
            if self.share < 1.0 and not self.failure:  # a bug: its traceback goes to the log
                self.failure = BROKE_OFF
            self._end.set()


class TaskBoard:
    """The work under way in one app, and what came of the latest."""

    def __init__(self) -> None:
        self._tasks: OrderedDict[str, Task] = OrderedDict()
        self._guard = threading.Lock()

    def start(self, key: str, title: str, work: Callable[[Task], object]) -> Task:
        """Begin some work under a key, or join the work of that key that is under way. ReviewError where too much is."""
        with self._guard:
            known = self._tasks.get(key)
            if known is not None and not known.ended:
                return known
            if sum(not task.ended for task in self._tasks.values()) >= MOST_RUNNING:
                raise ReviewError("The app is busy with other people's work; try again in a minute.")
            task = self._tasks[key] = Task(title)
            self._tasks.move_to_end(key)
            old = [k for k, t in self._tasks.items() if t.ended][: max(0, len(self._tasks) - KEPT)]
            for gone in old:
                del self._tasks[gone]
        threading.Thread(target=task.run, args=(work,), name="review-work", daemon=True).start()
        return task

    def get(self, key: str) -> Task | None:
        """The work of a key, also when it is over; None where it is unknown or long gone."""
        with self._guard:
            return self._tasks.get(key)
