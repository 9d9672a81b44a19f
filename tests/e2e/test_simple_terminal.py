"""The command on a terminal that shows nothing but lines, or whose output goes elsewhere."""

import os
import pty
import signal
import subprocess
from collections.abc import Iterator

import pytest

from tests.support.commands import CHAT_TUI, SECONDS
from tests.support.server import RunningServer, running_server
from tests.support.tls import certificates
from tests.support.waiting import wait_until

pytestmark = pytest.mark.e2e


class Terminal:
    """The command on a terminal of its own.

    Args:
        arguments: of the command.
        term: what the terminal is called.
        piped: whether standard output goes into a pipe.
    """

    def __init__(self, *arguments: str, term: str, piped: bool = False) -> None:
        self._screen, theirs = pty.openpty()
        os.set_blocking(self._screen, False)
        self.process = subprocess.Popen(
            [*CHAT_TUI, *arguments],
            stdin=theirs,
            stdout=subprocess.PIPE if piped else theirs,
            stderr=theirs,
            env={**os.environ, "TERM": term},
            start_new_session=True,
        )
        os.close(theirs)
        self._seen = b""

    def close(self) -> None:
        """End it, whatever the test did."""
        self.process.kill()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()
        os.close(self._screen)

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._screen, keys.encode())

    def wait_shown(self, text: str) -> None:
        """A text appeared on the terminal."""
        wait_until(lambda: text in self.shown(), SECONDS, f"{text!r} on the terminal")

    def shown(self) -> str:
        """Everything that appeared so far."""
        try:
            while piece := os.read(self._screen, 65536):
                self._seen += piece
        except OSError:  # nothing more now, or the terminal is closed
            pass
        return self._seen.decode(errors="replace")


@pytest.fixture
def server() -> Iterator[RunningServer]:
    """A server in this process, encrypted as every real one."""
    with running_server(certificates=certificates()) as running:
        yield running


@pytest.fixture
def terminal(server: RunningServer) -> Iterator[Terminal]:
    """Somebody at a simple terminal."""
    host, port = server.address
    made = Terminal(f"{host}:{port}", "--nick", "ann", term="dumb")
    yield made
    made.close()


def test_a_simple_terminal_gets_lines_and_a_welcome(terminal: Terminal) -> None:
    """The three lines, then the talk; no control sequence ever; Ctrl+D leaves."""
    terminal.wait_shown("-- Others on this machine join with: chat-tui 127.0.0.1")
    terminal.wait_shown("* ann joined")
    terminal.type("hello\n")
    terminal.wait_shown("<ann> hello")
    terminal.type("/nonsense\n")
    terminal.wait_shown("! There is no command /nonsense")
    terminal.type("\x04")
    assert terminal.process.wait(SECONDS) == 0
    assert "\x1b" not in terminal.shown()


def test_ctrl_c_leaves_in_order(terminal: Terminal) -> None:
    """As a signal to everything on the terminal."""
    terminal.wait_shown("* ann joined")
    os.killpg(terminal.process.pid, signal.SIGINT)
    assert terminal.process.wait(SECONDS) == 0
    assert "Traceback" not in terminal.shown()


def test_output_into_a_pipe_gets_the_talk_alone(server: RunningServer) -> None:
    """What is told about it stays on the terminal."""
    host, port = server.address
    terminal = Terminal(f"{host}:{port}", "--nick", "ann", term="xterm-256color", piped=True)
    try:
        terminal.wait_shown("as ann, encrypted")
        terminal.type("hello\n/quit\n")
        assert terminal.process.wait(SECONDS) == 0
        assert terminal.process.stdout is not None
        talk = terminal.process.stdout.read().decode().splitlines()
        assert talk[-1].endswith("<ann> hello")
        assert not [line for line in talk if "encrypted" in line]
        assert "\x1b" not in terminal.shown()
    finally:
        terminal.close()


def test_a_terminal_that_vanishes_ends_it(terminal: Terminal) -> None:
    """Nothing is left running behind a closed window."""
    terminal.wait_shown("* ann joined")
    os.killpg(terminal.process.pid, signal.SIGHUP)
    assert terminal.process.wait(SECONDS) == 0
