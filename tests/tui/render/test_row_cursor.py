"""Which message of a log is selected."""

from hypothesis import given
from hypothesis import strategies as st

from chat.tui.render.log_model import LogModel
from chat.tui.render.rows import Row, RowStatus, gap_row, notice_row
from tests.support.log_rows import event, many, own, said

HEIGHT = 10


def log_of(*rows: Row) -> LogModel:
    """A log of these rows."""
    model = LogModel()
    model.append(rows)
    return model


def chosen(model: LogModel) -> str:
    """The key of the selected message; empty for none."""
    return model.cursor.row.key if model.cursor.row else ""


def on(model: LogModel, key: str) -> LogModel:
    """The log with a message selected."""
    assert model.cursor.select(model.store.index_of(key))
    model.selected(HEIGHT)
    return model


def seen(model: LogModel) -> list[str]:
    """The keys of the rows that are seen."""
    return [model.store[place.row].key for place in model.viewport.frame(HEIGHT).places]


def test_the_newest_message_is_selected_first_and_what_nobody_said_is_passed_over() -> None:
    """Rules, joins, gaps and words of the client are no messages."""
    model = log_of(said(1), event(2), gap_row("g3", 4), said(7), notice_row("w1", "hello"))
    assert model.cursor.select_newest()
    assert chosen(model) == "n7"
    assert model.cursor.move(-1)
    assert chosen(model) == "n1"
    assert not model.cursor.move(-1)
    assert chosen(model) == "n1"


def test_below_the_newest_there_is_nothing() -> None:
    """Whoever asks leaves the selection then."""
    model = on(log_of(said(1), said(2)), "n2")
    assert not model.cursor.move(1)


def test_nothing_is_selected_in_a_log_where_nobody_spoke() -> None:
    """There is nothing to do anything with."""
    model = log_of(event(1))
    assert not model.cursor.select_newest()
    assert model.cursor.row is None


def test_a_page_is_about_as_far_as_one_sees() -> None:
    """And ends at the last message there is."""
    model = on(log_of(*(said(number, minutes=number) for number in range(1, 41))), "n40")
    model.cursor.move_page(-1, HEIGHT)
    assert chosen(model) == "n31"
    model.cursor.move_page(1, HEIGHT)
    assert chosen(model) == "n40"
    model.cursor.move_page(1, HEIGHT)
    assert chosen(model) == "n40"


def test_one_moves_past_a_message_that_is_taller_than_a_page() -> None:
    """Nobody gets stuck."""
    model = on(log_of(said(1), said(2, "x\n" * 40), said(3)), "n3")
    model.cursor.move_page(-1, HEIGHT)
    assert chosen(model) == "n2"
    model.cursor.move_page(-1, HEIGHT)
    assert chosen(model) == "n1"


def test_an_own_message_stays_selected_when_it_is_stored() -> None:
    """Its waiting row goes, and its entry stands above it by then."""
    model = on(log_of(said(1), own("s1", status=RowStatus.SENDING)), "s1")
    model.append([own("n2")])
    model.remove("s1")
    assert chosen(model) == "n2"


def test_the_last_message_that_goes_leaves_nothing_selected() -> None:
    """As a failed one that is dropped."""
    model = on(log_of(own("s1", status=RowStatus.FAILED)), "s1")
    model.remove("s1")
    assert model.cursor.row is None


@given(st.data())
def test_rows_that_come_and_change_leave_the_selection_on_its_message(data: st.DataObject) -> None:
    """Above, below and in its own place."""
    model = log_of(*many(100, 130))
    on(model, f"n{data.draw(st.integers(100, 129))}")
    key, low, high = chosen(model), 100, 130
    for _ in range(data.draw(st.integers(1, 8))):
        match data.draw(st.sampled_from(["older", "newer", "change", "rule"])):
            case "older":
                low -= 3
                model.prepend(many(low, low + 3))
            case "newer":
                model.append(many(high, high + 2))
                high += 2
            case "change":
                changed = data.draw(st.integers(low, high - 1))
                model.replace(
                    f"n{changed}", said(changed, "another text\nof two lines", minutes=changed % 600)
                )
            case _:
                model.mark_new(f"n{data.draw(st.integers(low, high - 1))}")
        assert chosen(model) == key


def test_the_selected_message_is_brought_into_view_and_no_further() -> None:
    """What is seen already does not move."""
    model = log_of(*(said(number, minutes=number) for number in range(1, 41)))
    bottom = seen(model)
    on(model, "n31")
    assert seen(model) == bottom
    on(model, "n30")
    assert seen(model)[0] == "n30"
    on(model, "n40")
    assert seen(model) == bottom


def test_what_is_seen_stands_still_while_a_message_is_selected() -> None:
    """New messages come below and are counted; where one was at the bottom one is again afterwards."""
    model = on(log_of(*(said(number, minutes=number) for number in range(1, 41))), "n35")
    before = seen(model)
    model.append([said(41, minutes=41)])
    assert seen(model) == before
    assert model.viewport.new_below == 1
    model.deselect()
    assert seen(model) == before
    model.follow()
    assert seen(model)[-1] == "n41"


def test_leaving_at_the_bottom_follows_it_again() -> None:
    """Nothing came meanwhile, so nothing is missed."""
    model = on(log_of(*(said(number, minutes=number) for number in range(1, 41))), "n35")
    assert not model.viewport.following
    model.deselect()
    seen(model)
    assert model.viewport.following


def test_what_is_seen_below_a_selection_is_not_counted_as_new_below() -> None:
    """A log that is shorter than its window shows all there is."""
    model = on(log_of(said(1)), "n1")
    model.append([said(2)])
    assert seen(model)[-1] == "n2"
    assert model.viewport.new_below == 0


def test_a_taller_window_shows_more_above_a_selection_at_the_bottom() -> None:
    """Rather than blank lines below it."""
    model = on(log_of(*(said(number, minutes=number) for number in range(1, 41))), "n40")
    model.viewport.frame(HEIGHT)
    assert len(model.viewport.frame(HEIGHT + 5).places) == HEIGHT + 5


def test_the_selected_message_says_who_and_when() -> None:
    """Though the one before it was by the same person in the same minute."""
    model = on(log_of(said(1), said(2)), "n2")
    index = model.store.index_of("n2")
    place = next(place for place in model.viewport.frame(HEIGHT).places if place.row == index)
    looks = model.look(place, top=False)
    assert (looks.selected, looks.time, looks.nick) == (True, True, True)
