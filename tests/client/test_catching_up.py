"""What was missed is fetched: the newest page of what is shown, or all of it forwards for a bot."""

from collections.abc import Iterator
from queue import Queue
from threading import Thread

import pytest

from chat.client.bot import Bot
from chat.client.catch_up import Forwards
from chat.client.changes import EntriesAdded, MembersChanged, PresenceSeen, TypingSeen
from chat.client.client import ChatClient
from chat.client.identity_stores import MemoryIdentities
from chat.client.secured import Security
from chat.client.timeline import Gap
from chat.errors import NoConnection
from chat.protocol import events
from chat.protocol.codes import CloseReason, ErrorCode
from chat.protocol.entries import AnyEntry
from chat.protocol.records import Member, Presence
from chat.protocol.replies import JoinResult, MembersResult, WatchResult
from chat.protocol.requests import History, Join, Members, Send, Watch
from tests.support.clock import FakeClock
from tests.support.connecting import Connect
from tests.support.frames import channel, direct, message, user
from tests.support.scripted_server import ScriptedLink, ScriptedServer


def page(first: int, last: int, where: str = "c-general") -> tuple[AnyEntry, ...]:
    """Messages of these numbers, each with its number as text."""
    return tuple(message(number, str(number), who="ben", where=where) for number in range(first, last + 1))


def play_showing(link: ScriptedLink, *people: str) -> None:
    """Answer what a client asks for when it shows a channel, but for history."""
    link.say(WatchResult(id=link.expect(Watch).id, conversations=()))
    asked = link.expect(Members)
    members = tuple(Member(user=user(name), presence=Presence.ONLINE) for name in people)
    link.say(MembersResult(id=asked.id, conversation=asked.target, last=0, members=members))


def gaps_of(client: ChatClient) -> tuple[Gap, ...]:
    """The gaps of #general."""
    with client.reading() as state:
        conversation = state.conversations.get("c-general")
        assert conversation is not None
        return conversation.timeline.gaps()


def test_nothing_is_fetched_of_what_nobody_looks_at(server: ScriptedServer, connect: Connect) -> None:
    """A client with many channels asks for no history but that of the shown one."""
    client, _ = connect()
    link = server.accept()
    link.greet(channel("general", last=50))
    assert client.wait_open(5)
    barrier = client.ping()
    link.give_ping()  # the first thing that is asked
    barrier.result(5)


def test_showing_a_channel_gets_its_newest_page_and_members(server: ScriptedServer, connect: Connect) -> None:
    """What lies before the page is older history, not a gap."""
    client, told = connect()
    link = server.accept()
    link.greet(channel("general", last=100))
    assert client.wait_open(5)
    client.show("c-general")
    play_showing(link, "ann", "ben")
    asked = link.expect(History)
    assert (asked.target, asked.before, asked.after) == ("c-general", 101, None)
    link.give_history(asked, page(51, 100), last=100)
    assert client.wait_idle(5)
    assert told.texts() == [str(number) for number in range(51, 101)]
    assert not told.all(EntriesAdded)[0].live
    assert gaps_of(client) == ()
    with client.reading() as state:
        conversation = state.conversations.find("#general")
        assert conversation is not None
        assert set(conversation.members) == {"u-ann", "u-ben"}
        assert conversation.timeline.older() == Gap(1, 50)


def test_the_first_message_of_somebody_is_fetched_at_once(server: ScriptedServer, connect: Connect) -> None:
    """Nobody looks at a conversation that was not there; its beginning is told as live."""
    client, told = connect()
    link = server.accept()
    link.greet()
    assert client.wait_open(5)
    link.say(events.ConversationAdded(conversation=direct("ben", last=2, unread=1)))
    asked = link.expect(History)
    assert (asked.target, asked.before) == ("d-ben", 3)
    link.give_history(asked, page(1, 2, where="d-ben"), last=2)
    assert told.wait(EntriesAdded).live
    assert told.texts() == ["1", "2"]


