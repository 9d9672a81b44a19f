"""Who misuses encryption costs nobody else anything: each time, a bystander still gets quick answers."""

import os
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from chat.protocol.codes import CloseReason
from chat.protocol.entries import Message
from chat.protocol.events import Goodbye
from chat.protocol.requests import Send
from chat.server.net.settings import NetSettings
from chat.transport.tls import unverified_context
from chat.transport.wire import Wire
from tests.support.people import People, Person
from tests.support.server import RunningServer, running_server
from tests.support.tls import certificates, tls_socket
from tests.support.waiting import wait_until
from tests.support.wire_client import WireClient

QUICK_SECONDS = 2.0
"""Within which an answer is quick, on a busy machine; an idle one needs a hundredth of it."""
IDLE = 200
"""Connections that say nothing; `python -m benchmarks.encryption --idle 5000` has the full number."""
SMALL = 4096


def narrow(wire: Wire) -> Wire:
    """A wire of which the system sends little ahead."""
    with socket.socket(fileno=os.dup(wire.fileno())) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL)
    return wire


@contextmanager
def served(net: NetSettings | None = None) -> Iterator[tuple[RunningServer, Person]]:
    """A server that encrypts, and somebody who wants nothing but to talk on it."""
    with (
        running_server(net=net, around=narrow, certificates=certificates()) as server,
        People(server.address, encrypt=True) as people,
    ):
        bystander = people.come("ann")
        yield server, bystander
        assert_unharmed(bystander)


def assert_unharmed(bystander: Person) -> None:
    """An answer comes quickly."""
    began = time.monotonic()
    bystander.link.barrier()
    assert time.monotonic() - began < QUICK_SECONDS


def test_a_slow_reader_is_cut_with_the_reason() -> None:
    """What it did not take is bounded here too; the record that was half sent is finished first."""
    with (
        served(NetSettings(outbox_bytes=100_000)) as (server, ann),
        WireClient(server.address, encrypt=True, receive_buffer=SMALL) as slow,
    ):
        slow.hello("slow")
        slow.sync()
        while server.app.people_here == 2:
            ann.ask(Send, target="#general", text="x" * 3000)
        goodbye = slow.wait_for(Goodbye)
        assert goodbye.reason is CloseReason.TOO_SLOW
        assert_unharmed(ann)


def test_who_reads_late_gets_everything_in_order() -> None:
    """Records are cut and repeated as the socket allows; not a byte is lost or mixed up."""
    with (
        served() as (server, ann),
        WireClient(server.address, encrypt=True, receive_buffer=SMALL) as late,
    ):
        late.hello("late")
        late.sync()
        for number in range(100):
            ann.ask(Send, target="#general", text=f"{number} " + "x" * 3000)
        heard = [late.wait_for(Message).text for _ in range(100)]
        assert [text.split()[0] for text in heard] == [str(number) for number in range(100)]


def test_a_handshake_of_single_bytes_ends_when_its_time_is_over() -> None:
    """However often a byte comes."""
    with served(NetSettings(handshake_seconds=0.3, greet_seconds=0.1)) as (server, ann):
        with socket.create_connection(server.address) as drip:
            drip.setblocking(False)
            hello = b"\x16\x03\x01\x40\x00\x01\x00\x3f\xfc\x03\x03" + bytes(16_000)
            gone = None
            for at in range(len(hello)):
                assert_unharmed(ann)
                try:
                    drip.send(hello[at : at + 1])
                    gone = drip.recv(1)
                except BlockingIOError:
                    continue
                except ConnectionError:
                    gone = b""
                break
        assert gone == b""


def test_half_a_handshake_holds_up_nobody() -> None:
    """Any number of them; who comes in meanwhile comes in at once."""
    with served() as (server, ann), ExitStack() as crowd:
        for _ in range(50):
            stalled = crowd.enter_context(socket.create_connection(server.address))
            stalled.sendall(b"\x16\x03\x01\x02\x00\x01")
            assert_unharmed(ann)
        began = time.monotonic()
        with WireClient(server.address, encrypt=True) as ben:
            ben.hello("ben")
        assert time.monotonic() - began < QUICK_SECONDS


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_nobody_is_talked_down_to_an_old_version(version: ssl.TLSVersion) -> None:
    """Who offers nothing newer gets no connection."""
    context = unverified_context()
    context.minimum_version = context.maximum_version = version
    context.set_ciphers("ALL:@SECLEVEL=0")
    with served() as (server, _), socket.create_connection(server.address) as plain:
        plain.settimeout(5)
        with pytest.raises((ssl.SSLError, ConnectionError)):
            context.wrap_socket(plain)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs a client that renegotiates")
def test_who_renegotiates_gets_nowhere() -> None:
    """It would cost the server a handshake each time; the link ends instead, and `openssl` fails."""
    with served() as (server, _):
        there = f"{server.address[0]}:{server.address[1]}"
        command = ["openssl", "s_client", "-connect", there, "-tls1_2", "-legacy_renegotiation"]
        asked = subprocess.run(command, input=b"R\n", capture_output=True, timeout=20, check=False)
        assert (asked.returncode, b"RENEGOTIATING" in asked.stderr) == (1, True)


def test_the_older_version_that_is_allowed_works() -> None:
    """TLS 1.2 is enough for an old system."""
    context = unverified_context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with (
        served() as (server, _),
        socket.create_connection(server.address) as plain,
        context.wrap_socket(plain) as old,
    ):
        assert old.version() == "TLSv1.2"
        assert b"welcome" in old.recv(4096)


def test_idle_connections_cost_nobody_an_answer() -> None:
    """They said nothing but their handshake; who talks is answered as if alone."""
    with served() as (server, ann), ExitStack() as crowd:
        for _ in range(IDLE):
            crowd.enter_context(tls_socket(server.address))
        for _ in range(20):
            assert_unharmed(ann)
        assert ann.ask(Send, target="#general", text="still here").number > 0  # type: ignore[union-attr]


def test_an_end_without_a_goodbye_is_noticed() -> None:
    """A socket that is closed under TLS is a lost link as any other."""
    with served() as (server, ann):
        with WireClient(server.address, encrypt=True) as rude:
            rude.hello("rude")
        wait_until(lambda: server.app.people_here == 1, what="the link to be gone")
        assert_unharmed(ann)
