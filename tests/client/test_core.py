"""What the client does with each frame, without a socket: what it sends, tells and settles, and when."""

import logging
from concurrent.futures import Future
from typing import Any

import pytest
from msgspec.structs import replace

from chat.client.catch_up import NewestFirst
from chat.client.changes import EntriesAdded, LinkChanged, OutboxChanged, Phase, SendState
from chat.client.core import ClientCore, News
from chat.client.outbox import Outbox
from chat.client.requester import NoAnswer, Offline
from chat.protocol import events, replies, requests
from chat.protocol.codec import BadLine
from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.records import Conversation
from tests.support.clock import FakeClock
from tests.support.frames import LIMITS, WHEN, channel, direct, message, user, welcome

OPEN = LinkChanged(Phase.OPEN)


class Woken:
    """Counts how often the link's thread was woken."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> None:
        self.times += 1


def new_core(clock: FakeClock | None = None, woken: Woken | None = None) -> ClientCore:
    """A core that has seen no server."""
    return ClientCore(clock or FakeClock(), Outbox(), NewestFirst(), woken or Woken())


def open_core(*conversations: Conversation, clock: FakeClock | None = None) -> ClientCore:
    """A core that is connected and in step, with nothing left to send or tell."""
    core = new_core(clock)
    core.receive([welcome()])
    core.ask(requests.Hello, greeting=True, version_min=1, version_max=1, nick="ann", token="t" * 32)
    core.ask(requests.Sync, greeting=True)
    hello, sync = core.take_outgoing()
    core.receive(
        [
            replies.HelloResult(id=hello.id, version=1, user=user("ann"), device="d"),
            replies.SyncResult(id=sync.id, conversations=conversations),
        ]
    )
    core.opened(OPEN)
    core.take_news()
    core.told()
    assert core.take_outgoing() == []
    return core


def settled(news: list[News], future: Future[Any]) -> object:
    """What the news say of a future."""
    (outcome,) = [item[1] for item in news if isinstance(item, tuple) and item[0] is future]
    return outcome


def test_an_answer_is_settled_after_the_changes_it_made() -> None:
    """Who waits for it finds the listener told and the state changed."""
    core = open_core()
    future = core.ask(requests.Join, target="#general")
    (join,) = core.take_outgoing()
    entries = (message(1, who="ben"),)
    core.receive([replies.JoinResult(id=join.id, conversation=channel(last=1), number=1, entries=entries)])
    news = core.take_news()
    assert isinstance(news[-1], tuple)
    assert news[-1][0] is future
    assert any(isinstance(item, EntriesAdded) for item in news[:-1])


def test_other_threads_wake_the_links_thread() -> None:
    """Saying, asking and showing give it something to do."""
    woken = Woken()
    core = new_core(woken=woken)
    core.say("#general", "hi", action=False)
    core.ask(requests.Ping, greeting=True)
    core.show(("c1",))
    assert woken.times == 3


def test_nothing_is_sent_before_the_connection_is_open() -> None:
    """Messages wait, requests fail at once; only the greeting goes out."""
    core = new_core()
    core.receive([welcome()])
    core.say("#general", "hi", action=False)
    core.show(("c-general",))
    assert isinstance(core.ask(requests.Ping).exception(0), Offline)
    assert core.take_outgoing() == []
    core.opened(OPEN)
    assert [type(request) for request in core.take_outgoing()] == [requests.Send, requests.Watch]


def test_idle_means_that_nothing_at_all_is_left_to_do() -> None:
    """Stored, read back, answered, and told."""
    core = open_core(channel(last=0))
    core.say("#general", "hi", action=False)
    (send,) = core.take_outgoing()
    assert isinstance(send, requests.Send)
    stored = replies.SendResult(
        id=send.id, conversation="c-general", number=1, timestamp=WHEN, text="hi", send_id=send.send_id
    )
    steps = (
        lambda: core.receive([message(1, "hi", who="ann")]),
        lambda: core.receive([stored]),
        core.take_news,
        core.told,
    )
    idle = [core.idle]
    for step in steps:
        step()
        idle.append(core.idle)
    assert idle == [False, False, False, False, True]


def test_a_failed_message_is_not_waited_for() -> None:
    """Else a client could never end after a refusal."""
    core = open_core(channel(last=0))
    send_id = core.say("#general", "hi", action=False)
    (send,) = core.take_outgoing()
    core.receive([replies.Error(id=send.id, code=ErrorCode.NOT_MEMBER, message="Join first.")])
    failed = [item for item in core.take_news() if isinstance(item, OutboxChanged)][-1].item
    core.told()
    assert (failed.send_id, failed.text) == (send_id, "hi")
    assert (failed.state, failed.sentence) == (SendState.FAILED, "Join first.")
    assert core.idle
    assert core.unsent() == (failed,)
    assert core.drop(send_id) == failed


def test_a_failed_message_can_be_said_anew() -> None:
    """It is another message by then, behind what was said since; only one that has failed can be."""
    clock = FakeClock()
    core = open_core(channel(last=0), clock=clock)
    first = core.say("#general", "hi", action=True)
    (send,) = core.take_outgoing()
    assert core.say_again(first) is None
    core.receive([replies.Error(id=send.id, code=ErrorCode.NOT_MEMBER, message="Join first.")])
    since = core.say("#general", "since", action=False)
    clock.advance(3600)
    again = core.say_again(first)
    assert [item.send_id for item in core.unsent()] == [since, again]
    assert core.unsent()[-1].said_at == clock.now()
    assert (core.unsent()[-1].text, core.unsent()[-1].action) == ("hi", True)
    assert core.say_again(first) is None


def test_an_answer_of_the_wrong_kind_fails_the_request(caplog: pytest.LogCaptureFixture) -> None:
    """And does not reach the state, whose rules believe in the right kind."""
    core = open_core()
    future = core.ask(requests.ListChannels)
    (request,) = core.take_outgoing()
    with caplog.at_level(logging.WARNING):
        core.receive([replies.PartResult(id=request.id, conversation="c-general", number=1)])
    assert isinstance(settled(core.take_news(), future), Offline)
    assert "is no answer to ListChannels" in caplog.text


def test_an_answer_to_nothing_is_logged_and_passed_over(caplog: pytest.LogCaptureFixture) -> None:
    """Also a refusal of a line whose id the server could not read."""
    core = open_core(channel(last=0))
    with caplog.at_level(logging.WARNING):
        core.receive([replies.PartResult(id="999", conversation="c-general", number=1)])
        core.receive([replies.Error(id=None, code=ErrorCode.INVALID_JSON, message="No JSON.")])
    assert "PartResult" in caplog.text
    assert "No JSON" in caplog.text
    assert len(core.state.conversations) == 1


def test_a_line_that_is_not_understood_fails_its_request_or_nothing() -> None:
    """An event of a newer server has no request; it is passed over."""
    core = open_core()
    future = core.ask(requests.ListChannels)
    (request,) = core.take_outgoing()
    unknown = BadLine(ErrorCode.UNKNOWN_REQUEST, "What is this?")
    broken = BadLine(ErrorCode.INVALID_REQUEST, "A field is missing.", request_id=request.id)
    core.receive([unknown, broken])
    assert settled(core.take_news(), future) is broken


def test_a_request_that_is_given_up_is_told_once() -> None:
    """An answer after that changes the state, but settles nothing twice."""
    clock = FakeClock()
    core = open_core(clock=clock)
    future = core.ask(requests.Join, target="#general")
    (join,) = core.take_outgoing()
    due = core.next_deadline()
    assert due is not None
    clock.advance(due - clock.monotonic())
    core.tick()
    assert isinstance(settled(core.take_news(), future), NoAnswer)
    core.receive([replies.JoinResult(id=join.id, conversation=channel(last=1), number=1)])
    assert not [item for item in core.take_news() if isinstance(item, tuple)]
    assert len(core.state.conversations) == 1


def test_an_ended_client_keeps_messages_and_nothing_else() -> None:
    """A change that waited to be repeated fails with the reason."""
    core = open_core()
    core.say("#general", "hi", action=False)
    topic = core.ask(requests.SetTopic, target="#general", topic="x")
    core.link_lost()
    core.set_link(LinkChanged(Phase.WAITING))
    assert not [item for item in core.take_news() if isinstance(item, tuple)]
    core.ended(LinkChanged(Phase.ENDED, cause="You were replaced."))
    assert str(settled(core.take_news(), topic)) == "You were replaced."
    assert [item.state for item in core.unsent()] == [SendState.WAITING]
    with pytest.raises(Offline, match="You were replaced"):
        core.ask(requests.Ping).result(0)


def test_a_hostile_limit_does_not_stop_messages() -> None:
    """A server that allows none under way still gets them one by one."""
    core = new_core()
    core.receive([welcome(limits=replace(LIMITS, sends_in_flight=0))])
    core.opened(OPEN)
    core.say("#general", "one", action=False)
    core.say("#general", "two", action=False)
    assert [type(request) for request in core.take_outgoing()] == [requests.Send]


def test_a_direct_conversation_that_can_not_be_opened_is_not_waited_for() -> None:
    """The message is stored; that it can't be seen here is no reason to hang."""
    core = open_core()
    core.say("@ben", "psst", action=False)
    (send,) = core.take_outgoing()
    assert isinstance(send, requests.Send)
    core.receive(
        [
            replies.SendResult(
                id=send.id, conversation="d-ben", number=2, timestamp=WHEN, text="psst", send_id=send.send_id
            )
        ]
    )
    (opening,) = core.take_outgoing()
    assert isinstance(opening, requests.OpenDirect)
    core.receive([replies.Error(id=opening.id, code=ErrorCode.UNKNOWN_USER, message="Gone.")])
    core.take_news()
    core.told()
    assert core.idle


