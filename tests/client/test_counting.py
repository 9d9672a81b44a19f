"""What is unread after one read on elsewhere: told by the server where it can't be told from what is here."""

import pytest

from chat.client.changes import ConversationChanged, Phase
from chat.client.client import ChatClient
from chat.protocol.codes import ErrorCode
from chat.protocol.events import ReadMarked
from chat.protocol.replies import MarkReadResult
from chat.protocol.requests import MarkRead
from tests.support.connecting import Connect
from tests.support.frames import WHEN, channel, message
from tests.support.recorder import Recorder
from tests.support.scripted_server import ScriptedLink, ScriptedServer


@pytest.fixture
def met(server: ScriptedServer, connect: Connect) -> tuple[ChatClient, Recorder, ScriptedLink]:
    """Ann's client, which knows of 30 messages that 28 are unread and has seen none of them."""
    client, told = connect()
    link = server.accept()
    link.greet(channel(last=30, read=2, unread=28, mentions=4))
    told.wait_phase(Phase.OPEN)
    return client, told, link


def elsewhere(number: int) -> ReadMarked:
    """Ann read up to a number on another device."""
    return ReadMarked(conversation="c-general", user="u-ann", number=number, timestamp=WHEN)


def count(link: ScriptedLink, asked: MarkRead, last: int, unread: int) -> None:
    """Answer with what is unread."""
    link.say(
        MarkReadResult(id=asked.id, conversation=asked.target, read=asked.number, last=last, unread=unread)
    )


def counts(client: ChatClient) -> tuple[int, int]:
    """Up to where Ann has read, and what is unread."""
    with client.reading() as state:
        conversation = state.conversations.get("c-general")
        assert conversation is not None
        return conversation.record.read, conversation.record.unread


def nothing_else_is_asked(client: ChatClient, link: ScriptedLink) -> None:
    """The next thing that the client says is what the test lets it say."""
    barrier = client.ping()
    link.give_ping()
    barrier.result(5)


def test_a_mark_in_the_middle_of_the_unknown_is_counted_by_the_server(
    met: tuple[ChatClient, Recorder, ScriptedLink],
) -> None:
    """By saying the same position once more, privately, so that nobody hears of it; once is enough."""
    client, told, link = met
    link.say(elsewhere(17))
    asked = link.expect(MarkRead)
    assert (asked.target, asked.number, asked.private) == ("c-general", 17, True)
    link.say(message(31, who="ben"))
    count(link, asked, last=30, unread=13)
    told.wait(ConversationChanged, lambda change: change.conversation.unread == 14)
    nothing_else_is_asked(client, link)
    assert counts(client) == (17, 14)


def test_many_marks_are_one_question_and_one_for_the_newest(
    met: tuple[ChatClient, Recorder, ScriptedLink],
) -> None:
    """However fast the other device reads."""
    client, told, link = met
    link.say(*(elsewhere(number) for number in range(5, 15)))
    first = link.expect(MarkRead)
    link.say(*(elsewhere(number) for number in range(15, 25)))
    count(link, first, last=30, unread=30 - first.number)
    second = link.expect(MarkRead)
    assert second.number == 24
    count(link, second, last=30, unread=6)
    told.wait(ConversationChanged, lambda change: change.conversation.unread == 6)
    nothing_else_is_asked(client, link)


def test_what_can_be_counted_here_is_not_asked(met: tuple[ChatClient, Recorder, ScriptedLink]) -> None:
    """Everything read, or all above the mark here, or nothing unread any more."""
    client, told, link = met
    link.say(message(31, who="ben"), message(32, who="ben"), elsewhere(31))
    told.wait(ConversationChanged, lambda change: change.conversation.unread == 1)
    link.say(elsewhere(32))
    told.wait(ConversationChanged, lambda change: change.conversation.read == 32)
    nothing_else_is_asked(client, link)
    assert counts(client) == (32, 0)


def test_a_refused_question_is_asked_again_when_something_happens(
    met: tuple[ChatClient, Recorder, ScriptedLink],
) -> None:
    """Not at once: a server in trouble is not asked without end."""
    client, told, link = met
    link.say(elsewhere(17))
    link.refuse(link.expect(MarkRead), ErrorCode.STORAGE_TROUBLE)
    nothing_else_is_asked(client, link)
    link.say(message(31, who="ben"))
    count(link, link.expect(MarkRead), last=31, unread=14)
    told.wait(ConversationChanged, lambda change: change.conversation.unread == 14)


def test_a_question_that_was_cut_is_answered_by_coming_back(
    server: ScriptedServer, met: tuple[ChatClient, Recorder, ScriptedLink]
) -> None:
    """`sync` counts everything; where one read on while it was answered, that is asked anew."""
    client, _, link = met
    link.say(elsewhere(17))
    link.expect(MarkRead)
    link.cut()
    again = server.accept()
    again.greet(channel(last=30, read=16, unread=14))
    asked = again.expect(MarkRead)
    assert asked.number == 17
    count(again, asked, last=30, unread=13)
    nothing_else_is_asked(client, again)
    assert counts(client) == (17, 13)
    again.cut()
    third = server.accept()
    third.greet(channel(last=30, read=17, unread=13))
    assert client.wait_open(5)
    nothing_else_is_asked(client, third)
