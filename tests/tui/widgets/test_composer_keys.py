"""Keys while one writes: which edit the line, which are the screen's, and which are just letters."""

from typing import Any

import pytest
from textual import events
from textual.binding import Binding
from textual.pilot import Pilot

from chat.tui.keys import KEYS, Place
from chat.tui.slash.input_history import InputHistory
from chat.tui.widgets.composer import Composer
from tests.support.composing import Desk, keys, write

Keys = Pilot[Any]


class TestKeys:
    """Which keys are ours and which are the screen's."""

    @pytest.mark.parametrize(
        "key",
        [
            *("ctrl+k", "ctrl+n", "ctrl+p", "ctrl+g", "ctrl+t", "ctrl+l", "ctrl+f", "ctrl+r", "ctrl+o"),
            *("alt+a", "alt+m", "alt+slash", "alt+left", "alt+up", "alt+0", "alt+1", "alt+9"),
            *("f1", "f2", "f6", "f7", "f8", "ctrl+circumflex_accent", "ctrl+up", "ctrl+down"),
        ],
    )
    def test_keys_of_the_screen_reach_it(self, key: str) -> None:
        """The composer neither takes them nor writes a character for them."""
        desk = Desk()
        write(desk, *"ab", key)
        assert desk.composer.draft == "ab"
        assert desk.free_keys == [key]

    @pytest.mark.parametrize("key", ["pageup", "pagedown"])
    def test_paging_is_for_the_talk(self, key: str) -> None:
        """The cursor stays where it is, however many lines there are."""
        desk = Desk()
        write(desk, *"ab", "ctrl+j", *"cd", "left", key, "!")
        assert desk.composer.draft == "ab\nc!d"

    def test_a_key_of_the_screen_takes_its_turn_among_the_letters(self) -> None:
        """Going to another conversation while typing leaves each letter where it was meant to be."""

        class Switching(Desk):
            BINDINGS = [Binding("ctrl+n", "next_conversation")]
            left_behind = ""

            def action_next_conversation(self) -> None:
                self.left_behind = self.composer.draft
                self.composer.load("", InputHistory(), "write to bob")

        desk = Switching()
        write(desk, *"here", "ctrl+n", *"there")
        assert desk.left_behind == "here"
        assert desk.composer.draft == "there"

    def test_alt_with_a_digit_writes_nothing_though_it_has_a_character(self) -> None:
        """As terminals send it: the key has a name with Alt, and the digit's character."""
        desk = Desk()

        async def legacy(pilot: Keys) -> None:
            pilot.app.post_message(events.Key("alt+1", "1"))
            pilot.app.post_message(events.Key("alt+a", "a"))
            await pilot.pause()

        write(desk, then=legacy)
        assert desk.composer.draft == ""
        assert desk.free_keys == ["alt+1", "alt+a"]

    def test_ctrl_q_quits_whatever_is_written(self) -> None:
        """The app's own key works from here."""
        desk = Desk()
        write(desk, *"ab", "ctrl+q")
        assert desk.quits == 1

    @pytest.mark.parametrize("character", ["£", "§", "º", "é", "ß", "я", "你", "🙂", "¡"])
    def test_letters_of_all_keyboards_are_text(self, character: str) -> None:
        """Also those that Option with a digit writes on a Mac."""
        desk = Desk()

        async def typed(pilot: Keys) -> None:
            pilot.app.post_message(events.Key(character, character))
            await pilot.pause()

        write(desk, then=typed)
        assert desk.composer.draft == character

    def test_joined_emoji_typed_as_keys_stay_joined(self) -> None:
        """A terminal's picker sends them character by character, the joiner among them."""
        desk = Desk()

        async def picked(pilot: Keys) -> None:
            for key, character in [("👩", "👩"), ("zero_width_joiner", "\u200d"), ("👧", "👧")]:
                pilot.app.post_message(events.Key(key, character))
            await pilot.pause()

        write(desk, then=picked)
        assert desk.composer.draft == "👩\u200d👧"

    @pytest.mark.parametrize(
        ("keys", "draft"),
        [
            (["ctrl+a", "x"], "xone two"),
            (["home", "ctrl+e", "x"], "one twox"),
            (["ctrl+w"], "one "),
            (["ctrl+u"], ""),
            (["home", "alt+k"], ""),
            (["home", "alt+d"], " two"),
            (["home", "ctrl+d"], "ne two"),
            (["backspace"], "one tw"),
            (["ctrl+left", "x"], "one xtwo"),
            (["ctrl+u", "ctrl+z"], "one two"),
            (["ctrl+u", "ctrl+underscore"], "one two"),
            (["ctrl+u", "ctrl+z", "ctrl+y"], ""),
        ],
    )
    def test_the_line_is_edited_as_elsewhere(self, keys: list[str], draft: str) -> None:
        """The keys of shells and editors, but for Ctrl+K, which goes to another conversation."""
        desk = Desk()
        write(desk, *"one two", *keys)
        assert desk.composer.draft == draft

    def test_ctrl_c_clears_the_line_and_up_brings_it_back(self) -> None:
        """Nothing typed is lost by it, and nothing is quit."""
        desk = Desk()
        write(desk, *"oops", "ctrl+c")
        assert desk.composer.draft == ""
        assert desk.heard_of(Composer.QuitHint) == []
        desk = Desk()
        write(desk, *"oops", "ctrl+c", "up")
        assert desk.composer.draft == "oops"
        desk = Desk()
        write(desk, *"oops", "ctrl+c", "ctrl+z")
        assert desk.composer.draft == "oops"

    def test_ctrl_c_on_an_empty_line_hints_at_quitting(self) -> None:
        """The owner says how; it does not end anything by itself."""
        desk = Desk()
        write(desk, "ctrl+c")
        assert [hint.control for hint in desk.heard_of(Composer.QuitHint)] == [desk.composer]
        assert desk.quits == 0

    def test_ctrl_c_copies_what_is_selected_in_the_line(self) -> None:
        """Selected text is not cleared."""
        desk = Desk()
        write(desk, *"one two", "ctrl+shift+left", "ctrl+c")
        assert desk.clipboard == "two"
        assert desk.composer.draft == "one two"

    def test_ctrl_c_copies_what_is_selected_elsewhere(self) -> None:
        """Text selected with the mouse in the talk is copied, the draft stays."""
        desk = Desk()

        async def select(pilot: Keys) -> None:
            pilot.app.screen.query_one("#talk").text_select_all()
            await keys(pilot, "ctrl+c")

        write(desk, *"draft", then=select)
        assert desk.clipboard.startswith("talk\ntalk")
        assert desk.composer.draft == "draft"

    def test_escape_with_nothing_to_close_is_told(self) -> None:
        """The owner goes to the newest message; the draft stays."""
        desk = Desk()
        write(desk, *"ab", "escape")
        assert [left.control for left in desk.heard_of(Composer.Left)] == [desk.composer]
        assert desk.composer.draft == "ab"

    def test_every_key_of_the_table_for_the_line_has_its_action(self) -> None:
        """Help promises nothing that the composer can't do."""
        actions = [entry.action for entry in KEYS[Place.LINE] if "." not in entry.action]
        assert all(hasattr(Composer, f"action_{action}") for action in actions)

    def test_no_key_of_the_line_is_bound_twice(self) -> None:
        """What the table says is not shadowed by an editing key."""
        bound = [
            key for entry in Composer.BINDINGS if isinstance(entry, Binding) for key in entry.key.split(",")
        ]
        assert len(bound) > 40
        assert len(bound) == len(set(bound))
