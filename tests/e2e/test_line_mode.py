"""The line mode as it is used: real processes over pipes, on real servers."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chat.client.identity_stores import state_folder
from chat.transport.tls import spoken
from tests.support.commands import CHAT_TUI, SECONDS, Running, chat_tui, said
from tests.support.server import RunningServer, ServerProcess, running_server
from tests.support.tls import certificates

pytestmark = pytest.mark.e2e


@pytest.fixture
def server() -> Iterator[RunningServer]:
    """A server in this process, encrypted as every real one."""
    with running_server(certificates=certificates()) as running:
        yield running


def at(server: RunningServer | ServerProcess) -> str:
    """The address of a server, as it is typed."""
    host, port = server.address
    return f"{host}:{port}"


def test_two_people_talk_through_pipes(server: RunningServer) -> None:
    """Each sees what the other says, and both end well when their input does."""
    with Running(at(server), "--nick", "ann") as ann, Running(at(server), "--nick", "bob") as bob:
        ann.wait_said("* ann joined")
        bob.wait_said("* bob joined")
        ann.type("hello bob")
        bob.wait_said("<ann> hello bob")
        bob.type("/msg ann psst", "/me waves", "bye")
        ann.wait_said("@bob <bob> psst")
        ann.wait_said("*bob* waves")
        ann.wait_said("<bob> bye")
        assert (ann.end(), bob.end()) == (0, 0)
    assert said(ann.talk) == said(bob.talk) == ["hello bob", "bye"]
    assert [note for note in ann.notes if note.endswith(" as ann, encrypted")]


def test_a_fingerprint_can_be_demanded(server: RunningServer) -> None:
    """The right one is enough; with another one nothing is said to the server, and the end says why."""
    right = chat_tui(
        at(server), "--nick", "ann", "--fingerprint", spoken(certificates().fingerprint), typed="hello\n"
    )
    assert right.returncode == 0, right.stderr
    assert said(right.stdout.splitlines()) == ["hello"]
    wrong = chat_tui(at(server), "--nick", "ben", "--fingerprint", "0" * 64, typed="secret\n")
    assert wrong.returncode == 69
    assert "does not have the fingerprint that was demanded" in wrong.stderr
    assert server.app.people_here == 0


def test_encryption_can_be_left_away_on_one_machine(server: RunningServer) -> None:
    """It is told that anybody could read along, if the machine were another."""
    result = chat_tui(at(server), "--nick", "ann", "--unencrypted", typed="hello\n")
    assert result.returncode == 0, result.stderr
    assert ", not encrypted" in result.stderr


def test_who_is_believed_is_kept_for_its_owner_alone(server: RunningServer) -> None:
    """By the server's id, in the state folder."""
    assert chat_tui(at(server), "--nick", "ann", typed="hello\n").returncode == 0
    file = state_folder() / "known_servers.json"
    assert certificates().fingerprint in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_file_is_sent_whole_and_in_order(server: RunningServer) -> None:
    """The process ends when everything is stored and read back."""
    texts = [f"line {number}" for number in range(500)]
    result = chat_tui(at(server), "--nick", "ann", typed="\n".join(texts))
    assert result.returncode == 0, result.stderr
    assert said(result.stdout.splitlines()) == texts


def test_a_killed_server_costs_no_message_and_doubles_none(tmp_path: Path) -> None:
    """What is typed before, while and after it is away arrives once and in order, for both."""
    with (
        ServerProcess(tmp_path / "data") as server,
        Running(at(server), "--nick", "ann") as ann,
        Running(at(server), "--nick", "bob") as bob,
    ):
        bob.wait_said("* bob joined")
        ann.wait_said("* ann joined")
        ann.type(*[f"before {number}" for number in range(40)])
        bob.wait_said("before 20")
        server.kill()
        ann.wait_noted("reconnecting")
        ann.type(*[f"while {number}" for number in range(40)])
        server.start()
        ann.type(*[f"after {number}" for number in range(40)])
        bob.wait_said("after 39")
        assert (ann.end(), bob.end()) == (0, 0)
    expected = [f"{when} {number}" for when in ("before", "while", "after") for number in range(40)]
    assert said(ann.talk) == expected
    assert said(bob.talk) == expected


def test_a_server_that_does_not_come_back_ends_with_what_is_missing(tmp_path: Path) -> None:
    """The end of the input is not waited out for ever."""
    with ServerProcess(tmp_path / "data") as server, Running(at(server), "--nick", "ann") as ann:
        ann.wait_said("* ann joined")
        server.kill()
        ann.wait_noted("reconnecting")
        ann.type("one", "two")
        assert ann.end() == 69
    assert ann.notes[-1].endswith("2 lines did not get through. What was said waits for the next start.")


