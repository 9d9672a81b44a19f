"""The raw client of the server's tests must not let a wrong line pass."""

import socket
from collections.abc import Iterator

import pytest

from chat.protocol.codec import encode
from chat.protocol.codes import CLOSES, CloseReason
from chat.protocol.events import Goodbye
from chat.protocol.replies import PingResult
from tests.support.frames import WHEN, message
from tests.support.wire_client import WireClient

GOODBYE = Goodbye(reason=CloseReason.QUIT, message=CLOSES[CloseReason.QUIT].meaning, reconnect=False)


@pytest.fixture
def joined() -> Iterator[tuple[WireClient, socket.socket]]:
    """A client and the server's end of its link."""
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        WireClient(listener.getsockname(), patience=0.2) as client,
        listener.accept()[0] as server,
    ):
        yield client, server


def test_the_first_byte_said_is_an_empty_line(joined: tuple[WireClient, socket.socket]) -> None:
    """That tells a server that this link is plain."""
    _, server = joined
    assert server.recv(10) == b"\n"


def test_frames_come_in_order_however_they_were_cut(joined: tuple[WireClient, socket.socket]) -> None:
    """Half a line waits for its other half."""
    client, server = joined
    first, second = encode(message(1)), encode(message(2))
    server.sendall(first + second[:7])
    assert client.read() == message(1)
    server.sendall(second[7:])
    assert client.read() == message(2)
    assert client.frames == [message(1), message(2)]


def test_a_reply_is_found_behind_events(joined: tuple[WireClient, socket.socket]) -> None:
    """The events before it are kept in `frames`."""
    client, server = joined
    server.sendall(encode(message(1)) + encode(PingResult(id="r1", time=WHEN)))
    client.barrier()
    assert client.frames == [message(1), PingResult(id="r1", time=WHEN)]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (b'{"type":"nonsense"}\n', "nonsense"),
        (b'{"type":"ping_result","id":"a","time":"2024-05-17T09:30:00Z","x":1}\n', "more than the protocol"),
    ],
)
def test_a_line_that_the_protocol_does_not_know_fails_the_test(
    joined: tuple[WireClient, socket.socket], line: bytes, complaint: str
) -> None:
    """Neither an unknown frame nor an unknown field passes."""
    client, server = joined
    server.sendall(line)
    with pytest.raises(Exception, match=complaint):
        client.read()


def test_a_request_off_the_schema_is_not_even_said(joined: tuple[WireClient, socket.socket]) -> None:
    """A typing error in a test fails that test; what is wrong on purpose goes out as a line."""
    client, server = joined
    assert server.recv(10) == b"\n"
    with pytest.raises(AssertionError, match="'id' is a required property"):
        client.send({"type": "ping"})
    client.send_line(b'{"type":"ping"}')
    assert server.recv(100) == b'{"type":"ping"}\n'


def test_what_arrived_is_seen_without_waiting(joined: tuple[WireClient, socket.socket]) -> None:
    """Also what came with a line before and is not a whole line yet."""
    client, server = joined
    assert not client.has_more()
    server.sendall(encode(message(1)) + b"{")
    assert client.read() == message(1)
    assert client.has_more()


def test_silence_fails_the_test_in_time(joined: tuple[WireClient, socket.socket]) -> None:
    """A line that never comes is named, and the wait ends."""
    client, _ = joined
    with pytest.raises(AssertionError, match=r"no line within 0\.2 s"):
        client.read()


def test_hanging_up_in_the_middle_fails_the_test(joined: tuple[WireClient, socket.socket]) -> None:
    """Half a line is no line."""
    client, server = joined
    server.sendall(b'{"type"')
    server.shutdown(socket.SHUT_WR)
    with pytest.raises(AssertionError, match="hung up"):
        client.read()


def test_a_goodbye_must_be_the_last_word(joined: tuple[WireClient, socket.socket]) -> None:
    """What follows it fails the test."""
    client, server = joined
    server.sendall(encode(GOODBYE))
    server.shutdown(socket.SHUT_WR)
    assert client.goodbye() == GOODBYE

    with socket.create_server(("127.0.0.1", 0)) as listener, WireClient(listener.getsockname()) as other:
        chatty, _ = listener.accept()
        with chatty:
            chatty.sendall(encode(GOODBYE) + encode(message(1)))
            chatty.shutdown(socket.SHUT_WR)
            with pytest.raises(AssertionError, match="followed the goodbye"):
                other.goodbye()
