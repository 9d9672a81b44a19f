"""The four levels of attention and their signs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.tui.render.attention import Attention, mark


@pytest.mark.parametrize(
    ("level", "count", "sign"),
    [
        (Attention.NOTHING, 0, ""),
        (Attention.NOTHING, 7, ""),
        (Attention.ACTIVITY, 0, "·"),
        (Attention.ACTIVITY, 4, "·"),
        (Attention.UNREAD, 3, "(3)"),
        (Attention.UNREAD, 0, "·"),
        (Attention.UNREAD, 999, "(999)"),
        (Attention.UNREAD, 1000, "(999+)"),
        (Attention.MENTION, 1, "(1!)"),
        (Attention.MENTION, 0, "(!)"),
        (Attention.MENTION, 12_000, "(999+!)"),
    ],
)
def test_each_level_has_its_sign(level: Attention, count: int, sign: str) -> None:
    """Nothing is blank, activity a dot, unread a count, a mention a count with an exclamation mark."""
    assert mark(level, count) == sign


@given(st.integers(min_value=1, max_value=10**6))
def test_the_levels_are_told_apart_without_colour(count: int) -> None:
    """For one count no two levels look alike."""
    assert len({mark(level, count) for level in Attention}) == len(Attention)


def test_the_louder_level_is_the_greater_one() -> None:
    """The most urgent of several conversations is found with max."""
    assert max(Attention.UNREAD, Attention.MENTION, Attention.ACTIVITY) is Attention.MENTION


@given(st.sampled_from(Attention), st.integers(min_value=-5, max_value=10**9))
def test_a_sign_is_always_short(level: Attention, count: int) -> None:
    """However much waits, the sign takes at most seven columns, so that titles keep their place."""
    assert len(mark(level, count)) <= 7
