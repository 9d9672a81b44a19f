"""Standard input, line by line, as fast as the lines can be carried out.

A thread of its own waits for the input, since no other way to do so works for terminals, pipes and files on
every system. It is a daemon: a blocked read can't be ended from here and must not keep the process alive. It
reads below Python's buffers, which could not be closed while it waits.
"""

import codecs
import threading
from collections.abc import Callable, Iterator
from typing import Protocol

_LONGEST = 64 * 1024
"""What is longer without a line's end is taken as a line; nothing that long is ever sent."""


class Source(Protocol):
    """Where bytes come from."""

    def read(self, size: int, /) -> bytes | None:
        """Wait for some bytes, at most `size`; nothing at the end."""


class TypedLines:
    """Hands over one line each time one is wanted.

    Args:
        source: where the bytes come from; None when there is no standard input.
        encoding: of those bytes; what is none of it becomes U+FFFD.
        hand_over: gets a line without its end, or None after the last one; called on the thread.
    """

    def __init__(self, source: Source | None, encoding: str, hand_over: Callable[[str | None], None]) -> None:
        self._source = source
        self._encoding = encoding
        self._hand_over = hand_over
        self._wanted = threading.Semaphore(0)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="input", daemon=True)

    def start(self) -> None:
        """Begin to read; nothing is handed over before it is wanted."""
        self._thread.start()

    def want(self) -> None:
        """Ask for the next line; any thread."""
        self._wanted.release()

    def stop(self) -> None:
        """Want nothing more; the thread ends, unless it waits for the source right now. Any thread."""
        self._stopped.set()
        self._wanted.release()

    def _run(self) -> None:
        lines = self._lines()
        line: str | None = ""
        while line is not None:
            self._wanted.acquire()
            if self._stopped.is_set():
                return
            line = next(lines, None)
            self._hand_over(line)

    def _lines(self) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder(self._encoding)(errors="replace")
        rest = ""
        while data := self._read():
            *lines, rest = (rest + decoder.decode(data)).split("\n")
            for line in lines:
                yield line.removesuffix("\r")
            if len(rest) > _LONGEST:
                yield rest
                rest = ""
        if rest := rest + decoder.decode(b"", final=True):
            yield rest

    def _read(self) -> bytes:
        """Some bytes, or nothing at the end, as which a source that fails counts."""
        try:
            return (self._source.read(_LONGEST) or b"") if self._source else b""
        except (OSError, ValueError):
            return b""
