"""What SQLite's refusals mean to the one who runs the server, as errors of the port.

Knows SQLite's result codes; no connection. Any thread.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from chat.server.ports import FlushError, StoreError

FLUSH_FAILED = (
    "Writing to the disk failed, so nobody knows what it holds: the server only reads from now on. "
    "Look after the disk, then start the server again."
)

_SENTENCES = {
    sqlite3.SQLITE_FULL: "The disk is full: make room, and writing goes on by itself.",
    sqlite3.SQLITE_BUSY: "Another program holds the database: close it, and writing goes on by itself.",
    sqlite3.SQLITE_LOCKED: "Another connection holds the database: writing goes on by itself.",
    sqlite3.SQLITE_READONLY: "The database can't be written: make its file and folder the server's own.",
    sqlite3.SQLITE_CANTOPEN: "The database can't be opened: make its file and folder the server's own.",
    sqlite3.SQLITE_CORRUPT: "The database is damaged: stop the server and restore a backup.",
    sqlite3.SQLITE_NOTADB: "The file is no database: stop the server and restore a backup.",
    sqlite3.SQLITE_CONSTRAINT: "The batch contradicts what is stored; nothing of it was kept.",
}


@contextmanager
def told(writing: bool = False) -> Iterator[None]:
    """Raise the port's error for an error of SQLite within.

    Raises:
        FlushError: writing, and the input or output of it failed.
        StoreError: anything else.
    """
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        raise as_store_error(error, writing) from error


def as_store_error(error: DBAPIError | sqlite3.Error, writing: bool) -> StoreError:
    """Return the error of the port for one of SQLite's, with a sentence for the operator."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    plain = code & 0xFF  # the rest says more precisely what the lowest byte says already
    detail = f" ({getattr(cause, 'sqlite_errorname', type(cause).__name__)}: {cause})"
    if plain == sqlite3.SQLITE_IOERR and writing:
        return FlushError(FLUSH_FAILED + detail)
    return StoreError(_SENTENCES.get(plain, "The database refused.") + detail)
