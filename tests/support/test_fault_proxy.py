"""The fault proxy itself: each kind of trouble is what it says, and goes away again."""

import socket
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.support.fault_links import End, Way
from tests.support.fault_proxy import FaultProxy
from tests.support.waiting import wait_until

SECONDS = 5.0


class Ends:
    """Both ends of one link through the proxy."""

    def __init__(self, listener: socket.socket, proxy: FaultProxy) -> None:
        self.client = socket.create_connection((proxy.address.host, proxy.address.port), SECONDS)
        self.server, _ = listener.accept()
        self.server.settimeout(SECONDS)

    def close(self) -> None:
        self.client.close()
        self.server.close()


def hear(sock: socket.socket, size: int) -> bytes:
    """Exactly so many bytes, or fewer at the end."""
    heard = b""
    while len(heard) < size and (data := sock.recv(size - len(heard))):
        heard += data
    return heard


def hears_nothing(sock: socket.socket, seconds: float = 0.05) -> bool:
    """Whether neither a byte nor an end comes."""
    sock.settimeout(seconds)
    try:
        sock.recv(1)
    except TimeoutError:
        sock.settimeout(SECONDS)
        return True
    return False


def fill(sock: socket.socket) -> int:
    """Send until no more is taken; give how much that was."""
    sock.settimeout(0.1)
    sent = 0
    with suppress(TimeoutError):
        while True:
            sent += sock.send(b"x" * 4096)
    return sent


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A server's listening socket."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        sock.settimeout(SECONDS)
        yield sock


@pytest.fixture
def proxy(listener: socket.socket) -> Iterator[FaultProxy]:
    """The way to it."""
    with FaultProxy(listener.getsockname()) as made:
        yield made


@pytest.fixture
def ends(listener: socket.socket, proxy: FaultProxy) -> Iterator[Ends]:
    """A link that is open at both ends."""
    made = Ends(listener, proxy)
    yield made
    made.close()


def test_bytes_are_carried_both_ways(proxy: FaultProxy, ends: Ends) -> None:
    """A good network, to begin with."""
    ends.client.sendall(b"ask")
    assert hear(ends.server, 3) == b"ask"
    ends.server.sendall(b"answer" * 100_000)
    assert hear(ends.client, 600_000) == b"answer" * 100_000
    assert (proxy.accepted, proxy.links) == (1, 1)


def test_an_end_is_carried_behind_all_that_was_said(proxy: FaultProxy, ends: Ends) -> None:
    """One side has nothing more to say; the other may go on, until it ends too."""
    ends.client.sendall(b"last words")
    ends.client.shutdown(socket.SHUT_WR)
    assert hear(ends.server, 100) == b"last words"
    ends.server.sendall(b"and mine")
    ends.server.close()
    assert hear(ends.client, 100) == b"and mine"
    wait_until(lambda: proxy.links == 0, what="the end of the link")


def test_a_delay_lets_bytes_come_late(proxy: FaultProxy, ends: Ends) -> None:
    """They come whole and in order, after the time."""
    proxy.delay(0.1)
    begun = time.monotonic()
    ends.client.sendall(b"ab")
    ends.client.sendall(b"cd")
    assert hear(ends.server, 4) == b"abcd"
    assert time.monotonic() - begun >= 0.1


def test_a_throttled_link_carries_so_much_a_second(proxy: FaultProxy, ends: Ends) -> None:
    """A tenth of the rate takes a tenth of a second."""
    proxy.throttle(100_000)
    begun = time.monotonic()
    ends.client.sendall(bytes(10_000))
    assert hear(ends.server, 10_000) == bytes(10_000)
    assert time.monotonic() - begun >= 0.09


def test_split_bytes_come_one_by_one(proxy: FaultProxy, ends: Ends) -> None:
    """Nobody can rely on lines coming whole."""
    proxy.split()
    ends.server.sendall(b"0123456789" * 20)
    first = ends.client.recv(200)
    assert len(first) < 200
    assert first + hear(ends.client, 200 - len(first)) == b"0123456789" * 20


def test_a_dropped_link_is_half_open_for_ever(listener: socket.socket, proxy: FaultProxy, ends: Ends) -> None:
    """Neither bytes nor ends come through, and what comes later makes no stream with a hole; new links do."""
    proxy.drop()
    ends.client.sendall(b"lost")
    ends.server.sendall(b"lost")
    assert hears_nothing(ends.server)
    proxy.restore()
    ends.server.sendall(b"behind a hole")
    ends.server.close()
    assert hears_nothing(ends.client)
    later = Ends(listener, proxy)
    later.client.sendall(b"fresh")
    assert hear(later.server, 5) == b"fresh"
    later.close()