def test_what_is_shown_stays_shown_over_a_lost_connection(server: ScriptedServer, connect: Connect) -> None:
    """The newest page comes first and leaves a gap that can be filled; the fill closes it exactly."""
    client, told = connect()
    first = server.accept()
    first.greet(channel("general", last=2))
    assert client.wait_open(5)
    client.show("c-general")
    play_showing(first, "ann")
    first.give_history(first.expect(History), page(1, 2), last=2)
    assert client.wait_idle(5)
    first.cut()
    second = server.accept()
    second.greet(channel("general", last=200))
    play_showing(second, "ann", "ben")
    asked = second.expect(History)
    assert asked.before == 201
    second.give_history(asked, page(151, 200), last=200)
    told.wait(EntriesAdded, lambda change: change.entries[-1].number == 200)
    assert gaps_of(client) == (Gap(3, 150),)

    filling = client.fill("c-general", after=2)
    second.give_history(second.expect(History), page(3, 155), last=200)
    filling.result(5)
    assert gaps_of(client) == ()
    numbers = [entry.number for entry in told.entries()]
    assert sorted(numbers) == list(range(1, 201))


def test_members_come_in_pages_and_presence_follows(server: ScriptedServer, connect: Connect) -> None:
    """The list is complete with the last page; who comes, goes and types is told from there on."""
    client, told = connect()
    link = server.accept()
    link.greet(channel("general", last=0))
    assert client.wait_open(5)
    client.show("c-general")
    link.say(WatchResult(id=link.expect(Watch).id, conversations=("c-general",)))
    asked = link.expect(Members)
    ann = Member(user=user("ann"), presence=Presence.ONLINE)
    link.say(MembersResult(id=asked.id, conversation="c-general", last=0, members=(ann,), next="ann"))
    more = link.expect(Members)
    assert more.after == "ann"
    ben = Member(user=user("ben"), presence=Presence.OFFLINE)
    link.say(MembersResult(id=more.id, conversation="c-general", last=0, members=(ben,)))
    told.wait(MembersChanged)
    link.say(
        events.PresenceChanged(user="u-ben", nick="ben", presence=Presence.AWAY),
        events.TypingSeen(conversation="c-general", user="u-ben", nick="ben"),
    )
    assert told.wait(TypingSeen).seconds == 6
    assert told.wait(PresenceSeen).presence is Presence.AWAY
    with client.reading() as state:
        conversation = state.conversations.find("#general")
        assert conversation is not None
        assert conversation.members["u-ben"].presence is Presence.AWAY


def test_a_refused_page_is_asked_for_again_after_the_wait(server: ScriptedServer, connect: Connect) -> None:
    """An overloaded server is not asked at once again, and the page is not forgotten."""
    clock = FakeClock()
    client, _ = connect(policy=Forwards(), clock=clock)
    first = server.accept()
    first.greet(channel("general", last=0))
    assert client.wait_open(5)
    first.cut()
    link = server.accept()
    link.greet(channel("general", last=2))
    link.refuse(link.expect(History), ErrorCode.OVERLOADED, retry_after_ms=3000)
    barrier = client.ping()
    link.give_ping()
    barrier.result(5)
    clock.advance(3)
    client.connect_now()
    assert link.expect(History).after == 0


def test_a_page_without_news_is_not_asked_for_twice(server: ScriptedServer, connect: Connect) -> None:
    """A server that answers with nothing does not get asked for ever."""
    client, _ = connect(policy=Forwards())
    first = server.accept()
    first.greet(channel("general", last=0))
    assert client.wait_open(5)
    first.cut()
    link = server.accept()
    link.greet(channel("general", last=2))
    link.give_history(link.expect(History), (), last=2)
    assert client.wait_idle(5)
    barrier = client.ping()
    link.give_ping()
    barrier.result(5)


