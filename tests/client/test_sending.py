"""What is said goes out once and in order, whatever happens to the connection."""

import pytest
from msgspec.structs import replace

from chat.client.changes import OutboxChanged, Phase, SendState
from chat.client.client import ChatClient
from chat.client.requester import NoAnswer, Offline
from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.replies import JoinResult, OpenDirectResult, SyncResult
from chat.protocol.requests import History, Join, ListChannels, OpenDirect, Send, SetTopic, Sync
from tests.support.clock import FakeClock
from tests.support.connecting import Connect
from tests.support.frames import LIMITS, channel, direct, message
from tests.support.scripted_server import ScriptedLink, ScriptedServer
from tests.support.waiting import wait_until

GENERAL = channel("general", last=0)


def expect_texts(link: ScriptedLink, *texts: str) -> list[Send]:
    """The next requests are sends of these texts, in this order."""
    sends = [link.expect(Send) for _ in texts]
    assert [send.text for send in sends] == list(texts)
    return sends


def test_a_message_is_waiting_then_sent_then_stored(server: ScriptedServer, connect: Connect) -> None:
    """Each step is told, and what was stored was seen where it was stored."""
    client, told = connect("ann")
    link = server.accept()
    link.greet(GENERAL)
    assert client.wait_open(5)
    send_id = client.say("#general", "hello", action=True)
    (send,) = expect_texts(link, "hello")
    assert (send.send_id, send.target, send.action) == (send_id, "#general", True)
    link.say(message(1, "hello", who="ann"))
    link.store(send, number=1)
    assert client.wait_idle(5)
    states = [change.item.state for change in told.all(OutboxChanged)]
    assert states == [SendState.WAITING, SendState.SENT, SendState.STORED]
    stored = told.all(OutboxChanged)[-1].item
    assert (stored.conversation, stored.number) == ("c-general", 1)
    assert told.texts() == ["hello"]
    assert client.unsent() == ()


def test_what_is_said_offline_goes_out_in_order_once_connected(
    server: ScriptedServer, connect: Connect
) -> None:
    """Saying never fails and never waits; the order is that of saying."""
    client, told = connect()
    for text in ("one", "two", "three"):
        client.say("#general", text)
    told.wait(OutboxChanged, lambda change: change.item.text == "three")
    assert [item.state for item in client.unsent()] == [SendState.WAITING] * 3
    assert not client.wait_idle(0)
    link = server.accept()
    link.greet(GENERAL)
    expect_texts(link, "one", "two", "three")


def test_unacknowledged_messages_are_sent_again_under_the_same_ids(
    server: ScriptedServer, connect: Connect
) -> None:
    """The cut link may have stored them or not: the same id and content make it once either way."""
    client, _ = connect()
    first = server.accept()
    first.greet(GENERAL)
    ids = [client.say("#general", text) for text in ("one", "two", "three")]
    sends = expect_texts(first, "one", "two", "three")
    first.say(message(1, "one", who="ann"))
    first.store(sends[0], number=1)
    wait_until(lambda: len(client.unsent()) == 2, what="the first to be acknowledged")
    first.cut()
    second = server.accept()
    second.greet(GENERAL)
    again = expect_texts(second, "two", "three")
    assert [send.send_id for send in again] == ids[1:]
    assert [(send.target, send.action) for send in again] == [("#general", False)] * 2


def test_no_more_are_under_way_than_the_server_allows(server: ScriptedServer, connect: Connect) -> None:
    """The rest follows as answers come."""
    client, _ = connect()
    link = server.accept()
    link.greet(GENERAL, limits=replace(LIMITS, sends_in_flight=2))
    assert client.wait_open(5)
    for text in ("one", "two", "three"):
        client.say("#general", text)
    one, _ = expect_texts(link, "one", "two")
    barrier = client.ping()
    link.give_ping()
    barrier.result(5)
    assert [item.state for item in client.unsent()] == [SendState.SENT, SendState.SENT, SendState.WAITING]
    link.say(message(1, "one", who="ann"))
    link.store(one, number=1)
    expect_texts(link, "three")


def test_a_retryable_refusal_is_tried_again_in_order_after_the_wait(
    server: ScriptedServer, connect: Connect
) -> None:
    """What follows waits too, so the order of what one says survives; the wait is the server's."""
    clock = FakeClock()
    client, told = connect(clock=clock)
    link = server.accept()
    link.greet(GENERAL)
    assert client.wait_open(5)
    ids = [client.say("#general", text) for text in ("one", "two")]
    one, two = expect_texts(link, "one", "two")
    link.refuse(one, ErrorCode.STORAGE_TROUBLE, retry_after_ms=2000)
    told.wait(OutboxChanged, lambda change: bool(change.item.sentence))
    client.say("#general", "three")
    link.refuse(two, ErrorCode.OUT_OF_ORDER)
    wait_until(lambda: all(item.state is SendState.WAITING for item in client.unsent()), what="both refused")
    barrier = client.ping()
    link.give_ping()
    barrier.result(5)
    clock.advance(2)
    client.connect_now()
    again = expect_texts(link, "one", "two", "three")
    assert [send.send_id for send in again[:2]] == ids


