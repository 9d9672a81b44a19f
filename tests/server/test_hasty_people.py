"""Haste seen from outside, over real sockets: who is too fast waits, and nobody else notices."""

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
from tests.support.server import running_server

FAST_GUESTS = Rates(guest_sends=Rate(10, 200))
"""As usual, but a hundred times as fast, so that the test is."""


def test_two_hundred_messages_of_a_guest_at_once_all_go_out_in_order() -> None:
    """The client waits as it is told, says why, and the server stores each once."""
    texts = [f"line {number}" for number in range(200)]
    with running_server(rates=FAST_GUESTS) as server, People(server.address) as people:
        ben = people.come("ben")
        told = Recorder()
        settings = ClientSettings(identities=MemoryIdentities())
        client = ChatClient([Address(*server.address)], "ann", told, settings)
        client.start()
        try:
            assert client.wait_open(5)
            for text in texts:
                client.say("#general", text)
            assert client.wait_idle(20)
        finally:
            client.stop()
        said = [entry.text for entry in ben.news() if isinstance(entry, Message)]
    assert said == texts
    waiting = [each.item for each in told.all(OutboxChanged) if each.item.state is SendState.WAITING]
    assert {item.sentence for item in waiting} == {"", "Too much at once: go on in 1 s."}


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
