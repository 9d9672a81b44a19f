"""Haste seen from outside, over real sockets: who is too fast waits, and nobody else notices."""

from collections.abc import Iterator
from contextlib import contextmanager

from chat.client.changes import OutboxChanged, SendState
from chat.client.client import ChatClient, ClientSettings
from chat.client.identity_stores import MemoryIdentities
from chat.protocol.codes import ErrorCode
from chat.protocol.entries import Message
from chat.protocol.replies import Error, SendResult
from chat.protocol.requests import Send
from chat.server.config import ServerConfig
from chat.server.domain.rate import Rate, Rates
from chat.transport.address import Address
from tests.support.people import People
from tests.support.recorder import Recorder
from tests.support.server import RunningServer, running_server

FAST_GUESTS = Rates(guest_sends=Rate(10, 200))
"""As usual, but a hundred times as fast, so that the test is."""


@contextmanager
def client_of(server: RunningServer, nick: str) -> Iterator[tuple[ChatClient, Recorder]]:
    """A client of ours that is connected, and what it tells."""
    told = Recorder()
    settings = ClientSettings(identities=MemoryIdentities())
    client = ChatClient([Address(*server.address)], nick, told, settings)
    client.start()
    try:
        assert client.wait_open(5)
        yield client, told
    finally:
        client.stop()


def test_two_hundred_messages_of_a_guest_at_once_all_go_out_in_order() -> None:
    """The client waits as it is told, says why, and the server stores each once."""
    texts = [f"line {number}" for number in range(200)]
    with running_server(rates=FAST_GUESTS) as server, People(server.address) as people:
        ben = people.come("ben")
        with client_of(server, "ann") as (client, told):
            for text in texts:
                client.say("#general", text)
            assert client.wait_idle(20)
        said = [entry.text for entry in ben.news() if isinstance(entry, Message)]
    assert said == texts
    waiting = [each.item for each in told.all(OutboxChanged) if each.item.state is SendState.WAITING]
    assert {item.sentence for item in waiting} == {"", "That was too much at once."}


def test_the_usual_rates_of_guests_are_in_force() -> None:
    """Ten at once, and the wait for the next is half a second at most."""
    with running_server(ServerConfig(), rates=Rates()) as server, People(server.address) as people:
        ann, ben = people.come("ann"), people.come("ben")
        for number in range(10):
            ann.get(SendResult, Send, target="#general", text=str(number))
        refused = ann.refused(Send, target="#general", text="10")
        assert refused.code is ErrorCode.RATE_LIMITED
        assert refused.retry_after_ms is not None
        assert 0 < refused.retry_after_ms <= 501
        ben.get(SendResult, Send, target="#general", text="not my business")


def test_a_flood_is_answered_by_one_refusal() -> None:
    """While a link waits, what it says stays unread: not each line of it costs an answer."""
    with running_server(rates=Rates(guest_sends=Rate(10, 0.1))) as server, People(server.address) as people:
        ann, ben = people.come("ann"), people.come("ben")
        for number in range(200):
            ann.say(Send, target="#general", text=str(number))
        refused = ann.link.wait_for(Error)
        ben.link.barrier()
        assert refused.code is ErrorCode.RATE_LIMITED
        assert sum(isinstance(frame, SendResult) for frame in ann.link.frames) == 10
        assert not ann.link.has_more()


def test_a_message_that_waits_may_be_dropped() -> None:
    """All others go out, though the server had waited for that one."""
    rates = Rates(guest_sends=Rate(2, 50))
    with running_server(rates=rates) as server, People(server.address) as people:
        ben = people.come("ben")
        with client_of(server, "ann") as (client, told):
            for number in range(10):
                client.say("#general", str(number))
            told.wait(OutboxChanged, lambda change: bool(change.item.sentence))
            dropped = next((each for each in client.unsent() if client.drop(each.send_id)), None)
            assert client.wait_idle(10)
        said = [entry.text for entry in ben.news() if isinstance(entry, Message)]
    assert dropped is not None
    assert said == [str(number) for number in range(10) if str(number) != dropped.text]
