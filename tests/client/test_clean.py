"""Nothing hostile gets past the client's door, and what is clean is not touched."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.client.clean import clean, needs_cleaning
from chat.protocol.codec import ServerFrame, decode_server_frame, encode
from chat.protocol.records import Member
from chat.protocol.replies import HistoryResult, MembersResult
from chat.text import sanitize, sanitize_line
from tests.support.frames import EVERY_EVENT, EVERY_REPLY, channel, message, user, welcome

HOSTILE = "\x1b]0;owned\x07\u202ereversed"


def texts_of(value: Any) -> list[str]:
    """All texts in a value of any kind."""
    if type(value) is str:
        return [value]
    if isinstance(value, msgspec.Struct):
        return [text for name in value.__struct_fields__ for text in texts_of(getattr(value, name))]
    if isinstance(value, tuple):
        return [text for part in value for text in texts_of(part)]
    return []


def infected(value: Any) -> Any:
    """The same value with something hostile in every text."""
    if type(value) is str:
        return value + HOSTILE
    if isinstance(value, msgspec.Struct):
        changed = {name: infected(getattr(value, name)) for name in value.__struct_fields__}
        return msgspec.structs.replace(value, **changed)
    if isinstance(value, tuple):
        return tuple(map(infected, value))
    return value


@pytest.mark.parametrize("frame", [*EVERY_EVENT, *EVERY_REPLY], ids=lambda frame: type(frame).__name__)
def test_every_text_of_every_frame_is_cleaned(frame: ServerFrame) -> None:
    """Texts, nicks, topics, names, sentences and ids, however deep they stand."""
    found = texts_of(clean(infected(frame)))
    assert found == [sanitize_line(text) for text in texts_of(infected(frame))]
    assert not any("\x1b" in text or "\u202e" in text for text in found)


@pytest.mark.parametrize("frame", [*EVERY_EVENT, *EVERY_REPLY], ids=lambda frame: type(frame).__name__)
def test_a_clean_frame_is_given_back_as_it_is(frame: ServerFrame) -> None:
    """Nothing is copied for nothing."""
    assert clean(frame) is frame


def test_only_messages_and_the_message_of_the_day_have_several_lines() -> None:
    """A nick or topic with a newline in it could pretend to be somebody else's message."""
    several = "one\n\ttwo"
    assert clean(message(1, several)) == message(1, several)
    assert clean(welcome(message_of_the_day=several)) == welcome(message_of_the_day=several)
    assert clean(welcome(name=several)) == welcome(name="one  two")
    page = MembersResult(id="1", conversation="c1", last=0, members=(Member(user=user(several)),))
    cleaned = clean(page)
    assert isinstance(cleaned, MembersResult)
    assert cleaned.members[0].user.nick == "one  two"


@given(text=st.text())
def test_no_line_that_needs_cleaning_is_passed_over(text: str) -> None:
    """Where the quick look sees nothing, the walk would change nothing either."""
    frame = channel(topic=text.encode(errors="replace").decode())
    line = msgspec.json.encode(frame)
    assert needs_cleaning(line) or frame.topic == sanitize_line(frame.topic) == sanitize(frame.topic)


def test_the_quick_look_spares_ordinary_lines() -> None:
    """Plain text needs no walk."""
    assert not needs_cleaning(encode(message(1, "Hello, is there tea?")).rstrip(b"\n"))
    assert needs_cleaning(encode(message(1, "h\u00e9")).rstrip(b"\n"))
    assert needs_cleaning(b'{"text":"\\u001b"}')


@given(texts=st.lists(st.text(st.characters(codec="utf-8")), max_size=5))
def test_cleaning_twice_changes_nothing_more(texts: list[str]) -> None:
    """What the server cleaned stays as the server stored it."""
    page = HistoryResult(
        id="1",
        conversation="c1",
        entries=tuple(message(number, text) for number, text in enumerate(texts, start=1)),
        first=1,
        last=9,
    )
    once = clean(page)
    assert clean(once) is once
    assert decode_server_frame(encode(once).rstrip(b"\n")) == once
