"""The queue over run folders: order, restarts, dead processes, two apps on one folder. The processes here only sleep."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ner_app.core.errors import JobError
from ner_app.core.jobs import folder as files
from ner_app.core.jobs.kinds import Kind, Kinds
from ner_app.core.jobs.queue import Job, JobQueue, identity, is_alive, read_job
from tests.patience import eventually

SLEEP = Kind("sleep", "nothing:here", resumes="the last dream")
KINDS = Kinds("nothing.here", (SLEEP, Kind("nap", "nothing:here", version=2), Kind("doze", "nothing:here", lane="sleep")))


class Sleepers(JobQueue):
    """A queue whose jobs only sleep."""

    def __init__(self, root: Path, **options: int) -> None:
        super().__init__(root, KINDS, **options)

    def send(self, title: str = "", kind: str = "sleep") -> Job:
        return self.submit(kind, {"title": title}, title=title)

    def _command(self, job: Job) -> list[str]:
        return [sys.executable, "-S", "-c", "import time; time.sleep(60)"]


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Sleepers]:
    made = Sleepers(tmp_path / "runs")
    yield made
    for run in made.jobs():
        if run.status == "queued":
            made.stop(run.id)
    for run in made.jobs():
        if run.active:
            made.stop(run.id, force=True)


def test_first_runs_and_the_others_wait_in_order(queue):
    first, second, third = (queue.send(name) for name in ("a", "b", "c"))
    assert [queue.job(r.id).status for r in (first, second, third)] == ["running", "queued", "queued"]
    queue.stop(first.id, force=True)
    assert [queue.job(r.id).status for r in (first, second, third)] == ["stopped", "running", "queued"]
    assert [run.id for run in queue.jobs()] == [third.id, second.id, first.id]


def test_another_queue_on_the_folder_sees_the_same_and_starts_nothing_twice(queue):
    run = queue.send()
    other = Sleepers(queue.root)
    assert other.advance() == []
    assert other.job(run.id).status == "running" and other.job(run.id).settings == run.settings


def test_many_queues_at_once_start_a_run_once(queue):
    hold = queue.send("hold")
    waiting = [queue.send(f"w{i}") for i in range(3)]
    files.write_json(hold.folder / files.STATUS, {**hold.details, "state": "stopped"})
    started: list[Job] = []
    threads = [threading.Thread(target=lambda: started.extend(Sleepers(queue.root).advance())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [run.id for run in started] == [waiting[0].id]
    os.kill(hold.details["pid"], signal.SIGKILL)


def test_a_killed_process_is_a_failed_run_that_can_be_resumed(queue):
    run = queue.send()
    os.kill(queue.job(run.id).details["pid"], signal.SIGKILL)
    assert eventually(lambda: queue.job(run.id).status == "failed")
    restarted = Sleepers(queue.root)
    assert restarted.job(run.id).message == SLEEP.interrupted and restarted.job(run.id).can_resume
    assert restarted.resume(run.id).status == "running"
    with pytest.raises(JobError, match="only a stopped or failed run"):
        restarted.resume(run.id)
    restarted.stop(run.id, force=True)


def test_the_next_run_starts_though_the_one_before_was_killed(queue):
    run, waiting = queue.send(), queue.send()
    os.kill(queue.job(run.id).details["pid"], signal.SIGKILL)
    assert eventually(lambda: queue.job(waiting.id).status == "running")  # nobody asks but the watcher


def test_a_reused_process_number_does_not_count(queue):
    run = queue.send()
    details = queue.job(run.id).details
    assert is_alive(details)
    assert not is_alive({**details, "born": details["born"] - 100})
    assert not is_alive({"pid": None, "born": 0}) and not is_alive({})
    queue.stop(run.id, force=True)
    files.write_json(run.folder / files.STATUS, {**details, "pid": os.getpid()})
    assert queue.job(run.id).status == "failed"


def test_stop_asks_first_and_ends_when_forced(queue):
    run = queue.send()
    assert queue.stop(run.id).status == "stopping" and (run.folder / files.STOP).exists()
    assert queue.stop(run.id, force=True).status == "stopped"
    assert not is_alive(run.details)
    with pytest.raises(JobError, match="nothing to stop"):
        queue.stop(run.id)


def test_a_queued_run_leaves_the_queue_and_can_come_back(queue):
    queue.send()
    waiting = queue.send()
    assert queue.stop(waiting.id).status == "stopped"
    assert queue.resume(waiting.id).status == "queued"


def test_delete_removes_the_folder_but_not_while_it_runs(queue):
    run = queue.send()
    with pytest.raises(JobError, match="stop it before"):
        queue.delete(run.id)
    queue.stop(run.id, force=True)
    queue.delete(run.id)
    assert queue.jobs() == [] and not run.folder.exists()
    with pytest.raises(JobError, match="There is no run"):
        queue.job(run.id)


@pytest.mark.parametrize("run_id", ["../x", "", "a/b", ".new-x", "x" * 200, "<img>", "nope"])
def test_no_path_gets_through_an_id(queue, run_id):
    with pytest.raises(JobError, match="There is no run"):
        queue.job(run_id)


@pytest.mark.parametrize("name", ["../../etc", "<b>", "Ärger 中文", "a" * 300, "-"])
def test_any_name_makes_a_safe_id(queue, name):
    run = queue.send(name)
    assert run.folder.parent == queue.root and run.id.replace("-", "").isalnum() and run.id.isascii() and len(run.id) <= 80
    assert queue.job(run.id).settings == {"title": name}


def test_kinds_have_lanes_of_their_own_unless_they_share_one(queue):
    ids = [queue.send(kind, kind).id for kind in ("sleep", "nap", "doze")]
    assert [queue.job(i).status for i in ids] == ["running", "running", "queued"]  # a doze waits for the sleep
    queue.stop(ids[0], force=True)
    assert queue.job(ids[2]).status == "running"
    assert [job.kind for job in queue.jobs("nap", "doze")] == ["doze", "nap"] or len(queue.jobs("nap", "doze")) == 2


def test_an_unknown_kind_is_refused_and_one_that_waits_stays_for_an_app_that_knows_it(queue):
    with pytest.raises(JobError, match="does not know the kind of work 'dance'"):
        queue.send(kind="dance")
    job = queue.send("x")
    waiting = queue.send("y")
    files.write_json(waiting.folder / files.STATUS, {**waiting.details, "kind": "dance"})
    queue.stop(job.id, force=True)
    assert queue.advance() == [] and queue.job(waiting.id).status == "queued"
    with pytest.raises(JobError, match="later version"):
        KINDS.require("nap", 3)


def test_a_queue_without_kinds_only_looks(queue):
    first = queue.send("a")
    second = queue.send("b")
    looker = JobQueue(queue.root)
    assert {job.id for job in looker.jobs()} == {first.id, second.id} and looker.advance() == []
    with pytest.raises(JobError, match="does not know"):
        looker.submit("sleep", {})


def test_what_a_job_was_told_is_kept_and_a_damaged_order_is_said(queue):
    job = queue.submit("nap", {"deep": True}, title="Nap", owner="ann")
    order = queue.job(job.id).order
    assert (order.kind, order.version, order.owner, order.title, order.settings) == ("nap", 2, "ann", "Nap", {"deep": True})
    (job.folder / files.JOB).write_text("{", encoding="utf-8")
    damaged = queue.job(job.id)
    assert damaged.title == "Nap" and damaged.kind == "nap" and damaged.owner == "ann"
    with pytest.raises(JobError, match=r"no readable job\.json"):
        _ = damaged.settings


def test_folders_of_version_0_still_open(tmp_path):
    for name, file, settings in (
        ("20250101-000000-a", "recipe.json", {"checkpoint": "org/bert", "name": ""}),
        ("20250101-000000-b", "suspicion.json", {"corpus": "sample", "split": "train"}),
    ):
        (tmp_path / name).mkdir()
        files.write_json(tmp_path / name / file, settings)
        files.write_json(tmp_path / name / files.STATUS, {"state": "finished", "created": 1.0})
    second, first = sorted(JobQueue(tmp_path).jobs(), key=lambda job: job.id, reverse=True)
    assert (first.kind, first.order.version, first.title, first.settings["checkpoint"]) == ("training", 0, "bert", "org/bert")
    assert (second.kind, second.settings["split"]) == ("cross-training", "train")


def test_damaged_folders_do_not_break_the_list(queue):
    run = queue.send()
    for name, content in (("empty", None), ("torn", '{"state": "run'), ("odd", "[1]"), ("unknown", '{"state": "dancing"}')):
        (queue.root / name).mkdir()
        if content is not None:
            (queue.root / name / files.STATUS).write_text(content)
    assert [r.id for r in queue.jobs()] == [run.id]
    assert read_job(queue.root / "torn") is None


def test_a_process_that_cannot_start_is_a_failed_run(tmp_path):
    class Broken(Sleepers):
        def _command(self, job: Job) -> list[str]:
            return ["/no/such/program"]

    assert "could not be started" in Broken(tmp_path).send().message


def test_events_survive_a_torn_line_and_are_read_on_from_an_offset(tmp_path):
    files.append_event(tmp_path, {"kind": "step", "step": 1})
    with (tmp_path / files.EVENTS).open("ab") as stream:
        stream.write(b'{"kind": "st')
    events, offset = files.read_events(tmp_path)
    assert [e["step"] for e in events] == [1]
    files.append_event(tmp_path, {"kind": "step", "step": 2})
    more, end = files.read_events(tmp_path, offset)
    assert [e["step"] for e in more] == [2] and end == (tmp_path / files.EVENTS).stat().st_size
    assert files.read_events(tmp_path, end) == ([], end)


def test_readers_never_see_half_a_status(tmp_path):
    path, done = tmp_path / "status.json", threading.Event()
    files.write_json(path, {"n": 0})
    seen: list[object] = []

    def read() -> None:
        while not done.is_set():
            seen.append(json.loads(path.read_text())["n"])

    reader = threading.Thread(target=read)
    reader.start()
    for n in range(200):
        files.write_json(path, {"n": n, "filler": "x" * 5000})
    done.set()
    reader.join()
    assert seen and all(isinstance(n, int) for n in seen)


def test_log_tail_keeps_the_last_state_of_a_bar(tmp_path):
    (tmp_path / "log.txt").write_text("one\n 10%\r 50%\r100%\nlast\n")
    assert files.tail(tmp_path / "log.txt", 2) == "100%\nlast"
    assert files.tail(tmp_path / "none", 2) == ""


def test_identity_of_a_process_that_is_gone():
    child = subprocess.Popen([sys.executable, "-S", "-c", ""])
    child.wait()
    assert not is_alive(identity(child.pid))
