"""One port for TLS and plain text: who comes in how, and who costs nobody else anything."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest

from chat.protocol.codec import decode_server_frame, encode
from chat.protocol.codes import CloseReason
from chat.protocol.events import Goodbye, Welcome
from chat.protocol.requests import Hello
from chat.server.net.entrance import Door, Visitor, is_loopback
from chat.transport.tls import unverified_context
from tests.support.net_service import Served, scaled, serving
from tests.support.tls import certificates, tls_socket
from tests.support.waiting import wait_until


class PickyDoor(Door):
    """A door that takes nobody for this machine, as if all came from elsewhere."""

    def lets_in_plain(self, host: str) -> bool:
        return self.plain_everywhere


def door() -> Door:
    """The usual door."""
    return Door(certificates().context)


@pytest.fixture
def served() -> Iterator[Served]:
    """A service behind a door, with short times."""
    with serving(scaled(greet_seconds=0.05, handshake_seconds=0.3), door=door()) as service:
        yield service


def first_line(sock: socket.socket) -> object:
    """Read a line and decode it."""
    sock.settimeout(5)
    line = b""
    while not line.endswith(b"\n"):
        piece = sock.recv(4096)
        assert piece, line
        line += piece
    return decode_server_frame(line.partition(b"\n")[0])


def test_both_kinds_talk_on_one_port(served: Served) -> None:
    """A TLS client and a plain one of this machine are both served; each sees what it is."""
    with tls_socket(served.address) as encrypted, socket.create_connection(served.address) as plain:
        welcome = first_line(encrypted)
        assert isinstance(welcome, Welcome)
        plain.sendall(b"\n")
        assert isinstance(first_line(plain), Welcome)
        assert encrypted.version() in {"TLSv1.2", "TLSv1.3"}


def test_a_tls_client_talks_all_the_way(served: Served) -> None:
    """Requests and replies go through the encrypted link."""
    with tls_socket(served.address) as sock:
        first_line(sock)
        hello = Hello(id="1", version_min=1, version_max=1, nick="ann", token="a" * 64, new=True)
        sock.sendall(encode(hello))
        assert b"hello_result" in sock.recv(4096)
    wait_until(lambda: not served.service.open_links, 5, "the link is gone")


def test_who_types_by_hand_is_greeted_without_a_byte(served: Served) -> None:
    """Silence from this machine is taken for plain text after a moment."""
    with socket.create_connection(served.address) as silent:
        assert isinstance(first_line(silent), Welcome)


def test_plain_text_from_elsewhere_is_told_so_and_closed() -> None:
    """It gets a goodbye that says what to do, and no welcome."""
    with serving(scaled(), door=PickyDoor(certificates().context)) as served:
        with socket.create_connection(served.address) as plain:
            plain.sendall(b"\n")
            told = first_line(plain)
            assert isinstance(told, Goodbye)
            assert told.reason is CloseReason.NOT_ENCRYPTED
            assert not told.reconnect
            assert plain.recv(10) == b""
        with tls_socket(served.address) as encrypted:
            assert isinstance(first_line(encrypted), Welcome)


def test_a_browser_from_elsewhere_is_shown_how_to_join() -> None:
    """It gets the page and no line of the protocol, though plain text is not let in."""
    request = b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n"
    with (
        serving(scaled(), door=PickyDoor(certificates().context)) as served,
        served.client(opening=request) as browser,
    ):
        page = browser.read_to_end()
    assert page.startswith(b"HTTP/1.1 400 ")
    assert b"chat-tui example.org" in page
    assert b"not_encrypted" not in page


def test_an_operator_may_let_in_plain_text_from_everywhere() -> None:
    """Then it is as from this machine."""
    open_door = PickyDoor(certificates().context, plain_everywhere=True)
    with serving(scaled(), door=open_door) as served, socket.create_connection(served.address) as plain:
        plain.sendall(b"\n")
        assert isinstance(first_line(plain), Welcome)


def test_a_stalled_handshake_costs_nobody_and_ends(served: Served) -> None:
    """Half a handshake is dropped after its time; others come in meanwhile."""
    with socket.create_connection(served.address) as stalled, tls_socket(served.address) as other:
        stalled.sendall(b"\x16\x03\x01\x02\x00\x01")
        assert isinstance(first_line(other), Welcome)
        stalled.settimeout(5)
        assert stalled.recv(10) == b""


def test_one_byte_at_a_time_is_a_handshake_too(served: Served) -> None:
    """A client that sends its first record in single bytes gets in, if it is done in time."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    side = unverified_context().wrap_bio(incoming, outgoing)
    with socket.create_connection(served.address) as sock:
        sock.settimeout(5)
        while True:
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                for byte in outgoing.read():
                    sock.send(bytes([byte]))
                incoming.write(sock.recv(65536))
            else:
                break
        sock.sendall(outgoing.read())
        while True:
            try:
                assert b"welcome" in side.read(4096)
            except ssl.SSLWantReadError:
                incoming.write(sock.recv(65536))
            else:
                return


def test_garbage_after_the_first_byte_of_a_handshake_is_dropped(served: Served) -> None:
    """It is closed, and the next one is served."""
    with socket.create_connection(served.address) as broken:
        broken.sendall(b"\x16" + b"garbage" * 100)
        broken.settimeout(5)
        with suppress(ConnectionResetError):  # what was sent and never read resets it
            while broken.recv(4096):
                pass
    with tls_socket(served.address) as sock:
        assert isinstance(first_line(sock), Welcome)


def test_a_crowd_that_says_nothing_keeps_nobody_out() -> None:
    """Where all places of newcomers are taken, the one who waits longest makes room."""
    settings = scaled(newcomers=8, greet_seconds=30.0, handshake_seconds=30.0)
    with serving(settings, door=PickyDoor(certificates().context)) as served, ExitStack() as crowd:
        for _ in range(40):
            crowd.enter_context(socket.create_connection(served.address))
        with tls_socket(served.address) as sock:
            assert isinstance(first_line(sock), Welcome)


def test_nobody_is_left_behind_at_the_stop() -> None:
    """Sockets on their way in are closed when the service stops."""
    with serving(scaled(greet_seconds=30.0), door=PickyDoor(certificates().context)) as served:
        waiting = socket.create_connection(served.address)
    with waiting:
        waiting.settimeout(5)
        assert waiting.recv(10) == b""
    assert not [thread for thread in threading.enumerate() if thread.name == "entrance"]


def test_this_machine_is_known_by_its_addresses() -> None:
    """Loopback in both families, with and without a zone."""
    assert all(map(is_loopback, ("127.0.0.1", "127.9.9.9", "::1", "::1%lo")))
    assert not any(map(is_loopback, ("192.168.0.3", "fe80::1%eth0")))
    assert not Visitor().encrypted
