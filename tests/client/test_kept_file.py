"""The file under what a client keeps: all or nothing, whatever goes wrong inside."""

import sqlite3
from pathlib import Path

import pytest

from chat.client.disk_thread import Damaged, NotKept
from chat.client.kept_file import KeptFile, Schema, Wording, as_blob, as_text

WORDING = Wording("old letters", lost="They are gone.", meanwhile="New ones are read.")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file that is not there yet."""
    return tmp_path / "state" / "letters.sqlite"


@pytest.fixture
def file(path: Path) -> KeptFile:
    """A file of one table."""
    return KeptFile(path, Schema(1, ("create table letter (text blob)",), flush="normal"), WORDING)


def letters(file: KeptFile) -> list[bytes]:
    """What stands in it."""
    with file.transaction() as database:
        return [text for (text,) in database.execute("select text from letter")]


def test_a_transaction_that_fails_leaves_nothing(file: KeptFile) -> None:
    """Whatever it was that failed inside."""

    def fail() -> None:
        with file.transaction() as database:
            database.execute("insert into letter values ('x')")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert letters(file) == []


def test_an_error_that_is_not_sqlites_own_has_a_sentence_too(file: KeptFile, path: Path) -> None:
    """Python's module raises some that carry no code of SQLite's."""
    with pytest.raises(NotKept) as trouble, file.transaction():
        raise sqlite3.ProgrammingError("wrong number of bindings")
    sentence = f"Old letters can't be kept in {path}: wrong number of bindings. New ones are read."
    assert str(trouble.value) == sentence
    assert not isinstance(trouble.value, Damaged)


def test_a_damaged_file_is_put_aside_once(file: KeptFile, path: Path) -> None:
    """The next transaction has a new file; the old one is there to be looked at."""
    path.parent.mkdir()
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(Damaged, match=r"The file of old letters was damaged and is now .* They are gone"):
        letters(file)
    assert letters(file) == []
    assert path.with_suffix(".damaged").read_bytes().startswith(b"no database")


def test_any_text_comes_back_as_it_was() -> None:
    """Also what is no valid Unicode."""
    hostile = "a\x00\ud800\n\U0001f44d'; drop table letter"
    assert as_text(as_blob(hostile)) == hostile
