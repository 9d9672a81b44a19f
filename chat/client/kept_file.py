"""A small SQLite database in the state folder, shared by all clients of one home, for its owner alone.

Every use opens the file, does one transaction and closes it, so that nothing is held while nothing happens
and clients of one home meet for milliseconds only; being killed at any instant leaves the file as it was
before or after. A damaged file is put aside and a new one begun. Knows not what stands in it, and no thread;
one call at a time.
"""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from msgspec import MsgspecError

from chat.client.disk_thread import Damaged, NotKept

BUSY_SECONDS = 1.0
"""How long another client of this home may hold the file."""


@dataclass(frozen=True, slots=True)
class Wording:
    """How the file is spoken of when something is wrong with it."""

    contents: str
    """What stands in it, as in "Unsent messages can't be kept"."""
    lost: str
    """A sentence: what it means that a damaged file was put aside."""
    meanwhile: str
    """A sentence: what it means that nothing can be written."""


@dataclass(frozen=True, slots=True)
class Schema:
    """What a new file is made of."""

    version: int
    statements: Sequence[str]
    flush: str
    """How far a transaction is flushed to disk: SQLite's `synchronous`."""


class KeptFile:
    """The file.

    Args:
        path: where it is; it and its folder are made when they are needed.
        schema: what it is made of.
        wording: how it is spoken of.
    """

    def __init__(self, path: Path, schema: Schema, wording: Wording) -> None:
        self._path = path
        self._schema = schema
        self._wording = wording

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Do all that is done inside, or nothing.

        Raises:
            NotKept: nothing was done; the text says why.
        """
        inode = 0
        try:
            inode = self._make()
            with closing(sqlite3.connect(self._path, timeout=BUSY_SECONDS, isolation_level=None)) as database:
                database.execute(f"pragma synchronous = {self._schema.flush}")
                database.execute("pragma foreign_keys = on")
                database.execute("begin immediate")
                self._use_schema(database)
                yield database
                database.execute("commit")
        except sqlite3.Error as error:
            # not every error comes from SQLite itself, and only those have a code
            code = getattr(error, "sqlite_errorcode", None) or 0
            if code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
                raise self._put_aside(inode) from None
            raise self._not_kept(str(error)) from None
        except MsgspecError:
            raise self._put_aside(inode) from None
        except OSError as error:
            raise self._not_kept(error.strerror or str(error)) from None

    def _make(self) -> int:
        """Make the file where it is missing; return which one it is."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            return os.fstat(handle).st_ino
        finally:
            os.close(handle)

    def _use_schema(self, database: sqlite3.Connection) -> None:
        (version,) = database.execute("pragma user_version").fetchone()
        if version == 0:
            for statement in self._schema.statements:
                database.execute(statement)
            database.execute(f"pragma user_version = {self._schema.version}")
        elif version != self._schema.version:
            raise self._not_kept("a newer version of this program has written it")

    def _put_aside(self, inode: int) -> NotKept:
        """Make room for a new file, unless another client did that just now."""
        aside = self._path.with_suffix(".damaged")
        try:
            if self._path.stat().st_ino == inode:
                self._path.replace(aside)
        except OSError as error:
            return self._not_kept(error.strerror or str(error))
        return Damaged(
            f"The file of {self._wording.contents} was damaged and is now {aside}; a new one was begun. "
            f"{self._wording.lost}"
        )

    def _not_kept(self, cause: str) -> NotKept:
        contents = self._wording.contents.capitalize()
        return NotKept(f"{contents} can't be kept in {self._path}: {cause}. {self._wording.meanwhile}")


def as_blob(text: str) -> bytes:
    """As bytes: what somebody typed may hold anything, also what no database takes as text."""
    return text.encode(errors="surrogatepass")


def as_text(blob: bytes) -> str:
    """What `as_blob` was given."""
    return blob.decode(errors="surrogatepass")
