"""What a line will be is told while it is written, and what is too long is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.tui.slash.actions import Join, Say, SayTo
from chat.tui.slash.parse import parse
from chat.tui.slash.preview import BodyLimit, Kind, Preview, check_length, preview
from chat.tui.slash.secrecy import hidden
from chat.tui.slash.spec import Command, SlashError
from chat.tui.slash.table import COMMANDS

LIMIT = BodyLimit(characters=100, bytes=150)


@pytest.mark.parametrize("line", ["", "  ", "hello", "//join", "a\nb", " code"])
def test_a_message_needs_no_words(line: str) -> None:
    """The usual case is silent."""
    assert preview(line, LIMIT) == Preview(Kind.MESSAGE)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
@pytest.mark.parametrize("ending", ["", " ", " x"])
def test_a_command_shows_its_usage_from_its_name_on(command: Command, ending: str) -> None:
    """While one writes the arguments, what they are stays in sight, and missing ones are no problem."""
    line = f"/{command.name}{ending}"
    told = preview(line, LIMIT)
    if hidden(line):
        assert told == Preview(Kind.PROBLEM, hidden(line))
        return
    assert told.kind is Kind.COMMAND
    assert told.note.startswith(command.usage)


@pytest.mark.parametrize("line", ["/", "/l", "/jo", "/LEA"])
def test_the_beginning_of_a_command_is_one_already(line: str) -> None:
    """While the name is being written, the proposals say the rest."""
    assert preview(line, LIMIT) == Preview(Kind.COMMAND)


def test_a_number_is_a_command() -> None:
    """/3 is in no table, but it is no mistake."""
    assert preview("/3", LIMIT) == Preview(Kind.COMMAND, "show conversation 3")


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("/jion", "did you mean /join?"),
        ("/xyzzy hello", "/help"),
        ("/l x", "/leave, /list, /last, /login or /logout"),
        (" /join", "white space"),
        ("7join", "Did you mean /join?"),
    ],
)
def test_a_line_that_would_be_refused_says_so_at_once(line: str, part: str) -> None:
    """Nobody has to press Enter to learn of a slip."""
    told = preview(line, LIMIT)
    assert told.kind is Kind.PROBLEM
    assert part in told.note


def test_a_message_that_is_nearly_too_long_tells_its_size() -> None:
    """From nine tenths on one sees how much is left."""
    assert preview("x" * 89, LIMIT).note == ""
    assert preview("x" * 90, LIMIT) == Preview(Kind.MESSAGE, "90 of 100 characters")
    assert preview("x" * 100, LIMIT) == Preview(Kind.MESSAGE, "100 of 100 characters")


@pytest.mark.parametrize("before", ["", "/me ", "/msg bob "])
def test_a_message_that_is_too_long_says_by_how_much(before: str) -> None:
    """Only what becomes the message counts, not the command before it."""
    assert preview(before + "x" * 100, LIMIT).kind is not Kind.PROBLEM
    told = preview(before + "x" * 103, LIMIT)
    assert told == Preview(Kind.PROBLEM, "Too long for one message: take away 3 of 103 characters.")


def test_bytes_count_too() -> None:
    """Letters that take more room are fewer."""
    told = preview("é" * 80, LIMIT)
    assert told == Preview(Kind.PROBLEM, "Too long for one message: it takes 160 bytes, 150 are allowed.")


def test_without_a_limit_no_length_is_a_problem() -> None:
    """Before a server said its limits, none is made up."""
    assert preview("x" * 100_000, None) == Preview(Kind.MESSAGE)
    assert preview("/me " + "x" * 100_000, None).kind is Kind.COMMAND


def test_a_message_taller_than_its_field_tells_its_lines() -> None:
    """After a long paste one sees how much there is, and that it is one message."""
    assert preview("\n".join("x" * 8), None).note == ""
    assert preview("\n".join("x" * 23), None).note == "23 lines, one message"


@given(st.text(max_size=130))
def test_the_preview_of_a_message_and_its_sending_agree(text: str) -> None:
    """A message is refused when it is sent if and only if the preview said so."""
    try:
        action = parse(text)
        check_length(action, LIMIT)
    except SlashError:
        assert not text.strip() or preview(text, LIMIT).kind is not Kind.MESSAGE
    else:
        assert preview(text, LIMIT).kind is not Kind.PROBLEM
        assert (preview(text, LIMIT).kind is Kind.MESSAGE) == (isinstance(action, Say) and not action.action)


@pytest.mark.parametrize("action", [Say("x" * 101), Say("x" * 101, action=True), SayTo("bob", "x" * 101)])
def test_too_long_a_text_is_refused(action: Say | SayTo) -> None:
    """Whichever way it is said."""
    with pytest.raises(SlashError, match="take away 1 of 101 characters"):
        check_length(action, LIMIT)


def test_an_action_that_says_nothing_is_never_too_long() -> None:
    """Names are the server's to judge."""
    check_length(Join("#" + "x" * 500), LIMIT)


def test_a_lone_surrogate_is_counted_and_not_an_accident() -> None:
    """Half a character from a broken paste can't be encoded, but the line can still be judged."""
    assert preview("\ud83d", LIMIT).kind is Kind.MESSAGE
