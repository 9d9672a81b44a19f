"""TLS as a wire: nothing waits, slices go out whole, and every end is told apart."""

import gc
import selectors
import socket
import ssl
import struct
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.deadline import Deadline
from chat.transport.sockets import wait_ready
from chat.transport.tls import (
    SLICE,
    Handshake,
    TlsWire,
    Want,
    fingerprint,
    server_context,
    spoken,
    unverified_context,
    verifying_context,
)
from chat.transport.wire import Wire
from tests.support.tls import key_pair


def contexts() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A client's and a server's."""
    pair = key_pair()
    return unverified_context(), server_context(str(pair.certificate), str(pair.private_key))


def shake(*sides: Handshake) -> None:
    """Let both sides take steps in turn until both are done."""
    deadline = Deadline(5)
    open_sides = list(sides)
    while open_sides:
        assert not deadline.expired
        open_sides = [side for side in open_sides if side.step() is not Want.NOTHING]


def pair_of_wires(client: ssl.SSLContext, server: ssl.SSLContext) -> tuple[TlsWire, TlsWire]:
    """Two ends of a stream; the buffers between are small."""
    near, far = socket.socketpair()
    for sock in (near, far):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    sides = Handshake(near, client, server_side=False), Handshake(far, server, server_side=True)
    shake(*sides)
    return sides[0].wire(), sides[1].wire()


@pytest.fixture
def ends() -> Iterator[tuple[TlsWire, TlsWire]]:
    """A client's and a server's wire."""
    client, server = pair_of_wires(*contexts())
    yield client, server
    client.close()
    server.close()


def read_all(wire: Wire, size: int, writer: Wire | None = None) -> bytes:
    """Read so many bytes, while the other side flushes."""
    data = bytearray()
    deadline = Deadline(5)
    while len(data) < size:
        assert not deadline.expired, f"only {len(data)} of {size} bytes came"
        if writer is not None:
            writer.flush()
        data += wire.receive(65536) or b""
    return bytes(data)


def test_both_ends_hear_one_another(ends: tuple[TlsWire, TlsWire]) -> None:
    """Bytes come through in order; nothing there is None."""
    client, server = ends
    wire: Wire = client
    assert wire.receive(10) is None
    assert server.send(b"hello") == 5
    assert read_all(client, 5) == b"hello"
    assert client.send(memoryview(b"hi")) == 2
    assert read_all(server, 2) == b"hi"
    assert not client.wants_write


def test_what_is_taken_goes_out_whole_though_other_bytes_are_offered_next(
    ends: tuple[TlsWire, TlsWire],
) -> None:
    """A slice that the socket did not take is kept and finished, whatever is said after it.

    OpenSSL would else mix the bytes of both.
    """
    client, server = ends
    first = b"a" * (SLICE * 40)
    sent = server.send(first)
    assert 0 < sent < len(first)
    assert server.wants_write
    assert server.send(b"never taken while a slice waits") == 0
    received = read_all(client, sent, server)
    assert received == first[:sent]
    assert server.send(b"last words") == 10
    assert read_all(client, 10, server) == b"last words"


def test_a_wire_that_nobody_reads_takes_nothing_more(ends: tuple[TlsWire, TlsWire]) -> None:
    """It says so at once, so that a slow reader is found out."""
    _, server = ends
    while server.send(b"x" * SLICE):
        pass
    assert [server.send(b"x" * SLICE) for _ in range(3)] == [0, 0, 0]
    with socket.socket(fileno=socket.dup(server.fileno())) as underneath:
        assert not wait_ready(underneath, selectors.EVENT_WRITE, 0)


@settings(max_examples=20, deadline=None)
@given(pieces=st.lists(st.binary(min_size=1, max_size=3 * SLICE), max_size=12), reads=st.integers(1, 40_000))
def test_any_pieces_come_through_as_one_stream(pieces: list[bytes], reads: int) -> None:
    """However it is cut on either side, the stream is the same."""
    client, server = pair_of_wires(*contexts())
    whole = b"".join(pieces)
    left, received = memoryview(whole), bytearray()
    deadline = Deadline(10)
    while len(received) < len(whole):
        assert not deadline.expired
        left = left[client.send(left[: SLICE * 2]) if left else 0 :]
        client.flush()
        received += server.receive(reads) or b""
    assert bytes(received) == whole
    client.close()
    server.close()


def test_the_end_is_read_as_the_end(ends: tuple[TlsWire, TlsWire]) -> None:
    """Closing gives the other side empty bytes, with what was said before in front; it may be repeated."""
    client, server = ends
    server.send(b"bye")
    server.close()
    server.close()
    assert server.fileno() == -1
    assert read_all(client, 3) == b"bye"
    deadline = Deadline(5)
    while (data := client.receive(10)) is None:
        assert not deadline.expired
    assert data == b""


def test_a_broken_stream_raises() -> None:
    """Bytes that are no TLS end it."""
    near, far = socket.socketpair()
    client_context, context = contexts()
    sides = Handshake(near, client_context, server_side=False), Handshake(far, context, server_side=True)
    shake(*sides)
    client = sides[0].wire()
    raw = socket.socket(fileno=socket.dup(sides[1].fileno()))
    raw.sendall(b"this was never encrypted, and is long enough to be taken for a record")
    with raw, pytest.raises(ssl.SSLError):
        read_all(client, 10)
    client.close()
    sides[1].close()


def test_a_handshake_says_what_it_waits_for_and_shows_the_certificate() -> None:
    """Each step returns at once; afterwards the client knows the certificate by its fingerprint."""
    near, far = socket.socketpair()
    client_context, context = contexts()
    client = Handshake(near, client_context, server_side=False)
    assert client.step() is Want.READ
    server = Handshake(far, context, server_side=True)
    shake(client, server)
    text = key_pair().certificate.read_text()
    assert client.certificate == ssl.PEM_cert_to_DER_cert(text)
    digits = fingerprint(client.certificate)
    assert len(digits) == 64
    assert spoken(digits).replace(" ", "") == digits
    client.close()
    server.close()


def test_a_socket_that_was_reset_before_the_handshake_is_closed(recwarn: pytest.WarningsRecorder) -> None:
    """Whoever hangs up in anger leaves nothing open behind."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        other = socket.create_connection(listener.getsockname())
        ours, _ = listener.accept()
        other.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        other.close()
        with selectors.DefaultSelector() as selector:
            selector.register(ours, selectors.EVENT_READ)
            assert selector.select(5)
        with pytest.raises(OSError, match="not connected"):
            Handshake(ours, unverified_context(), server_side=False)
    assert ours.fileno() == -1
    gc.collect()
    assert not [each for each in recwarn if each.category is ResourceWarning]


def test_a_context_that_verifies_refuses_a_certificate_of_our_own() -> None:
    """Who signed itself is believed only by its fingerprint."""
    near, far = socket.socketpair()
    client = Handshake(near, verifying_context(), server_side=False, host="localhost")
    server = Handshake(far, contexts()[1], server_side=True)
    with pytest.raises(ssl.SSLCertVerificationError):
        shake(client, server)
    client.close()
    server.close()


def test_old_versions_are_refused() -> None:
    """A client that speaks no more than TLS 1.1 gets no connection."""
    near, far = socket.socketpair()
    old = unverified_context()
    old.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")
    client = Handshake(near, old, server_side=False)
    server = Handshake(far, contexts()[1], server_side=True)
    with pytest.raises(ssl.SSLError):
        shake(client, server)
    with suppress(OSError):
        client.close()
    server.close()


def test_with_version_1_2_it_works_too() -> None:
    """The oldest version that is taken."""
    client_context, context = contexts()
    client_context.maximum_version = ssl.TLSVersion.TLSv1_2
    client, server = pair_of_wires(client_context, context)
    server.send(b"hello")
    assert read_all(client, 5) == b"hello"
    client.close()
    server.close()
