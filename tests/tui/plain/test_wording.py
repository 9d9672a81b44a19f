"""How entries and events read as lines."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.protocol.entries import (
    AnyEntry,
    Created,
    Deleted,
    Edited,
    Joined,
    Left,
    Message,
    Muted,
    Pinned,
    Reacted,
    RoleChanged,
    TopicChanged,
    Unmuted,
    Unpinned,
)
from chat.protocol.records import ConversationKind, Role
from chat.text import sanitize
from chat.tui.plain.wording import day_line, entry_lines, event_line, heading, title
from tests.support.frames import channel, direct, message

TIME = datetime(2024, 5, 17, 14, 3, tzinfo=UTC)
ENTRY = {"conversation": "c-general", "number": 3, "user": "u-ann", "nick": "ann", "timestamp": TIME}


CHANGE = {**ENTRY, "message": 1}
SUE = {"member": "u-sue", "member_nick": "sue"}


def lines(entry: AnyEntry, where: str = "", about: Message | None = None) -> list[str]:
    """The lines of an entry at 14:03."""
    return list(entry_lines(entry, TIME, where, about))


def test_a_message_is_time_nick_and_text() -> None:
    """In the conversation in front nothing else stands in its line."""
    assert lines(message(1, "hi")) == ["14:03 <ann> hi"]


def test_a_message_from_elsewhere_names_its_conversation() -> None:
    """The mark stands between time and nick."""
    assert lines(message(1, "psst"), "@ann") == ["14:03 @ann <ann> psst"]


def test_an_action_is_told_from_a_message_and_from_an_event() -> None:
    """The stars stand close around the nick."""
    assert lines(message(1, "waves", action=True)) == ["14:03 *ann* waves"]


@pytest.mark.parametrize(("me", "whom"), [("u-sue", "you"), ("u-bob", "sue")])
@pytest.mark.parametrize(
    ("kind", "fields", "said"),
    [
        (
            Muted,
            {**SUE, "until": TIME + timedelta(minutes=10), "reason": "caps"},
            "muted {} for 10 minutes, until 14:13: caps",
        ),
        (Unmuted, SUE, "let {} write again"),
        (RoleChanged, {**SUE, "role": Role.OPERATOR}, "made {} an operator"),
        (Left, {"by": "ann", "reason": "ads"}, "took {} out: ads"),
    ],
)
def test_what_was_done_to_somebody_says_who_why_and_until_when(
    kind: type[Any], fields: dict[str, Any], said: str, me: str, whom: str
) -> None:
    """To the one concerned as `you`, to all others by the nick."""
    about = {"user": "u-sue", "nick": "sue"} if kind is Left else {}
    entry = kind(**{**ENTRY, **about, **fields})
    (line,) = entry_lines(entry, TIME, "", me=me)
    assert line == f"14:03 * ann {said.format(whom)}"


def test_further_lines_of_a_message_are_marked() -> None:
    """So nobody can write a line that looks as if another had said it."""
    assert lines(message(1, "one\n14:03 <bob> two")) == ["14:03 <ann> one", "      | 14:03 <bob> two"]


@given(text=st.text(min_size=1))
def test_no_text_can_begin_a_line_of_its_own(text: str) -> None:
    """Whatever somebody writes, every line begins with the time and their nick, or with the mark."""
    first, *further = lines(message(1, sanitize(text)))
    assert first.startswith("14:03 <ann> ")
    assert all(line.startswith("      | ") for line in further)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (Joined(**ENTRY), "ann joined"),  # type: ignore[arg-type]
        (Left(**ENTRY), "ann left"),  # type: ignore[arg-type]
        (Left(reason="lunch", **ENTRY), "ann left (lunch)"),  # type: ignore[arg-type]
        (TopicChanged(topic="tea", **ENTRY), "ann set the topic: tea"),  # type: ignore[arg-type]
        (TopicChanged(topic="", **ENTRY), "ann removed the topic"),  # type: ignore[arg-type]
        (Created(kind=ConversationKind.CHANNEL, name="#dev", **ENTRY), "ann made #dev"),  # type: ignore[arg-type]
        (Created(kind=ConversationKind.DIRECT, **ENTRY), "here the conversation begins"),  # type: ignore[arg-type]
    ],
)
def test_everything_else_that_happens_is_one_starred_line(entry: AnyEntry, said: str) -> None:
    """Each kind of entry has its words."""
    assert lines(entry) == [f"14:03 * {said}"]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (Edited(text="new", **CHANGE), "ann edited: new"),  # type: ignore[arg-type]
        (Edited(**CHANGE), "ann edited a message"),  # type: ignore[arg-type]
        (Deleted(**CHANGE), "ann deleted a message"),  # type: ignore[arg-type]
        (Reacted(emoji="👍", **CHANGE), 'ann reacted 👍 to "hello"'),  # type: ignore[arg-type]
        (Reacted(emoji="👍", removed=True, **CHANGE), 'ann took back 👍 from "hello"'),  # type: ignore[arg-type]
        (Pinned(**CHANGE), 'ann pinned "hello"'),  # type: ignore[arg-type]
        (Unpinned(**CHANGE), 'ann unpinned "hello"'),  # type: ignore[arg-type]
    ],
)
def test_a_change_of_a_message_is_one_starred_line_that_names_it(entry: AnyEntry, said: str) -> None:
    """Who listens to the lines hears what it is about."""
    assert lines(entry, about=message(1, "hello")) == [f"14:03 * {said}"]


def test_a_message_is_named_by_how_it_begins() -> None:
    """A long one is cut, one of several lines becomes one, and one that is not here is just a message."""
    pin = Pinned(**CHANGE)  # type: ignore[arg-type]
    long = message(1, "deploying to staging now,\nthen to production after lunch")
    assert lines(pin, about=long) == ['14:03 * ann pinned "deploying to staging now, then to produc…"']
    assert lines(pin) == ["14:03 * ann pinned a message"]


def test_a_deleted_message_says_so_and_nothing_else() -> None:
    """No text of a person can look like it."""
    assert lines(message(1, "", deleted=True)) == ["14:03 * a message of ann was deleted"]


def test_the_further_lines_of_an_edit_are_marked() -> None:
    """As those of a message are."""
    edit = Edited(text="one\ntwo", **CHANGE)  # type: ignore[arg-type]
    assert lines(edit) == ["14:03 * ann edited: one", "      | two"]


def test_what_stands_in_no_log_is_a_starred_line_too() -> None:
    """As a change of nick is."""
    assert event_line("ann is now called anna", TIME) == "14:03 * ann is now called anna"


def test_a_day_is_written_in_words() -> None:
    """Weekday, day, month, year."""
    assert day_line(date(2024, 5, 7)) == "-- Tuesday 7 May 2024"


def test_a_conversation_is_called_as_it_can_be_typed() -> None:
    """A channel by its name, a person with the sign before the nick."""
    assert title(channel("dev")) == "#dev"
    assert title(direct("bob")) == "@bob"


def test_a_heading_shows_the_topic_of_a_channel() -> None:
    """And nothing where there is none."""
    assert heading(channel("dev", topic="what we build")) == "-- #dev: what we build"
    assert heading(channel("dev")) == "-- #dev"


def test_a_heading_says_that_a_direct_conversation_is_private() -> None:
    """Since its lines are written among those of channels."""
    assert heading(direct("bob")) == "-- @bob: only the two of you read this"
