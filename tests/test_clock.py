"""The clock of the machine."""

from datetime import UTC, timedelta

from chat.clock import Clock, SystemClock


def test_the_system_clock_tells_utc() -> None:
    """The time of day is aware, so that it can be compared and sent."""
    clock: Clock = SystemClock()
    assert clock.now().tzinfo is UTC
    assert clock.now().utcoffset() == timedelta(0)


def test_the_system_clock_never_goes_back() -> None:
    """Readings for durations only grow."""
    clock = SystemClock()
    readings = [clock.monotonic() for _ in range(100)]
    assert readings == sorted(readings)
