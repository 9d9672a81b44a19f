"""Waiting for a socket and for being woken, at once.

The link's thread waits in here and nowhere else, so `wake`, from any thread, always gets through: nothing
that the network does or does not do can hold it. Knows nothing of what is waited for.
"""

import selectors
import socket
import threading
from typing import Protocol


class HasDescriptor(Protocol):
    """Anything that can be waited for."""

    def fileno(self) -> int:
        """The descriptor."""


class Waker:
    """A pair of sockets, one end of which is always waited for."""

    def __init__(self) -> None:
        self._near, self._far = socket.socketpair()
        self._near.setblocking(False)
        self._far.setblocking(False)
        self._guard = threading.Lock()
        self._is_woken = False
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._near, selectors.EVENT_READ)

    def wake(self) -> None:
        """End the waiting that is under way, or else the next one. Any thread; waits for nothing."""
        with self._guard:
            if not self._is_woken and self._far.fileno() != -1:
                self._is_woken = True
                self._far.send(b"!")

    def wait(self, thing: HasDescriptor | None, events: int, seconds: float | None) -> tuple[int, bool]:
        """Wait until `thing` is ready, somebody wakes, or time is over; on one thread only.

        Args:
            thing: a socket or wire, or None to wait for being woken alone.
            events: `selectors.EVENT_READ`, `EVENT_WRITE` or both.
            seconds: at most; None is for ever.

        Returns:
            The events that `thing` is ready for (0 for none), and whether somebody woke.
        """
        if thing is not None:
            self._selector.register(thing, events)
        try:
            ready = self._selector.select(None if seconds is None else max(0.0, seconds))
        finally:
            if thing is not None:
                self._selector.unregister(thing)
        woken = False
        found = 0
        for key, mask in ready:
            if key.fileobj is self._near:
                woken = self._forget()
            else:
                found = mask
        return found, woken

    def close(self) -> None:
        """Free the descriptors, once nobody waits any more."""
        with self._guard:
            self._selector.close()
            self._near.close()
            self._far.close()

    def _forget(self) -> bool:
        """Make ready for the next `wake`."""
        with self._guard:
            self._near.recv(16)
            self._is_woken = False
        return True
