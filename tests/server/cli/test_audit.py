"""The reader of the audit log finds what was done to it in the database, and tells where."""

import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from chat.server.cli.command import command


@pytest.fixture(scope="module")
def noted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a stopped server with four records."""
    data = tmp_path_factory.mktemp("noted")
    for mode in ("no_guests", "staff_only", "open", "no_guests"):
        chat_server(data, "gate", mode)
    return data


def chat_server(data: Path, *words: str) -> Result:
    """Run a command on the data folder of a stopped server, in this process."""
    return CliRunner().invoke(command, ["--data", str(data), *words])


def tampered(noted: Path, tmp_path: Path, script: str) -> Result:
    """Prove a copy of the log after somebody did something to it."""
    data = tmp_path / "data"
    shutil.copytree(noted, data)
    with closing(sqlite3.connect(data / "chat.db")) as database, database:
        database.executescript(script)
    return chat_server(data, "audit", "--verify")


SWAP = """
UPDATE audit SET number = -2 WHERE number = 2;
UPDATE audit SET number = 2 WHERE number = 3;
UPDATE audit SET number = 3 WHERE number = -2;
"""
INSERT = """
UPDATE audit SET number = -number WHERE number > 2;
UPDATE audit SET number = 1 - number WHERE number < 0;
INSERT INTO audit SELECT 3, timestamp, action, user, nick, subject, detail, hash FROM audit WHERE number = 2;
"""


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("UPDATE audit SET detail = 'open' WHERE number = 2", 2),
        ("UPDATE audit SET timestamp = '2000-01-01T00:00:00Z' WHERE number = 3", 3),
        ("UPDATE audit SET hash = replace(hash, substr(hash, 1, 1), 'x') WHERE number = 4", 4),
        ("DELETE FROM audit WHERE number = 1", 2),
        ("DELETE FROM audit WHERE number = 3", 4),
        ("DELETE FROM audit WHERE number = 1; UPDATE audit SET number = number - 1", 1),
        (SWAP, 2),
        (INSERT, 3),
    ],
    ids=[
        "changed",
        "moved in time",
        "other hash",
        "first gone",
        "middle gone",
        "renumbered",
        "swapped",
        "put in",
    ],
)
def test_what_was_done_to_the_log_is_found(noted: Path, tmp_path: Path, script: str, found: int) -> None:
    """The first record that does not follow from those before it is named, and the command fails."""
    proof = tampered(noted, tmp_path, script)
    assert proof.exit_code != 0
    assert str(proof.exception) == f"Record {found} of the audit log is not as it was written."


@pytest.mark.parametrize(
    ("script", "left"), [("DELETE FROM audit WHERE number > 2", 2), ("DELETE FROM audit", 0)]
)
def test_newest_records_that_were_cut_off_show_by_the_last_one_that_was_told_before(
    noted: Path, tmp_path: Path, script: str, left: int
) -> None:
    """What is left is whole, and nothing in it tells of more: another number and hash than were told does."""
    whole, cut = (
        result.output
        for result in (chat_server(noted, "audit", "--verify"), tampered(noted, tmp_path, script))
    )
    assert cut.startswith(f"{left} records are as they were written")
    assert re.findall("[0-9a-f]{64}", cut) != re.findall("[0-9a-f]{64}", whole)


def test_what_is_written_behind_a_cut_has_other_hashes(noted: Path, tmp_path: Path) -> None:
    """So that as many records again do not hide it."""
    whole = chat_server(noted, "audit", "--verify").output
    tampered(noted, tmp_path, "DELETE FROM audit WHERE number > 3")
    chat_server(tmp_path / "data", "gate", "staff_only")
    again = chat_server(tmp_path / "data", "audit", "--verify").output
    assert again.startswith("4 records are as they were written")
    assert re.findall("[0-9a-f]{64}", again) != re.findall("[0-9a-f]{64}", whole)
