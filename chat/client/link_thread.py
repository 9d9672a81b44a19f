"""The client's one thread: it dials, talks, tells the listener, and comes back by itself.

It alone touches the socket. Other threads put into the core what they have and wake it; so there is no lock
around the wire, nobody ever waits for the network, and lines leave in the order in which they were asked for.
It waits only in the waker, so it ends at once when it is stopped, whatever the network does. The listener is
called here, outside of every lock, one change after the other; what it raises is logged and costs nothing
else.
"""

import logging
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from queue import SimpleQueue

from chat.backoff import LONGEST, delays
from chat.client.changes import Change, LinkChanged, MeChanged, Phase
from chat.client.core import ClientCore, Settled
from chat.client.greeting import Hopeless, Person
from chat.client.link import Link
from chat.client.login import Login
from chat.client.secured import Secured, Security, Untrusted, check_trust, secured
from chat.client.stream import FrameStream, LinkLost
from chat.client.tour import Tour
from chat.client.trust import Seen
from chat.client.waker import Waker
from chat.clock import Clock
from chat.deadline import Deadline
from chat.errors import ChatError, NoConnection
from chat.protocol.events import Welcome
from chat.transport.address import Address
from chat.transport.sockets import CannotConnect, dial
from chat.transport.wire import PlainWire, Wire

FAILURES_BEFORE_ADVICE = 3
"""From this failure in a row on, the client says what is probably wrong."""

STEADY_SECONDS = LONGEST
"""A connection that lasted so long was a good one: the waits before the next tries begin anew."""

Listener = Callable[[Change], None]

log = logging.getLogger(__name__)


class _Stopped(Exception):
    """The owner wants the thread to end."""


@dataclass(frozen=True)
class Route:
    """How to get to the server."""

    addresses: Sequence[Address]
    """Where it may be, in the order in which they are tried; but first where it was last."""
    wrap: Callable[[socket.socket], Wire] = PlainWire
    """Makes a wire of a connected socket."""
    security: Security | None = None
    """How the client protects itself; None for no encryption, in tests and on one machine."""
    pauses: Callable[[], Iterator[float]] = delays
    """Begins a series of waits between tries, in seconds."""


