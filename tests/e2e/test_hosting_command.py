"""`chat-tui --host`: a server of one's own, started, shared, stopped and never left behind."""

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from platformdirs import user_data_path

from chat.client.hosting import HostOptions
from chat.transport.own_address import own_address
from chat.tui.cli import Hosting
from tests.support.commands import SECONDS, Running, chat_tui, hosted, is_serving, said
from tests.support.waiting import wait_until

pytestmark = pytest.mark.e2e

HOST = ("--host", "--listen", "127.0.0.1:0")
"""On a free port, since tests run beside one another."""


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """Ann, by the name of her login, who hosts, is connected and stays."""
    monkeypatch.setenv("LOGNAME", "ann")
    with Running(*HOST) as running:
        running.wait_said("* ann joined")
        yield running


def is_gone(address: str) -> bool:
    """Whether nothing listens there any more."""
    host, port = address.rsplit(":", 1)
    try:
        socket.create_connection((host, int(port)), 1).close()
    except OSError:
        return True
    return False


def test_a_line_through_a_pipe_is_stored_and_shown_by_an_own_server() -> None:
    """In an empty home, within 15 s; and nothing is left running."""
    result = chat_tui(*HOST, typed="hello\n", seconds=15)
    assert result.returncode == 0, result.stderr
    assert said(result.stdout.splitlines()) == ["hello"]
    assert is_gone(hosted().address)


def test_what_was_said_is_there_the_next_time() -> None:
    """The database outlives the server, and one is the same person again."""
    chat_tui(*HOST, typed="hello\n")
    second = chat_tui(*HOST, typed="again\n")
    assert said(second.stdout.splitlines()) == ["hello", "again"]
    nicks = {line[6:].split(">")[0] for line in second.stdout.splitlines() if line[6:7] == "<"}
    assert len(nicks) == 1


def test_a_server_that_is_killed_behind_its_client_is_there_again(host: Running) -> None:
    """The client does not dial for ever where nobody is: what is typed meanwhile goes out."""
    host.type("before")
    host.wait_said("<ann> before")
    killed = hosted()
    os.kill(killed.pid, signal.SIGKILL)
    host.type("after")
    host.wait_said("<ann> after")
    assert hosted().address == killed.address
    assert hosted().pid != killed.pid
    assert said(host.talk) == ["before", "after"]
    assert host.end() == 0
    assert is_gone(killed.address)


def test_the_same_command_a_second_time_joins_the_running_server(host: Running) -> None:
    """As the next person, and its end is not the server's."""
    second = chat_tui(*HOST, typed="hello ann\n")
    assert second.returncode == 0, second.stderr
    host.wait_said("<ann2> hello ann")
    third = chat_tui(*HOST, "--nick", "carol", typed="hello both\n")
    assert third.returncode == 0
    host.wait_said("<carol> hello both")
    assert host.end() == 0
    assert is_gone(hosted().address)


def test_a_nick_that_was_asked_for_is_not_numbered(host: Running) -> None:
    """Who asks to be somebody that runs already is told so, rather than be somebody else."""
    second = chat_tui(*HOST, "--nick", "ann", typed="hello\n")
    assert second.returncode == 69
    assert "ann is in use" in second.stderr
    assert said(host.talk) == []


def test_who_loses_the_server_is_counted_at_the_end(host: Running) -> None:
    """A pipe must end all the same; the others reconnect for as long as they like."""
    with Running(*HOST, "--nick", "bob") as bob:
        bob.wait_said("* bob joined")
        assert host.end() == 0
        bob.wait_noted("reconnecting")
    assert any("1 other person is connected" in note for note in host.notes)


def test_the_server_ends_with_a_client_that_was_killed(host: Running) -> None:
    """Whatever ends its owner; and what was acknowledged is kept."""
    host.type("remember me")
    host.wait_said("<ann> remember me")
    address = hosted().address
    host.signal(signal.SIGKILL)
    host.wait()
    wait_until(lambda: is_gone(address), SECONDS, "the server to end")
    later = chat_tui(*HOST, "--nick", "bob")
    assert "remember me" in said(later.stdout.splitlines(), "ann")


def test_a_server_that_is_to_be_kept_goes_on() -> None:
    """It is joined by the next one, who does not stop it either."""
    try:
        assert chat_tui(*HOST, "--keep", typed="first\n").returncode == 0
        assert is_serving(hosted().address)
        second = chat_tui("--host", typed="second\n")
        assert said(second.stdout.splitlines()) == ["first", "second"]
        assert is_serving(hosted().address)
    finally:
        os.kill(hosted().pid, signal.SIGTERM)
        wait_until(lambda: is_gone(hosted().address), SECONDS, "the server to end")


def test_a_port_in_use_is_named_with_what_to_do() -> None:
    """And nothing is left behind."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        result = chat_tui("--host", "--listen", f"127.0.0.1:{port}", typed="hello\n")
    assert result.returncode == 78
    assert f"Port {port} is in use" in result.stderr
    assert "choose another" in result.stderr


def test_a_data_folder_that_can_not_be_used_is_named() -> None:
    """Here a file stands in its place."""
    folder = user_data_path("chat-server", appauthor=False)
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("not a folder")
    result = chat_tui(*HOST, typed="hello\n")
    assert result.returncode == 78
    assert str(folder) in result.stderr


def test_a_state_folder_that_can_not_be_used_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without it nobody could find the server again."""
    blocked = tmp_path / "blocked"
    blocked.write_text("not a folder")
    monkeypatch.setenv("XDG_STATE_HOME", str(blocked))
    result = chat_tui(*HOST, typed="hello\n")
    assert result.returncode == 78
    assert str(blocked) in result.stderr


def test_others_are_told_the_line_to_type_when_the_server_is_open() -> None:
    """Those who type by hand read it in the welcome; here it is asked of the same words."""
    open_server = Hosting(HostOptions(listen=("0.0.0.0:0",)))
    try:
        address = open_server.start()
        joining, shown = open_server.joining(address).split("\n")
        assert joining.endswith(f"chat-tui {own_address()}:{address.port}")
        assert len(shown.rpartition(": ")[2].replace(" ", "")) == 64
    finally:
        open_server.stop()
    closed_server = Hosting(HostOptions(listen=("127.0.0.1:0",)))
    try:
        assert "--local" in closed_server.joining(closed_server.start())
    finally:
        closed_server.stop()
