"""Where the line mode writes: the talk on standard output, everything about it on standard error.

Survives a reader that went away and an encoding that lacks characters. Called on the main thread alone.
"""

import os
from contextlib import suppress
from typing import TextIO

from chat.text import sanitize_line


class Paper:
    """Two streams of whole lines, each line written out at once.

    Attributes:
        torn: whether nobody reads the talk any more.
    """

    def __init__(self, talk: TextIO, notes: TextIO) -> None:
        self.torn = False
        self._talk = talk
        self._notes = notes
        for stream in (talk, notes):
            if reconfigure := getattr(stream, "reconfigure", None):
                reconfigure(errors="replace")

    def say(self, line: str) -> None:
        """Write a line of the talk, or of an answer to a command."""
        if not self.torn and not _written(self._talk, line):
            self.torn = True
            _lead_nowhere(self._talk)

    def note(self, text: str) -> None:
        """Tell how things stand; may have several lines."""
        for line in text.splitlines():
            if not _written(self._notes, f"-- {line}"):
                _lead_nowhere(self._notes)

    def complain(self, sentence: str) -> None:
        """Tell what did not work."""
        for line in sentence.splitlines():
            if not _written(self._notes, f"! {line}"):
                _lead_nowhere(self._notes)


def _written(stream: TextIO, line: str) -> bool:
    """Write a line out; say whether that went."""
    try:
        stream.write(f"{sanitize_line(line)}\n")
        stream.flush()
    except (OSError, ValueError):  # a closed pipe, a vanished terminal, a closed stream
        return False
    return True


def _lead_nowhere(stream: TextIO) -> None:
    """Let nothing that is left in the stream fail again, when Python flushes it at its end."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
