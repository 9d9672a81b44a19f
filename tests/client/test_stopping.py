"""The client ends at once when it is asked to, whatever the network does."""

import errno
import socket
import threading
import time
from collections.abc import Callable

import pytest

from chat.client.changes import Phase
from chat.client.client import ChatClient
from chat.client.link_thread import Route
from chat.protocol.requests import Hello
from chat.transport.address import Address
from tests.support.connecting import Connect
from tests.support.frames import welcome
from tests.support.scripted_server import ScriptedServer

AT_ONCE = 2.5
"""Seconds: the farewell takes half of one, the rest is for a busy machine; every time-out is far longer."""


def seconds_of(action: Callable[[], object]) -> float:
    """How long something takes."""
    begun = time.monotonic()
    action()
    return time.monotonic() - begun


def test_stopping_says_quit_and_does_not_come_back(server: ScriptedServer, connect: Connect) -> None:
    """Leaving is final, and the server hears of it."""
    client, told = connect()
    link = server.accept()
    link.greet()
    assert client.wait_open(5)
    stopping = threading.Thread(target=client.stop)
    stopping.start()
    link.expect_quit()
    stopping.join(5)
    assert told.wait_phase(Phase.ENDED).cause == "The client was stopped."
    assert told.all(type(told.wait_phase(Phase.ENDED)))[-1].phase is Phase.ENDED
    server.expect_nobody(0.1)


def test_a_blocked_receive_does_not_hold_the_end(server: ScriptedServer, connect: Connect) -> None:
    """A server that never answers the quit costs half a second, no more."""
    client, _ = connect()
    server.accept().greet()
    assert client.wait_open(5)
    assert seconds_of(client.stop) < AT_ONCE


def test_a_server_that_does_not_read_does_not_hold_the_end(server: ScriptedServer, connect: Connect) -> None:
    """With megabytes unsent the client still ends at once."""
    client, _ = connect()
    link = server.accept()
    link.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    link.greet()
    assert client.wait_open(5)
    for _ in range(400):
        client.set_topic("#general", "x" * 60_000)
    assert seconds_of(client.stop) < AT_ONCE


def test_stopping_while_a_greeting_is_not_answered(server: ScriptedServer, connect: Connect) -> None:
    """The client may be stopped at any point of the greeting."""
    client, _ = connect()
    link = server.accept()
    link.say(welcome())
    link.expect(Hello)
    assert seconds_of(client.stop) < AT_ONCE


def test_stopping_before_the_server_has_said_a_word(server: ScriptedServer, connect: Connect) -> None:
    """A connection on which nothing comes is no reason to wait."""
    client, _ = connect()
    server.accept()
    assert seconds_of(client.stop) < AT_ONCE


def test_stopping_while_dialling(monkeypatch: pytest.MonkeyPatch, connect: Connect) -> None:
    """A packet filter that swallows everything does not hold the end."""
    under_way = threading.Event()

    def swallowed(*_: object) -> int:
        under_way.set()
        return errno.EINPROGRESS

    monkeypatch.setattr(socket.socket, "connect_ex", swallowed)
    monkeypatch.setattr("chat.transport.sockets.CONNECT_SECONDS", 60)
    client, _ = connect(route=Route([Address("127.0.0.1", 9)]))
    assert under_way.wait(5)
    assert seconds_of(client.stop) < AT_ONCE


def test_stopping_while_waiting_for_the_next_try(server: ScriptedServer, connect: Connect) -> None:
    """A long pause between tries ends with the client."""
    server.close()
    client, told = connect(route=Route([server.address], pauses=lambda: iter([60.0])))
    told.wait_phase(Phase.WAITING)
    assert seconds_of(client.stop) < AT_ONCE


def test_a_pause_can_be_cut_short(server: ScriptedServer, connect: Connect) -> None:
    """Who does not want to wait for the next try asks for it now."""
    client, told = connect(route=Route([server.address], pauses=lambda: iter([60.0, 60.0])))
    server.accept().cut()
    told.wait_phase(Phase.WAITING)
    client.connect_now()
    server.accept().greet()
    told.wait_phase(Phase.OPEN)


def test_a_client_that_was_never_started_can_be_stopped() -> None:
    """Nothing runs, nothing is left over."""
    client = ChatClient([Address("127.0.0.1", 9)], "ann")
    assert client.stop()
    assert client.stop()


def test_a_listener_may_not_wait_for_the_client(server: ScriptedServer, connect: Connect) -> None:
    """It would wait for itself; instead it is told at once that this can't be."""
    client, told = connect()
    found: list[BaseException] = []

    def wait(_: object) -> None:
        for waiting in (client.wait_idle, client.wait_open):
            try:
                waiting(5)
            except RuntimeError as error:
                found.append(error)

    told.then(wait)
    server.accept().greet()
    told.wait_phase(Phase.OPEN)
    assert len(found) >= 2
