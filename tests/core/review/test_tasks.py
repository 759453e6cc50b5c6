"""Work in the background: joined, bounded, and never without an end."""

from __future__ import annotations

import queue
import threading

import pytest

from ner_app.core.errors import ReviewError
from ner_app.core.review.tasks import BROKE_OFF, KEPT, MOST_RUNNING, Task, TaskBoard


def test_a_result_is_kept_and_may_be_asked_for_later() -> None:
    board = TaskBoard()
    task = board.start("k", "Adding", lambda task: 40 + 2)
    assert task.wait(10) and (task.result, task.failure, task.share, task.ended) == (42, "", 1.0, True)
    assert board.get("k") is task and board.get("other") is None


def test_work_under_way_is_joined_not_started_twice() -> None:
    board, go = TaskBoard(), threading.Event()
    first = board.start("k", "Waiting", lambda task: go.wait(10))
    assert board.start("k", "Waiting", lambda task: "never") is first and not first.ended
    go.set()
    assert first.wait(10) and first.result is True
    again = board.start("k", "Waiting", lambda task: "once more")
    assert again.wait(10) and again.result == "once more"


def refuse(task: Task) -> None:
    task.tell(0.5, "half way")
    raise ReviewError("not this file")


def test_a_failure_is_said() -> None:
    task = TaskBoard().start("k", "Failing", refuse)
    assert task.wait(10) and task.failure == "not this file" and task.phase == "half way"


def test_a_fault_ends_the_work_too_and_reaches_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    logged: queue.Queue[type[BaseException]] = queue.Queue()
    monkeypatch.setattr(threading, "excepthook", lambda args: logged.put(args.exc_type))
    task = TaskBoard().start("k", "Breaking", lambda task: 1 / 0)
    assert task.wait(10) and task.failure == BROKE_OFF
    assert logged.get(timeout=10) is ZeroDivisionError


def test_only_so_much_runs_at_once_and_what_is_old_is_forgotten() -> None:
    board, go = TaskBoard(), threading.Event()
    tasks = [board.start(f"r{n}", "Waiting", lambda task: go.wait(10)) for n in range(MOST_RUNNING)]
    with pytest.raises(ReviewError, match="busy"):
        board.start("more", "Waiting", lambda task: None)
    go.set()
    assert all(task.wait(10) for task in tasks)
    for n in range(KEPT + 5):
        assert board.start(f"s{n}", "Nothing", lambda task: None).wait(10)
    assert board.get("r0") is None and board.get(f"s{KEPT + 4}") is not None
