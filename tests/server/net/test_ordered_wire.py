"""The whole service on a wire that must write in order to read: what TLS will ask of it.

Nothing above the wire is changed for it.
"""

import threading
from collections.abc import Iterator

import pytest

from chat.protocol.codec import encode
from chat.protocol.codes import CloseReason
from chat.protocol.entries import Message
from chat.protocol.replies import MembersResult, PingResult, SendResult
from chat.protocol.requests import Members, Ping, Quit
from tests.support.net_service import Served, scaled, send, serving
from tests.support.token_wire import TokenClient, TokenWire
from tests.support.waiting import wait_until


@pytest.fixture
def served() -> Iterator[Served]:
    """A running service on such wires.

    It reads so little at once that the wire holds bytes which no selector reports, and it never speaks first.
    """
    settings = scaled(inbox_lines=8, receive_bytes=64, greet_seconds=60.0)
    with serving(settings, wrap=TokenWire) as served:
        yield served


def member(served: Served, nick: str) -> TokenClient:
    """A client in the channel."""
    client = TokenClient(served.address)
    client.hello(nick)
    client.sync()
    return client


def test_a_conversation_goes_both_ways(served: Served) -> None:
    """Requests, replies and entries as ever."""
    with member(served, "ann") as ann, member(served, "bob") as bob:
        assert isinstance(ann.ask(send(ann, "hello")), SendResult)
        assert bob.expect(Message).text == "hello"
        bob.barrier()


def test_many_requests_in_one_breath(served: Served) -> None:
    """More than fit the inbox, more than one token's worth."""
    count = 500
    with member(served, "ann") as ann:
        ann.send_bytes(b"".join(encode(Ping(id=f"p{n}")) for n in range(count)))
        for n in range(count):
            assert ann.expect(PingResult).id == f"p{n}"


def test_long_answers_arrive_whole(served: Served) -> None:
    """However small the slices are that the wire takes."""
    with member(served, "ann") as ann:
        ann.send_bytes(b"".join(encode(Members(id=f"m{n}", target="#general")) for n in range(10)))
        for n in range(10):
            assert ann.expect(MembersResult).id == f"m{n}"


def test_both_ways_at_once(served: Served) -> None:
    """Two members talk while the channel is full of lines."""
    with member(served, "ann") as ann, member(served, "bob") as bob:

        def talk(client: TokenClient) -> None:
            for n in range(60):
                client.send(send(client, f"{n} " + "x" * 2000))
            client.barrier()

        threads = [threading.Thread(target=talk, args=(client,)) for client in (ann, bob)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        logs = []
        for client in (ann, bob):
            client.barrier()
            logs.append([frame.number for frame in client.frames if isinstance(frame, Message)])
        assert logs == [list(range(1, 121))] * 2


def test_a_goodbye_goes_out_too(served: Served) -> None:
    """The last words are written before the wire is closed."""
    with member(served, "ann") as ann:
        ann.send(Quit(id="q"))
        assert ann.goodbye().reason is CloseReason.QUIT
    wait_until(lambda: not served.service.open_links, what="the close")
