"""Which lines of a log are seen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from chat.tui.render.columns import columns_for
from chat.tui.render.row_store import RowStore
from chat.tui.render.rows import Chip, Row
from chat.tui.render.viewport import Viewport
from tests.support.log_rows import many, said

HEIGHT = 10


def view_of(rows: list[Row], width: int = 60) -> tuple[RowStore, Viewport]:
    """Rows and what is seen of them."""
    store = RowStore(columns_for(width))
    store.splice(0, 0, rows)
    return store, Viewport(store)


def seen(store: RowStore, view: Viewport, height: int = HEIGHT) -> list[tuple[str, int]]:
    """The key of the row and the number of the line, for each line that is seen."""
    return [(store[place.row].key, place.line) for place in view.frame(height).places]


def all_lines(store: RowStore) -> list[tuple[str, int]]:
    """All lines of the log in order; every height is exact afterwards."""
    return [
        (store[index].key, line)
        for index in range(len(store))
        for line in range(len(store.body(index).lines))
    ]


moves = st.lists(st.tuples(st.sampled_from(["by", "to"]), st.integers(-60, 200)), max_size=15)


@given(st.integers(0, 60), st.integers(20, 100), st.integers(1, 30), moves)
def test_what_is_seen_is_a_window_of_all_lines(
    count: int, width: int, height: int, steps: list[tuple[str, int]]
) -> None:
    """Wherever one goes: the lines are in order, none is missing, and the window is full if it can be."""
    store, view = view_of(many(0, count), width)
    for how, lines in steps:
        (view.scroll_by if how == "by" else view.scroll_to)(lines, height)
        frame, window = view.frame(height), seen(store, view, height)
        lines_of_all = all_lines(store)
        top = lines_of_all.index(window[0]) if window else 0
        assert window == lines_of_all[top : top + height]
        assert len(window) == min(height, len(lines_of_all))
        assert view.frame(height).top == top
        assert view.following == (top + height >= len(lines_of_all))
        assert frame.places == view.frame(height).places


@given(st.integers(20, 100), st.integers(1, 30), st.lists(st.integers(-40, 40), max_size=12))
def test_a_step_is_exactly_as_long_as_it_should_be(width: int, height: int, steps: list[int]) -> None:
    """Although nothing was measured before it was seen."""
    store, view = view_of(many(0, 80), width)
    exact, _ = view_of(many(0, 80), width)
    lines_of_all = all_lines(exact)
    bottom = max(0, len(lines_of_all) - height)
    top = bottom
    for step in steps:
        view.scroll_by(step, height)
        top = max(0, min(top + step, bottom))
        assert seen(store, view, height)[0] == lines_of_all[top]


def test_a_new_view_follows_the_bottom() -> None:
    """Every row that comes is seen at once."""
    store, view = view_of(many(0, 50))
    for number in range(50, 60):
        view.shift(store.splice(len(store), 0, [said(number)]))
        assert seen(store, view)[-1][0] == f"n{number}"


@given(st.integers(-300, -1), st.integers(20, 100), st.integers(20, 100))
def test_another_width_and_back_shows_the_same_line(steps: int, width: int, other: int) -> None:
    """The top line stays the one with the same letters, however often the width changes."""
    store, view = view_of(many(0, 200), width)
    view.scroll_by(steps, HEIGHT)
    before = view.frame(HEIGHT).places[0]
    start = store.body(before.row).lines[before.line][0]
    store.resize(columns_for(other))
    between = view.frame(HEIGHT).places[0]
    if view.following:
        return
    first, last = store.body(between.row).lines[between.line]
    assert between.row == before.row
    assert first <= start <= max(first, last)
    store.resize(columns_for(width))
    assert view.frame(HEIGHT).places[0] == before


def test_a_page_there_and_back_is_where_one_was() -> None:
    """From anywhere in the log."""
    store, view = view_of(many(0, 200))
    view.scroll_by(-57, HEIGHT)
    before = seen(store, view)
    view.scroll_by(-HEIGHT, HEIGHT)
    view.scroll_by(HEIGHT, HEIGHT)
    assert seen(store, view) == before


def test_the_ends_are_met_exactly() -> None:
    """The first line is the first, and beyond the last there is nothing."""
    store, view = view_of(many(0, 200))
    view.scroll_to(0, HEIGHT)
    assert seen(store, view)[0] == ("n0", 0)
    view.scroll_to(10**9, HEIGHT)
    assert seen(store, view)[-1][0] == "n199"
    assert view.following


def test_a_far_jump_arrives_near() -> None:
    """The scroll bar's handle at the middle shows the middle of a log that was never measured."""
    store, view = view_of(many(0, 20_000))
    view.scroll_to(store.heights.total // 2, HEIGHT)
    assert store.index_of(seen(store, view)[0][0]) == pytest.approx(10_000, rel=0.05)


def test_reaching_the_bottom_clears_the_count() -> None:
    """Whatever is new below has been seen then."""
    _, view = view_of(many(0, 50))
    view.scroll_by(-5, HEIGHT)
    view.new_below = 7
    view.scroll_by(3, HEIGHT)
    assert view.new_below == 7
    view.scroll_by(2, HEIGHT)
    assert (view.following, view.new_below) == (True, 0)


def test_a_row_is_shown_with_what_was_said_before() -> None:
    """A third of the window is above it, and the first rows are shown from the top."""
    store, view = view_of(many(0, 100), 300)
    view.scroll_to_row(50, 9)
    assert seen(store, view, 9)[3] == ("n50", 0)
    view.scroll_to_row(1, 9)
    assert seen(store, view, 9)[0] == ("n0", 0)
    view.scroll_to_row(99, 9)
    assert view.following


def test_a_held_place_begins_to_follow_when_the_rest_goes() -> None:
    """If the bottom is in view one is at the bottom."""
    store, view = view_of(many(0, 50))
    view.scroll_by(-5, HEIGHT)
    for _ in range(5):
        view.shift(store.splice(len(store) - 1, 1, []))
    assert seen(store, view)[-1][0] == "n44"
    assert view.following


def test_an_empty_log_shows_nothing() -> None:
    """And every move in it does nothing."""
    store, view = view_of([])
    view.scroll_by(-3, HEIGHT)
    view.scroll_to(5, HEIGHT)
    assert seen(store, view) == []
    assert view.following


CHIPS = tuple(Chip(f"reaction{number}", 1, own=False) for number in range(40))


@given(st.integers(10, 40), st.integers(-30, 30))
def test_reactions_on_a_row_above_move_nothing_that_is_read(first: int, lines: int) -> None:
    """However tall a row becomes off the screen, the line that is read stays at the top."""
    store, view = view_of(many(1, 60))
    view.scroll_by(-first, HEIGHT)
    before = seen(store, view)
    top = store.index_of(before[0][0])
    view.shift(store.splice(top - 1, 1, [replace(store[top - 1], reactions=CHIPS)]))
    assert seen(store, view) == before
    view.scroll_by(lines, HEIGHT)
    view.scroll_by(-lines, HEIGHT)
    assert not view.following


def test_reactions_far_above_scroll_nothing_at_the_bottom() -> None:
    """Who follows the newest messages sees nothing of them."""
    store, view = view_of(many(1, 60))
    before = seen(store, view)
    view.shift(store.splice(2, 1, [replace(store[2], reactions=CHIPS)]))
    assert seen(store, view) == before


def test_lines_of_reactions_are_scrolled_over_one_by_one() -> None:
    """Each can be the top line, and none holds one up."""
    rows = many(1, 60)
    rows[20] = replace(rows[20], reactions=CHIPS)
    store, view = view_of(rows)
    everything = all_lines(store)
    view.scroll_to(0, HEIGHT)
    for top in range(1, 60):
        view.scroll_by(1, HEIGHT)
        assert seen(store, view)[0] == everything[top]
