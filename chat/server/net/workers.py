"""The fixed pool of threads that run what clients ask, one link in order at a time.

Workers breathe: CPython starves a thread that makes many short calls which give up the interpreter's lock
(the writer: one send per member) while others keep it busy. So a worker that ran for a millisecond sleeps for
a moment; the figures are in `docs/performance.md`. Knows nothing of links or chat.
"""

import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import Protocol

import structlog

from chat.deadline import Deadline
from chat.server.net.settings import NetSettings

_log = structlog.get_logger()


class Turn:
    """How much one job may do before the others have theirs.

    Args:
        lines: so many steps.
        until: and not longer than to this time of `time.monotonic`.
    """

    __slots__ = ("_left", "_until")

    def __init__(self, lines: int, until: float) -> None:
        self._left = lines
        self._until = until

    def over(self) -> bool:
        """Return whether no further step may be done; asked once before each."""
        self._left -= 1
        return self._left < 0 or time.monotonic() >= self._until


class Job(Protocol):
    """Something with work for a worker."""

    def run(self, turn: Turn) -> bool:
        """Do some of it; returns whether it goes to the queue's end for more."""


class _Call:
    """A plain callable as a job."""

    def __init__(self, call: Callable[[], None]) -> None:
        self._call = call

    def run(self, turn: Turn) -> bool:
        self._call()
        return False


class Workers:
    """The pool.

    Args:
        settings: how many threads, and how long each works before it takes breath.
    """

    def __init__(self, settings: NetSettings) -> None:
        self._lines_a_turn = settings.lines_a_turn
        self._work_seconds = settings.work_seconds
        self._breath_seconds = settings.breath_seconds
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._threads = [
            threading.Thread(target=self._work, name=f"worker-{number}")
            for number in range(1, settings.workers + 1)
        ]

    def start(self) -> None:
        """Start the threads; the owner calls it once."""
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float | None = None) -> bool:
        """Let what is queued run, then end the threads; returns whether they ended in time.

        A disk that stalls holds up who reads from it. The owner calls it once.
        """
        deadline = Deadline(seconds) if seconds is not None else None
        self._jobs.put(None)
        for thread in self._threads:
            thread.join(deadline.remaining() if deadline else None)
        return not any(thread.is_alive() for thread in self._threads)

    def submit(self, job: Job) -> None:
        """Put a job at the queue's end; any thread, never waits."""
        self._jobs.put(job)

    def defer(self, call: Callable[[], None]) -> None:
        """Run a callable on a worker, soon; any thread, never waits. What it raises is logged."""
        self._jobs.put(_Call(call))

    def _work(self) -> None:
        jobs = self._jobs
        began = time.monotonic()
        while True:
            if jobs.empty():
                job = jobs.get()
                began = time.monotonic()
            else:
                job = jobs.get()
            if job is None:  # the end, but only behind all jobs, also those that went to the queue's end
                last = jobs.empty()
                jobs.put(None)
                if last:
                    return
            elif self._run(job, Turn(self._lines_a_turn, began + self._work_seconds)):
                jobs.put(job)
            if time.monotonic() - began >= self._work_seconds:
                time.sleep(self._breath_seconds)
                began = time.monotonic()

    def _run(self, job: Job, turn: Turn) -> bool:
        try:
            return job.run(turn)
        except Exception:  # noqa: BLE001 - a fault in one job must not cost the pool a thread
            _log.exception("a job failed")
            return False
