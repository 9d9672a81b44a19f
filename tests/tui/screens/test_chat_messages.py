"""Selecting a message and doing something with it: edit, delete, react, pin, copy, details."""

from typing import Any

from textual.pilot import Pilot

from chat.protocol.requests import Delete, Edit, Pin, React
from chat.server.domain.limits import default_limits
from chat.tui.desk.entry_rows import number_of
from chat.tui.render.rows import Row
from tests.support.chat_stage import Stage, play

PAGE = default_limits().page_entries


def rows(stage: Stage) -> dict[str, Row]:
    """What was said in front, by its text."""
    store = stage.front.model.store
    return {store[at].text: store[at] for at in range(len(store)) if store[at].said}


def selected(stage: Stage) -> str:
    """The text of the selected message; empty for none."""
    row = stage.screen.front.log_view.selected
    return row.text if row else ""


async def talk(stage: Stage, pilot: Pilot[Any], *texts: str) -> None:
    """Have bob say something, then oneself."""
    for text in texts:
        stage.says("bob", text)
    stage.client.say("#general", "mine")
    await stage.show(pilot)


async def press(stage: Stage, pilot: Pilot[Any], *keys: str) -> None:
    """Press keys and see what comes of it."""
    await pilot.press(*keys)
    await stage.show(pilot)


def asks(stage: Stage, who: str, kind: type[Any], said: str, **fields: Any) -> None:
    """Have somebody change a message."""
    stage.asks(who, kind, target="#general", message=number_of(rows(stage)[said].key), **fields)


# ---------------------------------------------------------------------- selecting


def test_a_message_is_selected_by_keys_and_left_below_the_newest() -> None:
    """The line has the keys again then; the last line tells which keys matter meanwhile."""

    async def deed(stage: Stage, pilot: Pilot[Any]) -> None:
        await talk(stage, pilot, "one", "two")
        await press(stage, pilot, "ctrl+up")
        assert selected(stage) == "mine"
        assert "E edit" in stage.status
        await press(stage, pilot, "k", "up")
        assert selected(stage) == "one"
        assert "E edit" not in stage.status
        assert "+ react" in stage.status
        await press(stage, pilot, "end", "down")
        assert selected(stage) == ""
        assert stage.screen.front.composer.has_focus
        assert "Enter send" in stage.status

    play(deed)


def test_the_selected_row_bears_a_sign_and_says_who_and_when() -> None:
    """It is found without colours."""

    async def deed(stage: Stage, pilot: Pilot[Any]) -> str:
        await talk(stage, pilot, "one", "two")
        await press(stage, pilot, "ctrl+up", "up")
        return next(line for line in stage.pane_lines() if "two" in line)

    line = play(deed)
    assert line.startswith("› ")
    assert "bob" in line


def test_a_click_selects_a_message_and_two_a_word() -> None:
    """Selecting text with the mouse goes on working: whoever clicks twice wants text."""

    async def deed(stage: Stage, pilot: Pilot[Any]) -> None:
        await talk(stage, pilot, "one two")
        log = stage.screen.front.log_view
        y = next(y for y, line in enumerate(stage.pane_lines()) if "one two" in line)
        x = stage.pane_lines()[y].index("two")
        await pilot.click(log, offset=(x, y))
        assert selected(stage) == "one two"
        await pilot.click(log, offset=(x, y), times=2)
        assert selected(stage) == ""
        assert stage.screen.get_selected_text() == "two"
        assert stage.screen.front.composer.has_focus

    play(deed)


def test_what_comes_while_a_message_is_selected_moves_nothing() -> None:
    """It is counted at the lower edge, and Esc, then Esc again, goes there."""

    async def deed(stage: Stage, pilot: Pilot[Any]) -> None:
        await talk(stage, pilot, *(f"line {number}" for number in range(40)))
        await press(stage, pilot, "ctrl+up", "up")
        before = stage.pane_lines()
        stage.says("bob", "newer")
        await stage.show(pilot)
        assert stage.pane_lines()[:-1] == before[:-1]
        assert "1 new below" in stage.pane_lines()[-1]
        await press(stage, pilot, "escape", "escape")
        assert "newer" in stage.pane_lines()[-1]

    play(deed)


