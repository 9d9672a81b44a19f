"""What is to be done at a time."""

from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from chat.server.net.timers import Timers


def test_nothing_is_called_before_it_is_due() -> None:
    """And then once."""
    timers, calls = Timers(), []
    timers.at(5.0, lambda: calls.append("a"))
    timers.run(4.9)
    assert calls == []
    timers.run(5.0)
    timers.run(6.0)
    assert calls == ["a"]


def test_the_wait_is_until_the_earliest() -> None:
    """Never negative; endless when nothing is to be done."""
    timers = Timers()
    assert timers.wait(0.0) is None
    timers.at(5.0, lambda: None)
    timers.at(3.0, lambda: None)
    assert timers.wait(1.0) == 2.0
    assert timers.wait(10.0) == 0.0


def test_a_regular_one_comes_again_and_is_not_made_up_for() -> None:
    """A machine that slept for an hour calls it once, not hundreds of times."""
    timers, calls = Timers(), []
    timers.at(1.0, lambda: calls.append("tick"), every=1.0)
    timers.run(1.0)
    timers.run(1.5)
    timers.run(2.0)
    assert len(calls) == 2
    timers.run(3600.0)
    assert len(calls) == 3
    assert timers.wait(3600.0) == 1.0


def test_a_call_may_add_another() -> None:
    """One that is due at once is called in the same run."""
    timers, calls = Timers(), []
    timers.at(1.0, lambda: timers.at(1.0, lambda: calls.append("inner")))
    timers.run(1.0)
    assert calls == ["inner"]


@given(st.lists(st.integers(0, 20)))
def test_calls_come_in_the_order_of_their_times(times: list[int]) -> None:
    """Equal times in the order in which they were added."""
    timers = Timers()
    calls: list[tuple[int, int]] = []
    for order, due in enumerate(times):
        timers.at(float(due), partial(calls.append, (due, order)))
    timers.run(20.0)
    assert calls == sorted((due, order) for order, due in enumerate(times))