def test_a_refused_message_that_is_dropped_holds_up_no_other(
    server: ScriptedServer, connect: Connect
) -> None:
    """The server waits for it; a sync lets the others go on."""
    client, _ = connect(clock=FakeClock())
    link = server.accept()
    link.greet(GENERAL)
    assert client.wait_open(5)
    dropped = client.say("#general", "one")
    (one,) = expect_texts(link, "one")
    link.refuse(one, ErrorCode.RATE_LIMITED, retry_after_ms=2000)
    wait_until(lambda: client.unsent()[0].state is SendState.WAITING, what="the refusal")
    assert client.drop(dropped) is not None
    link.say(SyncResult(id=link.expect(Sync).id, conversations=(GENERAL,), next="c-general"))
    link.say(SyncResult(id=link.expect(Sync).id, conversations=()))
    assert client.wait_idle(5)


def test_a_message_that_was_not_refused_is_dropped_without_a_word(
    server: ScriptedServer, connect: Connect
) -> None:
    """Nobody waits for it."""
    client, _ = connect()
    link = server.accept()
    link.greet(GENERAL, limits=replace(LIMITS, sends_in_flight=1))
    assert client.wait_open(5)
    client.say("#general", "one")
    waits = client.say("#general", "two")
    (one,) = expect_texts(link, "one")
    assert client.drop(waits) is not None
    barrier = client.ping()
    link.give_ping()
    barrier.result(5)
    link.store(one, number=1)


def test_a_refusal_for_good_fails_with_the_servers_sentence(server: ScriptedServer, connect: Connect) -> None:
    """It is kept until it is dropped, holds up nothing, and nobody waits for it."""
    client, told = connect()
    link = server.accept()
    link.greet(GENERAL)
    assert client.wait_open(5)
    bad = client.say("#nowhere", "lost?")
    client.say("#general", "next")
    refused, good = expect_texts(link, "lost?", "next")
    link.refuse(refused, ErrorCode.NOT_MEMBER)
    link.say(message(1, "next", who="ann"))
    link.store(good, number=1)
    assert "join" in told.wait_sent(bad, SendState.FAILED).item.sentence
    assert client.wait_idle(5)
    assert [item.text for item in client.unsent()] == ["lost?"]
    dropped = client.drop(bad)
    assert dropped is not None
    assert dropped.text == "lost?"
    assert client.unsent() == ()


def test_what_is_too_long_for_a_line_fails_here(server: ScriptedServer, connect: Connect) -> None:
    """The server is not bothered with a line that it would drop, and the link goes on."""
    client, told = connect()
    link = server.accept()
    link.greet(GENERAL)
    assert client.wait_open(5)
    send_id = client.say("#general", "x" * 70_000)
    client.say("#general", "short")
    assert "shorten" in told.wait_sent(send_id, SendState.FAILED).item.sentence
    expect_texts(link, "short")


def test_a_message_stored_before_the_cut_is_read_back(server: ScriptedServer, connect: Connect) -> None:
    """Its entry was told on the old link, to nobody; the client asks for it, so that it is seen too."""
    client, told = connect()
    first = server.accept()
    first.greet(GENERAL)
    client.say("#general", "hello")
    expect_texts(first, "hello")
    first.cut()
    second = server.accept()
    second.greet(channel("general", last=5))
    (again,) = expect_texts(second, "hello")
    second.store(again, number=3)
    asked = second.expect(History)
    assert (asked.target, asked.before, asked.limit) == ("c-general", 4, 1)
    assert not client.wait_idle(0)
    second.give_history(asked, (message(3, "hello", who="ann"),), last=5)
    assert client.wait_idle(5)
    assert told.texts() == ["hello"]


def test_a_read_back_that_was_cut_is_asked_for_again(server: ScriptedServer, connect: Connect) -> None:
    """It is not forgotten with the link."""
    client, _ = connect()
    first = server.accept()
    first.greet(channel("general", last=5))
    client.say("#general", "hello")
    (send,) = expect_texts(first, "hello")
    first.store(send, number=3)
    first.expect(History)
    first.cut()
    second = server.accept()
    second.greet(channel("general", last=5))
    second.refuse(second.expect(History), ErrorCode.NOT_MEMBER)
    assert client.wait_idle(5)


def test_the_first_message_to_somebody_opens_the_conversation(
    server: ScriptedServer, connect: Connect
) -> None:
    """Who writes to `@nick` for the first time learns of the conversation, and sees the message in it."""
    client, told = connect()
    link = server.accept()
    link.greet()
    client.say("@ben", "psst")
    (send,) = expect_texts(link, "psst")
    link.store(send, number=2, where="d-ben")
    opened = link.expect(OpenDirect)
    assert opened.target == "@ben"
    link.say(OpenDirectResult(id=opened.id, conversation=direct("ben", last=2)))
    asked = link.expect(History)
    link.give_history(asked, (message(2, "psst", who="ann", where="d-ben"),), last=2)
    assert client.wait_idle(5)
    assert told.texts() == ["psst"]
    with client.reading() as state:
        assert state.conversations.find("@BEN") is not None


