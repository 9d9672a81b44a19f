"""`chat-server backup` and `restore` as an operator calls them: what they say, and what they end with."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from chat.client.probe import welcome_at
from chat.clock import SystemClock
from chat.errors import ChatError, UsageError
from chat.server.cli import backups
from chat.server.cli.command import command
from chat.transport.address import Address
from tests.support.backups import origin, settle_in
from tests.support.server import ServerProcess


@pytest.fixture(autouse=True)
def _signals_stay() -> Iterator[None]:
    """What the commands do with signals ends with the test."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def chat_server(*arguments: object) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(command, [str(each) for each in arguments])


def refusal(*arguments: object) -> ChatError:
    """Run the command, which must end with an error of ours."""
    error = chat_server(*arguments).exception
    assert isinstance(error, ChatError), error
    return error


def lines(*arguments: object) -> list[str]:
    """Run the command, which must go well; give what it says."""
    result = chat_server(*arguments)
    assert result.exception is None, result.exception
    return result.output.splitlines()


def test_a_backup_is_made_and_said_to_be(tmp_path: Path) -> None:
    """The file, its size and its parts; the folder may be named before the command or behind it."""
    place = origin(tmp_path)
    settle_in(place)
    file = tmp_path / "b.tar"
    said = lines("backup", file, "--data", place.data, "--config", place.config)
    assert said == [
        f"{file}: {file.stat().st_size} bytes, chat.db, config.toml, tls/server.crt, tls/server.key"
    ]
    said = lines("--data", place.data, "--config", place.config, "backup", "--force", file)
    assert said[0].startswith(f"{file}: ")


def test_the_folder_may_stand_in_the_settings_or_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found as serving finds it."""
    place = origin(tmp_path)
    place.config.write_text(f'data = "{place.data}"')
    assert len(lines("backup", tmp_path / "one.tar", "--config", place.config)) == 1
    monkeypatch.setenv("CHAT_SERVER_DATA", str(place.data))
    assert len(lines("backup", tmp_path / "two.tar")) == 1


def test_a_file_that_is_there_is_not_replaced_unasked(tmp_path: Path) -> None:
    """Only by force."""
    place = origin(tmp_path)
    (tmp_path / "b.tar").write_text("something dear")
    error = refusal("backup", "--data", place.data, tmp_path / "b.tar")
    assert str(error) == f"{tmp_path}/b.tar is there already: name another file, or replace it with --force."
    assert error.exit_code == 78
    assert (tmp_path / "b.tar").read_text() == "something dear"


def test_a_backup_can_be_verified_when_it_is_made_and_later(tmp_path: Path) -> None:
    """It says that it is good and what it holds; of one that is there it says that no other was made."""
    place = origin(tmp_path)
    file = tmp_path / "b.tar"
    good = f"{file} is good: 3 users, 1 conversations, 20 messages"
    made = lines("backup", "--data", place.data, "--verify", file)
    assert made[1] == good
    assert made[2].startswith("Taken 20")
    older = file.read_bytes()
    again = lines("backup", "--verify", file)
    assert again[:2] == [f"{file} was there already; no other backup was made.", good]
    assert file.read_bytes() == older


def test_a_backup_that_is_no_good_ends_with_a_code_of_its_own(tmp_path: Path) -> None:
    """So that a script knows."""
    (tmp_path / "b.tar").write_text("no tar")
    error = refusal("backup", "--verify", tmp_path / "b.tar")
    assert "is no backup of chat-server" in str(error)
    assert error.exit_code == 65


def test_only_so_many_are_kept_when_called_again_and_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As cron does: each has the time in its name, and what was removed is named."""
    place = origin(tmp_path)
    moments = iter(range(10, 60))

    class Clock(SystemClock):
        def now(self) -> datetime:
            return super().now().replace(year=2026, month=5, day=1, hour=6, minute=0, second=next(moments))

    monkeypatch.setattr(backups, "SystemClock", Clock)
    said = [lines("backup", "--data", place.data, "--keep", "2", tmp_path / "b.tar") for _ in range(4)]
    left = sorted(path.name for path in tmp_path.glob("b-*"))
    assert len(left) == 2
    assert [len(each) for each in said] == [1, 1, 2, 2]
    assert said[3][1].endswith(": removed")
    assert not (tmp_path / "b.tar").exists()


def test_it_goes_on_every_so_often_until_a_signal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One at once, then after each pause; the signal ends it in order."""
    place = origin(tmp_path)
    pauses = list[float]()

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr("time.sleep", pause)
    result = chat_server("backup", "--data", place.data, "--every", "6h", tmp_path / "b.tar")
    assert result.exit_code == 128 + signal.SIGTERM
    assert all(21000 < seconds <= 21600 for seconds in pauses)
    assert result.output.count("bytes, chat.db") == 2
    assert list(tmp_path.glob("b-*.tar"))


def test_what_fails_later_is_told_and_does_not_end_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On standard error, with the next one still to come."""
    place = origin(tmp_path)
    pauses = list[float]()

    def lose_it(seconds: float) -> None:
        """In the first pause; the second one is the last."""
        pauses.append(seconds)
        if len(pauses) == 2:
            os.kill(os.getpid(), signal.SIGINT)
        (place.data / "chat.db").rename(place.data / "away.db")

    monkeypatch.setattr("time.sleep", lose_it)
    result = chat_server("backup", "--data", place.data, "--every", "1s", tmp_path / "b.tar")
    assert "chat-server: There is no database" in result.stderr
    assert result.exit_code == 128 + signal.SIGINT


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("backup", "--every", "often", "b.tar"), "'often' is no duration"),
        (("--lan", "backup", "b.tar"), "--lan can't be used with backup."),
        (
            ("--listen", "a:1", "--log-json", "restore", "b"),
            "--listen and --log-json can't be used with restore.",
        ),
    ],
)
def test_a_wrong_use_is_refused(arguments: tuple[str, ...], sentence: str, tmp_path: Path) -> None:
    """With a sentence and the code for it."""
    error = refusal("--data", origin(tmp_path).data, *arguments)
    assert sentence in str(error)
    assert isinstance(error, UsageError)