def test_moving_up_loads_older_messages() -> None:
    """As scrolling does."""

    async def deed(stage: Stage, pilot: Pilot[Any]) -> None:
        for number in range(PAGE + 60):
            stage.says("bob", f"line {number}")
        stage.client.connect()
        await stage.show(pilot)
        oldest = stage.front.first
        await press(stage, pilot, "ctrl+up", "home")
        await stage.show(pilot)
        assert stage.front.first < oldest
        assert number_of(stage.screen.front.log_view.selected.key) == oldest  # type: ignore[union-attr]

    play(deed, connect=False)


# ---------------------------------------------------------------------- what others change


def test_what_others_change_shows_where_the_message_stands() -> None:
    """Edits, reactions, pins and deletions; none of them is a row."""

    async def deed(stage: Stage, pilot: Pilot[Any]) -> None:
        await talk(stage, pilot, "teh build", "oops")
        count = len(stage.front.model.store)
        asks(stage, "bob", React, "mine", emoji="👍")
        asks(stage, "bob", Pin, "mine")
        asks(stage, "bob", Edit, "teh build", text="the build")
        asks(stage, "bob", Delete, "oops")
        await stage.show(pilot)
        seen = "\n".join(stage.lines)
        assert "the build (edited)" in seen
        assert "message deleted" in seen
        assert "mine (pinned)" in seen
        assert "👍 1" in seen
        assert "1 pinned, /pins" in seen
        assert len(stage.front.model.store) == count

    play(deed)


def test_a_reaction_far_above_scrolls_nothing() -> None:
    """Nothing jumps, at the bottom and further up."""

    async def deed(stage: Stage, pilot: Pilot[Any]) -> None:
        await talk(stage, pilot, *(f"line {number}" for number in range(60)))
        for keys in ((), ("pageup",)):
            await press(stage, pilot, *keys)
            before = stage.pane_lines()
            asks(stage, "bob", React, "line 2", emoji="🎉" if keys else "👍")
            await stage.show(pilot)
            assert stage.pane_lines() == before

    play(deed)


# ---------------------------------------------------------------------- editing


def test_a_message_is_edited_in_the_line_and_ones_draft_comes_back() -> None:
    """E puts it there, Enter saves."""

    async def deed(stage: Stage, pilot: Pilot[Any]) -> None:
        await talk(stage, pilot, "one")
        await press(stage, pilot, *"draft")
        await press(stage, pilot, "ctrl+up", "e")
        composer = stage.screen.front.composer
        assert composer.text == "mine"
        assert composer.popup.note.endswith("editing: Enter saves, Esc leaves")
        assert "Enter save" in stage.status
        await press(stage, pilot, *" too", "enter")
        assert "mine too (edited)" in "\n".join(stage.lines)
        assert composer.text == "draft"
        assert "Enter send" in stage.status

    play(deed)


def test_esc_leaves_a_message_as_it_is() -> None:
    """And one's draft comes back."""

    async def deed(stage: Stage, pilot: Pilot[Any]) -> None:
        await talk(stage, pilot, "one")
        await press(stage, pilot, *"draft", "ctrl+up", "e", "x", "escape")
        assert stage.screen.front.composer.text == "draft"
        assert "mine" in rows(stage)

    play(deed)


def test_an_edit_that_can_not_be_saved_stays_in_the_line() -> None:
    """Nothing that somebody wrote is lost; the sentence says why."""

    async def deed(stage: Stage, pilot: Pilot[Any]) -> None:
        await talk(stage, pilot, "one")
        await press(stage, pilot, "ctrl+up", "e", *" too")
        stage.client.disconnect("The server is restarting.")
        await stage.show(pilot)
        await press(stage, pilot, "enter")
        composer = stage.screen.front.composer
        assert (composer.text, composer.is_editing) == ("mine too", True)
        assert "needs a connection" in composer.popup.note
        stage.client.connect()
        await stage.show(pilot)
        await press(stage, pilot, "enter")
        assert "mine too" in rows(stage)

    play(deed)


