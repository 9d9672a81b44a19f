"""Between accepting a socket and its link: tells TLS from plain text, and does the handshakes.

One thread, `entrance`, with a selector of its own; until a socket is admitted only this thread touches it. A
handshake takes one non-blocking step whenever its socket is ready, so one that stalls holds up nobody. Who
sends nothing keeps a place only until somebody else needs it, and one address has few. Knows no frames.
"""

import selectors
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from queue import Empty, SimpleQueue
from typing import NamedTuple

import structlog

from chat.clock import Clock
from chat.server.domain.addresses import Counted
from chat.server.net.newcomers import Newcomer, Newcomers
from chat.server.net.settings import NetSettings
from chat.server.net.wakeup import Wakeup
from chat.server.state.budgets import AddressRate
from chat.server.state.refusals import Excess, Refusals
from chat.transport.tls import Handshake, Want
from chat.transport.wire import PlainWire, Wire

_TLS_HANDSHAKE = b"\x16"
"""The first byte of every TLS connection (RFC 8446, section 5.1); no line of JSON begins with it."""

_EVENTS = {Want.READ: selectors.EVENT_READ, Want.WRITE: selectors.EVENT_WRITE}

_log = structlog.get_logger("entrance")


@dataclass(frozen=True)
class Door:
    """Who may come in, and how."""

    context: Callable[[], ssl.SSLContext]
    """Gives the context of a new handshake; the entrance calls."""
    plain_everywhere: bool = False
    """Whether others than this machine may come unencrypted."""

    def lets_in_plain(self, host: str) -> bool:
        """Return whether a client from this IP address may talk unencrypted."""
        return self.plain_everywhere or is_loopback(host)


class Visitor(NamedTuple):
    """Who is at the other end of a link, as far as the entrance knows."""

    host: str = "127.0.0.1"
    """The IP address."""
    encrypted: bool = False
    greeted_at_once: bool = False
    """Whether nothing need be awaited from it before the welcome."""
    refused: bool = False
    """Whether it came unencrypted and may not: it is told so, and nothing else."""


Admit = Callable[[Wire, Visitor], None]


