"""Locks with ranks: a thread that holds one may only take locks of a higher rank.

So no two threads can ever wait for each other. Example: holding a conversation (1) one may take its pending
list (4), never the reverse. The order is checked at every taking, in production too: it costs a fraction
of a microsecond, and a deadlock costs everything.
"""

import threading
from collections.abc import Callable
from enum import IntEnum
from types import TracebackType


class Rank(IntEnum):
    """From the outermost to the innermost."""

    CONVERSATION = 1
    ROSTER = 2
    DIRECTORY = 3
    PENDING = 4
    QUEUE = 5
    LINK = 6
    SESSION = 7
    CODES = 8
    BUDGETS = 9
    RETAINING = 10


class LockOrderError(AssertionError):
    """A thread took a lock that its rank forbids while holding another: a bug that could deadlock."""


class _Held(threading.local):
    """Ranks that this thread holds, outermost first."""

    def __init__(self) -> None:
        self.ranks: list[Rank] = []


_held = _Held()


class RankedLock:
    """A lock of a rank, used by `with`; not reentrant."""

    __slots__ = ("_lock", "rank")

    def __init__(self, rank: Rank) -> None:
        self.rank = rank
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        """Take the lock. Raises `LockOrderError` when the thread holds one of the same or a higher rank."""
        ranks = _held.ranks
        if ranks and ranks[-1] >= self.rank:
            raise LockOrderError(f"{self.rank.name} taken while holding {ranks[-1].name}")
        self._lock.acquire()
        ranks.append(self.rank)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the lock back."""
        _held.ranks.pop()
        self._lock.release()


class RankedCondition(RankedLock):
    """A lock of a rank on which threads wait for each other."""

    __slots__ = ("_condition",)

    def __init__(self, rank: Rank) -> None:
        super().__init__(rank)
        self._condition = threading.Condition(self._lock)

    def wait_for(self, holds: Callable[[], bool], seconds: float | None = None) -> bool:
        """Give the held lock back until `holds` is true, at most so long; returns whether it is."""
        return self._condition.wait_for(holds, seconds)

    def notify(self) -> None:
        """Wake one thread that waits; the lock is held."""
        self._condition.notify()

    def notify_all(self) -> None:
        """Wake all threads that wait; the lock is held."""
        self._condition.notify_all()
