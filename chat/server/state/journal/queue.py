"""The journal's queue: bounded, in order, with a way back for what waits too long.

Any thread may offer; the journal's thread takes; the watchdog's thread takes back.
"""

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from chat.clock import Clock
from chat.protocol.codes import ErrorCode, Refused
from chat.server.state.journal.change import Change, hold_up
from chat.server.state.locks import Rank, RankedCondition

MOST_ITEMS = 4096
MOST_BYTES = 16 * 1024 * 1024
BATCH_ITEMS = 512
TOO_OLD = 2.0
"""Seconds that a change may wait before it is taken back and refused."""


class _Waiting(NamedTuple):
    since: float
    change: Change


class JournalQueue:
    """Changes that wait to be decided."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._changed = RankedCondition(Rank.QUEUE)
        self._items: deque[_Waiting] = deque()
        self._bytes = 0
        self._want_room: list[Callable[[], None]] = []
        self._closed = False
        self._ended = False

    def offer(self, change: Change, on_room: Callable[[], None]) -> bool:
        """Add a change; when the queue is full, return false and call `on_room` once there is room again."""
        with self._changed:
            if not self._ended:
                if len(self._items) >= MOST_ITEMS or self._bytes + change.size > MOST_BYTES:
                    self._want_room.append(on_room)
                    return False
                self._append(change)
                return True
        change.answer(Refused(ErrorCode.STOPPING))
        return True

    @property
    def waiting(self) -> int:
        """How many changes wait."""
        with self._changed:
            return len(self._items)

    def put(self, change: Change) -> None:
        """Add a change of the server's own, full or not."""
        with self._changed:
            self._append(change)

    def take(self) -> list[Change]:
        """Wait for changes and return a batch of them; an empty list when the queue is closed and drained."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._items) or self._closed)
            batch = [self._pop() for _ in range(min(len(self._items), BATCH_ITEMS))]
            self._ended = not batch
            resume, self._want_room = self._want_room, []
        for on_room in resume:
            on_room()
        return batch

    def take_back(self) -> int:
        """Refuse, retryably, what has waited too long undecided; returns how many those were.

        Called by a watchdog. What the journal has taken already is answered by its commit alone.
        """
        horizon = self._clock.monotonic() - TOO_OLD
        taken: list[Change] = []
        with self._changed:
            while self._items and self._items[0].since < horizon:
                change = self._pop()
                hold_up(
                    change
                )  # under the queue's lock, so that no later send of the link is taken in between
                taken.append(change)
            resume: list[Callable[[], None]] = []
            if taken:
                resume, self._want_room = self._want_room, []
        for change in taken:
            change.answer(Refused(ErrorCode.OVERLOADED))
        for on_room in resume:
            on_room()
        return len(taken)

    def close(self) -> None:
        """Let `take` end once everything is drained; what is offered after that is refused as `stopping`."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _append(self, change: Change) -> None:
        self._items.append(_Waiting(self._clock.monotonic(), change))
        self._bytes += change.size
        self._changed.notify()

    def _pop(self) -> Change:
        change = self._items.popleft().change
        self._bytes -= change.size
        return change
