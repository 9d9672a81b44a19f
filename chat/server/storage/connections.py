"""How the database is opened: which connections there are, and what each is set to.

One connection writes for the journal, one moves the write-ahead log, and each reading thread has one to
itself while it reads. Knows no table. Threads: see `SqlStore`, which owns them.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, Engine, NullPool, QueuePool, create_engine

BUSY_SECONDS = 1.0

SETTINGS = (
    "pragma synchronous = full",
    "pragma fullfsync = on",  # macOS alone: its plain fsync leaves data in the disk's own memory
    "pragma checkpoint_fullfsync = on",
    "pragma wal_autocheckpoint = 0",  # has a thread of its own, so that no sender waits for it
    "pragma foreign_keys = on",
    "pragma secure_delete = on",  # what was edited or deleted is overwritten, long texts too
)
"""Of connections that write: every commit waits until the disk has it."""

Opener = Callable[[], sqlite3.Connection]
"""Makes a raw connection; used by one thread at a time, whichever that is."""


def for_writing(database: Path) -> Opener:
    """Return how to open the database for reading and writing."""

    def opened() -> sqlite3.Connection:
        raw = sqlite3.connect(database, timeout=BUSY_SECONDS, check_same_thread=False)
        set_up(raw, *SETTINGS)
        return raw

    return opened


def set_up(raw: sqlite3.Connection, *settings: str) -> None:
    """Run the settings on a new connection; one that can't take them is closed."""
    try:
        for setting in settings:
            raw.execute(setting)
    except sqlite3.Error:
        raw.close()
        raise


def for_reading(database: Path) -> Opener:
    """Return how to open the database for reading only."""
    address = f"{database.resolve().as_uri()}?mode=ro"

    def opened() -> sqlite3.Connection:
        raw = sqlite3.connect(address, timeout=BUSY_SECONDS, check_same_thread=False, uri=True)
        set_up(raw, "pragma query_only = on")
        return raw

    return opened


def one_connection(opener: Opener) -> Connection:
    """Return a single connection; its transactions are begun and ended by statements."""
    engine = create_engine(
        "sqlite+pysqlite://", creator=opener, poolclass=NullPool, isolation_level="AUTOCOMMIT"
    )
    return engine.connect()


def connection_per_reader(opener: Opener) -> Engine:
    """Return an engine with as many connections as threads ever read at once, and none shared meanwhile."""
    return create_engine(
        "sqlite+pysqlite://",
        creator=opener,
        poolclass=QueuePool,
        pool_size=0,  # no limit
        pool_use_lifo=True,
        isolation_level="AUTOCOMMIT",  # no transaction outlives its one statement, so no snapshot is held
    )
