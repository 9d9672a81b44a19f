"""Requests from being made to being answered, given up or repeated."""

from concurrent.futures import Future
from typing import Any

from chat.client.requester import REQUEST_SECONDS, Outcome, Requester
from chat.protocol.requests import Join, ListChannels, Ping, Send
from tests.support.clock import FakeClock


def nothing(_: Outcome) -> None:
    """What follows an answer in these tests."""


def made(requester: Requester, *kinds: type[Any]) -> list[Any]:
    """Make requests of these kinds and take them out to be sent."""
    fields: dict[type[Any], dict[str, Any]] = {Join: {"target": "#x"}, Send: {"target": "#x", "text": "hi"}}
    for kind in kinds:
        requester.send(kind, nothing, dict(fields.get(kind, {})))
    return requester.take_outgoing()


def test_every_request_has_an_id_of_its_own() -> None:
    """Over all connections, so a late answer is never taken for another's."""
    requester = Requester(FakeClock())
    first = made(requester, Ping, Ping)
    requester.link_lost()
    second = made(requester, Ping)
    assert len({request.id for request in first + second}) == 3
    assert requester.take_outgoing() == []


def test_changes_get_a_send_id_unless_they_have_one() -> None:
    """A message of the outbox keeps its own."""
    requester = Requester(FakeClock())
    (join,) = made(requester, Join)
    assert len(join.send_id) == 32
    requester.send(Send, nothing, {"send_id": "my-own-id", "target": "#x", "text": "hi"})
    (send,) = requester.take_outgoing()
    assert isinstance(send, Send)
    assert send.send_id == "my-own-id"


def test_an_answer_finds_its_request_once() -> None:
    """A second answer, or one without an id, answers nothing."""
    requester = Requester(FakeClock())
    (ping,) = made(requester, Ping)
    found = requester.answer_to(ping.id)
    assert found is not None
    assert found.request == ping
    assert requester.answer_to(ping.id) is None
    assert requester.answer_to(None) is None
    assert not requester.busy


def test_a_request_is_given_up_after_its_time_and_told_once() -> None:
    """Its answer is still understood when it comes."""
    clock = FakeClock()
    requester = Requester(clock)
    (ping,) = made(requester, Ping)
    clock.advance(1)
    made(requester, Ping)
    assert requester.next_deadline() == REQUEST_SECONDS
    clock.advance(REQUEST_SECONDS - 1.5)
    assert requester.give_up() == []
    clock.advance(0.5)
    assert [waiting.request.id for waiting in requester.give_up()] == [ping.id]
    assert requester.give_up() == []
    assert requester.next_deadline() == REQUEST_SECONDS + 1
    assert requester.answer_to(ping.id) is not None


def test_changes_are_repeated_once_and_all_else_fails_with_the_link() -> None:
    """Messages are left to the outbox."""
    requester = Requester(FakeClock())
    join, _, _ = made(requester, Join, ListChannels, Send)
    assert [type(waiting.request) for waiting in requester.link_lost()] == [ListChannels, Send]
    assert requester.busy
    (cut,) = requester.take_cut()
    requester.send_again(cut)
    assert requester.take_outgoing() == [join]
    assert [waiting.request for waiting in requester.link_lost()] == [join]
    assert requester.take_cut() == []
    assert not requester.busy


def test_what_was_given_up_is_not_repeated() -> None:
    """The person was told that it may not have happened, and may have asked again."""
    clock = FakeClock()
    requester = Requester(clock)
    made(requester, Join)
    clock.advance(REQUEST_SECONDS)
    requester.give_up()
    assert not requester.busy
    assert len(requester.link_lost()) == 1
    assert requester.take_cut() == []


def test_the_order_of_the_last_link_is_remembered() -> None:
    """So what is sent again comes in the order in which it went out first."""
    requester = Requester(FakeClock())
    requests = made(requester, Send, Join, Send)
    requester.link_lost()
    places = [requester.place_of(request.send_id) for request in requests]
    assert places == sorted(places)
    assert requester.place_of("never sent") == float("inf")


def test_a_request_that_never_left_fails_with_the_link_too() -> None:
    """Nothing of the old link is said on the new one by accident."""
    requester = Requester(FakeClock())
    future: Future[Any] = Future()
    requester.send(Ping, nothing, {}, future)
    assert [waiting.future for waiting in requester.link_lost()] == [future]
    assert requester.take_outgoing() == []
