"""The one thread that accepts, receives, cuts lines, keeps the time and closes.

Never blocks but in its selector. Knows links and listeners, no command.
"""

import errno
import selectors
import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from queue import SimpleQueue

import structlog

from chat.clock import Clock
from chat.protocol.codes import CloseReason
from chat.server.net.crowd import Crowd
from chat.server.net.link import Link
from chat.server.net.receiver import Reading
from chat.server.net.settings import NetSettings
from chat.server.net.timers import Timers
from chat.server.net.wakeup import Wakeup

Tick = tuple[float, Callable[[], None]]
"""Every so many seconds, this; on the reader's thread, so it must not block."""

_log = structlog.get_logger()

_NO_ROOM = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


class Reader:
    """The reader.

    Args:
        listeners: listening, non-blocking sockets; the reader owns them from now on.
        take: takes over an accepted socket, which may come back as a link by `admit`; raises `OSError` when
            it is broken already.
        settings: bounds and times.
        clock: what the time is read from.
        ticks: what else is to be called regularly.
        on_death: called with what ended the thread, if anything but `stop` did.
    """

    def __init__(
        self,
        listeners: Sequence[socket.socket],
        take: Callable[[socket.socket], None],
        settings: NetSettings,
        clock: Clock,
        ticks: Sequence[Tick],
        on_death: Callable[[BaseException], None],
    ) -> None:
        self._listeners = list(listeners)
        self._take = take
        self._settings = settings
        self._clock = clock
        self._on_death = on_death
        self._wakeup = Wakeup()
        self._selector = selectors.DefaultSelector()
        self._orders: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._timers = Timers()
        self._crowd = Crowd(settings)
        self._links: set[Link] = set()
        self._paused: set[Link] = set()
        self._again: set[Link] = set()
        self._leaving: CloseReason | None = None
        """Set once every link is to be left, those that are still on their way here too."""
        self._open = 0
        self._closed_one = threading.Condition()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reader")
        now = clock.monotonic()
        for seconds, call in [*ticks, (settings.sweep_seconds, self._sweep)]:
            self._timers.at(now + seconds, call, seconds)

    # ------------------------------------------------------------------ any thread

    def start(self) -> None:
        """Start the thread; the owner calls it once."""
        self._thread.start()

    def stop(self) -> None:
        """End and join the thread, which closes all its sockets; the owner calls it once."""
        self._stopping.set()
        self._wakeup.wake()
        self._thread.join()
        self._wakeup.close()

    def admit(self, link: Link) -> None:
        """Serve a link that was made of an accepted socket."""
        self._order(partial(self._adopt, link))

    def go_on(self, link: Link) -> None:
        """See whether a link that paused can go on."""
        self._order(partial(self._go_on, link))

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        """Call this after so many seconds, on the reader's thread."""
        due = self._clock.monotonic() + seconds
        self._order(lambda: self._timers.at(due, call))

    def close(self, link: Link) -> None:
        """Close a link that the writer is done with."""
        self._order(partial(self._close, link))

    def stop_accepting(self) -> None:
        """Close the listeners."""
        self._order(self._close_listeners)

    def leave_all(self, reason: CloseReason) -> None:
        """Close every link as soon as what it has in flight is answered."""
        self._order(partial(self._leave_all, reason))

    def dismiss_all(self, reason: CloseReason) -> None:
        """Close every link with a goodbye, answered or not."""
        self._order(partial(self._each_link, lambda link: link.close(reason)))

    def lose_all(self) -> None:
        """Close every link without a word."""
        self._order(partial(self._each_link, Link.lose))

    @property
    def open_links(self) -> int:
        """How many links there are."""
        with self._closed_one:
            return self._open

    def wait_until_empty(self, seconds: float) -> bool:
        """Wait until all links are closed; returns whether they are."""
        with self._closed_one:
            return self._closed_one.wait_for(lambda: not self._open, seconds)

    def _order(self, call: Callable[[], None]) -> None:
        self._orders.put(call)
        self._wakeup.wake()

    # ------------------------------------------------------------------ the reader's thread

    def _run(self) -> None:
        try:
            self._selector.register(self._wakeup, selectors.EVENT_READ)
            self._listen()
            while not self._stopping.is_set():
                self._do_turn()
        except BaseException as error:  # noqa: BLE001 - whatever it is, the server must not go on deaf
            _log.exception("the reader died")
            self._on_death(error)
        finally:
            self._close_all()

    def _do_turn(self) -> None:
        timeout = 0.0 if self._again else self._timers.wait(self._clock.monotonic())
        events = self._selector.select(timeout)
        now = self._clock.monotonic()
        again, self._again = self._again, set()
        for key, _ in events:
            if isinstance(key.data, Link):
                again.discard(key.data)
                self._read(key.data, now)
            elif key.data is None:
                self._wakeup.clear()
            else:
                self._accept(key.data)
        for link in again - self._paused:
            self._read(link, now)
        for _ in range(self._orders.qsize()):
            self._orders.get_nowait()()
        self._timers.run(now)

    def _listen(self) -> None:
        for listener in self._listeners:
            self._selector.register(listener, selectors.EVENT_READ, listener)

    def _accept(self, listener: socket.socket) -> None:
        """Accept whoever waits; without a descriptor left the line waits a moment and loses nobody."""
        for _ in range(self._settings.accepts_a_turn):
            if len(self._links) >= self._settings.links:
                self._pause_accepting("there are as many links as there may be, accepting pauses")
                return
            try:
                sock, _ = listener.accept()
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno in _NO_ROOM:
                    self._pause_accepting("no descriptor left, accepting pauses", error.strerror)
                    return
                continue  # whoever it was is gone already
            try:
                sock.setblocking(False)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._take(sock)
            except OSError:
                sock.close()

    def _adopt(self, link: Link) -> None:
        self._links.add(link)
        self._selector.register(link, selectors.EVENT_READ, link)
        self._again.add(link)  # a wire may have to write before anything can be read
        pause = 0.0 if link.visitor.greeted_at_once else self._settings.greet_seconds
        self._timers.at(self._clock.monotonic() + pause, link.receiver.greet)
        if self._leaving:
            link.leave(self._leaving)
        with self._closed_one:
            self._open += 1

    def _pause_accepting(self, why: str, error: str | None = None) -> None:
        pause = self._settings.accept_pause_seconds
        _log.warning(why, error=error, links=len(self._links), seconds=pause)
        for listener in self._listeners:
            self._selector.unregister(listener)
        self._timers.at(self._clock.monotonic() + pause, self._listen)

    def _read(self, link: Link, now: float) -> None:
        reading = link.receiver.receive(now)
        if reading is Reading.PAUSE:
            self._paused.add(link)
            self._selector.unregister(link)
        elif reading is Reading.AGAIN:
            self._again.add(link)

    def _go_on(self, link: Link) -> None:
        if link in self._paused and link.receiver.may_go_on():
            self._paused.remove(link)
            self._selector.register(link, selectors.EVENT_READ, link)
            self._again.add(link)  # a wire may hold bytes that the selector does not report

    def _leave_all(self, reason: CloseReason) -> None:
        self._leaving = reason
        self._each_link(lambda link: link.leave(reason))

    def _sweep(self) -> None:
        now = self._clock.monotonic()
        self._each_link(lambda link: link.check(now))
        for link in self._crowd.too_many(self._links, now):
            link.close(CloseReason.TOO_MANY_LINKS)

    def _each_link(self, call: Callable[[Link], None]) -> None:
        for link in self._links:
            call(link)

    def _close(self, link: Link) -> None:
        if link not in self._links:
            return
        self._links.remove(link)
        self._again.discard(link)
        if link in self._paused:
            self._paused.remove(link)
        else:
            self._selector.unregister(link)
        link.receiver.shut()
        with self._closed_one:
            self._open -= 1
            self._closed_one.notify_all()

    def _close_listeners(self) -> None:
        for listener in self._listeners:
            with suppress(KeyError):  # while accepting pauses it is not there
                self._selector.unregister(listener)
            listener.close()
        self._listeners.clear()

    def _close_all(self) -> None:
        self._close_listeners()
        for _ in range(self._orders.qsize()):  # links may still be on their way here
            self._orders.get_nowait()()
        for link in list(self._links):
            self._close(link)
        self._selector.close()
