"""The store in SQLite with its raw connections in the test's hands: to set, to hold, to break."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from chat.server.storage.connections import BUSY_SECONDS, SETTINGS, for_reading, set_up
from chat.server.storage.folder import DataFolder
from chat.server.storage.opening import prepare
from chat.server.storage.sql import SqlStore
from tests.support.batches import MOMENT


def _nothing() -> None:
    return


class WatchedConnection(sqlite3.Connection):
    """A connection that tells its statements, and calls the test around each `commit`."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.before_commit: Callable[[], None] = _nothing
        self.after_commit: Callable[[], None] = _nothing
        self.statements: list[str] = []
        self.set_trace_callback(self.statements.append)

    def cursor(self, *_: Any, **__: Any) -> Any:
        return super().cursor(_WatchedCursor)


class _WatchedCursor(sqlite3.Cursor):
    """Runs statements for a watched connection."""

    def execute(self, sql: str, *parameters: Any) -> "_WatchedCursor":
        connection = self.connection
        if sql != "commit" or not isinstance(connection, WatchedConnection):
            return super().execute(sql, *parameters)
        connection.before_commit()
        done = super().execute(sql, *parameters)
        connection.after_commit()
        return done


class OpenedStore:
    """A store on a folder, with `journal` and `mover`, the two connections that it writes by."""

    def __init__(self, folder: Path, log_pages_most: int = 16_384) -> None:
        held = DataFolder(folder)
        self.database = held.database
        prepare(self.database, MOMENT)
        made: list[WatchedConnection] = []

        def write() -> sqlite3.Connection:
            raw = sqlite3.connect(
                self.database, timeout=BUSY_SECONDS, check_same_thread=False, factory=WatchedConnection
            )
            set_up(raw, *SETTINGS)
            made.append(raw)
            return raw

        self.store = SqlStore(held, write, for_reading(self.database), log_pages_most)
        self.journal, self.mover = made

    def intruder(self) -> sqlite3.Connection:
        """Return a connection of another program; the caller closes it."""
        return sqlite3.connect(self.database, timeout=0, isolation_level=None)


def fail_with(name: str, code: int) -> Callable[[], None]:
    """Return what raises an error of SQLite, as from its C code."""

    def fail() -> None:
        error = sqlite3.OperationalError(f"{name}, as the test wants")
        error.sqlite_errorcode, error.sqlite_errorname = code, name
        raise error

    return fail