class LinkThread:
    """The thread and what only it touches.

    Args:
        core: what the client keeps.
        waker: what other threads end the waiting with.
        route: how to get to the server.
        person: who to be.
        listener: is told every change.
        clock: the time.
    """

    def __init__(
        self,
        core: ClientCore,
        waker: Waker,
        route: Route,
        person: Person,
        listener: Listener,
        clock: Clock,
    ) -> None:
        self._core = core
        self._waker = waker
        self._route = route
        self._person = person
        self._listener = listener
        self._clock = clock
        self._stopping = threading.Event()
        self._hurry = threading.Event()
        self._believed: SimpleQueue[Seen] = SimpleQueue()
        self._logins: SimpleQueue[Login] = SimpleQueue()
        self._tour = Tour(route.addresses)
        self._opened = 0.0
        self._since: datetime | None = None
        self._thread = threading.Thread(target=self._run, name="link")

    def start(self) -> None:
        """Begin; once."""
        self._thread.start()

    def stop(self, seconds: float) -> bool:
        """Say goodbye and end; say whether the thread ended in time. May be called again."""
        self._stopping.set()
        self._waker.wake()
        if self._thread.ident is not None:
            self._thread.join(seconds)
        return not self._thread.is_alive()

    def hurry(self) -> None:
        """Try to connect now instead of waiting, also after the end."""
        self._hurry.set()
        self._waker.wake()

    def believe(self, seen: Seen) -> None:
        """Trust a server as it was seen, from the next try on, which is now."""
        self._believed.put(seen)
        self.hurry()

    def log_in(self, login: Login) -> None:
        """Connect anew, now, and be an account if the server agrees."""
        self._logins.put(login)
        self.hurry()

    def is_current(self) -> bool:
        """Whether the caller runs on this thread, as the listener does."""
        return threading.current_thread() is self._thread

    def _run(self) -> None:
        """What the thread does."""
        self._core.begin()
        try:
            self._recall()
            self._live()
        except _Stopped:
            self._end("The client was stopped.")
        except Exception:
            log.exception("the link's thread failed")
            self._end("A fault in the client ended the connection; its log has the details.")
        finally:
            self._core.close()
            self._person.release()

    def _recall(self) -> None:
        """Show what an earlier run knew of the server that answered here last, before it answers now."""
        if server_id := self._core.last_server():
            self._core.recall(self._person.expected_on(server_id))

    def _live(self) -> None:
        """Be connected, until that can't be; then rest until somebody wants to try again."""
        while True:
            try:
                self._stay_connected()
            except ChatError as end:
                self._stay_oneself(NoConnection(str(end)))
                if isinstance(end, Untrusted):
                    self._core.tell(end.met)
                self._end(str(end), end)
            self._pause(None)

    def _end(self, sentence: str, end: ChatError | None = None) -> None:
        """There will be no connection by itself any more; `end` is what it ended by, if a person can help."""
        self._core.link_lost()
        ended = LinkChanged(
            Phase.ENDED,
            cause=sentence,
            doubted=isinstance(end, Untrusted),
            wants_login=isinstance(end, Hopeless) and end.wants_login,
        )
        self._core.ended(ended)
        self._tell()

    def _stay_connected(self) -> None:
        """Connect again and again; raises when that would not help."""
        failures = 0
        pauses = self._route.pauses()
        while True:
            lost = self._connected_once(failures)
            self._stay_oneself(lost)
            if self._core.link.phase is Phase.OPEN:
                failures = 0
                if self._clock.monotonic() - self._opened >= STEADY_SECONDS:
                    pauses = self._route.pauses()
                self._lost_now(lost)
            else:
                failures += 1
            self._core.link_lost()
            seconds = max(next(pauses), lost.retry_seconds if isinstance(lost, LinkLost) else 0.0)
            self._core.set_link(self._waiting(lost, failures, seconds))
            self._pause(seconds)

    def _lost_now(self, lost: NoConnection) -> None:
        """Note since when there is no connection."""
        silence = lost.silent_seconds if isinstance(lost, LinkLost) else 0.0
        self._since = self._clock.now() - timedelta(seconds=silence)

    def _waiting(self, lost: NoConnection, failures: int, seconds: float) -> LinkChanged:
        """What the listener is told when there is no connection for now."""
        advice = lost.advice if isinstance(lost, CannotConnect) else ""
        return LinkChanged(
            Phase.WAITING,
            self._core.link.address,
            cause=self._tour.why() or str(lost),
            advice=advice if failures >= FAILURES_BEFORE_ADVICE else "",
            failures=failures,
            retry_seconds=seconds,
            since=self._since,
        )

    def _connected_once(self, failures: int) -> NoConnection:
        """Try each address until one was connected; give how that ended."""
        lost = NoConnection("There is no address to connect to.")
        for address in self._tour.order():
            cause = self._core.link.cause
            self._core.set_link(
                LinkChanged(Phase.DIALLING, str(address), cause, failures=failures, since=self._since)
            )
            try:
                self._talk_to(address)
            except NoConnection as error:
                lost = error
            if self._core.link.phase is Phase.OPEN:
                return lost
            self._tour.failed(address, str(lost))
            self._core.link_lost()
        return lost

    def _talk_to(self, address: Address) -> None:
        """Connect to one address and talk until that ends, which is always by an exception."""
        self._attend()
        self._hurry.clear()
        self._keep_believed()
        while not self._logins.empty():
            self._stay_oneself(NoConnection("You logged in once more before the server answered."))
            self._person.log_in(self._logins.get())
        way = self._secured(address)
        stream = FrameStream(way.wire, self._waker)
        link = Link(stream, self._core, self._clock, self._attend_talking)
        try:
            link.greet(self._person, partial(self._believe, way, address))
            encrypted = bool(way.fingerprint)
            detour = self._tour.reached(address)
            self._opened, self._since = self._clock.monotonic(), None
            link.serve(LinkChanged(Phase.OPEN, str(address), encrypted=encrypted, detour=detour))
        except _Stopped:
            link.farewell()
            raise
        finally:
            stream.close()

    def _secured(self, address: Address) -> Secured:
        """Connect, and encrypt as far as that is wanted."""
        security = self._route.security

        def connect() -> socket.socket:
            return dial(address, wait=self._wait_for)

        if security is None or not security.encrypts:
            return Secured(self._route.wrap(connect()))
        return secured(address, security.trust, connect, self._wait_for)

    def _keep_believed(self) -> None:
        """Trust the servers that the person decided to trust."""
        while self._route.security is not None and not self._believed.empty():
            self._route.security.trust.keep(self._believed.get())

    def _believe(self, way: Secured, address: Address, welcome: Welcome) -> None:
        """See whether the server is believed, and tell of one that is new."""
        if met := check_trust(self._route.security, way, address, welcome):
            self._core.tell(met)

    def _wait_for(self, sock: socket.socket, event: int, seconds: float) -> bool:
        """Wait for a socket that is being connected, and attend to the owner meanwhile."""
        deadline = Deadline(seconds)
        while True:
            ready, _ = self._waker.wait(sock, event, deadline.remaining())
            self._attend()
            if ready or deadline.expired:
                return bool(ready)

    def _pause(self, seconds: float | None) -> None:
        """Wait between two tries, or for ever, unless somebody is in a hurry."""
        deadline = Deadline(float("inf") if seconds is None else seconds)
        while not (self._hurry.is_set() or deadline.expired):
            self._attend()
            self._waker.wait(None, 0, None if seconds is None else deadline.remaining())
        self._hurry.clear()

    def _attend(self) -> None:
        """Tell what there is to tell; end when the owner wants that."""
        self._tell()
        if self._stopping.is_set():
            raise _Stopped

    def _attend_talking(self) -> None:
        """Attend to the owner while there is a connection; end it where somebody wants to log in."""
        self._attend()
        if not self._logins.empty():
            raise LinkLost("You are logging in.")

    def _stay_oneself(self, why: NoConnection) -> None:
        """Nothing came of a login that was tried, since the connection ended."""
        if login := self._person.login:
            self._person.stays()
            self._core.settle(login.done, why)

    def _tell(self) -> None:
        """Tell the listener all there is, and settle the futures in between."""
        while news := self._core.take_news():
            for item in news:
                if isinstance(item, tuple):
                    _settle(item)
                else:
                    self._tell_one(item)
            self._core.told()

    def _tell_one(self, change: Change) -> None:
        try:
            if isinstance(change, MeChanged):
                self._person.is_called(change.user.nick)
            self._listener(change)
        except Exception:
            log.exception("the listener failed at %r", change)


def _settle(settled: Settled) -> None:
    future, outcome = settled
    if isinstance(outcome, Exception):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