def test_an_edit_waits_in_its_conversation_while_one_looks_at_another() -> None:
    """Draft and edited text both."""

    async def deed(stage: Stage, pilot: Pilot[Any]) -> None:
        await talk(stage, pilot, "one")
        await stage.join(pilot, "#dev")
        await press(stage, pilot, *"draft", "ctrl+up", "e", *" too", "ctrl+n")
        composer = stage.screen.front.composer
        assert (composer.text, composer.is_editing) == ("", False)
        await press(stage, pilot, "ctrl+p")
        assert (composer.text, composer.is_editing) == ("mine too", True)
        await press(stage, pilot, "escape")
        assert composer.text == "draft"

    play(deed)


def test_another_message_waits_until_the_one_that_is_edited_is_saved_or_left() -> None:
    """What was written so far is not pushed away."""

    async def deed(stage: Stage, pilot: Pilot[Any]) -> None:
        stage.client.say("#general", "first")
        await talk(stage, pilot)
        await press(stage, pilot, "ctrl+up", "e", *" too", "ctrl+up", "up", "e")
        assert stage.screen.front.composer.text == "mine too"
        assert any("editing another message" in line for line in stage.lines)
        assert stage.screen.front.composer.has_focus

    play(deed)


def test_a_message_that_looks_like_a_command_is_edited_as_text() -> None:
    """What is saved is never carried out."""

    async def deed(stage: Stage, pilot: Pilot[Any]) -> None:
        stage.client.say("#general", "/quit is a command")
        await stage.show(pilot)
        await press(stage, pilot, "ctrl+up", "e", "!", "enter")
        assert "/quit is a command!" in rows(stage)

    play(deed)


def test_the_command_edits_ones_last_message() -> None:
    """At once with a text, in the line without."""

    async def deed(stage: Stage, pilot: Pilot[Any]) -> None:
        await talk(stage, pilot)
        stage.says("bob", "theirs")
        await stage.show(pilot)
        await stage.enter(pilot, "/edit mine indeed")
        assert "mine indeed" in rows(stage)
        await stage.enter(pilot, "/edit")
        assert stage.screen.front.composer.text == "mine indeed"

    play(deed)


# ---------------------------------------------------------------------- other deeds


def test_deleting_asks_first() -> None:
    """No is marked, and what Esc means."""

    async def deed(stage: Stage, pilot: Pilot[Any]) -> None:
        await talk(stage, pilot, "one")
        await press(stage, pilot, "ctrl+up", "d", "escape")
        assert "mine" in rows(stage)
        await press(stage, pilot, "d", "y")
        assert "message deleted" in rows(stage)
        await press(stage, pilot, "e")
        assert not stage.screen.front.composer.is_editing

    play(deed)


def test_a_reaction_is_chosen_typed_and_taken_back() -> None:
    """The usual ones are a key away, any other can be typed; the same once more takes it back."""

    async def deed(stage: Stage, pilot: Pilot[Any]) -> None:
        await talk(stage, pilot, "one")
        await press(stage, pilot, "ctrl+up", "up", "plus", "down", "enter")
        assert "[🎉 1]" in "\n".join(stage.lines)
        await press(stage, pilot, "plus", "🚀", "enter")
        assert "[🚀 1]" in "\n".join(stage.lines)
        await press(stage, pilot, "plus", "enter")
        assert "🎉" not in "\n".join(stage.lines)

    play(deed)


