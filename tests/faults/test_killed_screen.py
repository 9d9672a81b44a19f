"""A full screen is killed: the next one shows the talk and the half-written line, with and without server."""

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from chat.client.identity_stores import state_folder
from tests.support.cache_stores import drafts_in, people_in, texts_in
from tests.support.commands import CHAT_TUI, chat_tui
from tests.support.server import ServerProcess
from tests.support.terminal import SECONDS, Terminal
from tests.support.waiting import wait_until

pytestmark = pytest.mark.e2e


def screen(server: ServerProcess, home: Path, *options: str) -> Terminal:
    """A full screen in a home."""
    host, port = server.address
    return Terminal([*CHAT_TUI, f"{host}:{port}", *options], home)


def cache_of(home: Path) -> Path:
    """The file of a home."""
    return next(home.rglob("cache.sqlite"), home / "none")


def wait_kept(home: Path, what: Callable[[Path], object], expected: object) -> None:
    """Wait until that stands in the file of a home."""
    wait_until(lambda: what(cache_of(home)) == expected, SECONDS, f"{expected} on disk")


def kill(terminal: Terminal) -> None:
    """Kill it by SIGKILL, and see it dead."""
    terminal.signal(signal.SIGKILL)
    terminal.wait()


def times(terminal: Terminal, text: str) -> int:
    """How many lines of a screen have a text."""
    return sum(text in line for line in terminal.lines())


def test_a_killed_screen_comes_back_with_its_talk_and_its_line(tmp_path: Path) -> None:
    """At once and without a server; with one it goes on, and nothing is there twice."""
    home = tmp_path / "ann"
    with ServerProcess(tmp_path / "data") as server:
        host, port = server.address
        chat_tui(f"{host}:{port}", "--nick", "bob", typed="apples\npears\n")
        with screen(server, home, "--nick", "ann") as ann:
            ann.wait_for("pears")
            ann.press("half a thou")
            wait_kept(home, drafts_in, ["half a thou"])
            wait_kept(home, texts_in, ["apples", "pears"])
            server.kill()
            kill(ann)
        with screen(server, home, "--nick", "ann") as ann:
            ann.wait_for("half a thou")
            assert ann.shows("apples")
            assert ann.shows("pears")
            ann.wait_for("shown as last seen at")
            server.start()
            ann.wait_for("connected as ann")
            assert not ann.shows("last seen")
            chat_tui(f"{host}:{port}", "--nick", "bob", typed="plums\n")
            ann.wait_for("plums")
            assert [times(ann, text) for text in ("apples", "pears", "plums", "half a thou")] == [1] * 4


def test_two_screens_of_one_home_never_fight(tmp_path: Path) -> None:
    """Each is a person of its own, without a word of trouble; both survive kill -9 with what was theirs."""
    home = tmp_path / "home"
    config = home / "xdg_config_home" / "chat-tui"
    config.mkdir(parents=True)
    (config / "config.toml").write_text('nick = "ann"\n')
    with ServerProcess(tmp_path / "data") as server:
        with screen(server, home) as first, screen(server, home) as second:
            for terminal, word in ((first, "from one"), (second, "from two")):
                terminal.wait_for("connected as ann")
                terminal.type(word)
                terminal.wait_for(word)
                terminal.press(f"draft {word}")
            first.wait_for("from two")
            second.wait_for("from one")
            wait_kept(home, drafts_in, ["draft from one", "draft from two"])
            wait_kept(home, people_in, ["ann", "ann2"])
            kill(first)
            kill(second)
            assert b"kept in" not in first.raw + second.raw
        with closing(sqlite3.connect(cache_of(home))) as database:
            assert database.execute("pragma integrity_check").fetchall() == [("ok",)]
        server.kill()
        with screen(server, home) as first, screen(server, home) as second:
            shown = []
            for terminal in (first, second):
                terminal.wait_for("draft from")
                terminal.wait_for("from one")
                terminal.wait_for("from two")
                shown += [word for word in ("one", "two") if terminal.shows(f"draft from {word}")]
            assert sorted(shown) == ["one", "two"]


def test_a_restore_while_one_was_away_is_said(tmp_path: Path) -> None:
    """By a client that was not running then; what it had kept of the life that is gone is thrown away."""
    data, backup = tmp_path / "data", tmp_path / "backup"
    with ServerProcess(data) as server:
        host, port = server.address
        address = f"{host}:{port}"
        _administer(data, "backup", str(backup))
        chat_tui(address, "--nick", "bob", typed="gone soon\n")
        assert texts_in(state_folder() / "cache.sqlite") == ["gone soon"]
        server.terminate()
        _administer(data, "restore", "--force", str(backup))
        server.start()
        again = chat_tui(address, "--nick", "bob", typed="and now\n")
    assert "was restored from a backup made earlier; what came after it is gone." in again.stderr
    assert texts_in(state_folder() / "cache.sqlite") == ["and now"]


def _administer(data: Path, *command: str) -> None:
    """Run a command of the server's on its folder."""
    whole = [sys.executable, "-m", "chat.server.cli", "--data", str(data), *command]
    subprocess.run(whole, check=True, capture_output=True, timeout=SECONDS)
