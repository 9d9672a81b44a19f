"""One time limit over several steps, each of which gets what is left of it.

Knows nothing of what is waited for. Never changes once made, so any thread may ask it.
"""

import time
from collections.abc import Callable


class Deadline:
    """A moment in the future.

    Args:
        seconds: how far away it is; zero or less is over at once.
        monotonic: what to read the time from.
    """

    def __init__(self, seconds: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._end = monotonic() + seconds

    def remaining(self) -> float:
        """Seconds that are left, never negative, as a timeout for the next step."""
        return max(0.0, self._end - self._monotonic())

    @property
    def expired(self) -> bool:
        """Whether nothing is left."""
        return self.remaining() == 0.0
