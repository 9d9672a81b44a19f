"""Dialling and listening: from an address to connected or listening sockets, with each failure named.

Knows nothing of what is said on them. Called on a thread that may wait: `dial` takes up to its seconds. A
name look-up can't be bounded by any time-out, so it runs on a thread of its own that may outlive everybody:
the one daemon there is.
"""

import errno
import os
import selectors
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from enum import IntEnum
from queue import SimpleQueue
from typing import Any

from chat.deadline import Deadline
from chat.errors import BadConfig, NoConnection
from chat.transport.address import Address

CONNECT_SECONDS = 3.0
"""How long to try to connect, look-up included."""

Wait = Callable[[socket.socket, int, float], bool]
"""Waits until a socket is ready for `selectors.EVENT_READ` or `EVENT_WRITE`, at most that many seconds; says
whether it is. What it raises ends the dialling."""

_Found = tuple[socket.AddressFamily, socket.SocketKind, int, str, Any]

_BACKLOG = 1024
_UNDER_WAY = {errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EAGAIN, getattr(errno, "WSAEWOULDBLOCK", -1)}
_FAMILY_IS_MISSING = {errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL, errno.EPROTONOSUPPORT}


class Cause(IntEnum):
    """Why there is no connection; of several tries the lowest is the most telling."""

    REFUSED = 1
    TIMED_OUT = 2
    UNREACHABLE = 3
    UNKNOWN_HOST = 4
    FAILED = 5


_SENTENCES = {
    Cause.REFUSED: "{} refused the connection.",
    Cause.TIMED_OUT: "{} did not answer in time.",
    Cause.UNREACHABLE: "There is no way to {} from here.",
    Cause.UNKNOWN_HOST: "Nobody knows the host of {}.",
    Cause.FAILED: "The connection to {} failed: {}.",
}
_ADVICE = {
    Cause.REFUSED: "It is the wrong port, or no server is running there.",
    Cause.TIMED_OUT: "It is a wrong address, or a firewall is between.",
    Cause.UNREACHABLE: "Check this machine's network and the address.",
    Cause.UNKNOWN_HOST: "Check how the name is written, or use the IP address.",
    Cause.FAILED: "",
}
_CAUSES = {
    errno.ECONNREFUSED: Cause.REFUSED,
    errno.ETIMEDOUT: Cause.TIMED_OUT,
    errno.EHOSTUNREACH: Cause.UNREACHABLE,
    errno.ENETUNREACH: Cause.UNREACHABLE,
    errno.ENETDOWN: Cause.UNREACHABLE,
}


class CannotConnect(NoConnection):
    """No connection came to be.

    Attributes:
        cause: why.
        advice: a sentence on what is probably wrong; empty when nothing better is known.
    """

    def __init__(self, address: Address, cause: Cause, detail: str = "") -> None:
        super().__init__(_SENTENCES[cause].format(address, detail))
        self.cause = cause
        self.advice = _ADVICE[cause]


def wait_ready(sock: socket.socket, event: int, seconds: float) -> bool:
    """Wait for one socket and nothing else; see `Wait`."""
    with selectors.DefaultSelector() as selector:
        selector.register(sock, event)
        return bool(selector.select(seconds))


def dial(address: Address, seconds: float = CONNECT_SECONDS, wait: Wait = wait_ready) -> socket.socket:
    """Connect to an address, trying all that its name stands for; give a non-blocking socket.

    Args:
        address: an empty host means this machine.
        seconds: for everything together.
        wait: how to wait for a socket, for callers who want to be woken meanwhile.

    Raises:
        CannotConnect: with the most telling cause of all tries.
    """
    deadline = Deadline(seconds)
    found = _look_up(address, deadline, wait)
    failures = []
    for tries_left, candidate in zip(range(len(found), 0, -1), found, strict=True):
        try:
            return _connect(candidate, deadline.remaining() / tries_left, wait)
        except OSError as error:
            failures.append(_named(address, error))
    raise min(failures, key=lambda failure: failure.cause)


