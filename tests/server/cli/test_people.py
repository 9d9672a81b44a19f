"""The operator's commands on accounts, on a server that runs and on one that is stopped, as processes."""

import re
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from click.testing import CliRunner, Result

from chat.protocol.entries import Deleted
from chat.protocol.requests import Send
from chat.server.cli.command import command
from chat.server.storage import open_store
from tests.support.batches import talk
from tests.support.clock import FakeClock
from tests.support.passwords import GOOD, OTHER
from tests.support.server import COMMAND, ServerProcess
from tests.support.wire_client import WireClient


def run(data: Path, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command on a data folder."""
    return subprocess.run(
        [sys.executable, "-m", COMMAND, "--data", str(data), *words],
        input=typed,
        capture_output=True,
        encoding="utf-8",
        timeout=30,
        check=False,
    )


def test_a_stopped_server_is_looked_after_in_the_process(tmp_path: Path) -> None:
    """What is refused ends with a sentence and another exit code."""
    made = run(tmp_path / "data", "user", "add", "ann", "--admin", "--password-stdin", typed=GOOD + "\n")
    assert (made.returncode, made.stdout) == (0, "ann has an account and is an administrator.\n")
    weak = run(tmp_path / "data", "user", "passwd", "ann", "--password-stdin", typed="short\n")
    assert weak.returncode != 0
    assert "at least 8" in weak.stderr


def test_a_running_server_is_asked_by_its_port(tmp_path: Path) -> None:
    """With the key in its folder, which nobody else can read."""
    with ServerProcess(tmp_path / "data") as server:
        data = tmp_path / "data"
        assert stat.S_IMODE((data / "console.json").stat().st_mode) == 0o600
        assert run(data, "user", "add", "ann", "--password-stdin", typed=OTHER + "\n").returncode == 0
        assert "ann\tregistered" in run(data, "user", "list").stdout
        with WireClient(server.address) as ben:
            ben.hello("ben")
            ben.sync()
            ben.ask(Send(id="1", send_id="send-001", target="#general", text="secret"))
            erased = chat_server(data, "user", "erase", "ben", "--yes").output
            assert erased == "1 message of ben is being taken back.\n"
            assert ben.wait_for(Deleted).nick == "server"
        assert run(data, "gate", "no_guests").stdout == "The gate is no_guests.\n"
        assert chat_server(data, "user", "disable", "ann").output.startswith("ann is let in no more;")
        assert chat_server(data, "user", "enable", "ann").output == "ann is let in.\n"
        assert server.terminate() == 0


def test_who_was_locked_out_is_let_in_again(tmp_path: Path) -> None:
    """Both are noted; the server's own user can't be locked out, and nobody can who is not there."""
    data = tmp_path / "data"
    chat_server(data, "user", "add", "ann", "--password-stdin", typed=GOOD + "\n")
    assert chat_server(data, "user", "disable", "ann").output == (
        "ann is let in no more; `chat-server user enable ann` lets them in again.\n"
    )
    listed = chat_server(data, "user", "list").output.splitlines()
    assert [line.split("\t")[:2] for line in listed] == [
        ["server", "bot, admin"],
        ["ann", "registered, disabled"],
    ]
    assert chat_server(data, "user", "enable", "ann").output == "ann is let in.\n"
    assert "ann\tregistered\t" in chat_server(data, "user", "list").output
    assert [line.split("\t")[3:] for line in chat_server(data, "audit").output.splitlines()] == [
        ["add_user", "ann"],
        ["disable_user", "ann"],
        ["enable_user", "ann"],
    ]
    assert "server is built in" in str(chat_server(data, "user", "disable", "server").exception)
    assert "Nobody here is called @ben" in str(chat_server(data, "user", "enable", "ben").exception)


def test_what_somebody_said_is_taken_back_of_a_stopped_server_at_once(tmp_path: Path) -> None:
    """However much it is, in no file when the command is done; the answer must be yes."""
    data = tmp_path / "data"
    with closing(open_store(data, FakeClock())) as store:
        talk(store, 250, by=2, text="so it was said")
    asked = chat_server(data, "user", "erase", "guest-2", typed="n\n")
    assert "for good" in asked.output
    assert isinstance(asked.exception, SystemExit)
    assert b"so it was said" in (data / "chat.db").read_bytes()
    done = chat_server(data, "user", "erase", "guest-2", typed="y\n")
    assert done.output.endswith("250 messages of guest-2 are being taken back.\n")
    assert all(b"so it was said" not in path.read_bytes() for path in data.glob("chat.db*"))
    again = chat_server(data, "user", "erase", "guest-2", "--yes")
    assert again.output == "There is no message of guest-2 to take back.\n"
    assert [line.split("\t")[2:] for line in chat_server(data, "audit").output.splitlines()] == [
        ["server", "erase_messages", "guest-2"]
    ]
    assert "Nobody here is called @ben" in str(chat_server(data, "user", "erase", "ben", "--yes").exception)


def test_the_gate_and_the_log_of_what_was_done_outlast_the_command(tmp_path: Path) -> None:
    """What the console did is the server's; a mode that there is not is refused with those there are."""
    data = tmp_path / "data"
    assert chat_server(data, "audit").output == ""
    assert chat_server(data, "gate", "staff_only").output == "The gate is staff_only.\n"
    assert chat_server(data, "gate", "open").output == "The gate is open.\n"
    lines = [line.split("\t") for line in chat_server(data, "audit").output.splitlines()]
    assert [(number, *words) for number, _, *words in lines] == [
        ("1", "server", "set_gate", "", "staff_only"),
        ("2", "server", "set_gate", "", "open"),
    ]
    assert "'staff_only'" in chat_server(data, "gate", "shut").output


def test_the_gate_is_told_where_none_is_named(tmp_path: Path) -> None:
    """As it is: nobody else can see it from outside; asking is not noted."""
    data = tmp_path / "data"
    assert chat_server(data, "gate").output == "The gate is open.\n"
    chat_server(data, "gate", "staff_only")
    assert chat_server(data, "gate").output == "The gate is staff_only.\n"
    assert len(chat_server(data, "audit").output.splitlines()) == 1


def test_settings_that_keep_guests_out_are_named_with_the_gate(tmp_path: Path) -> None:
    """It can't be opened further than they let it be; what was asked for counts once they are gone."""
    data, config = tmp_path / "data", tmp_path / "config.toml"
    config.write_text("guests = false\n")
    said = "The gate is no_guests: `guests = false` in the settings keeps guests out.\n"
    for words in (("open",), ()):
        assert chat_server(data, "--config", str(config), "gate", *words).output == said
    assert chat_server(data, "gate").output == "The gate is open.\n"


def test_the_log_is_proved_to_be_as_it_was_written(tmp_path: Path) -> None:
    """A record that somebody changed in the database is named."""
    data = tmp_path / "data"
    for mode in ("no_guests", "staff_only", "open"):
        chat_server(data, "gate", mode)
    good = chat_server(data, "audit", "--verify")
    assert good.exit_code == 0
    last = "3 records are as they were written, the last one with the number 3 and the hash "
    assert re.fullmatch(last + "[0-9a-f]{64}\\.\n", good.output)
    with closing(sqlite3.connect(data / "chat.db")) as database, database:
        assert database.execute("UPDATE audit SET detail = 'open' WHERE number = 2").rowcount == 1
    broken = chat_server(data, "audit", "--verify")
    assert broken.exit_code != 0
    assert str(broken.exception) == "Record 2 of the audit log is not as it was written."


def chat_server(data: Path, *words: str, typed: str = "") -> Result:
    """Run a command on the data folder of a stopped server, in this process."""
    return CliRunner().invoke(command, ["--data", str(data), *words], input=typed)
