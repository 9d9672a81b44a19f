"""Edits, deletions, reactions and pins in the line mode: how they are asked for, and how they are told."""

import pytest

from chat.errors import UsageError
from chat.protocol.requests import Delete, Edit, Pin, React
from tests.support.line_run import LineRun


@pytest.fixture
def run() -> LineRun:
    """A server, and somebody about to join it."""
    return LineRun()


def events(lines: list[str]) -> list[str]:
    """What was told in starred lines, without times."""
    return [line[8:] for line in lines if line[6:8] == "* "]


def number_of(run: LineRun, text: str) -> int:
    """The number of the message with a text."""
    with run.client.reading() as state:
        (number,) = (
            entry.number
            for known in state.conversations
            for entry in known.timeline.between(1, known.timeline.last)
            if getattr(entry, "text", "") == text
        )
    return number


def test_commands_act_on_the_last_message_that_makes_sense(run: LineRun) -> None:
    """Each is told in a line of its own, as everybody sees it."""
    lines = run.run("helo world", "/edit hello world", "/react 👍", "/pin", "/unpin", "/react 👍", "/delete")
    assert events(lines)[-6:] == [
        "ann edited: hello world",
        'ann reacted 👍 to "hello world"',
        'ann pinned "hello world"',
        'ann unpinned "hello world"',
        'ann took back 👍 from "hello world"',
        "ann deleted a message",
    ]


def test_one_edits_ones_own_last_message_though_others_spoke_since(run: LineRun) -> None:
    """What others said is theirs."""
    run.client.at["and then"] = lambda: run.says("bob", "something")
    lines = run.run("mine", "and then", "/edit and now")
    assert "ann edited: and now" in events(lines)


def test_what_is_pinned_is_told_with_numbers_that_commands_take(run: LineRun) -> None:
    """What was said long ago is fetched to be told."""
    run.says("bob", "read this")
    for each in range(30):
        run.says("bob", f"message {each}")
    run.asks("bob", Pin, target="#general", message=3)
    lines = run.run("/pin", "/pins", "/unpin 3", "/pins")
    assert '3: bob: "read this"' in lines
    assert lines[-1].endswith(': bob: "message 29"')


def test_where_nothing_is_pinned_the_next_step_is_told(run: LineRun) -> None:
    """An empty answer says nothing."""
    assert run.run("/pins")[-1].startswith("Nothing is pinned here. /pin")


def test_what_others_change_is_told_as_it_happens(run: LineRun) -> None:
    """In one line each, that names the message."""

    def others() -> None:
        number = number_of(run, "deploying to staging")
        for kind, fields in (
            (React, {"emoji": "🎉"}),
            (Pin, {}),
            (Edit, {"text": "deployed to staging"}),
            (Delete, {}),
        ):
            run.asks("bob", kind, target="#general", message=number, **fields)

    run.says("bob", "deploying to staging")
    run.client.at["go"] = others
    assert events(run.run("go"))[-4:] == [
        "bob reacted 🎉 to a message",  # by the time it is written the message is gone
        "bob pinned a message",
        "bob edited a message",
        "bob deleted a message",
    ]


def test_an_edit_without_a_text_asks_for_one(run: LineRun) -> None:
    """There is no line here that it could be put into."""
    with pytest.raises(UsageError):
        run.run("hello", "/edit")
    assert run.notes[-1] == '! What is the new text? /edit TEXT takes the place of "hello".'


def test_where_nothing_was_said_nothing_is_changed(run: LineRun) -> None:
    """The sentence says what is missing."""
    with pytest.raises(UsageError):
        run.run("/edit hello", "/delete", "/unpin")
    assert [note for note in run.notes if not note.startswith("--")] == [
        "! You said nothing here that could be edited.",
        "! You said nothing here that could be deleted.",
        "! Nothing is pinned here.",
    ]


def test_who_types_by_hand_deletes_by_asking_twice(run: LineRun) -> None:
    """What is gone does not come back; another message is another question."""
    lines = run.run("one", "/delete", by_hand=True)
    assert "ann deleted a message" not in events(lines)
    assert run.notes[-1] == '-- This deletes "one" for everybody. The same again does it.'
    assert "ann deleted a message" in events(LineRun().run("one", "/delete", "/delete", by_hand=True))


def test_what_the_server_refuses_is_told(run: LineRun) -> None:
    """With the server's own sentence."""
    run.says("bob", "bob's own")
    with pytest.raises(UsageError):
        run.run("/delete 3")
    assert run.notes[-1] == "! bob said this; only its author and operators of the channel may delete it."
