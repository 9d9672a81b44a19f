"""Bytes in, bytes out, without waiting: all that a link needs to know of what carries it.

A plain socket is the simplest wire. One that encrypts may have to write before it can read on, or read before
it can write: it says so by `wants_write` and by moving nothing until then. Knows nothing of lines and frames.
A wire is used by one thread at a time; who shares it holds a lock around each call.
"""

import socket
from contextlib import suppress
from typing import Protocol


class Wire(Protocol):
    """One end of a stream of bytes; no call ever waits.

    All calls but `close` raise `OSError` when the stream broke.
    """

    def fileno(self) -> int:
        """The descriptor to wait on; -1 once closed."""

    @property
    def wants_write(self) -> bool:
        """Whether the wire has bytes of its own to write: wait until it can, then call `flush`."""

    def receive(self, size: int) -> bytes | None:
        """Give up to `size` bytes that came, `b""` at the end of the stream, None when nothing is there now.

        After readiness call it until it gives None: a wire may hold bytes that no waiting would report.
        """

    def send(self, data: bytes | memoryview) -> int:
        """Send the beginning of `data` and give how many bytes that was; 0 when nothing can be sent now.

        After 0 the same bytes must come first in the next call.
        """

    def flush(self) -> None:
        """Write what the wire itself has to write, as far as that goes now."""

    def close(self) -> None:
        """End the stream in both directions; may be called twice."""


class PlainWire:
    """A connected stream socket, made non-blocking; the wire owns it from now on."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self._sock = sock

    def fileno(self) -> int:
        """The descriptor to wait on; -1 once closed."""
        return self._sock.fileno()

    @property
    def wants_write(self) -> bool:
        """Never: a plain socket has no bytes of its own."""
        return False

    def receive(self, size: int) -> bytes | None:
        """See `Wire.receive`."""
        try:
            return self._sock.recv(size)
        except (BlockingIOError, InterruptedError):
            return None

    def send(self, data: bytes | memoryview) -> int:
        """See `Wire.send`."""
        try:
            return self._sock.send(data)
        except (BlockingIOError, InterruptedError):
            return 0

    def flush(self) -> None:
        """Nothing to do."""

    def close(self) -> None:
        """See `Wire.close`."""
        with suppress(OSError):  # the other side was first, or it is closed already
            self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()
