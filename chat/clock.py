"""Time as a thing one can be given, so that tests bring their own.

Two readings that never mix: `now` is what people read and may jump, `monotonic` is what
durations are measured with and never goes back. Safe on any thread.
"""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """A source of time."""

    def now(self) -> datetime:
        """The time of day, aware and in UTC."""

    def monotonic(self) -> float:
        """Seconds since some fixed moment; only differences mean something."""


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        """The time of day, aware and in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since some fixed moment; only differences mean something."""
        return time.monotonic()
