"""SQLite's refusals as errors of the port: which kind each is, and what the operator reads."""

import sqlite3

import pytest
from sqlalchemy.exc import OperationalError

from chat.server.ports import FlushError, StoreError
from chat.server.storage.faults import told


def _error(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("as SQLite says it")
    error.sqlite_errorcode, error.sqlite_errorname = code, "SQLITE_NAME"
    return error


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (sqlite3.SQLITE_FULL, "make room"),
        (sqlite3.SQLITE_BUSY, "close it"),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, "close it"),
        (sqlite3.SQLITE_LOCKED, "goes on by itself"),
        (sqlite3.SQLITE_READONLY_DBMOVED, "the server's own"),
        (sqlite3.SQLITE_CANTOPEN_ISDIR, "the server's own"),
        (sqlite3.SQLITE_CORRUPT_INDEX, "restore a backup"),
        (sqlite3.SQLITE_NOTADB, "restore a backup"),
        (sqlite3.SQLITE_CONSTRAINT_UNIQUE, "contradicts what is stored"),
        (sqlite3.SQLITE_NOMEM, "The database refused"),
    ],
)
@pytest.mark.parametrize("writing", [True, False])
def test_every_refusal_says_what_to_do(code: int, sentence: str, writing: bool) -> None:
    """With SQLite's own name and words behind, for whoever looks further."""
    with (
        pytest.raises(StoreError, match=rf"{sentence}.*\(SQLITE_NAME: as SQLite says it\)") as trouble,
        told(writing),
    ):
        raise _error(code)
    assert type(trouble.value) is StoreError


@pytest.mark.parametrize(
    "code", [sqlite3.SQLITE_IOERR, sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_WRITE]
)
def test_a_failed_write_to_the_disk_is_a_failed_flush(code: int) -> None:
    """Whatever part of it failed, what the disk holds is unknown."""
    with pytest.raises(FlushError, match="start the server again"), told(writing=True):
        raise _error(code)


def test_a_failed_reading_from_the_disk_is_none() -> None:
    """It changes nothing on the disk, so it may be tried again."""
    with pytest.raises(StoreError) as trouble, told():
        raise _error(sqlite3.SQLITE_IOERR_READ)
    assert type(trouble.value) is StoreError


def test_an_error_that_came_through_sqlalchemy_is_the_same() -> None:
    """It carries SQLite's error inside."""
    cause = _error(sqlite3.SQLITE_FULL)
    with pytest.raises(StoreError, match=r"make room.*SQLITE_NAME") as trouble, told():
        raise OperationalError("insert ...", None, cause)
    assert isinstance(trouble.value.__cause__, OperationalError)


def test_an_error_without_a_code_is_told_too() -> None:
    """As those that Python's own module raises."""
    with pytest.raises(StoreError, match=r"The database refused.*ProgrammingError: closed"), told():
        raise sqlite3.ProgrammingError("closed")


def test_other_errors_pass() -> None:
    """A mistake in our own code is no trouble of the disk."""
    with pytest.raises(KeyError), told(writing=True):
        raise KeyError
