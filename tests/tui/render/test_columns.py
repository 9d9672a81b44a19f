"""The columns of a message log."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.tui.render.columns import columns_for
from chat.tui.render.rows import Row, gap_row, notice_row
from tests.support.log_rows import event, own, said

ROWS = [said(1), own("n2"), event(3), notice_row("l4", "hint"), gap_row("g5", 3)]


@given(st.integers(0, 400), st.sampled_from(ROWS))
def test_every_row_has_room_for_text_inside_the_log(width: int, row: Row) -> None:
    """From a width of one cell on, text begins inside and is at least one cell wide."""
    at, room = columns_for(width).body(row)
    assert at >= 0
    assert room >= 1
    assert at + room <= max(1, width)


@pytest.mark.parametrize("width", [60, 84, 110, 170, 300])
def test_a_wide_log_has_time_nick_and_text(width: int) -> None:
    """The nick has 8 to 16 cells and most of the width is for the text."""
    columns = columns_for(width)
    assert columns.time == 5
    assert 8 <= columns.nick <= 16
    assert columns.text > width / 2
    assert not columns.narrow


@pytest.mark.parametrize(("width", "time", "nick_x"), [(12, 0, 0), (39, 0, 1), (51, 0, 1), (57, 5, 7)])
def test_a_narrow_log_leaves_out_what_it_has_no_room_for(width: int, time: int, nick_x: int) -> None:
    """First the words for how far a message is, then the time, at last the margin; the text comes first."""
    columns = columns_for(width)
    assert columns.narrow
    assert (columns.time, columns.nick_x) == (time, nick_x)
    assert columns.nick <= 8
    assert columns.text >= width * 0.7


def test_a_terminal_of_eighty_columns_shows_when_something_was_said() -> None:
    """Also with the members beside the talk, which take 22 of them and a rule."""
    assert columns_for(80 - 22 - 1).time == 5


def test_own_messages_keep_room_for_their_status() -> None:
    """The text does not move when the message arrives, as the room is kept from the beginning."""
    columns = columns_for(84)
    assert columns.body(own("n1"))[1] == columns.body(said(1))[1] - columns.status


def test_what_nobody_said_begins_below_the_nicks() -> None:
    """Events and notices have a sign there, and their text is aligned behind it."""
    assert columns_for(84).body(event(1))[0] == columns_for(84).nick_x + 2
    assert columns_for(40).body(event(1))[0] == columns_for(40).nick_x + 2
