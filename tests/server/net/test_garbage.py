"""Garbage over sockets: whatever comes, first or in the middle, costs nobody else anything."""

import random
import socket
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from chat.server.net.entrance import Door
from tests.server.net.test_descriptors import open_descriptors
from tests.support.net_service import Served, scaled, serving
from tests.support.tls import certificates, tls_socket
from tests.support.waiting import wait_until

CORPUS = Path(__file__).parents[3] / "fuzz" / "corpus"
OPENINGS = [
    b"",
    b"\x16",
    b"\x16\x03\x01\x02\x00\x01",
    b"\x16\x03\x01\xff\xff" + b"\x00" * 300,
    b"\x16" * 1000,
    b"\x15\x03\x01\x00\x02\x02\x28",
    b"\x00\n",
    b"\n" * 5000,
    b"GET / HTTP/1.1\r\n\r\n",
    b"SSH-2.0-x\r\n",
    b"\xff\xfb\x01\xff\xfb\x03",
    b"x" * 70_000,
    b'{"type":"hello"' + b" " * 4090,
]


def throw(served: Served, data: bytes) -> None:
    """Say this on a link of its own, then hang up, in the one way or the other."""
    with socket.create_connection(served.address, timeout=0.01) as sock, suppress(OSError):
        sock.sendall(data)
        if len(data) % 2:
            sock.shutdown(socket.SHUT_WR)
        while sock.recv(65536):
            continue


@pytest.fixture
def kept() -> list[bytes]:
    """What was picked and found by fuzzing, in an order of its own."""
    files = [file.read_bytes() for file in sorted(CORPUS.glob("*/*"))]
    random.Random(7).shuffle(files)
    return files


def test_no_first_bytes_shut_the_door_or_leave_anything_behind() -> None:
    """Whether they look like TLS, text, or nothing: the next ones are let in, encrypted or not."""
    before, threads = open_descriptors(), threading.active_count()
    door = Door(certificates().context)
    with serving(scaled(greet_seconds=0.02, handshake_seconds=0.1), door=door) as served:
        for opening in OPENINGS:
            throw(served, opening)
        with tls_socket(served.address) as encrypted, served.member("ann") as ann:
            encrypted.settimeout(5)
            assert encrypted.recv(100).startswith(b'{"type":"welcome"')
            ann.barrier()
        wait_until(lambda: not served.service.open_links, what="all links to end")
    assert (open_descriptors(), threading.active_count()) == (before, threads)


def test_no_lines_in_the_middle_hurt_anybody(kept: list[bytes]) -> None:
    """Said by somebody who said hello; each gets an answer or the end of the link, and the others live on."""
    with serving() as served, served.member("ben") as ben:
        served.commands.room.set()
        for at in range(0, len(kept), 10):
            ann = served.member(f"ann{at}")
            with ann, suppress(OSError):
                ann.send_bytes(b"".join(each + b"\n" for each in kept[at : at + 10]))
                ann.socket.shutdown(socket.SHUT_WR)
                assert b'"goodbye"' in ann.read_to_end()
            ben.barrier()
        wait_until(lambda: served.service.open_links == 1, what="the other links to end")
