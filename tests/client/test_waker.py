"""Waiting for a socket, for being woken, and for both."""

import selectors
import socket
import threading
from collections.abc import Iterator

import pytest

from chat.client.waker import Waker

READ = selectors.EVENT_READ


@pytest.fixture
def waker() -> Iterator[Waker]:
    """A waker that is closed in the end."""
    waker = Waker()
    yield waker
    waker.close()


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two ends of a stream."""
    near, far = socket.socketpair()
    with near, far:
        yield near, far


def test_another_thread_ends_the_waiting(waker: Waker) -> None:
    """However long it would take."""
    thread = threading.Thread(target=waker.wake)
    thread.start()
    assert waker.wait(None, 0, 60) == (0, True)
    thread.join()


def test_a_wake_before_the_waiting_is_not_lost_and_counts_once(waker: Waker) -> None:
    """Many wakes are one; the next waiting is a real one again."""
    for _ in range(100_000):
        waker.wake()
    assert waker.wait(None, 0, 60) == (0, True)
    assert waker.wait(None, 0, 0) == (0, False)


def test_a_ready_socket_ends_the_waiting(waker: Waker, ends: tuple[socket.socket, socket.socket]) -> None:
    """With what it is ready for; both reasons can come at once."""
    near, far = ends
    far.send(b"x")
    assert waker.wait(near, READ, 60) == (READ, False)
    waker.wake()
    assert waker.wait(near, READ | selectors.EVENT_WRITE, 60) == (READ | selectors.EVENT_WRITE, True)


def test_time_ends_the_waiting(waker: Waker, ends: tuple[socket.socket, socket.socket]) -> None:
    """Nothing came and nobody woke; a time that is over already is no error."""
    assert waker.wait(ends[0], READ, 0.001) == (0, False)
    assert waker.wait(ends[0], READ, -1) == (0, False)


def test_waking_a_closed_waker_is_no_error() -> None:
    """Who is late with a wake need not know."""
    waker = Waker()
    waker.close()
    waker.wake()
    waker.close()
