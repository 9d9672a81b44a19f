"""A bad network of this machine: stands between real clients and a real server, and does what a test says.

It takes connections on loopback and carries bytes both ways: late, slowly, one by one, not at all, or up to
the moment when something certain passes. A thread of its own does all the work; an order of the test is in
effect when its method returns. Knows nothing of the chat.
"""

import selectors
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from queue import SimpleQueue
from typing import Any, Self

from chat.transport.address import Address
from tests.support.fault_links import (
    PIECE,
    End,
    Flow,
    Link,
    Trap,
    Way,
    Weather,
    after_bytes,
    at_pattern,
    reset,
)

_SECONDS = 5.0


class FaultProxy:
    """The way to a server; carries all faithfully until told otherwise.

    Args:
        target: the server's host and port.
        buffers: size of the kernel's buffers of every socket here; without it the usual ones, which hide
            megabytes on loopback.

    Attributes:
        address: where clients find it, the same as long as it lives.
    """

    def __init__(self, target: tuple[str, int], *, buffers: int | None = None) -> None:
        self._target = target
        self._buffers = buffers
        self._weather = Weather()
        self._traps: list[Trap] = []
        self._links: dict[socket.socket, Link] = {}
        self._accepted = 0
        self._orders: SimpleQueue[tuple[Callable[[], object], threading.Event]] = SimpleQueue()
        self._closing = False
        self._near, self._far = socket.socketpair()
        self._listener: socket.socket | None = self._listening(0)
        host, port = self._listener.getsockname()
        self.address = Address(host, port)
        self._thread = threading.Thread(target=self._run, name="fault-proxy")
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ------------------------------------------------------------------ orders, of any one thread

    @property
    def accepted(self) -> int:
        """How many connections were taken and led to the server so far."""
        return self._accepted

    @property
    def links(self) -> int:
        """How many of them are not closed yet."""
        return len(self._links) // 2

    @property
    def dead_ways(self) -> int:
        """How many directions of those have lost something."""
        return sum(flow.is_dead for link in set(self._links.copy().values()) for flow in link.flows)

    @property
    def ended_ways(self) -> int:
        """How many directions of those were ended by who speaks there, while the other side was not yet."""
        return sum(flow.ended for link in set(self._links.copy().values()) for flow in link.flows)

    def lead_to(self, target: tuple[str, int]) -> None:
        """Connections that come from now on go to another server."""
        self._order(lambda: setattr(self, "_target", target))

    def delay(self, seconds: float) -> None:
        """Let each byte be under way so long."""
        self._change(delay=seconds)

    def throttle(self, bytes_per_second: float) -> None:
        """Carry so much at most, in each direction of each link."""
        self._change(bytes_per_second=bytes_per_second)

    def split(self) -> None:
        """Send each byte alone."""
        self._change(split=True)

    def drop(self, *ways: Way) -> None:
        """Let bytes and ends of links vanish, both ways without arguments; so links are half-open.

        A direction that has lost something stays dead, also after `restore`.
        """
        self._change(lost=frozenset(ways or Way))

    def freeze(self, *ways: Way) -> None:
        """Take nothing, both ways without arguments, until `restore`."""
        self._change(frozen=frozenset(ways or Way))

    def refuse(self) -> None:
        """Refuse new connections, as a machine does where no server runs."""
        self._order(self._stop_listening)

    def cut(self, end: End = End.RESET) -> None:
        """End all links there are now."""
        self._order(lambda: self._end_all(end))

    def cut_at(
        self, way: Way, pattern: bytes, *, passing: bool = False, end: End = End.RESET, times: int = 1
    ) -> Trap:
        """End a link when a pattern comes by.

        Args:
            way: where to look.
            pattern: what to look for, at most 1,024 bytes.
            passing: whether the pattern still arrives; without, only what stands before it does.
            end: how the link ends.
            times: on how many links, one after the other.
        """
        return self._set(Trap(way, at_pattern(pattern, passing=passing), end, times))

    def cut_after(self, way: Way, count: int, *, end: End = End.RESET, times: int = 1) -> Trap:
        """End a link when so many bytes of it, from its beginning, have passed on one of its ways."""
        return self._set(Trap(way, after_bytes(count), end, times))

    def restore(self) -> None:
        """Carry all faithfully again, take connections, and forget all traps."""

        def restore() -> None:
            self._weather = Weather()
            self._traps.clear()
            self._listener = self._listener or self._listening(self.address.port)

        self._order(restore)

    def close(self) -> None:
        """End everything; may be called twice."""
        if self._thread.is_alive():
            self._order(lambda: setattr(self, "_closing", True))
            self._thread.join()
            self._near.close()
            self._far.close()

    def _change(self, **what: Any) -> None:
        self._order(lambda: setattr(self, "_weather", replace(self._weather, **what)))

    def _set(self, trap: Trap) -> Trap:
        self._order(lambda: self._traps.append(trap))
        return trap

    def _order(self, order: Callable[[], object]) -> None:
        """Have something done by the thread, and wait for it."""
        done = threading.Event()
        self._orders.put((order, done))
        self._far.send(b"!")
        assert done.wait(_SECONDS), "the proxy's thread does not answer"

    # ------------------------------------------------------------------ the thread

    def _run(self) -> None:
        with selectors.DefaultSelector() as selector:
            while not self._closing:
                self._turn(selector)
        self._end_all(End.CLOSE)
        self._stop_listening()

    def _turn(self, selector: selectors.BaseSelector) -> None:
        now = time.monotonic()
        flows = [flow for link in set(self._links.values()) for flow in link.flows]
        wanted = self._wanted(flows, now)
        later = [due - now for flow in flows if now < (due := flow.due()) < float("inf")]
        for sock, events in wanted.items():
            selector.register(sock, events)
        ready = selector.select(min(later, default=None))
        for sock in wanted:
            selector.unregister(sock)
        for key, events in ready:
            assert isinstance(key.fileobj, socket.socket)
            self._attend(key.fileobj, events)

    def _wanted(self, flows: list[Flow], now: float) -> dict[socket.socket, int]:
        """What to wait for."""
        wanted = {self._near: selectors.EVENT_READ}
        if self._listener is not None:
            wanted[self._listener] = selectors.EVENT_READ
        for flow in flows:
            if flow.wants(self._weather):
                wanted[flow.source] = wanted.get(flow.source, 0) | selectors.EVENT_READ
            if flow.due() <= now:
                wanted[flow.sink] = wanted.get(flow.sink, 0) | selectors.EVENT_WRITE
        return wanted

    def _attend(self, sock: socket.socket, events: int) -> None:
        if sock is self._near:
            sock.recv(1)
            order, done = self._orders.get()
            order()
            done.set()
        elif sock is self._listener:
            self._accept(sock)
        else:
            for way in Way:
                link = self._links.get(sock)  # the first flow may have ended it
                if link is not None:
                    self._carry(link, link.flows[way is Way.TO_CLIENT], sock, events)

    def _carry(self, link: Link, flow: Flow, sock: socket.socket, events: int) -> None:
        """Do what a socket is ready for, on one of its two flows."""
        try:
            if events & selectors.EVENT_READ and flow.source is sock:
                self._receive(link, flow)
            if events & selectors.EVENT_WRITE and flow.sink is sock and flow.due() <= time.monotonic():
                flow.send(self._weather)
        except OSError:
            self._broke(link, flow, sock)
        if all(each.is_over for each in link.flows):
            self._end(link, End.CLOSE)
        else:
            flow.finish()

    def _receive(self, link: Link, flow: Flow) -> None:
        data = flow.source.recv(PIECE)
        flow.is_dead = flow.is_dead or flow.way in self._weather.lost
        if not data:
            flow.ended = True
        elif not flow.is_dead:
            self._take(link, flow, data)

    def _take(self, link: Link, flow: Flow, data: bytes) -> None:
        """Carry what came, up to where a trap stands."""
        for trap in self._traps:
            position = trap.find(flow, data) if trap.way is flow.way else -1
            if position >= 0:
                flow.take(data[:position], 0.0)
                flow.flush()
                self._end(link, trap.end)
                if trap.cuts + 1 == trap.times:
                    self._traps.remove(trap)
                trap.cuts += 1
                return
        flow.take(data, time.monotonic() + self._weather.delay)

    def _broke(self, link: Link, flow: Flow, sock: socket.socket) -> None:
        """One side has ended the link the hard way: the other side hears of it, unless that can't be."""
        if not link.is_dead:
            self._end(link, End.RESET)
        elif flow.source is sock:
            flow.ended = True
        else:
            flow.lose()

    def _end_all(self, end: End) -> None:
        for link in set(self._links.values()):
            self._end(link, end)

    def _end(self, link: Link, end: End) -> None:
        for sock in link.sockets:
            self._links.pop(sock, None)
        link.close(end)

    def _accept(self, listener: socket.socket) -> None:
        client, _ = listener.accept()
        server = self._prepared()
        server.settimeout(_SECONDS)
        try:
            server.connect(self._target)
        except OSError:
            server.close()
            reset(client)
            return
        link = Link(client, server)
        self._links.update(dict.fromkeys(link.sockets, link))
        self._accepted += 1

    def _listening(self, port: int) -> socket.socket:
        listener = self._prepared()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(1024)
        return listener

    def _stop_listening(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def _prepared(self) -> socket.socket:
        """A socket with the wanted buffers, which have to be there before it listens or connects."""
        sock = socket.socket()
        if self._buffers is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self._buffers)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, self._buffers)
        return sock
