"""The line one writes: sending, lines, pastes, growing, recalling, drafts, and keys that are the screen's."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual import events
from textual.binding import Binding
from textual.pilot import Pilot

from chat.tui.keys import KEYS, Place
from chat.tui.slash.actions import Join, Say
from chat.tui.slash.input_history import InputHistory
from chat.tui.slash.preview import BodyLimit
from chat.tui.widgets.composer import Composer
from tests.support.composing import Desk, keys, paste, write

Keys = Pilot[Any]


def pasting(text: str) -> Callable[[Keys], Awaitable[None]]:
    """Paste as the thing to do."""
    return lambda pilot: paste(pilot, text)


class TestSending:
    """Enter."""

    def test_enter_hands_the_line_on_and_empties_it(self) -> None:
        """The owner gets the text and what it asks for; the line is free for the next one."""
        desk = Desk()
        write(desk, *"hello", "enter")
        (submitted,) = desk.heard_of(Composer.Submitted)
        assert (submitted.text, submitted.action) == ("hello", Say("hello"))
        assert submitted.control is desk.composer
        assert desk.composer.draft == ""

    def test_enter_on_white_space_does_nothing(self) -> None:
        """There is nothing to send, and nothing to say about it."""
        desk = Desk()
        write(desk, " ", "ctrl+j", "enter")
        assert desk.sent == []
        assert desk.composer.draft == " \n"
        assert desk.seen.note == ""

    def test_a_command_is_handed_on_as_its_action(self) -> None:
        """The owner need not read it again."""
        desk = Desk()
        write(desk, *"/join dev", "enter")
        assert [submitted.action for submitted in desk.heard_of(Composer.Submitted)] == [Join("#dev")]

    @pytest.mark.parametrize("line", ["/jion x", "/msg bob", " /join"])
    def test_what_can_not_be_carried_out_stays_with_the_reason_above(self, line: str) -> None:
        """A slip is not sent as text and not lost."""
        desk = Desk()
        write(desk, *line, "enter")
        assert desk.sent == []
        assert desk.composer.draft == line
        assert desk.seen.note.startswith("! ")
        assert desk.composer.has_class("-problem")

    def test_the_reason_goes_with_the_next_change(self) -> None:
        """Whoever mends the line is not told of the old one."""
        desk = Desk()
        write(desk, *"/nick", "enter")
        assert "new nick is missing" in desk.seen.note
        desk = Desk()
        write(desk, *"/nick", "enter", *" m")
        assert desk.seen.note.startswith("/nick NAME")
        assert not desk.composer.has_class("-problem")

    def test_a_message_over_the_limit_stays_with_the_reason_above(self) -> None:
        """The whole text is kept; the sentence says how much is too much."""
        desk = Desk()
        desk.composer.limit = BodyLimit(characters=10, bytes=100)
        write(desk, *"twelve chars", "enter")
        assert desk.sent == []
        assert desk.composer.draft == "twelve chars"
        assert "take away 2 of 12 characters" in desk.seen.note

    def test_what_was_typed_in_one_piece_is_taken_in_turn(self) -> None:
        """Over a slow link many keys come at once; lines and corrections stay where they were typed."""
        desk = Desk()

        first = [*"helol", "backspace", "backspace", *"lo", "ctrl+j", *"world", "enter"]
        write(desk, *first, *"next", "left", "!")
        assert desk.sent == ["hello\nworld"]
        assert desk.composer.draft == "nex!t"


class TestLines:
    """Several lines in one message, and the room they take."""

    @pytest.mark.parametrize("key", ["ctrl+j", "shift+enter"])
    def test_a_new_line_is_one_key_away(self, key: str) -> None:
        """Ctrl+J always, Shift+Enter where the terminal tells it from Enter."""
        desk = Desk()
        write(desk, "a", key, "b")
        assert desk.composer.draft == "a\nb"
        assert desk.sent == []

    def test_the_composer_grows_to_eight_rows_and_shrinks_again(self) -> None:
        """One row more for each line, no more than eight; after sending it is small again."""
        desk = Desk()
        heights = []

        async def grow(pilot: Keys) -> None:
            for _ in range(10):
                heights.append(desk.composer.region.height)
                await keys(pilot, "x", "ctrl+j")
            await keys(pilot, "enter")
            heights.append(desk.composer.region.height)

        write(desk, then=grow)
        assert heights == [1, 2, 3, 4, 5, 6, 7, 8, 8, 8, 1]
        assert desk.sent == ["\n".join("x" * 10) + "\n"]

    def test_a_long_line_is_wrapped(self) -> None:
        """Its rows count like lines."""
        desk = Desk()
        heights = []

        async def fill(pilot: Keys) -> None:
            await paste(pilot, "word " * 30)
            heights.append(desk.composer.region.height)

        write(desk, then=fill, size=(40, 20))
        assert heights == [5]

    def test_the_cursor_stays_in_sight(self) -> None:
        """Of a text taller than the composer the end is shown while one writes there."""
        desk = Desk()
        write(desk, then=lambda pilot: paste(pilot, "\n".join(f"line {number}" for number in range(30))))
        assert [line.strip(" ▏▅▂▄▆▇█▁▃") for line in desk.seen.lines[-2:]] == ["line 28", "line 29"]


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


class TestRecalling:
    """Up and Down."""

    def test_up_and_down_recall_and_keep_the_draft(self) -> None:
        """What one is writing is there again on the way back."""
        desk = Desk()
        drafts = []

        async def browse(pilot: Keys) -> None:
            for key in ["up", "up", "up", "down", "down", "down"]:
                await keys(pilot, key)
                drafts.append(desk.composer.draft)

        write(desk, *"one", "enter", *"two", "enter", *"dra", then=browse)
        assert drafts == ["two", "one", "one", "two", "dra", "dra"]

    def test_up_moves_within_a_text_first(self) -> None:
        """Only from its first row on it recalls."""
        desk = Desk()
        write(desk, *"sent", "enter", "a", "ctrl+j", "b", "up", "x")
        assert desk.composer.draft == "ax\nb"
        desk = Desk()
        write(desk, *"sent", "enter", "a", "ctrl+j", "b", "up", "up")
        assert desk.composer.draft == "sent"

    def test_down_moves_within_a_text_first(self) -> None:
        """Only from its last row on it goes back to newer texts."""
        desk = Desk()
        write(desk, "a", "ctrl+j", "b", "enter", "up", "down", "x")
        assert desk.composer.draft == "a\nbx"
        desk = Desk()
        write(desk, "a", "ctrl+j", "b", "enter", "up", "down", "down")
        assert desk.composer.draft == ""

    def test_rows_of_a_wrapped_line_are_moved_through(self) -> None:
        """A long line has several rows; Up in the second goes to the first."""
        desk = Desk()
        write(desk, *"sent", "enter", *("word " * 12), "up", "!", size=(40, 20))
        assert "!" in desk.composer.draft
        assert desk.composer.draft.index("!") < 40

    def test_a_recalled_command_is_not_completed_unasked(self) -> None:
        """Up again goes on recalling, it does not choose among proposals."""
        desk = Desk()
        write(desk, *"one", "enter", *"/join #dev", "enter", "up")
        assert desk.composer.draft == "/join #dev"
        assert desk.seen.proposed == ()
        desk = Desk()
        write(desk, *"one", "enter", *"/join #dev", "enter", "up", "up")
        assert desk.composer.draft == "one"

    def test_what_was_sent_goes_into_the_history_that_was_loaded(self) -> None:
        """The owner keeps it, one for each conversation."""
        desk = Desk()
        write(desk, *"one", "enter", *"/nope", "enter")
        assert desk.written.texts == ("one",)


class TestConversations:
    """One composer, many drafts."""

    def test_each_conversation_has_its_own_draft_and_history(self) -> None:
        """The owner takes the draft out and loads the other; nothing is sent by it."""
        desk = Desk()
        other = InputHistory(["said there"])
        seen = []

        async def switch(pilot: Keys) -> None:
            here = desk.composer.draft
            desk.composer.load("half there", other, "write to bob")
            await pilot.pause()
            seen.append(desk.composer.draft)
            await keys(pilot, "up")
            seen.append(desk.composer.draft)
            desk.composer.load(here, desk.written, "write to #general")
            await keys(pilot, "!")
            seen.append(desk.composer.draft)

        write(desk, *"half here", then=switch)
        assert seen == ["half there", "said there", "half here!"]
        assert desk.sent == []
        assert other.newer("said there") == "half there"

    def test_the_placeholder_says_where_one_writes_and_is_no_markup(self) -> None:
        """A nick with brackets is shown letter by letter."""
        desk = Desk()

        async def switch(_: Keys) -> None:
            desk.composer.load("", InputHistory(), "write to [/] [@click=quit]x[/]")

        write(desk, then=switch)
        assert "write to [/] [@click=quit]x[/]" in desk.seen.lines[-1]

    def test_a_loaded_draft_can_not_be_undone_into_another(self) -> None:
        """Ctrl+Z does not bring one conversation's text into the next."""
        desk = Desk()

        async def switch(pilot: Keys) -> None:
            desk.composer.load("there", InputHistory(), "")
            await keys(pilot, "ctrl+z")

        write(desk, *"here", then=switch)
        assert desk.composer.draft == "there"

    def test_a_line_that_came_to_nothing_is_given_back(self) -> None:
        """Nobody of that name: the text is there again, with the reason."""
        desk = Desk()

        async def give_back(pilot: Keys) -> None:
            desk.composer.put_back("/msg nobody hi", "There is nobody called nobody.")
            await pilot.pause()

        write(desk, *"/msg nobody hi", "enter", then=give_back)
        assert desk.composer.draft == "/msg nobody hi"
        assert desk.seen.note == "! There is nobody called nobody."

    def test_a_line_given_back_does_not_overwrite_a_new_one(self) -> None:
        """Whoever went on writing keeps that; the old line is still one Up away."""
        desk = Desk()

        async def give_back(pilot: Keys) -> None:
            desk.composer.put_back("old", "It did not work.")
            await pilot.pause()
            assert desk.composer.draft == "new"
            assert desk.composer.popup.note == "! It did not work."
            await keys(pilot, "up")

        write(desk, *"old", "enter", *"new", then=give_back)
        assert desk.composer.draft == "old"


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
