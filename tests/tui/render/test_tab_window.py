"""Which tabs are seen when not all fit."""

from hypothesis import given
from hypothesis import strategies as st

from chat.tui.render.tab_window import visible_tabs

WIDTHS = st.lists(st.integers(min_value=1, max_value=30), min_size=1, max_size=40)
ROOM = st.integers(min_value=0, max_value=200)
ANY = st.integers(min_value=-3, max_value=50)


def total(widths: list[int], seen: range) -> int:
    """The cells a run of tabs takes."""
    return sum(widths[position] for position in seen)


def test_all_are_seen_where_all_fit() -> None:
    """With room for everything the run is everything, wherever it began before."""
    assert visible_tabs([5, 5, 5], active=1, first=2, room=15) == range(3)


def test_no_tabs_give_an_empty_run() -> None:
    """Before the first conversation there is nothing to show."""
    assert visible_tabs([], active=0, first=0, room=40) == range(0)


def test_the_run_stays_while_the_active_tab_is_in_it() -> None:
    """Going to a neighbour that is seen already moves nothing."""
    assert visible_tabs([10] * 9, active=3, first=2, room=35) == range(2, 5)


def test_the_run_moves_as_little_as_it_must() -> None:
    """Stepping over the right edge brings in one tab and loses one on the left."""
    assert visible_tabs([10] * 9, active=5, first=2, room=35) == range(3, 6)
    assert visible_tabs([10] * 9, active=1, first=2, room=35) == range(1, 4)


def test_room_at_the_end_is_filled_with_earlier_tabs() -> None:
    """After conversations were left, the strip is not half empty while tabs hide on the left."""
    assert visible_tabs([10] * 5, active=4, first=4, room=35) == range(2, 5)


@given(WIDTHS, ANY, ANY, ROOM)
def test_the_active_tab_is_always_seen(widths: list[int], active: int, first: int, room: int) -> None:
    """Whatever the room, the tab one is in stands in the strip."""
    nearest = min(max(active, 0), len(widths) - 1)
    assert nearest in visible_tabs(widths, active, first, room)


@given(WIDTHS, ANY, ANY, ROOM)
def test_tabs_never_take_more_than_the_room(widths: list[int], active: int, first: int, room: int) -> None:
    """Only one tab alone may be wider than the room."""
    seen = visible_tabs(widths, active, first, room)
    assert total(widths, seen) <= room or len(seen) == 1


@given(WIDTHS, ANY, ANY, ROOM)
def test_no_room_is_left_that_a_neighbour_could_take(
    widths: list[int], active: int, first: int, room: int
) -> None:
    """The next tab on the right would not fit; at the right end neither would the one on the left."""
    seen = visible_tabs(widths, active, first, room)
    free = room - total(widths, seen)
    if seen.stop < len(widths):
        assert widths[seen.stop] > free
    elif seen.start > 0:
        assert widths[seen.start - 1] > free


@given(WIDTHS, ANY, ANY, ROOM)
def test_showing_it_again_changes_nothing(widths: list[int], active: int, first: int, room: int) -> None:
    """The run is stable: begun where it began, it is the same."""
    seen = visible_tabs(widths, active, first, room)
    assert visible_tabs(widths, active, seen.start, room) == seen