def test_a_message_that_was_stored_elsewhere_is_not_looked_for() -> None:
    """One left the channel before the answer came."""
    core = open_core(channel(last=0))
    core.say("#general", "bye", action=False)
    (send,) = core.take_outgoing()
    assert isinstance(send, requests.Send)
    core.receive([events.ConversationRemoved(conversation="c-general", number=2)])
    core.receive(
        [
            replies.SendResult(
                id=send.id, conversation="c-general", number=1, timestamp=WHEN, text="", send_id=send.send_id
            )
        ]
    )
    assert core.take_outgoing() == []
    core.take_news()
    core.told()
    assert core.idle


def test_what_is_shown_before_it_is_known_is_asked_for_when_it_comes() -> None:
    """A screen may open a conversation that is only just being joined, and again after leaving it."""
    core = open_core()
    core.show(("d-ben",))
    (watch,) = core.take_outgoing()
    assert isinstance(watch, requests.Watch)
    assert watch.targets == []
    core.receive([events.ConversationAdded(conversation=direct("ben", last=0))])
    watch, members = core.take_outgoing()
    assert isinstance(watch, requests.Watch)
    assert watch.targets == ["d-ben"]
    assert isinstance(members, requests.Members)


def test_members_are_asked_for_once_while_something_stays_shown() -> None:
    """Presence is told from there on; what was hidden meanwhile is asked for anew."""
    core = open_core(channel("a"), channel("b"))

    def shown(*conversations: str) -> list[str]:
        core.show(conversations)
        return [each.target for each in core.take_outgoing() if isinstance(each, requests.Members)]

    assert shown("c-a") == ["c-a"]
    assert shown("c-a", "c-b") == ["c-b"]
    assert shown("c-b") == []
    assert shown("c-a") == ["c-a"]


