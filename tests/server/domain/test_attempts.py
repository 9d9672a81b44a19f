"""Wrong passwords: five are free, then each doubles the wait, until it was quiet."""

from hypothesis import given
from hypothesis import strategies as st

from chat.server.domain.addresses import Counted
from chat.server.domain.attempts import FREE, LONGEST_WAIT, WINDOW, Tally
from chat.server.state import attempts
from chat.server.state.attempts import Attempts, Lock, Tried
from tests.support.clock import FakeClock


def test_the_wait_doubles_up_to_a_quarter_of_an_hour() -> None:
    """Who tries again as soon as they may waits 1, 2, 4 ... 900 seconds."""
    now, tally, waits = 0.0, Tally(), []
    for _ in range(FREE + 12):
        tally = tally.failed(now)
        waits.append(tally.wait(now))
        now += waits[-1]
    assert waits[: FREE - 1] == [0.0] * (FREE - 1)
    assert waits[FREE - 1 : FREE + 2] == [1.0, 2.0, 4.0]
    assert waits[-1] == LONGEST_WAIT


@given(st.lists(st.floats(0, 2000), max_size=40))
def test_no_more_than_four_of_a_quarter_of_an_hour_are_free(pauses: list[float]) -> None:
    """Whatever the pauses are; and the wait is never longer than it may be."""
    now, tally = 0.0, Tally()
    free: list[float] = []
    for pause in pauses:
        now += pause
        tally = tally.failed(now)
        assert tally.wait(now) <= LONGEST_WAIT
        if not tally.wait(now):
            free = [when for when in free if now - when < WINDOW] + [now]
            assert len(free) < FREE


def test_who_was_quiet_begins_anew() -> None:
    """As long as the longest wait after the last one ended."""
    tally = Tally()
    for _ in range(FREE + 2):
        tally = tally.failed(0.0)
    assert not tally.quiet(tally.until + WINDOW - 1)
    assert tally.failed(tally.until + WINDOW).locks == 0


def test_an_address_is_counted_over_accounts_and_an_exempt_one_is_not() -> None:
    """A right password forgives the account alone."""
    clock = FakeClock()
    counts = Attempts(clock, Counted())
    for number in range(FREE):
        assert counts.begin(Tried(f"a{number}", "10.0.0.1")) == 0
        locked = counts.failed(Tried(f"a{number}", "10.0.0.1"))
    assert locked == [Lock("address", 1.0)]
    assert counts.begin(Tried("b", "10.0.0.1")) > 0
    assert counts.begin(Tried("b", "10.0.0.2")) == 0
    counts.succeeded(Tried("b", "10.0.0.2"))
    clock.advance(1)
    assert counts.begin(Tried("b", "10.0.0.1")) == 0
    counts.succeeded(Tried("b", "10.0.0.1"))
    assert counts.failed(Tried("c", "10.0.0.1")) == [Lock("address", 2.0)]
    for number in range(FREE * 2):
        assert counts.begin(Tried(f"d{number}", "127.0.0.1")) == 0
        assert counts.failed(Tried(f"d{number}", "127.0.0.1")) == []


def test_several_that_were_wrong_at_once_count_as_so_many() -> None:
    """And lock once, for as long as the last of them means."""
    counts = Attempts(FakeClock(), Counted())
    assert counts.failed(Tried("ann", "127.0.0.1"), tries=FREE - 1) == []
    assert counts.failed(Tried("ann", "127.0.0.1"), tries=2) == [Lock("account", 2.0)]


def test_many_at_once_get_no_more_tries() -> None:
    """What is being checked counts as wrong until it is known; what was given up does not."""
    counts = Attempts(FakeClock(), Counted())
    assert [counts.begin(Tried("ann", "127.0.0.1")) for _ in range(FREE)] == [0] * FREE
    assert counts.begin(Tried("ann", "127.0.0.1")) > 0
    counts.given_up(Tried("ann", "127.0.0.1"))
    assert counts.begin(Tried("ann", "127.0.0.1")) == 0


def test_what_is_remembered_is_bounded() -> None:
    """Nobody fills the memory with nicks that there are not."""
    counts = Attempts(FakeClock(), Counted())
    for number in range(attempts.KEPT_MOST + 10):
        counts.failed(Tried(f"n{number}", "127.0.0.1"))
    assert len(counts) == attempts.KEPT_MOST