def test_one_way_can_be_dropped_alone(proxy: FaultProxy, ends: Ends) -> None:
    """The server hears the client, and the client hears nothing."""
    proxy.drop(Way.TO_CLIENT)
    ends.client.sendall(b"ask")
    assert hear(ends.server, 3) == b"ask"
    ends.server.sendall(b"answer")
    assert hears_nothing(ends.client)


def test_a_dropped_end_is_told_to_nobody(proxy: FaultProxy, ends: Ends) -> None:
    """As when a machine loses its power."""
    proxy.drop()
    ends.client.close()
    assert hears_nothing(ends.server)
    assert proxy.links == 1


def test_a_frozen_link_loses_nothing(proxy: FaultProxy, ends: Ends) -> None:
    """All comes when it thaws."""
    proxy.freeze(Way.TO_SERVER)
    ends.client.sendall(b"patience")
    assert hears_nothing(ends.server)
    ends.server.sendall(b"this way goes on")
    assert hear(ends.client, 16) == b"this way goes on"
    proxy.restore()
    assert hear(ends.server, 8) == b"patience"


def test_small_buffers_hide_little(listener: socket.socket) -> None:
    """A sender notices soon that nothing is taken."""
    with FaultProxy(listener.getsockname(), buffers=4096) as small:
        ends = Ends(listener, small)
        ends.server.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        small.freeze()
        assert fill(ends.server) < 64 * 1024
        ends.close()


@pytest.mark.parametrize("end", End)
def test_a_cut_ends_the_links_for_both_sides(proxy: FaultProxy, ends: Ends, end: End) -> None:
    """The hard way or the soft way."""
    proxy.cut(end)
    for sock in (ends.client, ends.server):
        if end is End.CLOSE:
            assert sock.recv(1) == b""
        else:
            with pytest.raises(ConnectionResetError):
                sock.recv(1)
    assert proxy.links == 0


def test_a_link_is_cut_before_a_pattern(proxy: FaultProxy, ends: Ends) -> None:
    """What stands before it arrives, also when the pattern comes in pieces; nothing of it does when whole."""
    trap = proxy.cut_at(Way.TO_CLIENT, b"reply", end=End.CLOSE)
    ends.server.sendall(b"entry, reply, entry")
    assert hear(ends.client, 100) == b"entry, "
    trap.wait()


def test_a_pattern_in_pieces_is_found_and_may_pass(
    listener: socket.socket, proxy: FaultProxy, ends: Ends
) -> None:
    """The n-th link is cut as the first; after that nothing is."""
    trap = proxy.cut_at(Way.TO_SERVER, b"send", passing=True, end=End.CLOSE, times=2)
    ends.client.sendall(b"se")
    assert hear(ends.server, 2) == b"se"
    ends.client.sendall(b"nd it")
    assert hear(ends.server, 100) == b"nd"
    trap.wait()
    for heard in (b"send", b"send it"):
        later = Ends(listener, proxy)
        later.client.sendall(b"send it")
        assert hear(later.server, 7) == heard
        later.close()
    assert trap.cuts == 2


def test_a_link_is_cut_after_so_many_bytes(proxy: FaultProxy, ends: Ends) -> None:
    """In the middle of a line, if that is where it is."""
    proxy.cut_after(Way.TO_CLIENT, 7, end=End.CLOSE)
    ends.server.sendall(b"0123")
    ends.server.sendall(b"456789")
    assert hear(ends.client, 100) == b"0123456"


def test_new_connections_are_refused_until_all_is_well(proxy: FaultProxy, ends: Ends) -> None:
    """The links there are stay; the address is the same afterwards."""
    proxy.refuse()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((proxy.address.host, proxy.address.port), SECONDS)
    ends.client.sendall(b"here")
    assert hear(ends.server, 4) == b"here"
    proxy.restore()
    socket.create_connection((proxy.address.host, proxy.address.port), SECONDS).close()


def test_a_server_that_is_gone_looks_like_a_broken_link(listener: socket.socket, proxy: FaultProxy) -> None:
    """Nothing waits for it."""
    listener.close()
    where = (proxy.address.host, proxy.address.port)
    with pytest.raises(ConnectionResetError), socket.create_connection(where, SECONDS) as client:
        client.recv(1)  # unless the reset was there before
    assert proxy.accepted == 0
