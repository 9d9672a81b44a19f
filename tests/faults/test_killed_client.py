"""A client is killed with messages that are not stored yet: they go out at the next start, once, in order."""

import signal
from pathlib import Path

import pytest

from chat.client.identity_stores import state_folder
from tests.support.commands import Running, chat_tui, said
from tests.support.outbox_stores import rows_in
from tests.support.server import ServerProcess
from tests.support.waiting import wait_until

pytestmark = pytest.mark.e2e

SECONDS = 30.0


def at(server: ServerProcess) -> str:
    """The address of a server, as it is typed."""
    host, port = server.address
    return f"{host}:{port}"


def wait_kept(texts: list[str]) -> None:
    """Exactly these are on disk."""
    path = state_folder() / "outbox.sqlite"
    wait_until(lambda: rows_in(path) == texts, SECONDS, "the messages on disk")


def kill(client: Running) -> None:
    """Kill it by SIGKILL, and see it dead."""
    client.signal(signal.SIGKILL)
    client.wait()


def test_what_was_typed_offline_survives_kill_9_and_goes_out_once(tmp_path: Path) -> None:
    """At the next start, before what is said then; the start after that sends nothing."""
    lines = [f"while away {number}" for number in range(10)]
    with ServerProcess(tmp_path / "data") as server:
        with Running(at(server), "--nick", "ann") as ann:
            ann.wait_said("* ann joined")
            server.kill()
            ann.wait_noted("reconnecting")
            ann.type(*lines)
            wait_kept(lines)
            kill(ann)
        server.start()
        second = chat_tui(at(server), "--nick", "ann", typed="and now\n")
        third = chat_tui(at(server), "--nick", "ann")
    assert second.returncode == 0, second.stderr
    assert said(second.stdout.splitlines()) == said(third.stdout.splitlines())
    assert said(second.stdout.splitlines()) == [*lines, "and now"]
    wait_kept([])


def test_what_was_on_its_way_survives_kill_9_and_is_stored_once(tmp_path: Path) -> None:
    """Some of it was stored, but the client did not live to hear of it: the server knows the ids."""
    lines = [f"line {number}" for number in range(300)]
    with ServerProcess(tmp_path / "data") as server, Running(at(server), "--nick", "bob") as bob:
        bob.wait_said("* bob joined")
        with Running(at(server), "--nick", "ann") as ann:
            ann.wait_said("* ann joined")
            ann.type(*lines)
            bob.wait_said("line 40")
            kill(ann)
        again = chat_tui(at(server), "--nick", "ann", typed="the end\n")
        assert again.returncode == 0, again.stderr
        bob.wait_said("the end")
    heard = said(bob.talk)
    # lines that were not read from the pipe yet were never said
    assert heard == [*lines[: len(heard) - 1], "the end"]
    wait_kept([])


def test_another_server_at_the_address_gets_nothing(tmp_path: Path) -> None:
    """The same port and nick, another database: what waits stays, and goes to the right one later."""
    lines = ["secret 1", "secret 2"]
    with ServerProcess(tmp_path / "data") as server, Running(at(server), "--nick", "ann") as ann:
        ann.wait_said("* ann joined")
        address = at(server)
        server.kill()
        ann.wait_noted("reconnecting")
        ann.type(*lines)
        wait_kept(lines)
        kill(ann)
        with ServerProcess(tmp_path / "other", "--listen", address):
            elsewhere = chat_tui(address, "--nick", "ann", typed="hello\n")
        assert elsewhere.returncode == 0, elsewhere.stderr
        assert said(elsewhere.stdout.splitlines()) == ["hello"]
        wait_kept(lines)
        server.start()
        home = chat_tui(address, "--nick", "ann")
    assert home.returncode == 0, home.stderr
    assert said(home.stdout.splitlines()) == lines