def listen(address: Address) -> list[socket.socket]:
    """Listen on an address, in both families of IP where it has both; give non-blocking sockets.

    Args:
        address: an empty host means all interfaces; port 0 takes a free one, the same in both families.

    Raises:
        BadConfig: the port is in use or not allowed, or the address is not of this machine.
    """
    try:
        found = _addresses(address.host or None, address.port, socket.AI_PASSIVE)
    except OSError:
        raise BadConfig(f"Can't listen on {address}: nobody knows this host.") from None
    listeners: list[socket.socket] = []
    failure: OSError | None = None
    for candidate in dict.fromkeys(found):
        port = listeners[0].getsockname()[1] if listeners else address.port
        try:
            listeners.append(_listener(candidate, port))
        except OSError as error:
            failure = error
            if error.errno not in _FAMILY_IS_MISSING:
                break
    if failure and (not listeners or failure.errno not in _FAMILY_IS_MISSING):
        for listener in listeners:
            listener.close()
        raise BadConfig(_why_not_listening(address, failure)) from None
    return listeners


def _look_up(address: Address, deadline: Deadline, wait: Wait) -> Sequence[_Found]:
    """Find what a host's name stands for."""
    host = address.host or "localhost"
    with suppress(OSError):
        return _addresses(host, address.port, socket.AI_NUMERICHOST)
    answers: SimpleQueue[Sequence[_Found] | OSError] = SimpleQueue()
    here, there = socket.socketpair()

    def ask() -> None:
        with there:  # closing it wakes who waits
            try:
                answers.put(_addresses(host, address.port))
            except OSError as error:
                answers.put(error)

    threading.Thread(target=ask, name="look-up", daemon=True).start()
    with here:
        if not wait(here, selectors.EVENT_READ, deadline.remaining()):
            raise CannotConnect(address, Cause.TIMED_OUT)
    answer = answers.get()
    if isinstance(answer, OSError) or not answer:
        raise CannotConnect(address, Cause.UNKNOWN_HOST)
    return answer


def _addresses(host: str | None, port: int, flags: int = 0) -> Sequence[_Found]:
    try:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    except UnicodeError as error:  # no legal host name at all
        raise OSError(str(error)) from None


def _connect(candidate: _Found, seconds: float, wait: Wait) -> socket.socket:
    """Connect to one socket address."""
    family, kind, protocol, _, where = candidate
    sock = socket.socket(family, kind, protocol)
    try:
        sock.setblocking(False)
        code = sock.connect_ex(where)
        if code in _UNDER_WAY:
            if not wait(sock, selectors.EVENT_WRITE, seconds):
                raise TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))
            code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            raise OSError(code, os.strerror(code))
        if sock.getsockname() == sock.getpeername():  # a free port of this machine that was given to us
            raise ConnectionRefusedError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    except BaseException:
        sock.close()
        raise
    return sock


def _named(address: Address, error: OSError) -> CannotConnect:
    cause = _CAUSES.get(error.errno or 0, Cause.FAILED)
    return CannotConnect(address, cause, error.strerror or str(error))


def _listener(candidate: _Found, port: int) -> socket.socket:
    """Bind and listen on one socket address."""
    family, kind, protocol, _, where = candidate
    sock = socket.socket(family, kind, protocol)
    try:
        sock.setblocking(False)
        if sys.platform == "win32":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:  # there it frees a port of closed links; on Windows it would share one with strangers
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family is socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((where[0], port, *where[2:]))
        sock.listen(_BACKLOG)
    except BaseException:
        sock.close()
        raise
    return sock


def _why_not_listening(address: Address, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {address.port} is in use; stop the other program or choose another port."
    if error.errno == errno.EACCES:
        return f"Port {address.port} is not allowed for this user; choose one above 1023."
    if error.errno == errno.EADDRNOTAVAIL:
        return f"Can't listen on {address}: this machine has no such address."
    return f"Can't listen on {address}: {error.strerror or error}."
