"""How the client gets in step with a server, comes back, and knows when coming back makes no sense."""

import logging

import pytest

from chat.client.changes import (
    ConversationRemoved,
    LatencyMeasured,
    MeChanged,
    Phase,
    WelcomeSeen,
)
from chat.client.link_thread import Route
from chat.errors import NoConnection
from chat.protocol.codes import CloseReason
from chat.protocol.replies import HelloResult, PingResult, SyncResult
from chat.protocol.requests import Hello, Ping, Sync
from chat.transport.address import Address
from tests.support.clock import FakeClock
from tests.support.connecting import Connect, no_pauses
from tests.support.frames import WHEN, channel, message, user, welcome
from tests.support.scripted_server import ScriptedLink, ScriptedServer


def say_hello_result(link: ScriptedLink) -> Hello:
    """Play the server up to where sync comes next."""
    link.say(welcome())
    hello = link.expect(Hello)
    link.say(HelloResult(id=hello.id, version=1, user=user("ann"), device="d1"))
    return hello


def test_hello_and_sync_make_the_client_open(server: ScriptedServer, connect: Connect) -> None:
    """After the greeting the client knows the server, itself and its conversations."""
    client, told = connect("ann")
    hello = server.accept().greet(channel("general", last=3), channel("other"))

    assert client.wait_open(5)
    assert (hello.nick, hello.new, hello.client) == ("ann", True, "test/1")
    assert hello.version_min <= 1 <= hello.version_max
    assert told.wait(WelcomeSeen).welcome == welcome()
    assert told.wait(MeChanged).user == user("ann")
    assert client.link.address == str(server.address)
    with client.reading() as state:
        assert [each.title for each in state.conversations] == ["#general", "#other"]


def test_all_pages_of_sync_are_fetched(server: ScriptedServer, connect: Connect) -> None:
    """Somebody with many conversations gets them page by page; the client is open after the last."""
    client, _ = connect()
    link = server.accept()
    say_hello_result(link)
    link.say(SyncResult(id=link.expect(Sync).id, conversations=(channel("a"),), next="one"))
    second = link.expect(Sync)
    assert second.after == "one"
    assert client.link.phase is Phase.DIALLING
    link.say(SyncResult(id=second.id, conversations=(channel("b"),)))
    assert client.wait_open(5)
    with client.reading() as state:
        assert len(state.conversations) == 2


def test_a_live_entry_may_come_before_the_answer_that_names_its_conversation(
    server: ScriptedServer, connect: Connect
) -> None:
    """The server sends entries before replies; none is lost and the counts are right."""
    client, told = connect()
    link = server.accept()
    say_hello_result(link)
    record = channel("general", last=3, unread=1)
    link.say(message(4, "early", who="ben"), SyncResult(id=link.expect(Sync).id, conversations=(record,)))
    assert client.wait_open(5)
    assert told.texts() == ["early"]
    with client.reading() as state:
        conversation = state.conversations.find("#general")
        assert conversation is not None
        assert (conversation.record.last, conversation.record.unread) == (4, 2)


def test_a_conversation_left_elsewhere_meanwhile_stays_left(server: ScriptedServer, connect: Connect) -> None:
    """What the second sync does not name any more is told as removed."""
    client, told = connect()
    first = server.accept()
    first.greet(channel("a"), channel("b"))
    assert client.wait_open(5)
    first.cut()
    server.accept().greet(channel("b"))
    assert told.wait(ConversationRemoved).conversation.name == "#a"


def test_a_lost_connection_comes_back_by_itself(server: ScriptedServer, connect: Connect) -> None:
    """The owner is told; the second hello has the same token and makes no new guest."""
    client, told = connect()
    first = server.accept()
    one = first.greet()
    assert client.wait_open(5)
    first.cut()
    two = server.accept().greet()
    told.wait_phase(Phase.OPEN, times=2)
    lost = told.wait_phase(Phase.WAITING)
    assert "The connection broke" in lost.cause
    assert lost.failures == 0
    assert (two.token, two.new) == (one.token, False)


def test_a_hello_whose_answer_was_lost_is_repeated_with_the_same_new_token(
    server: ScriptedServer, connect: Connect
) -> None:
    """The server makes one guest of both, so the cut link costs nobody a name."""
    connect()
    first = server.accept()
    first.say(welcome())
    one = first.expect(Hello)
    first.cut()
    two = server.accept().greet()
    assert (two.token, two.new) == (one.token, True)


def test_coming_back_does_not_turn_the_nick_back(server: ScriptedServer, connect: Connect) -> None:
    """The nick that the server gave last is the one that is asked for next."""
    client, told = connect("ann")
    first = server.accept()
    assert first.greet(me=user("ann2")).nick == "ann"
    assert client.wait_open(5)
    first.cut()
    assert server.accept().greet().nick == "ann2"
    told.wait_phase(Phase.OPEN, times=2)


@pytest.mark.parametrize("reason", [CloseReason.REPLACED, CloseReason.BAD_FRAMING])
def test_after_some_goodbyes_nobody_comes_back(
    server: ScriptedServer, connect: Connect, reason: CloseReason
) -> None:
    """A replaced client would fight with the one that replaced it; the server's sentence is told instead."""
    client, told = connect()
    link = server.accept()
    link.greet()
    assert client.wait_open(5)
    link.goodbye(reason)
    assert told.wait_phase(Phase.ENDED).cause
    server.expect_nobody(0.1)
    with pytest.raises(NoConnection, match=told.wait_phase(Phase.ENDED).cause):
        client.wait_open(5)


