"""A plain socket as a wire: nothing waits, and every end is told apart."""

import selectors
import socket
from collections.abc import Iterator

import pytest

from chat.transport.sockets import wait_ready
from chat.transport.wire import PlainWire, Wire


@pytest.fixture
def ends() -> Iterator[tuple[PlainWire, socket.socket]]:
    """A wire and the socket at its other end."""
    near, far = socket.socketpair()
    with near, far:
        far.settimeout(5)
        yield PlainWire(near), far


def test_a_plain_wire_is_a_wire(ends: tuple[PlainWire, socket.socket]) -> None:
    """It fulfils the interface and never has bytes of its own."""
    wire: Wire = ends[0]
    wire.flush()
    assert not wire.wants_write
    assert wire.fileno() >= 0


def test_receiving_tells_nothing_yet_from_the_end(ends: tuple[PlainWire, socket.socket]) -> None:
    """None is 'not now', bytes are bytes, and the end is empty bytes."""
    wire, far = ends
    assert wire.receive(10) is None
    far.sendall(b"hello")
    assert wire.receive(2) == b"he"
    assert wire.receive(10) == b"llo"
    far.close()
    assert wire.receive(10) == b""


def test_sending_takes_what_fits_and_then_nothing(ends: tuple[PlainWire, socket.socket]) -> None:
    """A full wire sends 0 instead of waiting, and goes on once the other side has read."""
    wire, far = ends
    data = memoryview(b"x" * 65536)
    sent = 0
    while taken := wire.send(data):
        sent += taken
    received = 0
    while received < sent:
        received += len(far.recv(65536))
    assert wait_ready(far, selectors.EVENT_WRITE, 5)
    assert wire.send(b"more") == 4
    assert far.recv(10) == b"more"


def test_closing_is_seen_on_the_other_side_and_may_be_repeated(ends: tuple[PlainWire, socket.socket]) -> None:
    """The other end reads the end of the stream; the descriptor is gone."""
    wire, far = ends
    wire.close()
    wire.close()
    assert far.recv(1) == b""
    assert wire.fileno() == -1


def test_a_broken_stream_is_an_error(ends: tuple[PlainWire, socket.socket]) -> None:
    """What is sent to nobody fails loudly instead of vanishing."""
    wire, far = ends
    far.close()
    with pytest.raises(BrokenPipeError):
        wire.send(b"anybody there?")
