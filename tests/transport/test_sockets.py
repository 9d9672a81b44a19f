"""Dialling and listening on loopback, with every failure named."""

import errno
import os
import selectors
import socket
import threading
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from chat.errors import BadConfig, NoConnection
from chat.transport.address import Address
from chat.transport.sockets import CannotConnect, Cause, dial, listen, wait_ready

LOOPBACK = Address("127.0.0.1", 0)
SOMEWHERE = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 9))]


def free_port() -> int:
    """A port of this machine where nobody listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def never(*_: object) -> bool:
    """A wait in which all the time goes by at once and nothing happens."""
    return False


def failing_connect(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    """Let every connection end with this code of the system."""
    monkeypatch.setattr(socket.socket, "connect_ex", lambda *_: code)


def answering(found: list[Any]) -> Callable[..., list[Any]]:
    """A look-up that knows only names, no numbers."""

    def look_up(*_: object, flags: int = 0, **__: object) -> list[Any]:
        if flags:
            raise socket.gaierror(socket.EAI_NONAME, "no number")
        return found

    return look_up


def test_one_end_dials_and_the_other_listens() -> None:
    """Both sockets are connected, do not wait, and send small lines at once."""
    (listener,) = listen(LOOPBACK)
    with closing(listener), closing(dial(Address("127.0.0.1", listener.getsockname()[1]))) as near:
        assert wait_ready(listener, selectors.EVENT_READ, 5)
        far, _ = listener.accept()
        with far:
            assert near.getpeername() == far.getsockname()
        assert not near.getblocking()
        assert near.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert near.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)


def test_a_name_is_looked_up_and_all_it_stands_for_is_tried() -> None:
    """`localhost` may be IPv6 first; a listener on IPv4 alone is found all the same."""
    (listener,) = listen(LOOPBACK)
    with closing(listener):
        for host in ("localhost", ""):
            dial(Address(host, listener.getsockname()[1])).close()


def test_a_port_where_nobody_listens_refuses() -> None:
    """The cause is named with what is probably wrong; the program would end with 69."""
    address = Address("127.0.0.1", free_port())
    with pytest.raises(CannotConnect, match=f"{address} refused") as failure:
        dial(address)
    assert failure.value.cause is Cause.REFUSED
    assert "wrong port" in failure.value.advice
    assert isinstance(failure.value, NoConnection)


def test_an_address_that_does_not_answer_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong address or a firewall is told from a wrong port."""
    failing_connect(monkeypatch, errno.EINPROGRESS)
    with pytest.raises(CannotConnect, match="did not answer") as failure:
        dial(Address("127.0.0.1", 9), wait=never)
    assert failure.value.cause is Cause.TIMED_OUT
    assert "firewall" in failure.value.advice


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        (errno.ENETUNREACH, Cause.UNREACHABLE),
        (errno.EHOSTUNREACH, Cause.UNREACHABLE),
        (errno.ETIMEDOUT, Cause.TIMED_OUT),
        (errno.EPERM, Cause.FAILED),
    ],
)
def test_what_the_system_says_becomes_a_named_cause(
    monkeypatch: pytest.MonkeyPatch, code: int, cause: Cause
) -> None:
    """Each code of the system has its cause; one that nobody foresaw keeps the system's words."""
    failing_connect(monkeypatch, code)
    with pytest.raises(CannotConnect) as failure:
        dial(Address("127.0.0.1", 9))
    assert failure.value.cause is cause
    assert (os.strerror(code) in str(failure.value)) is (cause is Cause.FAILED)


def test_the_most_telling_of_several_failures_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """One address of a name is unreachable and one refuses: the machine was found, so it is the port."""
    codes = iter([errno.ENETUNREACH, errno.ECONNREFUSED, errno.ETIMEDOUT])
    monkeypatch.setattr(socket, "getaddrinfo", answering(SOMEWHERE * 3))
    monkeypatch.setattr(socket.socket, "connect_ex", lambda *_: next(codes))
    with pytest.raises(CannotConnect) as failure:
        dial(Address("three.example", 9))
    assert failure.value.cause is Cause.REFUSED