class _Run:
    """A bot on a thread of its own, with the texts it was given."""

    def __init__(self, server: ScriptedServer) -> None:
        self.heard: Queue[str] = Queue()
        self.end: list[str] = []
        plain = Security(encrypts=False)
        self.bot = Bot(str(server.address), "echo", ["#general"], MemoryIdentities(), plain)
        self._thread = Thread(target=self._listen)
        self._thread.start()

    def take(self, count: int) -> list[str]:
        """The next texts."""
        return [self.heard.get(timeout=5) for _ in range(count)]

    def join(self) -> None:
        """Wait until it has ended."""
        self._thread.join(5)
        assert not self._thread.is_alive()

    def _listen(self) -> None:
        try:
            with self.bot:
                for said in self.bot.messages():
                    self.heard.put(said.text)
                    if said.text == "!stop":
                        break
        except NoConnection as end:
            self.end.append(str(end))


@pytest.fixture
def running(server: ScriptedServer) -> Iterator[_Run]:
    """A bot on the scripted server."""
    run = _Run(server)
    yield run
    server.close()
    run.bot.stop()
    run.join()


def join_general(link: ScriptedLink, last: int, entries: tuple[AnyEntry, ...] = ()) -> None:
    """Let the bot join."""
    join = link.expect(Join)
    assert join.target == "#general"
    link.say(JoinResult(id=join.id, conversation=channel("general", last=last), number=last, entries=entries))


def test_a_bot_begins_with_what_is_said_once_it_is_there(server: ScriptedServer, running: _Run) -> None:
    """Old messages and its own are none of its business."""
    link = server.accept()
    link.greet()
    join_general(link, last=5, entries=page(4, 5))
    link.say(message(6, "six", who="ben"), message(7, "mine", who="echo"), message(8, "eight", who="ben"))
    assert running.take(2) == ["six", "eight"]


def test_a_bot_skips_nothing_and_keeps_the_order(server: ScriptedServer, running: _Run) -> None:
    """After a lost connection live messages wait until all that was missed is here, page by page."""
    first = server.accept()
    first.greet()
    join_general(first, last=5)
    first.say(message(6, "6", who="ben"))
    assert running.take(1) == ["6"]
    first.cut()
    second = server.accept()
    second.greet(channel("general", last=10))
    second.say(message(11, "11", who="ben"))
    asked = second.expect(History)
    assert (asked.after, asked.before) == (6, None)
    join_general(second, last=11)
    second.give_history(asked, page(7, 8), last=11)
    again = second.expect(History)
    assert again.after == 8
    assert running.take(2) == ["7", "8"]
    second.give_history(again, page(9, 11), last=11)
    assert running.take(3) == ["9", "10", "11"]


def test_a_bot_gets_the_first_message_of_a_direct_conversation(server: ScriptedServer, running: _Run) -> None:
    """The conversation appears with its first message, which is new although it is not live."""
    link = server.accept()
    link.greet()
    join_general(link, last=0)
    link.say(events.ConversationAdded(conversation=direct("ben", last=2)))
    asked = link.expect(History)
    assert (asked.target, asked.after) == ("d-ben", 0)
    link.give_history(asked, page(1, 2, where="d-ben"), last=2)
    assert running.take(2) == ["1", "2"]


def test_a_bot_whose_connection_ends_for_good_is_told_why(server: ScriptedServer, running: _Run) -> None:
    """The loop over messages ends with the server's sentence."""
    link = server.accept()
    link.greet()
    join_general(link, last=0)
    link.goodbye(CloseReason.REPLACED)
    running.join()
    assert running.end == ["The same device connected again from elsewhere; this link was replaced."]


def test_a_bot_answers_and_leaves(server: ScriptedServer, running: _Run) -> None:
    """What it says goes out; leaving the loop ends the client."""
    link = server.accept()
    link.greet()
    join_general(link, last=0)
    running.bot.say("#general", "hello")
    assert link.expect(Send).text == "hello"
    link.say(message(1, "!stop", who="ben"))
    assert running.take(1) == ["!stop"]
    link.expect_quit()
    running.join()
    assert running.end == []
