"""What is to be done at a time, kept by the one thread that looks at it.

Knows no clock: it is told the time.
"""

import heapq
import itertools
from collections.abc import Callable
from typing import NamedTuple


class _Timer(NamedTuple):
    due: float
    order: int
    call: Callable[[], None]
    every: float | None


class Timers:
    """Calls that are due later, the earliest first; times are a clock's monotonic seconds."""

    def __init__(self) -> None:
        self._heap: list[_Timer] = []
        self._order = itertools.count()

    def at(self, due: float, call: Callable[[], None], every: float | None = None) -> None:
        """Call at this time, and from then on again after every so many seconds."""
        heapq.heappush(self._heap, _Timer(due, next(self._order), call, every))

    def wait(self, now: float) -> float | None:
        """Return for how many seconds nothing is due; None when nothing ever is."""
        return max(0.0, self._heap[0].due - now) if self._heap else None

    def run(self, now: float) -> None:
        """Call what is due. What was missed while nobody looked is called once."""
        while self._heap and self._heap[0].due <= now:
            timer = heapq.heappop(self._heap)
            if timer.every is not None:
                self.at(now + timer.every, timer.call, timer.every)
            timer.call()
