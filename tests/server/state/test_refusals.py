"""A flood is summed up in the log: who and how often, not each time."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from chat.server.state import refusals
from chat.server.state.refusals import Excess, Refusals

LINE = {"event": "too much at once was refused", "log_level": "warning", "within_seconds": 60.0}


def told(counts: Refusals) -> list[Any]:
    """What is logged now."""
    with capture_logs() as logs:
        counts.tell()
    return logs


def test_a_thousand_refusals_are_one_line_and_silence_is_none() -> None:
    """With whom most of them were for."""
    counts = Refusals()
    for number in range(1000):
        counts.note(Excess.REQUESTS, "ben" if number % 10 else "ann")
    line = {**LINE, "what": "requests", "times": 1000, "mostly": "ben", "by_them": 900}
    assert (told(counts), told(counts)) == ([line], [])


@given(st.lists(st.tuples(st.sampled_from(Excess), st.sampled_from("abc"))))
def test_there_is_a_line_for_each_kind_and_none_is_left_out(noted: list[tuple[Excess, str]]) -> None:
    """The sums are those of what was noted."""
    counts = Refusals()
    for what, who in noted:
        counts.note(what, who)
    lines = {line["what"]: (line["times"], line["by_them"]) for line in told(counts)}
    for what in Excess:
        names = [who for kind, who in noted if kind is what]
        most = max((names.count(who) for who in names), default=0)
        assert lines.pop(what.value, (0, 0)) == (len(names), most)
    assert not lines


def test_what_is_remembered_is_bounded_and_still_counted() -> None:
    """Nobody fills the memory from many addresses; the one who is named is one who was there."""
    counts = Refusals()
    for number in range(3 * refusals.KEPT_MOST):
        counts.note(Excess.LINKS, f"host {number}")
    (line,) = told(counts)
    assert (line["times"], line["mostly"], line["by_them"]) == (3 * refusals.KEPT_MOST, "host 0", 1)
