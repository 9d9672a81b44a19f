"""Waking a thread that waits in a selector, from any other thread.

Knows nothing of why. Waking one that was woken already costs a lock and no call of the system.
"""

import socket
import threading
from contextlib import suppress


class Wakeup:
    """A doorbell: its owner waits on `fileno`, calls `clear` when it rang, and then looks for work.

    Whoever makes work puts it where the owner looks and then calls `wake`; so none is ever missed.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rung = False
        self._bell, self._button = socket.socketpair()
        self._bell.setblocking(False)
        self._button.setblocking(False)

    def fileno(self) -> int:
        """The descriptor that is readable once somebody called `wake`."""
        return self._bell.fileno()

    def wake(self) -> None:
        """Let the owner look for work; any thread, never waits, does nothing after `close`."""
        with self._lock:
            if self._rung:
                return
            self._rung = True
        # Outside the lock: a call of the system gives up the interpreter, and others ring meanwhile.
        with suppress(OSError):
            self._button.send(b"\0")

    def clear(self) -> None:
        """Forget all calls so far; the owner's thread only, before it looks.

        First the byte, then the flag: a call in between finds the flag set and its work is looked for next.
        """
        with suppress(BlockingIOError):
            self._bell.recv(16)
        with self._lock:
            self._rung = False

    def close(self) -> None:
        """Give the descriptors back; from now on nobody can be woken. The owner, when it has ended."""
        self._bell.close()
        self._button.close()
