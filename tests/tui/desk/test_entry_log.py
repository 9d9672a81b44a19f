"""Entries find their places, in whatever order they arrive."""

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from chat.protocol.entries import AnyEntry
from chat.tui.desk.entry_log import EntryLog, Gap
from chat.tui.render.log_model import LogModel
from chat.tui.render.rows import Row
from tests.support.entries import READER, conversation_of, edited, joined, left, reacted, said, topic


def empty() -> EntryLog:
    """A log without entries."""
    return EntryLog(LogModel(), READER)


def rows(log: EntryLog) -> list[Row]:
    """All rows."""
    return [log.model.store[at] for at in range(len(log.model.store))]


def texts(log: EntryLog) -> list[str]:
    """The texts of all rows but the rules of days."""
    return [row.text for row in rows(log) if not row.key.startswith("d")]


def fresh(entries: Iterable[AnyEntry]) -> EntryLog:
    """A log that got these at once and in order."""
    log = empty()
    log.add(sorted(entries, key=lambda entry: entry.number))
    return log


def test_entries_in_order_are_rows_in_order() -> None:
    """The plain case."""
    log = fresh([said(1, "a"), said(2, "b")])
    log.add([said(3, "c")])
    assert texts(log) == ["a", "b", "c"]
    assert (log.first, log.last) == (1, 3)


def test_what_is_missing_between_is_a_gap_that_says_how_much() -> None:
    """A hole is never silent."""
    log = fresh([said(1, "a"), said(5, "e")])
    assert texts(log) == ["a", "3 messages missing · Enter or a click fetches", "e"]
    assert log.gap("g2") == Gap(2, 4)
    assert not log.knows(3)


def test_a_page_from_the_end_of_a_gap_leaves_a_smaller_gap_above_it() -> None:
    """The rest can still be fetched."""
    log = fresh([said(1, "a"), said(9, "i")])
    log.add([said(7, "g"), said(8, "h")])
    assert log.gap("g2") == Gap(2, 6)
    assert texts(log)[2:] == ["g", "h", "i"]


def test_a_page_that_closes_a_gap_leaves_nothing_of_it() -> None:
    """Nothing is missing any more."""
    log = fresh([said(1, "a"), said(4, "d")])
    log.add([said(2, "b"), said(3, "c")])
    assert texts(log) == ["a", "b", "c", "d"]
    assert log.gap("g2") is None


def test_what_is_missing_is_known_up_to_the_newest_number() -> None:
    """Before the first, in the gaps, behind the last."""
    log = empty()
    assert log.missing(3) == [Gap(1, 3)]
    log.add([said(3), said(6)])
    assert sorted(log.missing(8)) == [Gap(1, 2), Gap(4, 5), Gap(7, 8)]
    log.add([said(number) for number in range(1, 9)])
    assert log.missing(8) == []


def test_what_comes_twice_is_shown_once() -> None:
    """Live entries and pages of history may overlap."""
    log = fresh([said(1, "a"), said(2, "b")])
    assert [entry.number for entry in log.add([said(2, "b"), said(3, "c")])] == [3]
    assert texts(log) == ["a", "b", "c"]


def test_a_page_that_reaches_from_a_gap_into_what_is_known_fills_the_gap() -> None:
    """A page that holds more than is missing is not thrown away."""
    log = fresh([said(1, "a"), said(2, "b"), said(5, "e")])
    log.add([said(2, "b"), said(3, "c"), said(4, "d"), said(5, "e"), said(6, "f")])
    assert texts(log) == ["a", "b", "c", "d", "e", "f"]


def test_a_crowd_that_goes_on_stays_one_line() -> None:
    """Twenty people who come one after another do not push the talk away."""
    log = fresh([said(1, "a"), joined(2, "bob")])
    log.add([joined(3, "cleo")])
    log.add([left(4, "bob"), said(5, "b")])
    assert texts(log) == ["a", "bob and cleo joined, bob left", "b"]