def test_a_restore_tells_what_it_did(tmp_path: Path) -> None:
    """Files, server id and epoch, what clients see, and where settings and folder do not fit."""
    place = origin(tmp_path)
    place.config.write_text('data = "/elsewhere"')
    file = tmp_path / "b.tar"
    lines("backup", "--data", place.data, "--config", place.config, file)
    new = tmp_path / "new"
    said = lines("restore", file, "--data", new, "--config", new / "config.toml")
    assert said[0] == f"{file} is restored: 3 users, 1 conversations, 20 messages"
    assert said[1:3] == [f"  restored {new}/config.toml", f"  restored {new}/chat.db"]
    assert "new epoch" in said[3]
    assert said[4] == "clients are told when they come back, load everything anew, and keep what is unsent."
    assert said[5].endswith(f"keeps the data elsewhere; start with --data {new}.")
    said = lines("--data", new, "--config", new / "config.toml", "restore", "--force", file)
    assert sum("put aside as" in line for line in said) == 2
    (new / "chat.db").unlink()
    said = lines("--data", new, "restore", file, "--config", new / "config.toml")
    assert f"  left as it was: {new}/config.toml (--force restores it too)" in said


def test_a_config_file_that_was_named_must_be_there_for_a_backup(tmp_path: Path) -> None:
    """A slip would make backups without settings."""
    error = refusal(
        "backup", "--data", origin(tmp_path).data, "--config", tmp_path / "no", tmp_path / "b.tar"
    )
    assert str(error) == f"There is no config file {tmp_path}/no."


@pytest.mark.e2e
def test_a_real_server_is_backed_up_while_it_runs_and_starts_again_from_it(tmp_path: Path) -> None:
    """By the real command; killed, restored and started it has the same id and a new epoch."""
    data, file = tmp_path / "data", tmp_path / "b.tar"
    with ServerProcess(data) as server:
        before = welcome_at(Address(*server.address))
        words = [
            sys.executable,
            "-m",
            "chat.server.cli",
            "backup",
            "--verify",
            "--data",
            str(data),
            str(file),
        ]
        made = subprocess.run(words, capture_output=True, encoding="utf-8", timeout=30, check=False)
        assert (made.returncode, made.stderr) == (0, "")
        refused = refusal("restore", "--data", data, "--force", file)
        assert str(refused).startswith("A server already runs on the data in")
        server.kill()
        restored = lines("restore", "--data", data, "--force", file)
        server.start()
        after = welcome_at(Address(*server.address))
    assert before is not None
    assert after is not None
    assert after.server_id == before.server_id
    assert after.epoch != before.epoch
    assert any(after.epoch in line for line in restored)


def test_an_encrypted_backup_is_asked_for_its_passphrase(tmp_path: Path) -> None:
    """Twice when it is made, once when it is restored, and never shown; or read from a file."""
    place = origin(tmp_path)
    settle_in(place)
    file, secret = tmp_path / "b.tar", tmp_path / "secret"
    secret.write_text("correct horse battery\n")
    made = CliRunner().invoke(
        command,
        ["backup", str(file), "--encrypt", "--data", str(place.data), "--config", str(place.config)],
        input="correct horse battery\ncorrect horse battery\n",
    )
    assert made.exception is None, made.exception
    assert "horse" not in made.output
    said = lines("backup", "--verify", file, "--passphrase-file", secret)
    assert said[1].startswith(f"{file} is good")
    secret.write_text("wrong horse\n")
    to = ("--data", tmp_path / "new", "--config", tmp_path / "new.toml")
    assert "passphrase is another one" in str(refusal("restore", file, "--passphrase-file", secret, *to))
    assert isinstance(refusal("restore", file, *to), UsageError)
    restored = CliRunner().invoke(
        command,
        ["restore", str(file), "--passphrase-file", "-", *map(str, to)],
        input="correct horse battery\n",
    )
    assert restored.exception is None, restored.exception


def test_a_passphrase_must_be_worth_something(tmp_path: Path) -> None:
    """One that is too short, or in no file, makes no backup."""
    place = origin(tmp_path)
    settle_in(place)
    secret = tmp_path / "secret"
    backup = ("backup", tmp_path / "b.tar", "--data", place.data, "--passphrase-file", secret)
    assert "can't be read" in str(refusal(*backup))
    secret.write_text("short\n")
    assert "at least 8 characters" in str(refusal(*backup))
    assert not (tmp_path / "b.tar").exists()
