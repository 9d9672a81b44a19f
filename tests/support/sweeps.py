"""When the reader of a service under a fake clock has looked at its times."""

import threading

from chat.server.net.reader import Tick
from tests.support.clock import FakeClock

SWEEP_SECONDS = 0.01


class Sweeps:
    """Lets time pass and waits until the reader has seen it; give `ticks` to the service.

    The service must sweep every `SWEEP_SECONDS`.
    """

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._ticked = threading.Semaphore(0)
        self.ticks: list[Tick] = [(SWEEP_SECONDS, self._ticked.release)]

    def advance(self, seconds: float) -> None:
        """Let so many seconds pass, and return when every link was held against the time since."""
        self._clock.advance(seconds)
        while self._ticked.acquire(blocking=False):
            pass
        # The first may have begun before, the third means that the sweep behind the second is done.
        for _ in range(3):
            self._clock.advance(SWEEP_SECONDS)
            assert self._ticked.acquire(timeout=5), "the reader does not look at its times"
