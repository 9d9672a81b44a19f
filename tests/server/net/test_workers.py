"""The pool of workers."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from structlog.testing import capture_logs

from chat.server.net.workers import Turn, Workers
from tests.support.net_service import scaled
from tests.support.waiting import wait_until


@contextmanager
def working(**settings: float) -> Iterator[Workers]:
    """A pool that runs."""
    workers = Workers(scaled(**settings))
    workers.start()
    try:
        yield workers
    finally:
        workers.stop()


class Steps:
    """A job of so many steps, which notes each."""

    def __init__(self, name: str, count: int, notes: list[str]) -> None:
        self.name = name
        self.left = count
        self.notes = notes
        self.turns = 0

    def run(self, turn: Turn) -> bool:
        self.turns += 1
        while self.left and not turn.over():
            self.left -= 1
            self.notes.append(self.name)
        return self.left > 0


class Again:
    """A job that goes to the queue's end so many times."""

    def __init__(self, times: int) -> None:
        self.left = times

    def run(self, turn: Turn) -> bool:
        self.left -= 1
        return self.left > 0


class Gate:
    """A job that holds its worker up until it is opened."""

    def __init__(self) -> None:
        self.opened = threading.Event()

    def run(self, turn: Turn) -> bool:
        assert self.opened.wait(5)
        return False


def test_a_turn_ends_after_so_many_steps() -> None:
    """Then others have theirs."""
    turn = Turn(3, time.monotonic() + 60)
    assert [turn.over() for _ in range(5)] == [False, False, False, True, True]


def test_a_turn_ends_when_its_time_is_over() -> None:
    """However few steps it did."""
    assert Turn(100, time.monotonic() - 1).over()


def test_a_job_with_much_to_do_lets_others_in_between() -> None:
    """One link that floods does not keep a worker from the rest."""
    notes: list[str] = []
    gate = Gate()
    flood, other = Steps("flood", 100, notes), Steps("other", 1, notes)
    with working(workers=1, work_seconds=60.0) as workers:
        workers.submit(gate)
        workers.submit(flood)
        workers.submit(other)
        gate.opened.set()
    assert notes.index("other") == 16
    assert len(notes) == 101
    assert flood.turns == 7


def test_stopping_runs_everything_that_is_queued() -> None:
    """Also what goes to the queue's end again and again."""
    notes: list[str] = []
    with working(workers=3) as workers:
        for name in "abcde":
            workers.submit(Steps(name, 200, notes))
    assert {name: notes.count(name) for name in "abcde"} == dict.fromkeys("abcde", 200)


def test_jobs_run_beside_each_other() -> None:
    """One that waits, as for the database, holds up one worker only."""
    gate, other = Gate(), threading.Event()
    with working(workers=2) as workers:
        workers.submit(gate)
        workers.defer(other.set)
        assert other.wait(5)
        gate.opened.set()


def test_a_fault_in_a_job_is_logged_and_costs_no_worker() -> None:
    """The next job is run by the same thread."""
    ran_on: list[str] = []

    def fail() -> None:
        raise RuntimeError("broken")

    with capture_logs() as logs, working(workers=1) as workers:
        workers.defer(lambda: ran_on.append(threading.current_thread().name))
        workers.defer(fail)
        workers.defer(lambda: ran_on.append(threading.current_thread().name))
        wait_until(lambda: len(ran_on) == 2, what="both jobs")
    assert ran_on == ["worker-1", "worker-1"]
    assert [log["event"] for log in logs] == ["a job failed"]


def test_a_busy_worker_takes_breath() -> None:
    """After each stretch of work it leaves the interpreter to others for a while."""
    breath, turns = 0.01, 12
    began = time.monotonic()
    with working(workers=1, work_seconds=0.0, breath_seconds=breath) as workers:
        workers.submit(Again(turns))
    assert time.monotonic() - began >= turns * breath


def test_a_worker_that_hangs_holds_up_no_stop() -> None:
    """The owner is told in time that not all have ended."""
    before = threading.active_count()
    gate = Gate()
    workers = Workers(scaled(workers=2))
    workers.start()
    workers.submit(gate)
    assert not workers.stop(0.05)
    gate.opened.set()
    wait_until(lambda: threading.active_count() == before, what="the end of both")
