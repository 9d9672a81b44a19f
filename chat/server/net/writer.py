"""The one thread that sends.

In a turn it takes the lines for single clients first, then has the fan-out hand out what is shared, and sends
the shared before the single ones: so nobody is answered before they were sent what was published before. Each
link gets one `send` per turn as a rule. Knows no command.
"""

import selectors
import threading
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from typing import NamedTuple

import structlog

from chat.server.net.link import Link
from chat.server.net.sender import Collected, Flushed
from chat.server.net.wakeup import Wakeup
from chat.server.state.fanout import Fanout

_log = structlog.get_logger()


class _Waiting(NamedTuple):
    """Lines for one client that wait until what was shared before them is out."""

    turn: int
    link: Link
    collected: Collected


class Writer:
    """The writer.

    Args:
        fanout: what is shared.
        wakeup: the writer's doorbell, which the fan-out rings too.
        done: called when a link's last words are out and its wire may be closed.
        on_death: called with what ended the thread, if anything but `stop` did.
    """

    def __init__(
        self,
        fanout: Fanout,
        wakeup: Wakeup,
        done: Callable[[Link], None],
        on_death: Callable[[BaseException], None],
    ) -> None:
        self._fanout = fanout
        self._wakeup = wakeup
        self._done = done
        self._on_death = on_death
        self._called: SimpleQueue[Link] = SimpleQueue()
        self._turn = 0
        self._waiting: deque[_Waiting] = deque()
        self._touched: list[Link] = []
        self._blocked: set[Link] = set()
        self._selector = selectors.DefaultSelector()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="writer")

    def start(self) -> None:
        """Start the thread; the owner calls it once."""
        self._thread.start()

    def stop(self) -> None:
        """End and join the thread; the owner calls it once."""
        self._stopping.set()
        self._wakeup.wake()
        self._thread.join()

    def call(self, link: Link) -> None:
        """Let the writer look at what there is for this link; any thread, never waits."""
        self._called.put(link)
        self._wakeup.wake()

    def touched(self, link: Link) -> None:
        """Flush this link at the end of this turn; the writer's thread only, by `Link.stream`."""
        self._touched.append(link)

    def _run(self) -> None:
        try:
            with self._selector:
                self._selector.register(self._wakeup, selectors.EVENT_READ)
                left = False
                while not self._stopping.is_set():
                    self._wait(0.0 if left else None)
                    left = self._do_turn()
        except BaseException as error:  # noqa: BLE001 - whatever it is, the server must not go on mute
            _log.exception("the writer died")
            self._on_death(error)

    def _wait(self, timeout: float | None) -> None:
        """Wait for a call or for a wire that can write."""
        for key, _ in self._selector.select(timeout):
            if key.data is None:
                self._wakeup.clear()
            else:
                self._touched.append(key.data)

    def _do_turn(self) -> bool:
        """Do one turn; returns whether there is more to do at once."""
        self._turn += 1
        fresh = []
        for _ in range(self._called.qsize()):
            link = self._called.get_nowait()
            fresh.append((link, link.sender.collect()))
        turns_left = self._fanout.deliver()
        for link, collected in fresh:
            self._waiting.append(_Waiting(self._turn + turns_left, link, collected))
        while self._waiting and self._waiting[0].turn <= self._turn:
            self._release(self._waiting.popleft())
        touched, self._touched = self._touched, []
        for link in touched:
            self._flush(link)
        return bool(turns_left or self._waiting or self._touched)

    def _release(self, waiting: _Waiting) -> None:
        sender = waiting.link.sender
        sender.release(waiting.collected)
        # One that is over is looked at even while its wire takes nothing: it may have been given up.
        if not sender.scheduled or waiting.collected.ends:
            sender.scheduled = True
            self._touched.append(waiting.link)

    def _flush(self, link: Link) -> None:
        sender = link.sender
        flushed = sender.flush()
        if flushed is Flushed.BLOCKED:
            if link not in self._blocked:
                self._blocked.add(link)
                self._selector.register(link, selectors.EVENT_WRITE, link)
            return
        if self._blocked and link in self._blocked:
            self._blocked.remove(link)
            self._selector.unregister(link)
        sender.scheduled = flushed is Flushed.MORE
        if sender.scheduled:
            self._touched.append(link)
        elif sender.finished:
            self._done(link)