def test_refused_members_are_no_reason_to_ask_on() -> None:
    """One was removed at that moment."""
    core = open_core(channel("a"))
    core.show(("c-a",))
    _, members = core.take_outgoing()
    core.receive([replies.Error(id=members.id, code=ErrorCode.NOT_MEMBER, message="Gone.")])
    assert core.take_outgoing() == []


def test_what_the_client_wants_to_know_is_asked_for_again_after_too_much_at_once() -> None:
    """No person waits for it, so nobody else would ask again; the wait is kept to."""
    clock = FakeClock()
    core = open_core(channel("a"), clock=clock)
    core.show(("c-a",))
    for wanted in core.take_outgoing():
        core.receive(
            [replies.Error(id=wanted.id, code=ErrorCode.RATE_LIMITED, message="Slow.", retry_after_ms=2000)]
        )
    assert core.take_outgoing() == []
    assert core.next_deadline() == clock.monotonic() + 2
    clock.advance(1.9)
    core.tick()
    assert core.take_outgoing() == []
    clock.advance(0.1)
    core.tick()
    assert [type(each) for each in core.take_outgoing()] == [requests.Watch, requests.Members]


def test_what_was_to_be_asked_for_again_is_asked_for_once_on_the_next_connection() -> None:
    """The wait was one of the link that is gone."""
    clock = FakeClock()
    core = open_core(channel("a"), clock=clock)
    core.show(("c-a",))
    _, members = core.take_outgoing()
    core.receive([replies.Error(id=members.id, code=ErrorCode.RATE_LIMITED, message="Slow.")])
    core.link_lost()
    core.opened(OPEN)
    clock.advance(60)
    core.tick()
    assert [type(each) for each in core.take_outgoing()] == [requests.Watch, requests.Members]


def test_the_refusal_has_all_that_the_server_said() -> None:
    """Code, sentence, field and wait."""
    core = open_core()
    future = core.ask(requests.ChangeNick, nick="ben")
    (request,) = core.take_outgoing()
    error = replies.Error(
        id=request.id, code=ErrorCode.NICK_TAKEN, message="Ben has it.", field="nick", retry_after_ms=9
    )
    core.receive([error])
    refused = settled(core.take_news(), future)
    assert isinstance(refused, Refused)
    assert (refused.code, refused.message) == (ErrorCode.NICK_TAKEN, "Ben has it.")
    assert (refused.field, refused.retry_after_ms) == ("nick", 9)