@pytest.mark.parametrize("host", ["nobody.invalid", "a" * 300, "a..b"])
def test_a_host_that_nobody_knows_is_named(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    """Unknown names and names that can't exist are one cause."""
    if host.endswith(".invalid"):  # ask no real name server
        monkeypatch.setattr(socket, "getaddrinfo", answering([]))
    with pytest.raises(CannotConnect, match="Nobody knows") as failure:
        dial(Address(host, 7420))
    assert failure.value.cause is Cause.UNKNOWN_HOST


def test_a_look_up_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The dialler goes on after its time; the look-up ends when it likes."""
    answer = threading.Event()

    def stuck(*_: object, flags: int = 0, **__: object) -> list[Any]:
        if flags:
            raise socket.gaierror(socket.EAI_NONAME, "no number")
        answer.wait(10)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", stuck)
    with pytest.raises(CannotConnect) as failure:
        dial(Address("slow.example", 9), seconds=0.01)
    answer.set()
    assert failure.value.cause is Cause.TIMED_OUT


def test_what_interrupts_the_waiting_ends_the_dialling(monkeypatch: pytest.MonkeyPatch) -> None:
    """A caller who is told to stop while it waits gets out at once, and the socket is closed."""

    class Stop(Exception):
        pass

    seen: list[socket.socket] = []

    def interrupted(sock: socket.socket, *_: object) -> bool:
        seen.append(sock)
        raise Stop

    failing_connect(monkeypatch, errno.EINPROGRESS)
    with pytest.raises(Stop):
        dial(Address("127.0.0.1", 9), wait=interrupted)
    assert [sock.fileno() for sock in seen] == [-1]


def test_a_port_in_use_is_named_with_what_to_do() -> None:
    """It is the configuration that must change, so the program would end with 78."""
    (listener,) = listen(LOOPBACK)
    with closing(listener):
        port = listener.getsockname()[1]
        with pytest.raises(BadConfig, match=f"Port {port} is in use"):
            listen(Address("127.0.0.1", port))


@pytest.mark.parametrize(
    ("code", "sentence"),
    [(errno.EACCES, "above 1023"), (errno.ENOBUFS, os.strerror(errno.ENOBUFS))],
)
def test_other_failures_to_listen_have_their_sentence(
    monkeypatch: pytest.MonkeyPatch, code: int, sentence: str
) -> None:
    """What the system refuses is said in words."""

    def refuse(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(BadConfig, match=sentence):
        listen(LOOPBACK)


def test_an_address_of_another_machine_is_named() -> None:
    """192.0.2.0/24 is reserved for examples, so no machine has one of them."""
    with pytest.raises(BadConfig, match="no such address"):
        listen(Address("192.0.2.1", 0))


def test_a_host_that_nobody_knows_can_not_be_listened_on() -> None:
    """A name that can't exist is refused before anything is opened."""
    with pytest.raises(BadConfig, match="nobody knows"):
        listen(Address("a..b", 0))


def test_without_a_host_all_interfaces_of_both_families_listen_on_one_port() -> None:
    """Port 0 takes a free one, the same for IPv4 and IPv6."""
    listeners = listen(Address("", 0))
    try:
        families = {listener.family for listener in listeners}
        assert socket.AF_INET in families
        assert len(families) == len(listeners)
        assert len({listener.getsockname()[1] for listener in listeners}) == 1
        dial(Address("127.0.0.1", listeners[0].getsockname()[1])).close()
    finally:
        for listener in listeners:
            listener.close()


def test_a_family_that_this_machine_lacks_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without IPv6 listens on IPv4 alone, without complaint."""
    make = socket.socket

    def only_version_four(family: int, *rest: Any) -> socket.socket:
        if family == socket.AF_INET6:
            raise OSError(errno.EAFNOSUPPORT, "no IPv6")
        return make(family, *rest)

    monkeypatch.setattr(socket, "socket", only_version_four)
    listeners = listen(Address("", 0))
    for listener in listeners:
        listener.close()
    assert [listener.family for listener in listeners] == [socket.AF_INET]
