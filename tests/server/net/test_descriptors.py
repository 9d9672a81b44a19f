"""Accepting survives a system without a free descriptor, and gives back every one it took."""

import os
import resource
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from structlog.testing import capture_logs

from tests.support.net_service import scaled, serving
from tests.support.waiting import wait_until

PAUSE = 0.05


def open_descriptors() -> int:
    """How many descriptors this process has."""
    return len(list(Path("/dev/fd").iterdir()))


@contextmanager
def no_descriptor_left() -> Iterator[None]:
    """Take every descriptor that this process may have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (open_descriptors() + 64, hard))
    taken: list[int] = []
    try:
        while True:
            try:
                taken.append(os.open(os.devnull, os.O_RDONLY))
            except OSError:
                break
        yield
    finally:
        for descriptor in taken:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_who_comes_while_no_descriptor_is_left_is_served_later() -> None:
    """Nobody is lost, those who are there are served on, and the operator is told."""
    with (
        serving(scaled(accept_pause_seconds=PAUSE)) as served,
        served.member("ann") as ann,
        socket.socket() as late,
        capture_logs() as logs,
    ):
        late.settimeout(5)
        with no_descriptor_left():
            late.connect(served.address)
            wait_until(lambda: bool(logs), what="the warning")
            ann.barrier()
        late.sendall(b"\n")
        assert late.recv(100).startswith(b'{"type":"welcome"')
    assert logs[0]["event"] == "no descriptor left, accepting pauses"
    assert logs[0]["log_level"] == "warning"


def test_stopping_while_accepting_pauses() -> None:
    """The listeners are closed all the same."""
    with (
        serving(scaled(accept_pause_seconds=60.0)) as served,
        socket.socket() as late,
        capture_logs() as logs,
    ):
        with no_descriptor_left():
            late.connect(served.address)
            wait_until(lambda: bool(logs), what="the warning")
        served.service.refuse_new()


def test_every_descriptor_is_given_back() -> None:
    """After many links that ended in every way, and the end of the service."""
    before = open_descriptors()
    with serving() as served:
        for n in range(20):
            client = served.member(f"n{n}")
            if n % 3 == 0:
                client.send_bytes(b"x\n" * 3)
            elif n % 3 == 1:
                client.socket.shutdown(socket.SHUT_WR)
            client.read_to_end() if n % 3 < 2 else None
            client.close()
        wait_until(lambda: not served.service.open_links, what="all links to end")
        left = [served.member(f"left{n}") for n in range(5)]
    for client in left:
        client.close()
    assert open_descriptors() == before
