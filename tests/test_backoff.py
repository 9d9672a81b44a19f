"""How waits between tries grow."""

from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from chat.backoff import delays


def _no_jitter(_low: float, high: float) -> float:
    return high


def test_waits_double_up_to_the_cap() -> None:
    """The numbers of the design: 0.5 s, doubling, at most 10 s, for ever."""
    waits = list(islice(delays(uniform=_no_jitter), 8))
    assert waits == [0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0, 10.0]


def test_every_wait_is_drawn_anew_from_the_jitter_range() -> None:
    """The range is asked once for each wait."""
    asked: list[tuple[float, float]] = []

    def draw(low: float, high: float) -> float:
        asked.append((low, high))
        return low

    assert list(islice(delays(jitter=(0.25, 1.0), uniform=draw), 3)) == [0.125, 0.25, 0.5]
    assert asked == [(0.25, 1.0)] * 3


def test_a_base_above_the_cap_is_capped() -> None:
    """The first wait keeps to the cap as well."""
    assert next(delays(base=60.0, cap=5.0, uniform=_no_jitter)) == 5.0


def test_two_clients_do_not_wait_alike() -> None:
    """The default draws at random, which is what keeps a herd apart."""
    assert list(islice(delays(), 20)) != list(islice(delays(), 20))


@given(
    base=st.floats(0.01, 5.0),
    factor=st.floats(1.0, 10.0),
    cap=st.floats(0.01, 100.0),
    count=st.integers(1, 2000),
)
def test_no_wait_leaves_its_bounds(base: float, factor: float, cap: float, count: int) -> None:
    """However long it goes on, each wait lies between half of the base (or cap) and the cap."""
    waits = list(islice(delays(base, factor, cap), count))
    assert len(waits) == count
    assert all(min(base, cap) * 0.5 <= wait <= cap for wait in waits)
