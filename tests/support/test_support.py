"""The tests' own tools must be right, or every test on them is in doubt."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from chat.clock import Clock
from tests.support.clock import FakeClock
from tests.support.waiting import wait_until


def test_a_fake_clock_stands_still_until_it_is_advanced() -> None:
    """Both readings move by exactly what the test says."""
    start = datetime(2030, 1, 1, tzinfo=UTC)
    clock: Clock = FakeClock(start=start)
    assert clock.now() == start
    assert clock.now() == start

    fake = FakeClock(start=start)
    before = fake.monotonic()
    fake.advance(2.5)

    assert fake.now() - start == timedelta(seconds=2.5)
    assert fake.monotonic() - before == 2.5


def test_a_fake_clock_never_goes_back() -> None:
    """A test that would turn time back is wrong and is told so."""
    with pytest.raises(AssertionError, match="go back"):
        FakeClock().advance(-1)


def test_waiting_ends_when_another_thread_fulfils_the_condition() -> None:
    """The condition is asked until it holds."""
    done = threading.Event()
    thread = threading.Thread(target=done.set)
    thread.start()
    wait_until(done.is_set, what="the other thread")
    thread.join()
    assert done.is_set()


def test_waiting_in_vain_names_what_was_waited_for() -> None:
    """The failure says what and how long."""
    with pytest.raises(AssertionError, match=r"waited 0\.01 s in vain for a train"):
        wait_until(lambda: False, seconds=0.01, what="a train")


def test_a_condition_that_holds_already_needs_no_time() -> None:
    """It is asked at least once, even when no time is given."""
    answers = iter([True, False])
    wait_until(lambda: next(answers), seconds=0.0)
    assert next(answers) is False
