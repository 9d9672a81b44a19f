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

from chat.server.net.sender import Collected, Flushed, Sender
from chat.server.net.wakeup import Wakeup
from chat.server.state.fanout import Fanout

_log = structlog.get_logger()


class _Waiting(NamedTuple):
    """Lines for one client that wait until what was shared before them is out."""

    turn: int
    sender: Sender
    collected: Collected


class Writer:
    """The writer.

    Args:
        fanout: what is shared.
        wakeup: the writer's doorbell, which the fan-out rings too.
        on_death: called with what ended the thread, if anything but `stop` did.
    """

    def __init__(
        self,
        fanout: Fanout,
        wakeup: Wakeup,
        on_death: Callable[[BaseException], None],
    ) -> None:
        self._fanout = fanout
        self._wakeup = wakeup
        self._on_death = on_death
        self._called: SimpleQueue[Sender] = SimpleQueue()
        self._turn = 0
        self._waiting: deque[_Waiting] = deque()
        self._touched: list[Sender] = []
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

    def call(self, sender: Sender) -> None:
        """Let the writer look at what there is for a link; any thread, never waits."""
        self._called.put(sender)
        self._wakeup.wake()

    def touch(self, sender: Sender) -> None:
        """Flush a link at the end of this turn; the writer's thread only, by `Sender.stream`."""
        self._touched.append(sender)

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
            sender = self._called.get_nowait()
            fresh.append((sender, sender.collect()))
        turns_left = self._fanout.deliver()
        for sender, collected in fresh:
            self._waiting.append(_Waiting(self._turn + turns_left, sender, collected))
        while self._waiting and self._waiting[0].turn <= self._turn:
            self._release(self._waiting.popleft())
        touched, self._touched = self._touched, []
        usual = Flushed.EMPTY
        for sender in touched:
            flushed = sender.flush()
            if flushed is not usual or sender.watched:
                self._follow(sender, flushed)
        return bool(turns_left or self._waiting or self._touched)

    def _release(self, waiting: _Waiting) -> None:
        sender = waiting.sender
        sender.release(waiting.collected)
        # One that is over is looked at even while its wire takes nothing: it may have been given up.
        if not sender.scheduled or sender.overfull or waiting.collected.ends:
            sender.scheduled = True
            self._touched.append(sender)

    def _follow(self, sender: Sender, flushed: Flushed) -> None:
        """Arrange for what comes after a flush."""
        blocked = flushed is Flushed.BLOCKED
        if blocked and not sender.watched:
            self._selector.register(sender, selectors.EVENT_WRITE, sender)
        elif sender.watched and not blocked:
            self._selector.unregister(sender)
        sender.watched = blocked
        if flushed is Flushed.MORE:
            self._touched.append(sender)
        elif flushed is Flushed.FINISHED:
            sender.finish()
