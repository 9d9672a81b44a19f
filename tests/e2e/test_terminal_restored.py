"""Whatever ends the full screen, the terminal is as it was before, and nothing is left running."""

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.commands import CHAT_TUI
from tests.support.server import ServerProcess
from tests.support.terminal import CTRL_Q, SECONDS, Terminal
from tests.support.waiting import wait_until

pytestmark = pytest.mark.e2e

LEAVING_SECONDS = 4.0
"""How long the end may take on a busy machine, whatever the network does."""
VANISHED_SECONDS = 3.0
"""How long a program may live on behind a closed window."""
ALTERNATE_SCREEN = b"\x1b[?1049h"
# the client as it is, but that it fails a moment after its screen is up
BROKEN = """
import sys
from chat.tui.app import ChatApp
from chat.tui.cli import main

def fail():
    secret = "do not " + "tell"
    raise RuntimeError("something broke")

mount = ChatApp.on_mount
def mount_and_fail(app):
    mount(app)
    app.set_timer(0.2, fail)
ChatApp.on_mount = mount_and_fail
main()
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server in a process of its own, which may be stopped like a lost network."""
    with ServerProcess(tmp_path_factory.mktemp("server") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of one person, who comes again and again."""
    return tmp_path_factory.mktemp("ann")


@pytest.fixture
def terminal(server: ServerProcess, home: Path) -> Iterator[Terminal]:
    """Somebody in the middle of a talk."""
    with Terminal(command(server), home) as opened:
        opened.wait_for("connected as ann")
        yield opened


def command(server: ServerProcess) -> list[str]:
    """What is typed to join the server."""
    host, port = server.address
    return [*CHAT_TUI, f"{host}:{port}", "--nick", "ann"]


@contextlib.contextmanager
def frozen(server: ServerProcess) -> Iterator[None]:
    """Let the server neither say nor take anything, as if the network were gone."""
    os.kill(server.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(server.pid, signal.SIGCONT)


ENDS: dict[str, Callable[[Terminal], None]] = {
    "Ctrl+Q": lambda terminal: terminal.press(CTRL_Q),
    "/quit": lambda terminal: terminal.type("/quit"),
    "SIGTERM": lambda terminal: terminal.signal(signal.SIGTERM),
    "SIGHUP": lambda terminal: terminal.signal(signal.SIGHUP),
}


@pytest.mark.parametrize("way", ENDS)
def test_the_terminal_is_as_before(terminal: Terminal, way: str) -> None:
    """Screen, mouse, paste, cursor, keys and line settings; the end is a good one, with nothing to read."""
    assert {"mode 1049", "mode 1000", "mode 2004", "mode 25", "kitty keys"} <= set(terminal.disorder())
    ENDS[way](terminal)
    assert terminal.wait() == 0
    assert terminal.disorder() == []
    assert b"Traceback" not in terminal.raw


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_the_first_moment_is_none_too_early(home: Path, number: signal.Signals) -> None:
    """A signal between the first change of the terminal and the first screen is heard as well."""
    with Terminal([*CHAT_TUI, "127.0.0.1:1", "--nick", "ann"], home) as terminal:
        wait_until(lambda: ALTERNATE_SCREEN in terminal.raw, SECONDS, "the alternate screen")
        terminal.signal(number)
        assert terminal.wait() == 69
        assert terminal.disorder() == []


def test_a_server_that_says_nothing_does_not_delay_the_end(terminal: Terminal, server: ServerProcess) -> None:
    """The thread that waits for it is left behind."""
    with frozen(server):
        terminal.press(CTRL_Q)
        assert terminal.wait(LEAVING_SECONDS) == 0
    assert terminal.disorder() == []


def test_an_error_restores_the_terminal_and_is_told(server: ServerProcess, home: Path) -> None:
    """Where it happened can be read afterwards, without what the variables held."""
    host, port = server.address
    broken = [sys.executable, "-c", BROKEN, f"{host}:{port}", "--nick", "ann"]
    with Terminal(broken, home) as terminal:
        assert terminal.wait() == 1
        assert terminal.disorder() == []
        last_words = terminal.raw.split(b"\x1b[?1049l")[-1]
    assert b"something broke" in last_words
    assert b"do not tell" not in last_words


@pytest.mark.parametrize("owned", [True, False], ids=["with a signal", "without a signal"])
def test_a_vanished_terminal_ends_the_program(server: ServerProcess, home: Path, owned: bool) -> None:
    """Nothing lives on behind a closed window, whether the system says that it was closed or not."""
    with Terminal(command(server), home, owned=owned) as terminal:
        terminal.wait_for("connected as ann")
        terminal.hang_up()
        assert terminal.process.wait(VANISHED_SECONDS) == 0
