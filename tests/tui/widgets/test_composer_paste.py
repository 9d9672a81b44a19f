"""Pasting into the line one writes: all of it comes in, harmless, and nothing is ever sent by it."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot

from chat.tui.slash.preview import BodyLimit
from tests.support.composing import Desk, paste, write

Keys = Pilot[Any]


def pasting(text: str) -> Callable[[Keys], Awaitable[None]]:
    """Paste as the thing to do."""
    return lambda pilot: paste(pilot, text)


class TestPasting:
    """Nothing is ever sent by pasting."""

    @pytest.mark.parametrize("count", [1, 5, 500])
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_all_lines_of_a_paste_stay_in_the_line(self, count: int, end: str) -> None:
        """Whatever the terminal makes of line ends, with one at the end."""
        desk = Desk()
        lines = [f"line {number}" for number in range(count)]
        write(desk, then=pasting(end.join([*lines, ""])))
        assert desk.composer.draft == "\n".join([*lines, ""])
        assert desk.sent == []

    def test_a_paste_goes_where_the_cursor_is(self) -> None:
        """Text before and after it stays."""
        desk = Desk()
        write(desk, "a", "z", "left", then=pasting("1\n2"))
        assert desk.composer.draft == "a1\n2z"

    def test_a_paste_replaces_what_is_selected(self) -> None:
        """As in every editor."""
        desk = Desk()
        write(desk, *"one two", "ctrl+shift+left", then=pasting("three"))
        assert desk.composer.draft == "one three"

    def test_a_paste_is_made_harmless(self) -> None:
        """Control characters and overrides of direction don't come in; tabs and joined emoji do."""
        desk = Desk()
        write(desk, then=pasting("a\x1b[2Jb\x07\tc\u202ed \u200d👩\u200d👧"))
        assert desk.composer.draft == "a\ufffd[2Jb\ufffd\tcd \u200d👩\u200d👧"

    def test_a_long_paste_tells_its_size(self) -> None:
        """One sees that it is one message, and how long it is."""
        desk = Desk()
        write(desk, then=pasting("x\n" * 22 + "x"))
        assert desk.seen.note == "23 lines, one message"

    def test_a_paste_over_the_limit_is_kept(self) -> None:
        """Whoever pasted too much can shorten it."""
        desk = Desk()
        desk.composer.limit = BodyLimit(characters=4000, bytes=16384)
        write(desk, then=pasting("x" * 4210))
        assert len(desk.composer.draft) == 4210
        assert "take away 210 of 4,210 characters" in desk.seen.note

    def test_what_was_cut_can_be_pasted(self) -> None:
        """Ctrl+X and Ctrl+V within the line."""
        desk = Desk()
        write(desk, *"one two", "ctrl+shift+left", "ctrl+x", "ctrl+v", "ctrl+v")
        assert desk.composer.draft == "one twotwo"

    def test_the_part_of_a_paste_that_comes_as_keys_sends_nothing(self) -> None:
        """After an escape character in a paste the rest comes as key presses at once, Enter among them."""
        desk = Desk()

        async def spill(pilot: Keys) -> None:
            moment = 1000.0
            for key, character in [
                ("circumflex_accent", "^"),
                *((letter, letter) for letter in "31mred"),
                ("enter", "\r"),
                ("tab", "\t"),
                ("x", "x"),
                ("ctrl+j", "\n"),
            ]:
                event = events.Key(key, character)
                event.time = moment
                moment += 0.001
                pilot.app.post_message(event)
            await pilot.pause()

        write(desk, then=spill)
        assert desk.sent == []
        assert desk.composer.draft == "^31mred\n\tx\n"

    def test_a_caret_typed_by_hand_does_not_hold_enter_back(self) -> None:
        """Only what comes at once is taken for a paste."""
        desk = Desk()

        async def by_hand(pilot: Keys) -> None:
            for key, character, moment in [("circumflex_accent", "^", 1000.0), ("enter", "\r", 1000.2)]:
                event = events.Key(key, character)
                event.time = moment
                pilot.app.post_message(event)
            await pilot.pause()

        write(desk, then=by_hand)
        assert desk.sent == ["^"]