@pytest.mark.parametrize("reason", [CloseReason.STOPPING, CloseReason.TOO_SLOW, CloseReason.SILENT])
def test_after_other_goodbyes_the_client_comes_back(
    server: ScriptedServer, connect: Connect, reason: CloseReason
) -> None:
    """A server that stops or cut a slow client is dialled again."""
    client, told = connect()
    link = server.accept()
    link.greet()
    assert client.wait_open(5)
    link.goodbye(reason)
    server.accept().greet()
    told.wait_phase(Phase.OPEN, times=2)
    assert told.wait_phase(Phase.WAITING).cause


def test_a_wait_that_a_goodbye_asks_for_is_kept(server: ScriptedServer, connect: Connect) -> None:
    """However short the client's own would be; how long it is, is told."""
    _, told = connect()
    server.accept().goodbye(CloseReason.TOO_MANY_LINKS)
    assert told.wait_phase(Phase.WAITING).retry_seconds == 2.0
    server.expect_nobody(0.1)


def test_after_the_end_one_can_try_again(server: ScriptedServer, connect: Connect) -> None:
    """Who was replaced may take the place back by asking for it."""
    client, told = connect()
    link = server.accept()
    link.greet()
    assert client.wait_open(5)
    link.goodbye(CloseReason.REPLACED)
    told.wait_phase(Phase.ENDED)
    client.connect_now()
    server.accept().greet()
    told.wait_phase(Phase.OPEN, times=2)


def test_what_is_no_chat_server_is_told_so(server: ScriptedServer, connect: Connect) -> None:
    """A port where something else listens gets no token, and a sentence says what it is not."""
    _, told = connect()
    link = server.accept()
    link.say_bytes(b"SSH-2.0-OpenSSH_9.7\r\n")
    assert "does not speak the chat's protocol" in told.wait_phase(Phase.WAITING).cause
    link.expect_end()


def test_another_server_at_the_same_address_is_told_nothing(server: ScriptedServer, connect: Connect) -> None:
    """Token and outbox belong to the server that was there first."""
    client, told = connect()
    first = server.accept()
    first.greet()
    assert client.wait_open(5)
    client.say("#general", "for the first server only")
    first.cut()
    second = server.accept()
    second.say(welcome(server_id="6" * 32))
    second.expect_end()
    assert "Another server" in told.wait_phase(Phase.WAITING, times=2).cause
    server.accept().greet()
    told.wait_phase(Phase.OPEN, times=2)


def test_a_restored_server_makes_the_client_forget_its_conversations(
    server: ScriptedServer, connect: Connect
) -> None:
    """With a new epoch numbers mean something else, so what was cached is dropped and said to be."""
    client, told = connect()
    first = server.accept()
    first.greet(channel("general", last=0))
    first.say(message(1, "before"))
    told.wait_phase(Phase.OPEN)
    first.cut()
    server.accept().greet(channel("general", last=0), epoch="f" * 16)
    told.wait_phase(Phase.OPEN, times=2)
    assert [seen.new_epoch for seen in told.all(WelcomeSeen)] == [False, True]
    with client.reading() as state:
        conversation = state.conversations.find("#general")
        assert conversation is not None
        assert len(conversation.timeline) == 0


def test_the_cause_is_named_after_three_failures(server: ScriptedServer, connect: Connect) -> None:
    """Until then it may be a restart; from then on the client says what is probably wrong."""
    _, told = connect()
    server.close()
    advice = [told.wait_phase(Phase.WAITING, times=times).advice for times in (1, 2, 3, 4)]
    assert advice[:2] == ["", ""]
    assert all("wrong port" in each for each in advice[2:])
    third = told.wait_phase(Phase.WAITING, times=3)
    assert third.failures == 3
    assert f"{server.address} refused" in third.cause


def test_the_next_address_is_tried_when_one_does_not_answer(server: ScriptedServer, connect: Connect) -> None:
    """A list of addresses is gone through before any waiting."""
    nobody = Address("nobody.invalid." + "x" * 300, 1)
    client, told = connect(route=Route([nobody, server.address], pauses=no_pauses))
    server.accept().greet()
    assert client.wait_open(5)
    assert client.link.address == str(server.address)
    assert [change.phase for change in [told.wait_phase(Phase.DIALLING, times=2)]] == [Phase.DIALLING]


def test_a_silent_client_pings_and_measures_the_answer(server: ScriptedServer, connect: Connect) -> None:
    """The server hears from it in time, and the owner learns how long an answer takes."""
    clock = FakeClock()
    client, told = connect(clock=clock)
    link = server.accept()
    link.greet(heartbeat_seconds=30, grace_seconds=15)
    assert client.wait_open(5)
    clock.advance(30)
    client.connect_now()
    ping = link.expect(Ping)
    clock.advance(0.25)
    link.say(PingResult(id=ping.id, time=WHEN))
    assert told.wait(LatencyMeasured).seconds == 0.25


def test_a_dead_link_is_noticed_by_the_heartbeat(server: ScriptedServer, connect: Connect) -> None:
    """Without a byte for heartbeat and grace the client dials anew, though nothing closed the socket."""
    clock = FakeClock()
    client, told = connect(clock=clock)
    server.accept().greet(heartbeat_seconds=30, grace_seconds=15)
    assert client.wait_open(5)
    clock.advance(45)
    client.connect_now()
    server.accept().greet()
    told.wait_phase(Phase.OPEN, times=2)
    assert "must be dead" in told.wait_phase(Phase.WAITING).cause


def test_a_listener_that_fails_harms_nobody(
    server: ScriptedServer, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    """What it raises is logged, and the next change is told all the same."""
    client, told = connect()
    told.fail_at(WelcomeSeen)
    with caplog.at_level(logging.CRITICAL, logger="chat.client.link_thread"):
        server.accept().greet()
        assert client.wait_open(5)
    assert told.all(MeChanged)