def test_asking_offline_fails_at_once_with_a_sentence(server: ScriptedServer, connect: Connect) -> None:
    """Only messages are kept; everything else is refused when there is nobody to ask."""
    client, told = connect()
    with pytest.raises(Offline, match="needs a connection"):
        client.join("#general").result(0)
    link = server.accept()
    link.greet()
    assert client.wait_open(5)
    link.close()
    server.close()
    told.wait_phase(Phase.WAITING)
    # by now the next try may have failed too: the sentence names whichever cause is the newest
    with pytest.raises(Offline, match=r"The connection broke|refused the connection"):
        client.set_topic("#general", "x").result(0)


def test_an_answer_reaches_the_one_who_asked_after_the_state_has_it(
    server: ScriptedServer, connect: Connect
) -> None:
    """When `join` is answered, the conversation is there with its last entries."""
    client, told = connect()
    link = server.accept()
    link.greet()
    assert client.wait_open(5)
    future = client.join("#tea")
    join = link.expect(Join)
    link.say(
        JoinResult(
            id=join.id,
            conversation=channel("tea", last=2),
            number=2,
            entries=(message(1, "old", who="ben", where="c-tea"),),
        )
    )
    assert future.result(5).number == 2
    assert told.texts() == ["old"]
    with client.reading() as state:
        assert state.conversations.find("#TEA") is not None


def test_a_refusal_reaches_the_one_who_asked(server: ScriptedServer, connect: Connect) -> None:
    """With its code, sentence and wait."""
    client, _ = connect()
    link = server.accept()
    link.greet()
    assert client.wait_open(5)
    future = client.join("#tea")
    link.refuse(link.expect(Join), ErrorCode.OVERLOADED, retry_after_ms=700)
    with pytest.raises(Refused) as refusal:
        future.result(5)
    assert (refusal.value.code, refusal.value.retry_after_ms) == (ErrorCode.OVERLOADED, 700)


def test_a_change_cut_in_flight_is_repeated_once(server: ScriptedServer, connect: Connect) -> None:
    """Under its own id, so that it happens once; cut again, it fails. What changes nothing just fails."""
    client, _ = connect()
    links = [server.accept()]
    links[0].greet(GENERAL)
    assert client.wait_open(5)
    topic = client.set_topic("#general", "news")
    listing = client.list_channels()
    one = links[0].expect(SetTopic)
    links[0].expect(ListChannels)
    links[0].cut()
    with pytest.raises(Offline, match="lost"):
        listing.result(5)
    links.append(server.accept())
    links[1].greet(GENERAL)
    again = links[1].expect(SetTopic)
    assert (again.send_id, again.topic) == (one.send_id, "news")
    assert not topic.done()
    links[1].cut()
    with pytest.raises(Offline):
        topic.result(5)
    links.append(server.accept())
    links[2].greet(GENERAL)
    client.say("#general", "a marker")
    expect_texts(links[2], "a marker")


def test_what_was_cut_is_repeated_in_the_order_it_was_sent(server: ScriptedServer, connect: Connect) -> None:
    """A message that followed a join still follows it, and one that went before a topic still goes before."""
    client, _ = connect()
    first = server.accept()
    first.greet(GENERAL)
    assert client.wait_open(5)
    client.say("#general", "one")
    client.set_topic("#general", "news")
    client.say("#general", "two")
    sent = [type(first.hear()) for _ in range(3)]
    first.cut()
    second = server.accept()
    second.greet(GENERAL)
    assert [type(second.hear()) for _ in range(3)] == sent == [Send, SetTopic, Send]


def test_a_missing_answer_is_given_up_after_its_time(server: ScriptedServer, connect: Connect) -> None:
    """The one who asked hears that nobody answered; an answer that comes late still counts for the state."""
    clock = FakeClock()
    client, _ = connect(clock=clock)
    link = server.accept()
    link.greet()
    assert client.wait_open(5)
    future = client.join("#tea")
    join = link.expect(Join)
    clock.advance(10)
    client.connect_now()
    with pytest.raises(NoAnswer, match="did not answer"):
        future.result(5)
    link.say(JoinResult(id=join.id, conversation=channel("tea", last=2), number=2))
    wait_until(lambda: _titles(client) == ["#tea"], what="the late answer")


def test_stopping_fails_what_is_still_asked(server: ScriptedServer, connect: Connect) -> None:
    """No future is left that nobody will ever settle, also of what waits to be repeated."""
    client, told = connect()
    link = server.accept()
    link.greet()
    assert client.wait_open(5)
    topic = client.set_topic("#general", "x")
    listing = client.list_channels()
    link.expect(SetTopic)
    link.cut()
    server.close()
    told.wait_phase(Phase.WAITING)
    client.stop()
    for future in (topic, listing):
        with pytest.raises(Offline):
            future.result(0)


def _titles(client: ChatClient) -> list[str]:
    with client.reading() as state:
        return [conversation.title for conversation in state.conversations]
