"""One time limit over several steps."""

from hypothesis import given
from hypothesis import strategies as st

from chat.deadline import Deadline
from tests.support.clock import FakeClock


def test_each_step_gets_what_the_steps_before_left() -> None:
    """The time that passes is taken from what remains."""
    clock = FakeClock()
    deadline = Deadline(10.0, clock.monotonic)
    clock.advance(4.0)
    assert deadline.remaining() == 6.0
    assert not deadline.expired
    clock.advance(6.0)
    assert deadline.remaining() == 0.0
    assert deadline.expired


def test_no_time_at_all_is_over_at_once() -> None:
    """Zero and negative limits are expired from the start."""
    clock = FakeClock()
    assert Deadline(0.0, clock.monotonic).expired
    assert Deadline(-1.0, clock.monotonic).expired


def test_without_a_clock_the_machine_s_time_is_used() -> None:
    """A long limit has nearly all of it left right after it was made."""
    assert 3590.0 < Deadline(3600.0).remaining() <= 3600.0


@given(
    seconds=st.floats(-10.0, 1e6),
    steps=st.lists(st.floats(0.0, 1e5), max_size=10),
)
def test_what_remains_only_shrinks_and_is_never_negative(seconds: float, steps: list[float]) -> None:
    """It fits as a timeout at any time, and `expired` agrees with it."""
    clock = FakeClock()
    deadline = Deadline(seconds, clock.monotonic)
    last = deadline.remaining()
    for step in steps:
        clock.advance(step)
        left = deadline.remaining()
        assert 0.0 <= left <= last
        assert deadline.expired == (left == 0.0)
        last = left