def test_a_crowd_that_begins_on_an_older_page_is_one_line_with_it() -> None:
    """Where a page ends is nothing that a reader cares about."""
    log = fresh([joined(3, "cleo"), said(4, "d")])
    log.add([said(1, "a"), joined(2, "bob")])
    assert texts(log) == ["a", "bob and cleo joined", "d"]


def test_a_page_of_nothing_but_a_crowd_joins_what_stands_on_both_sides() -> None:
    """Filling a gap between two crowds makes one of three."""
    log = fresh([joined(1, "ann"), joined(4, "dan")])
    log.add([joined(2, "bob"), joined(3, "cleo")])
    assert texts(log) == ["ann, bob and 2 others joined"]


def test_what_changes_a_message_has_no_row_and_is_not_missing() -> None:
    """It shows in the message's row, which is told by itself."""
    log = fresh([said(1, "a"), edited(2, 1, "A"), said(3, "c"), reacted(4, 3)])
    assert texts(log) == ["a", "c"]
    assert (log.first, log.last, log.missing(4)) == (1, 4, [])


def test_a_gap_of_nothing_but_changes_closes_without_a_trace() -> None:
    """And what it parted stands together: two crowds are one."""
    log = fresh([joined(1, "bob"), joined(4, "cleo")])
    log.add([edited(2, 9), reacted(3, 9)])
    assert texts(log) == ["bob and cleo joined"]
    assert log.missing(4) == []


def test_an_older_page_of_nothing_but_changes_leaves_the_gap_below_it() -> None:
    """What is missing is still missing."""
    log = fresh([said(9, "i")])
    log.add([edited(2, 1)])
    assert texts(log) == ["6 messages missing · Enter or a click fetches", "i"]


def test_an_entry_shows_as_it_stands_now() -> None:
    """A message that was changed is changed where it stands; a crowd is left alone."""
    log = fresh([said(1, "a"), joined(2, "bob"), joined(3, "cleo"), topic(4, "t")])
    log.revise([said(1, "A", revision=5), joined(2, "bob"), said(9, "unknown")])
    assert texts(log) == ["A", "bob and cleo joined", "ann set the topic: t"]


def test_what_comes_again_in_a_later_state_shows_it() -> None:
    """As a page of what the client had let go meanwhile; an older state changes nothing."""
    log = fresh([said(1, "a"), said(2, "b", revision=4), joined(3)])
    assert log.add([said(1, "A", revision=5), said(2, "B", revision=4), joined(3)]) == []
    log.add([said(1, "older"), said(2, "older", revision=3)])
    assert texts(log) == ["A", "b", "ann joined"]
    log.revise([said(1, "AA", revision=7)])
    log.add([said(1, "late", revision=6)])
    assert texts(log) == ["AA", "b", "ann joined"]


def test_pinned_messages_bear_a_mark_wherever_they_come_from() -> None:
    """Those that are here, those of a page that comes later, and those that stand differently now."""
    log = fresh([said(2, "b"), said(3, "c")])
    log.pin((1, 2))
    log.add([said(1, "a")])
    log.revise([said(1, "A", revision=9)])
    assert [row.key for row in rows(log) if row.pinned] == ["n1", "n2"]
    log.pin((3,))
    assert [row.key for row in rows(log) if row.pinned] == ["n3"]


@given(st.data())
def test_in_whatever_order_entries_arrive_the_rows_are_those_of_a_log_in_order(data: st.DataObject) -> None:
    """After every arrival the rows are those of a fresh log that got the same entries in order."""
    log = conversation_of(data.draw(st.integers(2, 60), label="length"))
    arriving = empty()
    known: dict[int, AnyEntry] = {}
    for _ in range(data.draw(st.integers(1, 12), label="arrivals")):
        first = data.draw(st.integers(0, len(log) - 1), label="first")
        behind = data.draw(st.integers(first + 1, min(len(log), first + 25)), label="behind")
        step = data.draw(st.sampled_from([1, 1, 1, 2]), label="step")
        arriving.add(log[first:behind:step])
        known.update((entry.number, entry) for entry in log[first:behind:step])
        assert rows(arriving) == rows(fresh(known.values()))
        assert all(arriving.knows(entry.number) == (entry.number in known) for entry in log)