class Entrance:
    """The thread and what only it touches.

    Args:
        door: who may come in.
        settings: bounds and times.
        clock: what the time is read from.
        refusals: counts whom there were too many of.
        admit: takes what is ready to be a link; called on this thread.
        on_death: called with what ended the thread, if anything but `stop` did.
    """

    def __init__(
        self,
        door: Door,
        settings: NetSettings,
        clock: Clock,
        refusals: Refusals,
        admit: Admit,
        on_death: Callable[[BaseException], None],
    ) -> None:
        self._door = door
        self._settings = settings
        self._clock = clock
        self._admit = admit
        self._on_death = on_death
        self._arrived: SimpleQueue[socket.socket] = SimpleQueue()
        self._wakeup = Wakeup()
        self._selector = selectors.DefaultSelector()
        self._refusals = refusals
        self._counted = Counted(settings.exempt)
        self._arrivals = AddressRate(clock, settings.arrivals, self._counted)
        self._newcomers = Newcomers(settings)
        self._stopping = threading.Event()
        self._arriving = threading.Lock()
        """So that nobody arrives behind the back of the end."""
        self._thread = threading.Thread(target=self._run, name="entrance")

    def start(self) -> None:
        """Start the thread; the owner calls it once."""
        self._thread.start()

    def stop(self) -> None:
        """End and join the thread, which closes all its sockets; the owner calls it once."""
        with self._arriving:
            self._stopping.set()
        self._wakeup.wake()
        self._thread.join()
        self._wakeup.close()

    def take(self, sock: socket.socket) -> None:
        """Take over an accepted, non-blocking socket; any thread. It is closed when the end has begun."""
        with self._arriving:
            if self._stopping.is_set():
                sock.close()
                return
            self._arrived.put(sock)
        self._wakeup.wake()

    # ------------------------------------------------------------------ the entrance's thread

    def _run(self) -> None:
        try:
            self._selector.register(self._wakeup, selectors.EVENT_READ)
            while not self._stopping.is_set():
                self._do_turn()
        except BaseException as error:  # noqa: BLE001 - whatever it is, the server must not go on shut
            _log.exception("the entrance died")
            self._on_death(error)
        finally:
            self._close_all()

    def _do_turn(self) -> None:
        ready = self._selector.select(self._settings.greet_seconds if self._newcomers else None)
        for key, _ in ready:
            if isinstance(key.data, Newcomer):
                self._attempt(key.data)
            else:
                self._wakeup.clear()
        with suppress(Empty):
            while True:
                self._welcome(self._arrived.get_nowait())
        self._sweep(self._clock.monotonic())

    def _welcome(self, sock: socket.socket) -> None:
        """Look at somebody who was accepted; where the place is full, the one who waits longest goes."""
        try:
            host = sock.getpeername()[0]
        except OSError:  # gone already
            sock.close()
            return
        if self._arrivals.take(host):  # closed before it costs a handshake, or others their turn
            self._refusals.note(Excess.LINKS, host)
            sock.close()
            return
        whom = self._counted.as_whom(host)
        while (oldest := self._newcomers.in_the_way(whom)) is not None:
            self._drop(oldest)
        newcomer = Newcomer(sock, host, whom, self._clock.monotonic())
        self._newcomers.add(newcomer)
        self._selector.register(newcomer, selectors.EVENT_READ, newcomer)
        self._attempt(newcomer)

    def _attempt(self, newcomer: Newcomer) -> None:
        try:
            self._look(newcomer)
        except OSError as error:
            # one's own rules for TLS are no secret, but nobody is owed an explanation before a handshake
            _log.debug("a handshake failed", host=newcomer.host, why=str(error))
            self._drop(newcomer)

    def _look(self, newcomer: Newcomer) -> None:
        """Go on with somebody whose socket may be ready."""
        if newcomer.handshake is None:
            try:
                first = newcomer.sock.recv(1, socket.MSG_PEEK)
            except BlockingIOError:
                return
            if not first:
                self._drop(newcomer)
                return
            if first != _TLS_HANDSHAKE:
                self._let_in_plain(newcomer)
                return
            self._selector.unregister(newcomer)
            newcomer.handshake = Handshake(newcomer.sock, self._door.context(), server_side=True)
            self._selector.register(newcomer, selectors.EVENT_READ, newcomer)
        want = newcomer.handshake.step()
        if want is Want.NOTHING:
            self._forget(newcomer)
            self._admit(
                newcomer.handshake.wire(), Visitor(newcomer.host, encrypted=True, greeted_at_once=True)
            )
        else:
            self._selector.modify(newcomer, _EVENTS[want], newcomer)

    def _let_in_plain(self, newcomer: Newcomer, *, is_silent: bool = False) -> None:
        self._forget(newcomer)
        refused = not self._door.lets_in_plain(newcomer.host)
        visitor = Visitor(newcomer.host, greeted_at_once=is_silent, refused=refused)
        self._admit(PlainWire(newcomer.sock), visitor)

    def _sweep(self, now: float) -> None:
        """Let in who is silent and may be somebody typing by hand; send away who takes too long."""
        settings = self._settings
        for newcomer in self._newcomers:
            waited = now - newcomer.since
            if waited < settings.greet_seconds:
                break  # the rest came later
            is_silent = newcomer.handshake is None
            if is_silent and self._door.lets_in_plain(newcomer.host):
                self._let_in_plain(newcomer, is_silent=True)
            elif waited > settings.handshake_seconds:
                self._drop(newcomer)

    def _forget(self, newcomer: Newcomer) -> None:
        self._newcomers.remove(newcomer)
        with suppress(KeyError, ValueError):  # it is out already, or its socket was lost
            self._selector.unregister(newcomer)

    def _drop(self, newcomer: Newcomer) -> None:
        self._forget(newcomer)
        newcomer.close()

    def _close_all(self) -> None:
        for newcomer in self._newcomers:
            self._drop(newcomer)
        with suppress(Empty):
            while True:
                self._arrived.get_nowait().close()
        self._selector.close()


def is_loopback(host: str) -> bool:
    """Return whether an IP address is of this machine alone."""
    return ip_address(host.partition("%")[0]).is_loopback