def test_a_signal_ends_in_order(server: RunningServer) -> None:
    """What was said is stored and shown, and the end is a good one."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        nick = number.name.lower()
        with Running(at(server), "--nick", nick) as somebody:
            somebody.type("hello")
            somebody.wait_said(f"<{nick}> hello")
            somebody.signal(number)
            assert somebody.wait() == 0, somebody.notes


def test_a_reader_that_goes_away_ends_the_talk_quietly(server: RunningServer) -> None:
    """As `head` does: no error, no trace, and nothing that was said is lost."""
    with Running(at(server), "--nick", "bob") as bob:
        bob.wait_said("* bob joined")
        ann = subprocess.Popen(
            [*CHAT_TUI, at(server), "--nick", "ann"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        assert ann.stdin is not None
        assert ann.stdout is not None
        assert ann.stderr is not None
        ann.stdin.write("hello\n")
        ann.stdin.flush()
        bob.wait_said("<ann> hello")
        ann.stdout.close()
        bob.type("are you there?")
        assert ann.wait(SECONDS) == 0
        complaints = ann.stderr.read()
        assert "Traceback" not in complaints
        assert "Broken" not in complaints
        ann.stdin.close()
        ann.stderr.close()


def test_an_encoding_without_the_characters_is_survived(server: RunningServer) -> None:
    """What can't be written becomes a question mark; what is stored is whole."""
    result = chat_tui(
        at(server),
        "--nick",
        "ann",
        typed="café 👍\n",
        environment={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
    )
    assert result.returncode == 0, result.stderr
    assert "<ann> caf" in result.stdout
    assert result.stdout.isascii()


def test_hostile_text_reaches_no_terminal(server: RunningServer) -> None:
    """Control sequences, overrides and forged lines stay harmless, whoever writes them."""
    hostile = "\x1b]0;gone\x07\x1b[2J \u202eback\r14:03 <bob> forged\n"
    chat_tui(at(server), "--nick", "eve", typed=hostile)
    seen = chat_tui(at(server), "--nick", "ann", typed="/topic \x1b[31mred\n").stdout
    assert not set(seen) & {"\x1b", "\x07", "\r", "\u202e"}
    assert not [line for line in seen.splitlines() if line[6:].startswith("<bob>")]


def test_standard_input_may_be_missing(server: RunningServer) -> None:
    """Then it shows the last messages and ends."""
    chat_tui(at(server), "--nick", "bob", typed="for later\n")
    command = " ".join([*CHAT_TUI, at(server), "--nick", "ann", "<&-"])
    result = subprocess.run(
        command, shell=True, capture_output=True, encoding="utf-8", check=False, timeout=SECONDS
    )
    assert result.returncode == 0, result.stderr
    assert said(result.stdout.splitlines()) == ["for later"]


def test_the_last_server_is_joined_when_none_is_named(server: RunningServer) -> None:
    """As the same person as the last time."""
    chat_tui(at(server), "--nick", "ann", typed="hello\n")
    result = chat_tui(typed="again\n")
    assert result.returncode == 0, result.stderr
    assert said(result.stdout.splitlines(), "ann") == ["hello", "again"]


def test_the_end_says_in_its_exit_code_why(server: RunningServer, tmp_path: Path) -> None:
    """Wrong use, no connection, bad settings, lines that could not be carried out: each with a sentence."""
    settings = tmp_path / "bad.toml"
    settings.write_text("thema = 1\n")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and listens to nobody, so that no other server gets the port
        closed = f"127.0.0.1:{taken.getsockname()[1]}"
        ends = {
            64: chat_tui("--nonsense"),
            69: chat_tui(closed),
            78: chat_tui("--config", str(settings), at(server)),
        }
    assert {code: end.returncode for code, end in ends.items()} == {64: 64, 69: 69, 78: 78}
    assert "--nonsense" in ends[64].stderr
    assert f"{closed} refused the connection" in ends[69].stderr
    assert all(word in ends[78].stderr for word in (str(settings), "'thema'", "'theme'"))
    refused = chat_tui(at(server), typed="/nonsense\n")
    assert refused.returncode == 64
    assert "could not be carried out" in refused.stderr


def test_textual_is_never_imported(server: RunningServer) -> None:
    """Not even by a run that does everything."""
    program = (
        "import atexit, sys\n"
        "atexit.register(lambda: print('textual' in sys.modules, file=sys.stderr))\n"
        "from chat.tui.cli import main\n"
        f"sys.argv = ['chat-tui', {at(server)!r}, '--nick', 'ann']\n"
        "main()\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program],
        input="hello\n/names\n/help\n/quit\n",
        capture_output=True,
        encoding="utf-8",
        check=True,
        timeout=SECONDS,
        env=os.environ,
    )
    assert result.stderr.splitlines()[-1] == "False"