@given(st.data())
def test_what_is_forgotten_leaves_the_rest_as_if_it_had_never_been(data: st.DataObject) -> None:
    """A crowd that reaches across stays whole, a gap goes whole; all of it can come again."""
    log = conversation_of(data.draw(st.integers(2, 60), label="length"))
    step = data.draw(st.sampled_from([1, 1, 2, 5]), label="step")
    here = log[data.draw(st.integers(0, len(log) - 1), label="first") :: step]
    arrived = fresh(here)
    border = data.draw(st.integers(0, len(log) + 5), label="border")
    arrived.forget_below(border)
    assert arrived.first <= max(border, here[0].number) or step > 1
    assert (arrived.last, arrived.knows(here[-1].number)) == (here[-1].number, True)
    left_over = [entry for entry in here if entry.number >= arrived.first]
    assert rows(arrived) == rows(fresh(left_over))
    assert [entry.number for entry in log if arrived.knows(entry.number)] == [
        entry.number for entry in left_over
    ]
    arrived.add(log)
    assert rows(arrived) == rows(fresh(log))


def test_forgetting_lets_go_of_revisions_too() -> None:
    """Else they would grow for as long as one talks; what comes again shows whatever state it is in."""
    log = fresh([said(1, "a", revision=9), said(2, "b")])
    log.forget_below(2)
    log.add([said(1, "anew", revision=3)])
    assert texts(log) == ["anew", "b"]


def test_what_the_server_does_not_keep_is_a_gap_that_says_so() -> None:
    """What is left of the gap can still be fetched; what is gone is offered to nobody."""
    log = fresh([said(1, "a"), said(9, "i")])
    log.begin_at(6)
    assert texts(log) == [
        "a",
        "4 older messages are not kept here",
        "3 messages missing · Enter or a click fetches",
        "i",
    ]
    assert (log.gap("g2"), log.gap("g6")) == (None, Gap(6, 8))
    log.begin_at(4)
    log.add([said(6, "f"), said(7, "g"), said(8, "h")])
    assert texts(log) == ["a", "4 older messages are not kept here", "f", "g", "h", "i"]


def test_a_gap_may_be_gone_when_it_is_found() -> None:
    """A client that was away hears of the beginning before it hears what came last."""
    log = fresh([said(1, "a")])
    log.begin_at(20)
    log.add([said(20, "t")])
    assert texts(log) == ["a", "18 older messages are not kept here", "t"]
    log.begin_at(21)
    assert texts(log) == ["a", "18 older messages are not kept here", "t"]


def test_one_message_that_is_gone_is_one() -> None:
    """In words that fit."""
    log = fresh([said(1, "a"), said(3, "c")])
    log.begin_at(3)
    assert texts(log)[1] == "1 older message is not kept here"


@given(
    st.sets(st.integers(1, 12), min_size=1).flatmap(
        lambda numbers: st.tuples(st.permutations(sorted(numbers)), st.integers(1, 14), st.integers(0, 12))
    )
)
def test_whenever_the_beginning_moves_the_rows_come_out_the_same(
    case: tuple[list[int], int, int],
) -> None:
    """Before, between or after the entries; each number that is missing stands in one gap."""
    order, begins, after = case
    log = empty()
    for at, number in enumerate(order):
        if at == after:
            log.begin_at(begins)
        log.add([said(number, str(number))])
    log.begin_at(begins)
    expected = empty()
    expected.begin_at(begins)
    expected.add([said(number, str(number)) for number in sorted(order)])
    assert texts(log) == texts(expected)
    assert sorted(log.missing(12)) == sorted(expected.missing(12))
