"""Frames over wires of every kind: slow, broken, and such that must write in order to read."""

import errno
import selectors
import socket
from collections.abc import Iterator

import pytest

from chat.client.stream import FrameStream, LinkLost
from chat.client.waker import Waker
from chat.protocol.codec import BadLine, Frame, encode
from chat.protocol.codes import CloseReason
from chat.protocol.connection import OPENING
from chat.protocol.events import Goodbye
from chat.protocol.requests import Hello, Ping, Send
from chat.protocol.states import LinkState
from chat.transport.wire import PlainWire
from tests.support.frames import LIMITS, SEND_ID, TOKEN, message, welcome

HELLO = Hello(id="1", version_min=1, version_max=1, nick="ann", token=TOKEN)
PING = Ping(id="1")
BYE = Goodbye(reason=CloseReason.STOPPING, message="bye", reconnect=True)


class ScriptedWire:
    """A wire that gives what a test says, and takes as much as a test lets it."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self.incoming: list[bytes | OSError] = []
        self.takes = 10**9
        self.send_fails: OSError | None = None
        self.wants_write = False
        self.taken = bytearray()
        self.offered: list[bytes] = []
        self.flushed = 0

    def fileno(self) -> int:
        return self._sock.fileno()

    def receive(self, size: int) -> bytes | None:
        if self.wants_write or not self.incoming:
            return None
        data = self.incoming.pop(0)
        if isinstance(data, OSError):
            raise data
        return data

    def send(self, data: bytes | memoryview) -> int:
        if self.send_fails is not None:
            raise self.send_fails
        self.offered.append(bytes(data))
        sent = 0 if self.wants_write else min(self.takes, len(data))
        self.takes -= sent
        self.taken += data[:sent]
        return sent

    def flush(self) -> None:
        self.flushed += 1
        self.wants_write = False

    def close(self) -> None:
        self._sock.close()


@pytest.fixture
def waker() -> Iterator[Waker]:
    """A waker that is closed in the end."""
    waker = Waker()
    yield waker
    waker.close()


@pytest.fixture
def wire() -> Iterator[ScriptedWire]:
    """A wire whose descriptor is always ready to read and to write."""
    near, far = socket.socketpair()
    far.send(b"!")
    with near, far:
        yield ScriptedWire(near)


@pytest.fixture
def stream(wire: ScriptedWire, waker: Waker) -> FrameStream:
    """An open stream over the scripted wire, its opening sent."""
    stream = FrameStream(wire, waker)
    stream.connection.state = LinkState.OPEN
    stream.turn(0)
    wire.taken.clear()
    wire.offered.clear()
    return stream


def lines(*frames: Frame) -> bytes:
    """Frames as they come."""
    return b"".join(map(encode, frames))


def test_the_first_byte_says_that_the_link_is_plain(waker: Waker, wire: ScriptedWire) -> None:
    """It is an empty line, before anything else."""
    FrameStream(wire, waker).turn(0)
    assert bytes(wire.taken) == OPENING


def test_frames_go_both_ways_over_a_real_socket(waker: Waker) -> None:
    """What is said arrives as a line, what comes arrives as a frame."""
    near, far = socket.socketpair()
    with far:
        stream = FrameStream(PlainWire(near), waker)
        far.sendall(lines(welcome()))
        assert stream.turn(5) == [welcome()]
        assert stream.heard
        stream.say(HELLO)
        stream.turn(0)
        assert stream.drained
        assert far.recv(4096) == OPENING + encode(HELLO)
        stream.close()
        assert far.recv(1) == b""


def test_a_frame_may_come_in_any_pieces(stream: FrameStream, wire: ScriptedWire) -> None:
    """Half a line gives nothing yet, but was heard."""
    data = lines(message(1))
    wire.incoming = [data[:10]]
    assert stream.turn(0) == []
    assert stream.heard
    wire.incoming = [data[10:]]
    assert stream.turn(0) == [message(1)]
    assert stream.turn(0) == []
    assert not stream.heard


def test_what_a_wire_did_not_take_is_offered_again_unchanged(stream: FrameStream, wire: ScriptedWire) -> None:
    """An encrypting wire that took nothing must be given the very same bytes, whatever was said meanwhile."""
    wire.takes = 0
    stream.say(PING)
    stream.turn(0)
    stream.say(PING)
    wire.takes = 10
    stream.turn(0)
    first = encode(PING)
    assert wire.offered == [first, first, first, first[10:], first[10:]]
    wire.takes = 10**9
    stream.turn(0)
    assert bytes(wire.taken) == encode(PING) * 2


def test_a_wire_that_must_write_in_order_to_read_is_let_write(
    stream: FrameStream, wire: ScriptedWire
) -> None:
    """It says so; the stream waits until it can write, lets it, and goes on."""
    wire.wants_write = True
    wire.incoming = [lines(message(1))]
    assert stream.turn(5) == [message(1)]
    assert wire.flushed == 1


def test_bytes_that_a_wire_holds_are_read_without_waiting(stream: FrameStream, wire: ScriptedWire) -> None:
    """A flood is taken in bounded turns, and no turn waits while there is more."""
    wire.incoming = [lines(message(number)) for number in range(1, 41)]
    first = stream.turn(5)
    assert 0 < len(first) < 40
    rest = [frame for _ in range(5) for frame in stream.turn(60 if len(wire.incoming) else 0)]
    assert first + rest == [message(number) for number in range(1, 41)]


def test_the_end_of_the_stream_is_told_after_what_came_before(
    stream: FrameStream, wire: ScriptedWire
) -> None:
    """A goodbye counts, though nothing can come after it."""
    wire.incoming = [lines(BYE), b"", b""]
    assert stream.turn(5) == [BYE]
    with pytest.raises(LinkLost, match="the server closed it"):
        stream.turn(60)


def test_a_broken_stream_is_told_after_what_came_before(stream: FrameStream, wire: ScriptedWire) -> None:
    """Also when the server answered a write with a reset, and its last words came before that."""
    reset = ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")
    wire.send_fails = BrokenPipeError(errno.EPIPE, "Broken pipe")
    stream.say(PING)
    wire.incoming = [lines(message(1)), lines(BYE), reset]
    assert stream.turn(5) == [message(1), BYE]
    assert stream.drained
    with pytest.raises(LinkLost, match="Broken pipe"):
        stream.turn(60)


def test_a_write_that_fails_alone_ends_the_link(stream: FrameStream, wire: ScriptedWire) -> None:
    """Nothing came, so there is nothing to tell before."""
    wire.send_fails = BrokenPipeError(errno.EPIPE, "Broken pipe")
    stream.say(PING)
    with pytest.raises(LinkLost, match="Broken pipe"):
        stream.turn(60)


@pytest.mark.parametrize("garbage", [b"HTTP/1.1 400 Bad Request\r\n", b"\xff\xfe\n", lines(welcome())])
def test_what_is_not_this_protocol_ends_the_link(
    stream: FrameStream, wire: ScriptedWire, garbage: bytes
) -> None:
    """No object of JSON, no UTF-8, or a frame that no server may say now."""
    wire.incoming = [garbage]
    with pytest.raises(LinkLost, match="does not speak"):
        stream.turn(5)


def test_a_frame_that_is_only_unknown_costs_nothing_else(stream: FrameStream, wire: ScriptedWire) -> None:
    """A newer server may tell of things that this client does not know."""
    wire.incoming = [b'{"type":"user_banned","user":"u1"}\n' + lines(message(1))]
    unknown, known = stream.turn(5)
    assert isinstance(unknown, BadLine)
    assert known == message(1)


def test_hostile_text_is_clean_when_it_comes_out(stream: FrameStream, wire: ScriptedWire) -> None:
    """Every frame passes the sanitizer on its way in."""
    wire.incoming = [lines(message(1, "a\x1b[31mb"))]
    assert stream.turn(5) == [message(1, "a\ufffd[31mb")]


def test_the_servers_limits_are_kept(stream: FrameStream) -> None:
    """Short lines before hello, longer ones after it; a refused line does not go out."""
    long = Send(id="2", send_id=SEND_ID, target="#x", text="y" * 10_000)
    stream.use_limits(LIMITS, before_hello=True)
    with pytest.raises(BadLine, match="may have 4096"):
        stream.say(long)
    assert stream.drained
    stream.use_limits(LIMITS, before_hello=False)
    stream.say(long)
    assert not stream.drained


def test_waiting_for_a_frame_can_be_cut_short(waker: Waker) -> None:
    """Another thread has something to send, so the turn ends without a frame."""
    near, far = socket.socketpair()
    with far:
        stream = FrameStream(PlainWire(near), waker)
        waker.wake()
        assert stream.turn(60) == []
        stream.close()


def test_ready_to_write_is_asked_for_only_when_there_is_something(wire: ScriptedWire) -> None:
    """Else every turn would end at once and the thread would spin."""
    asked: list[int] = []

    class Listening(Waker):
        def wait(self, thing: object, events: int, seconds: float | None) -> tuple[int, bool]:
            asked.append(events)
            return 0, False

    listening = Listening()
    stream = FrameStream(wire, listening)
    stream.turn(0)
    wire.takes = 0
    stream.connection.state = LinkState.OPEN
    stream.say(PING)
    stream.turn(0)
    listening.close()
    assert asked == [selectors.EVENT_READ, selectors.EVENT_READ | selectors.EVENT_WRITE]
