"""Telling pasted keys from typed ones."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from chat.tui.widgets.paste_spill import PasteSpill

CARET = "circumflex_accent"
AT_ONCE = 0.002
BY_HAND = 0.06


def held(*presses: tuple[str, float]) -> list[bool]:
    """Which of some keys, each with the time since the one before, belong to a paste."""
    spill = PasteSpill()
    time = 1000.0
    found = []
    for key, gap in presses:
        time += gap
        found.append(spill.holds(key, time))
    return found


def test_what_comes_at_once_after_a_caret_is_pasted() -> None:
    """That is how an escape character inside a paste shows."""
    assert held((CARET, 1), ("x", AT_ONCE), ("enter", AT_ONCE)) == [False, True, True]


def test_a_gap_ends_the_paste() -> None:
    """Enter pressed afterwards sends."""
    assert held((CARET, 1), ("x", AT_ONCE), ("enter", BY_HAND)) == [False, True, False]


def test_a_caret_typed_by_hand_holds_nothing() -> None:
    """What follows it is typed too."""
    assert held((CARET, 1), ("x", BY_HAND), ("enter", AT_ONCE)) == [False, False, False]


def test_a_second_escape_goes_on() -> None:
    """Coloured text has many of them."""
    presses = [(CARET, 1.0), ("x", AT_ONCE), (CARET, AT_ONCE), ("enter", AT_ONCE)]
    assert held(*presses) == [False, True, True, True]


@given(st.lists(st.sampled_from(["a", "enter", "ctrl+j", "tab"]), max_size=20), st.floats(0, 1))
def test_without_a_caret_nothing_is_pasted(pressed: list[str], gap: float) -> None:
    """Fast typing, or a slow link that delivers much at once, is never taken for a paste."""
    assert not any(held(*((key, gap) for key in pressed)))


@given(st.lists(st.tuples(st.sampled_from([CARET, "a", "enter"]), st.sampled_from([AT_ONCE, BY_HAND]))))
def test_a_key_is_pasted_only_right_after_a_pasted_one_or_a_caret(presses: list[tuple[str, float]]) -> None:
    """No gap lies between the caret and any key that is held."""
    found = [*zip(presses, held(*presses), strict=True)]
    assert not any(is_held for _, is_held in found[:1])
    for ((before, _), before_held), ((_, gap), is_held) in pairwise(found):
        assert is_held == (gap == AT_ONCE and (before_held or before == CARET))
