"""Copies the database of a running server as of one moment, by a connection of its own.

The server goes on writing: what it writes meanwhile waits in its write-ahead log, which can't begin anew
before the copy is done. So the copy is made in one go, straight to a file, and given up before the log has
grown too much. Knows no table but the stamp. One thread at a time.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from chat.errors import BadConfig, ChatError
from chat.server.storage import schema
from chat.server.storage.connections import for_reading, set_up

LOG_GROWTH_MOST = 512 * 1024 * 1024
"""By how many bytes the write-ahead log may grow while a copy is made."""

_PAGES_A_STEP = 1024  # 4 MiB; between two steps the log is looked at, and a signal is heard

_NO_ROOM = frozenset({sqlite3.SQLITE_FULL})


class LogGrewTooMuch(ChatError):
    """The copy took so long that the server's log took too much of its disk."""


def copy_database(database: Path, target: Path, log_growth_most: int = LOG_GROWTH_MOST) -> None:
    """Write the database as it stands now into a new file, which is not flushed.

    Args:
        database: of a server that may be running.
        target: must not exist.
        log_growth_most: in bytes.

    Raises:
        BadConfig: there is no such database, it can't be read, or the target can't be written.
        LogGrewTooMuch: the target is too slow.
    """
    if not database.is_file():
        raise BadConfig(f"There is no database {database}: name the server's data folder with --data.")
    log = database.with_name(f"{database.name}-wal")
    most = _size(log) + log_growth_most

    def look(_: int, __: int, ___: int) -> None:
        if _size(log) > most:
            raise LogGrewTooMuch(
                f"Copying takes so long that the server's log grew by more than {log_growth_most} bytes: "
                "back up to a faster disk, and move the file from there."
            )

    try:
        with closing(for_reading(database)()) as source, closing(sqlite3.connect(target)) as copy:
            # nothing of the copy counts before all of it is in the archive and flushed
            set_up(copy, "pragma journal_mode = off", "pragma synchronous = off")
            source.execute("begin")  # one snapshot for all steps, else each write of the server starts anew
            if not source.execute(
                "select 1 from sqlite_master where name = ?", (schema.stamp.name,)
            ).fetchone():
                raise BadConfig(f"{database} is not a database of this server: name another data folder.")
            source.backup(copy, pages=_PAGES_A_STEP, progress=look)
    except sqlite3.Error as error:
        raise _refusal(error, database, target) from error


def _refusal(error: sqlite3.Error, database: Path, target: Path) -> BadConfig:
    name = getattr(error, "sqlite_errorname", type(error).__name__)
    if getattr(error, "sqlite_errorcode", 0) & 0xFF in _NO_ROOM:
        return BadConfig(f"There is no room for a copy of the database in {target.parent}: make room.")
    return BadConfig(f"The database {database} can't be copied to {target.parent} ({name}: {error}).")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
