"""What concerns only what is in front."""

from concurrent.futures import Future
from typing import Any

import pytest

from chat.protocol.records import Conversation
from chat.tui.asked.answer import Answer
from chat.tui.plain.here import carry_out_here
from chat.tui.slash import actions
from tests.support.frames import channel, direct


class Marked:
    """A client that remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    def mark_read(self, target: str, number: int) -> Future[Any]:
        self.asked.append((target, number))
        return Future()


class Places:
    """Three conversations, the first in front."""

    front = "c-general"
    before_front = ""

    def conversations(self) -> list[Conversation]:
        return [
            channel(last=9, unread=2, topic="tea"),
            channel("dev", last=4, unread=1),
            direct("bob", last=3, unread=0),
        ]


def done(action: actions.Action, places: Places | None = None) -> Answer:
    """What comes of an action."""
    return carry_out_here(Marked(), action, places or Places())


@pytest.mark.parametrize(
    ("action", "shown"),
    [
        (actions.Switch("dev"), "c-dev"),
        (actions.Switch("@bob"), "d-bob"),
        (actions.Switch("gen"), "c-general"),
        (actions.GoTo(1), "c-general"),
        (actions.GoTo(3), "d-bob"),
    ],
)
def test_one_goes_to_a_conversation_by_name_or_number(action: actions.Action, shown: str) -> None:
    """A part of the name is enough."""
    assert done(action) == Answer(show=shown)


@pytest.mark.parametrize(
    ("action", "sentence"),
    [
        (actions.Switch("xyz"), "There is no conversation like 'xyz' here."),
        (actions.GoTo(4), "There is no conversation 4."),
        (actions.LastConversation(), "There is no conversation to go back to."),
        (actions.ShowTopic("#ops"), "You are not in #ops; /join #ops enters it."),
    ],
)
def test_what_is_not_there_is_refused(action: actions.Action, sentence: str) -> None:
    """With a sentence."""
    assert done(action) == Answer(sentence, failed=True)


def test_one_goes_back_to_where_one_was() -> None:
    """As long as one is still in it."""
    places = Places()
    places.before_front = "c-dev"
    assert done(actions.LastConversation(), places) == Answer(show="c-dev")
    places.before_front = "c-gone"
    assert done(actions.LastConversation(), places).failed


def test_a_topic_is_shown_of_here_or_of_a_named_channel() -> None:
    """Where there is none, it is said how to set one."""
    assert done(actions.ShowTopic()) == Answer("tea")
    assert done(actions.ShowTopic("#DEV")) == Answer("#dev has no topic. /topic TEXT sets one.")


def test_there_is_no_topic_where_nothing_is_in_front() -> None:
    """As after leaving the last channel."""
    places = Places()
    places.front = ""
    assert done(actions.ShowTopic(), places) == Answer("You are in no channel.", failed=True)


def test_what_is_unread_can_be_marked_here_or_everywhere() -> None:
    """Up to the newest entry; what is read already is not marked again."""
    client = Marked()
    carry_out_here(client, actions.MarkRead(), Places())
    assert client.asked == [("c-general", 9)]
    carry_out_here(client, actions.MarkRead(everything=True), Places())
    assert client.asked[1:] == [("c-general", 9), ("c-dev", 4)]


def test_help_lists_all_commands_or_tells_of_one() -> None:
    """The words are those of the full screen."""
    assert "/join" in done(actions.ShowHelp()).text
    assert "/topic" in done(actions.ShowHelp("topic")).text


def test_what_belongs_to_the_server_is_not_done_here() -> None:
    """A new action can't be forgotten silently."""
    assert done(actions.Join("#dev")).failed