def test_a_message_is_pinned_and_found_again() -> None:
    """/pins lists what is pinned, and Enter goes there."""

    async def deed(stage: Stage, pilot: Pilot[Any]) -> None:
        await talk(stage, pilot, "read this", *(f"line {number}" for number in range(40)))
        asks(stage, "bob", Pin, "read this")
        await stage.show(pilot)
        await stage.enter(pilot, "/pins")
        await press(stage, pilot, "enter")
        assert selected(stage) == "read this"
        await press(stage, pilot, "p")
        assert stage.front.record.pins == ()

    play(deed)


def test_a_pinned_message_from_long_ago_is_fetched_when_one_goes_there() -> None:
    """With what was said around it; what is missing between is a gap."""

    async def deed(stage: Stage, pilot: Pilot[Any]) -> None:
        for number in range(PAGE + 60):
            stage.says("bob", f"line {number}")
        stage.asks("bob", Pin, target="#general", message=5)
        stage.client.connect()
        await stage.show(pilot)
        assert stage.front.first > 5
        await stage.enter(pilot, "/pins")
        await press(stage, pilot, "enter")
        await stage.show(pilot)
        assert selected(stage) == "line 2"
        assert any("line 1" in line for line in stage.pane_lines())

    play(deed, connect=False)


def test_the_menu_offers_what_can_be_done_and_says_why_not() -> None:
    """Its keys work in it as outside."""

    async def deed(stage: Stage, pilot: Pilot[Any]) -> None:
        await talk(stage, pilot, "theirs")
        await press(stage, pilot, "ctrl+up", "up", "enter")
        assert any("Delete" in line and "only its author" in line for line in stage.lines)
        await press(stage, pilot, "d")
        assert any("only its author" in line for line in stage.lines)
        await press(stage, pilot, "p")
        assert len(stage.front.record.pins) == 1

    play(deed)


def test_what_can_not_be_done_with_a_message_says_why() -> None:
    """No key is silent."""

    async def deed(stage: Stage, pilot: Pilot[Any]) -> None:
        await talk(stage, pilot, "theirs")
        await press(stage, pilot, "ctrl+up", "up", "e")
        assert any("only its author" in line for line in stage.lines)

    play(deed)


def test_a_message_is_copied_without_its_neighbours() -> None:
    """Its text alone, as it was written."""

    async def deed(stage: Stage, pilot: Pilot[Any]) -> str:
        await talk(stage, pilot, "first line\nsecond line")
        await press(stage, pilot, "ctrl+up", "up", "y")
        return stage.app.clipboard

    assert play(deed) == "first line\nsecond line"


def test_the_details_tell_who_when_and_which_number() -> None:
    """And who reacted; any key that closes things closes them."""

    async def deed(stage: Stage, pilot: Pilot[Any]) -> None:
        await talk(stage, pilot, "one")
        asks(stage, "bob", React, "mine", emoji="👍")
        await stage.show(pilot)
        await press(stage, pilot, "ctrl+up", "i")
        seen = "\n".join(stage.lines)
        assert "you (you)" in seen
        assert "Thursday 19 November 2026, 17:58:40" in seen
        assert f"as number {number_of(rows(stage)['mine'].key)} of #general" in seen
        assert "👍 1" in seen
        await press(stage, pilot, "escape")
        assert selected(stage) == "mine"

    play(deed)


def test_a_slash_begins_a_command_about_the_selected_message() -> None:
    """It stays selected until the command is sent."""

    async def deed(stage: Stage, pilot: Pilot[Any]) -> None:
        await talk(stage, pilot, "one", "two")
        await press(stage, pilot, "ctrl+up", "up", "up", *"/react ", "tab")
        assert selected(stage) == "one"
        await press(stage, pilot, "enter")
        assert [chip.emoji for chip in rows(stage)["one"].reactions] == ["👍"]
        assert selected(stage) == ""

    play(deed)


def test_a_command_about_nothing_is_given_back() -> None:
    """With a sentence that says what is missing."""

    async def deed(stage: Stage, pilot: Pilot[Any]) -> None:
        await stage.enter(pilot, "/delete")
        composer = stage.screen.front.composer
        assert composer.text == "/delete"
        assert "You said nothing here" in composer.popup.note

    play(deed)
