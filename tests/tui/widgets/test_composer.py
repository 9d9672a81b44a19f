"""The line one writes: sending, growing, recalling, and a draft for each conversation."""

from typing import Any

import pytest
from textual.pilot import Pilot

from chat.tui.slash.actions import Join, Say
from chat.tui.slash.input_history import InputHistory
from chat.tui.slash.preview import BodyLimit
from chat.tui.widgets.composer import Composer
from tests.support.composing import Desk, keys, paste, write
from tests.support.stage import act

Keys = Pilot[Any]


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


class TestSecrets:
    """Passwords on the line."""

    @pytest.mark.parametrize("line", ["/register hunter22", "/login ann hunter22"])
    def test_a_password_is_refused_taken_away_and_kept_nowhere(self, line: str) -> None:
        """Neither in the draft, before and after Enter, nor in what Up brings back."""
        desk = Desk()
        drafts: list[str] = []

        async def deed(pilot: Keys) -> None:
            desk.composer.load_text(line)
            drafts.append(desk.composer.draft)
            await pilot.press("enter")
            drafts.append(desk.composer.text)
            drafts.append(desk.composer.popup.note)
            await pilot.press("up")
            drafts.append(desk.composer.text)

        act(desk, deed)
        before, after, note, recalled = drafts
        assert (before, after, recalled) == ("", "", "")
        assert "alone asks for it" in note
        assert desk.sent == []

    def test_a_cleared_password_is_not_recalled(self) -> None:
        """Ctrl+C forgets it, as nothing else."""
        desk = Desk()
        write(desk, *"/passwd hunter22", "ctrl+c", "up")
        assert desk.composer.text == ""


class TestWaiting:
    """A line that was refused for now."""

    def test_the_wait_is_counted_down_and_the_text_stays(self) -> None:
        """Then it says that it may be sent again."""
        desk = Desk()
        now = [100.0]
        notes: list[str] = []

        async def deed(_: Keys) -> None:
            desk.composer.countdown.monotonic = lambda: now[0]
            desk.composer.put_back("/kick bob", "Too much at once.", wait=12)
            notes.append(desk.composer.popup.note)
            now[0] += 2.5
            desk.composer.countdown.look()
            notes.append(desk.composer.popup.note)
            now[0] += 10
            desk.composer.countdown.look()
            notes.append(desk.composer.popup.note)

        act(desk, deed)
        first, later, over = notes
        assert "Too much at once. Try again in 12 s." in first
        assert "Try again in 10 s." in later
        assert "Enter sends it" in over
        assert desk.composer.text == "/kick bob"
