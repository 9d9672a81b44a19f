"""The links that a fault proxy carries, and what may become of their bytes.

Everything here belongs to the proxy's thread, but for the values that a test hands over.
"""

import socket
import struct
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto

from tests.support.waiting import wait_until

PIECE = 64 * 1024
"""Bytes that are taken or sent at once."""

_HELD = 256 * 1024  # of one direction; more stays with the sender
_RESET = struct.pack("ii", 1, 0)


class Way(Enum):
    """A direction of a link."""

    TO_SERVER = auto()
    TO_CLIENT = auto()


class End(Enum):
    """How a link is ended, to both of its sides."""

    RESET = auto()
    """By a RST, as by a box in between that forgot the link."""
    CLOSE = auto()
    """By a FIN, as by the other side itself."""


@dataclass(frozen=True)
class Weather:
    """What becomes of bytes."""

    delay: float = 0.0
    """Seconds that each byte is under way."""
    bytes_per_second: float = float("inf")
    split: bool = False
    """Whether each byte is sent alone."""
    lost: frozenset[Way] = frozenset()
    """Ways on which bytes and ends of links vanish."""
    frozen: frozenset[Way] = frozenset()
    """Ways on which nothing is taken, so that the buffers of the sender fill; nothing is lost."""


class Flow:
    """One direction of one link.

    Attributes:
        passed: how many bytes were taken to be carried.
        is_dead: whether it lost something; all that follows vanishes too, since a stream has no holes.
        ended: whether its source has nothing more to say.
    """

    def __init__(self, way: Way, source: socket.socket, sink: socket.socket) -> None:
        self.way = way
        self.source = source
        self.sink = sink
        self.passed = 0
        self.is_dead = False
        self.ended = False
        self._waiting: deque[tuple[float, bytes]] = deque()
        self._held = 0
        self._tail = b""
        self._not_before = 0.0
        self._is_finished = False

    def wants(self, weather: Weather) -> bool:
        """Whether to wait for more from its source."""
        return not self.ended and self._held < _HELD and self.way not in weather.frozen

    def due(self) -> float:
        """When there is something to send, on the monotonic clock."""
        return max(self._waiting[0][0], self._not_before) if self._waiting else float("inf")

    def take(self, data: bytes, due: float) -> None:
        """Carry these bytes, from the due time on."""
        self.passed += len(data)
        self._tail = (self._tail + data)[-1024:]
        self._held += len(data)
        if data:
            self._waiting.append((due, data))

    def tail(self, size: int) -> bytes:
        """The last bytes that were taken."""
        return self._tail[len(self._tail) - min(size, len(self._tail)) :]

    def send(self, weather: Weather) -> None:
        """Hand on what is due, as far as that goes now."""
        rate = weather.bytes_per_second
        sent = self._send(1 if weather.split else int(min(PIECE, max(1.0, rate / 100))))
        self._not_before = time.monotonic() + sent / rate

    def flush(self) -> None:
        """Hand on all that goes now, due or not."""
        with suppress(OSError):
            while self._waiting and self._send(PIECE):
                continue

    def lose(self) -> None:
        """Hand on nothing more."""
        self._waiting.clear()

    def finish(self) -> None:
        """Hand on that the source has nothing more to say, behind all that it said."""
        if self.ended and not self._waiting and not self.is_dead and not self._is_finished:
            self._is_finished = True
            with suppress(OSError):
                self.sink.shutdown(socket.SHUT_WR)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will ever be carried."""
        return self.ended and not self._waiting

    def _send(self, most: int) -> int:
        due, data = self._waiting[0]
        try:
            sent = self.sink.send(data[:most])
        except BlockingIOError:
            return 0
        self._held -= sent
        if sent == len(data):
            self._waiting.popleft()
        else:
            self._waiting[0] = (due, data[sent:])
        return sent


class Link:
    """A client's connection, and the one to the server for it."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.sockets = (client, server)
        self.flows = (Flow(Way.TO_SERVER, client, server), Flow(Way.TO_CLIENT, server, client))
        for sock in self.sockets:
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @property
    def is_dead(self) -> bool:
        """Whether something was lost, so that the sides need not hear of one another's end."""
        return any(flow.is_dead for flow in self.flows)

    def close(self, end: End) -> None:
        """End it to both sides."""
        for sock in self.sockets:
            if end is End.RESET:
                reset(sock)
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()


def reset(sock: socket.socket) -> None:
    """Close by a RST, which says that there is nobody."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    sock.close()


class Trap:
    """Ends links at a certain point; made by the proxy.

    Attributes:
        way: on which way it stands.
        find: where in the next bytes of a flow the link ends; -1 for not there.
        end: how it ends.
        times: on how many links.
        cuts: on how many it did.
    """

    def __init__(self, way: Way, find: Callable[[Flow, bytes], int], end: End, times: int) -> None:
        self.way = way
        self.find = find
        self.end = end
        self.times = times
        self.cuts = 0

    def wait(self, times: int = 1, seconds: float = 5.0) -> None:
        """Return when so many links were ended by it; fails when that does not come."""
        wait_until(lambda: self.cuts >= times, seconds, f"the cut of {times} links")


def at_pattern(pattern: bytes, *, passing: bool) -> Callable[[Flow, bytes], int]:
    """Find where a pattern begins, or where it has passed."""

    def find(flow: Flow, data: bytes) -> int:
        tail = flow.tail(len(pattern) - 1)
        found = (tail + data).find(pattern)
        return -1 if found < 0 else max(0, found + passing * len(pattern) - len(tail))

    return find


def after_bytes(count: int) -> Callable[[Flow, bytes], int]:
    """Find where so many bytes of a flow have passed."""

    def find(flow: Flow, data: bytes) -> int:
        return max(0, count - flow.passed) if flow.passed + len(data) >= count else -1

    return find
