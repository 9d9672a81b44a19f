"""A program in a real pseudo terminal, and what somebody before that terminal sees and does.

A thread reads all that the program writes, keeps it as it came and lets a terminal in memory draw it. The
methods belong to the test's thread.
"""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import pyte

from tests.support.waiting import wait_until

SECONDS = 20.0
"""How long anything may take on a busy machine."""
ENTER = "\r"
CTRL_Q = "\x11"
PAGE_UP = "\x1b[5~"

_FOLDERS = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR")
# a program is told of a closed window only by the terminal that it belongs to
_TAKE_TERMINAL = (
    "import fcntl, os, sys, termios\n"
    "fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
    "os.execv(sys.argv[1], sys.argv[1:])\n"
)
# what real terminals take without a trace and the one in memory would draw: keys of kitty, questions on modes
_NOT_DRAWN = re.compile(rb"\x1b\[[<>=][0-9;]*u|\x1b\[\?[0-9;]*\$p")
_BEGUN = re.compile(rb"\x1b(?:\[[^@-~]*)?\Z")


class Terminal:
    """A program on a terminal of its own, in a home of its own.

    Args:
        command: the program and its arguments, the program by its path.
        home: the folder that becomes its home; may have been one before.
        columns: cells of a line.
        rows: lines of the screen.
        environment: variables on top of the test's own.
        owned: whether it is the program's controlling terminal, as that of a shell is.

    Attributes:
        process: the process.
    """

    def __init__(
        self,
        command: Sequence[str],
        home: Path,
        *,
        columns: int = 100,
        rows: int = 30,
        environment: dict[str, str] | None = None,
        owned: bool = True,
    ) -> None:
        self._lock = threading.Lock()
        self._raw = bytearray()
        self._begun = b""
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._modes = frozenset(self._screen.mode)
        self._master, theirs = pty.openpty()
        self._stop, self._stopping = os.pipe()
        self._hung_up = False
        self._set_size(columns, rows)
        self._settings = termios.tcgetattr(self._master)
        launcher = (sys.executable, "-ISc", _TAKE_TERMINAL) if owned else ()
        self.process = subprocess.Popen(
            [*launcher, *command],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**os.environ, **_home(home), "TERM": "xterm-256color", **(environment or {})},
            start_new_session=True,
        )
        os.close(theirs)
        self._reader = threading.Thread(target=self._read, name="reads a terminal")
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait(SECONDS)
        if not self._hung_up:
            self.hang_up()

    # ------------------------------------------------------------------ before the terminal

    def press(self, keys: bytes | str) -> None:
        """Press keys, given as what a terminal sends for them."""
        data = keys.encode() if isinstance(keys, str) else keys
        while data:
            data = data[os.write(self._master, data) :]

    def type(self, *lines: str) -> None:
        """Type lines, each with Enter at its end."""
        for line in lines:
            self.press(line + ENTER)

    def resize(self, columns: int, rows: int) -> None:
        """Pull the window to another size."""
        with self._lock:
            self._screen.resize(rows, columns)
        self._set_size(columns, rows)

    def signal(self, number: signal.Signals) -> None:
        """Send the program a signal."""
        self.process.send_signal(number)

    def hang_up(self) -> None:
        """Close the window: the terminal is gone from here on."""
        self._hung_up = True
        os.write(self._stopping, b"!")
        self._reader.join()
        for number in (self._master, self._stop, self._stopping):
            os.close(number)

    # ------------------------------------------------------------------ what there is to see

    @property
    def raw(self) -> bytes:
        """All that the program wrote so far, as it came."""
        with self._lock:
            return bytes(self._raw)

    def lines(self) -> list[str]:
        """The lines of the screen, without the blanks at their ends."""
        with self._lock:
            return [line.rstrip() for line in self._screen.display]

    def shows(self, text: str) -> bool:
        """Whether a text stands in a line of the screen."""
        return any(text in line for line in self.lines())

    def wait_for(self, text: str, seconds: float = SECONDS) -> None:
        """Wait until a text stands in a line of the screen."""
        try:
            wait_until(lambda: self.shows(text), seconds, f"{text!r} on the screen")
        except AssertionError as late:
            raise AssertionError("\n".join([str(late), *self.lines()])) from None

    # ------------------------------------------------------------------ its end

    def wait(self, seconds: float = SECONDS) -> int:
        """Wait for the end of the program and for its last words; return its exit code."""
        code = self.process.wait(seconds)
        self._reader.join(SECONDS)
        assert not self._reader.is_alive(), "something else still writes on the terminal"
        return code

    def disorder(self) -> list[str]:
        """What the program changed of the terminal and did not change back."""
        with self._lock:
            modes = self._modes ^ frozenset(self._screen.mode)
            raw = bytes(self._raw)
        left = [f"mode {mode >> 5}" for mode in sorted(modes)]  # private ones are counted by 32
        if len(re.findall(rb"\x1b\[>[0-9;]*u", raw)) != len(re.findall(rb"\x1b\[<[0-9;]*u", raw)):
            left.append("kitty keys")
        if termios.tcgetattr(self._master) != self._settings:
            left.append("line settings")
        return left

    def _set_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def _read(self) -> None:
        """Take what the program writes, until nobody has the terminal any more or the window is closed."""
        while self._stop not in select.select([self._master, self._stop], [], [])[0]:
            try:
                piece = os.read(self._master, 65536)
            except OSError:  # how a terminal that nobody has open ends on Linux
                return
            if not piece:
                return
            with self._lock:
                self._raw += piece
                self._draw(piece)

    def _draw(self, piece: bytes) -> None:
        """Draw what came; a sequence that has only begun waits for its end."""
        text = _NOT_DRAWN.sub(b"", self._begun + piece)
        begun = _BEGUN.search(text)
        self._begun = begun[0] if begun else b""
        self._stream.feed(text[: len(text) - len(self._begun)])


def _home(home: Path) -> dict[str, str]:
    """The variables that make a folder somebody's home."""
    variables = {"HOME": str(home)}
    for name in _FOLDERS:
        folder = home / name.lower()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        variables[name] = str(folder)
    return variables
