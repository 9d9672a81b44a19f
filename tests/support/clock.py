"""A clock that stands still until a test moves it."""

import threading
from datetime import UTC, datetime, timedelta

from chat.clock import SystemClock


class FakeClock:
    """Time as a test tells it; safe to read on any thread while the test advances it."""

    def __init__(self, start: datetime = datetime(2024, 5, 17, 9, 30, tzinfo=UTC)) -> None:
        self._lock = threading.Lock()
        self._start = start
        self._passed = 0.0

    def now(self) -> datetime:
        with self._lock:
            return self._start + timedelta(seconds=self._passed)

    def monotonic(self) -> float:
        with self._lock:
            return self._passed

    def advance(self, seconds: float) -> None:
        """Let time pass; it never goes back."""
        assert seconds >= 0, "time does not go back"
        with self._lock:
            self._passed += seconds


class HastyClock:
    """The system's clock, but a test may jump ahead with it; safe on any thread.

    For servers whose threads wait in real time and look at this clock when they wake.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._system = SystemClock()
        self._ahead = 0.0

    def now(self) -> datetime:
        with self._lock:
            return self._system.now() + timedelta(seconds=self._ahead)

    def monotonic(self) -> float:
        with self._lock:
            return self._system.monotonic() + self._ahead

    def advance(self, seconds: float) -> None:
        """Jump ahead; it never goes back."""
        assert seconds >= 0, "time does not go back"
        with self._lock:
            self._ahead += seconds
