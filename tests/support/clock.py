"""A clock that stands still until a test moves it."""

import threading
from datetime import UTC, datetime, timedelta


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
