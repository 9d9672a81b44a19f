"""From the link's thread to the screen: a bounded deque that the screen empties some 20 times a second.

The link's thread puts changes in and never touches a widget. A screen that lags finds, in place of what did
not fit, one `Reload` that names the conversations that lost something, so nothing is skipped silently.
"""

import threading
from collections import deque
from collections.abc import Callable

from chat.client.changes import Change, EntriesRevised
from chat.tui.messages import Arrival, Reload

MOST_WAITING = 5000
"""How many changes wait for the screen at most; at 20 looks a second that is 100,000 a second."""


class Receiver:
    """The listener that a client is given, and the end that the screen empties."""

    def __init__(self, most: int = MOST_WAITING) -> None:
        self._lock = threading.Lock()
        self._most = most
        self._waiting: deque[Change] = deque()
        self._lost: set[str] | None = None
        self._revised: set[str] = set()
        self._wake: Callable[[], None] | None = None

    def connect(self, wake: Callable[[], None]) -> None:
        """Have `wake` called, on the link's thread, when something waits that did not before."""
        with self._lock:
            self._wake = wake
            waiting = bool(self._waiting)
        if waiting:
            wake()

    def __call__(self, change: Change) -> None:
        """Take a change; the link's thread."""
        with self._lock:
            first = not self._waiting and self._lost is None
            if self._lost is None and len(self._waiting) >= self._most:
                self._overflow()
            if self._lost is None:
                self._waiting.append(change)
            else:
                self._drop(change, self._lost)
            wake = self._wake if first else None
        if wake is not None:
            wake()

    def drain(self) -> list[Arrival]:
        """Return what waits, in order; the screen's thread."""
        with self._lock:
            drained: list[Arrival] = list(self._waiting)
            self._waiting.clear()
            if self._lost is not None:
                drained.append(Reload(frozenset(self._lost), frozenset(self._revised)))
                self._lost = None
                self._revised.clear()
        return drained

    def _overflow(self) -> None:
        """Drop what waits and remember which conversations it was about."""
        self._lost = set()
        for change in self._waiting:
            self._drop(change, self._lost)
        self._waiting.clear()

    def _drop(self, change: Change, lost: set[str]) -> None:
        """Remember nothing of a change but its conversation, if it is about one."""
        found = getattr(change, "conversation", "")
        key = found if isinstance(found, str) else getattr(found, "conversation", "")
        if key:
            lost.add(key)
        if isinstance(change, EntriesRevised):
            self._revised.add(key)
