"""Textual's way to the terminal, able to outlive it: a closed window ends the client, and nothing hangs.

A thread of Textual's own writes to the terminal. It would die of the first thing that can't be written, and
the screen's thread would wait for ever that somebody empties its queue. Here what nobody can see any more is
thrown away instead. Knows nothing of chat. Called on the screen's thread, but for `Output`.
"""

import errno
import os
import sys
from typing import IO, Any

from textual.driver import Driver


class Output:
    """A file that takes everything, while there is a terminal and after; for the thread that writes.

    Attributes:
        is_gone: whether there is no terminal any more.
    """

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self.is_gone = False

    def fileno(self) -> int:
        """Give the number of the file."""
        return self._file.fileno()

    def write(self, text: str) -> None:
        """Write to the terminal, if there is one."""
        try:
            self._file.write(text)
        except OSError as error:
            self._give_up(error)

    def flush(self) -> None:
        """Let the terminal have what was written so far, if there is one."""
        try:
            self._file.flush()
        except OSError as error:
            self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        """Send the rest nowhere, also what Python itself still writes at the end."""
        if error.errno != errno.EIO:  # what a closed terminal answers
            raise error
        self.is_gone = True
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)


if sys.platform == "win32":

    def outliving(driver: type[Driver]) -> type[Driver]:
        """Give the driver as it is: this system ends the programs of a closed window itself."""
        return driver

else:
    import select

    from textual.drivers.linux_driver import LinuxDriver

    def outliving(driver: type[Driver]) -> type[Driver]:
        """Give a driver that outlives its terminal, in place of one that works on a terminal."""
        return OutlivingDriver if driver is LinuxDriver else driver

    class OutlivingDriver(LinuxDriver):
        """Textual's driver for terminals, on one that may vanish."""

        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            assert self._file is not None
            self._output = Output(self._file)
            self._file = self._output  # type: ignore[assignment]
            self._hang_ups = select.poll()
            self._hang_ups.register(self.fileno, 0)

        @property
        def is_terminal_gone(self) -> bool:
            """Whether the terminal was closed, as seen from where it is written to or read from."""
            return self._output.is_gone or any(event & select.POLLHUP for _, event in self._hang_ups.poll(0))


def is_terminal_gone(driver: Driver | None) -> bool:
    """Whether the driver had a terminal that was closed since."""
    return getattr(driver, "is_terminal_gone", False)
