"""What is written to a terminal that is no more; a real one that vanishes is in the end-to-end tests."""

import errno
import os
import pty
from collections.abc import Iterator
from io import StringIO
from typing import IO

import pytest
from textual.drivers.headless_driver import HeadlessDriver
from textual.drivers.linux_driver import LinuxDriver

from chat.tui.driver import OutlivingDriver, Output, is_terminal_gone, outliving


class Failing(StringIO):
    """A file on which nothing can be written."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self._error = OSError(number, "as the test wants it")

    def write(self, text: str, /) -> int:
        raise self._error

    def flush(self) -> None:
        raise self._error


@pytest.fixture
def window() -> Iterator[tuple[int, IO[str]]]:
    """A terminal: the number of its window, and the file that programs write to."""
    master, theirs = pty.openpty()
    with os.fdopen(theirs, "w", buffering=1) as file:
        yield master, file


def test_what_is_written_arrives(window: tuple[int, IO[str]]) -> None:
    """While there is a terminal nothing is different."""
    master, file = window
    output = Output(file)
    output.write("hello")
    output.flush()
    assert os.read(master, 100) == b"hello"
    assert not output.is_gone
    os.close(master)


def test_a_closed_window_takes_everything(window: tuple[int, IO[str]]) -> None:
    """It is noticed at the first thing that can't be written, and no later one fails."""
    master, file = window
    output = Output(file)
    os.close(master)
    for _ in range(3):
        output.write("nobody reads this\n")
        output.flush()
    assert output.is_gone


@pytest.mark.parametrize("number", [errno.EAGAIN, errno.ENOSPC])
def test_another_failure_is_told(number: int) -> None:
    """It says nothing about the terminal."""
    output = Output(Failing(number))
    with pytest.raises(OSError, match="as the test wants it"):
        output.write("hello")
    with pytest.raises(OSError, match="as the test wants it"):
        output.flush()
    assert not output.is_gone


def test_only_a_terminal_can_vanish() -> None:
    """A driver that has none is left as it is, and so is an app without a driver."""
    assert outliving(LinuxDriver) is OutlivingDriver
    assert outliving(HeadlessDriver) is HeadlessDriver
    assert not is_terminal_gone(None)
