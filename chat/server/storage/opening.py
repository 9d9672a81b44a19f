"""Makes the database ready for this code before anything else touches it.

Knows revisions, not what is in the tables. Runs on the thread that opens the store.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, insert, inspect, select
from sqlalchemy.exc import DBAPIError

from chat.errors import BadConfig
from chat.ids import new_epoch, new_server_id
from chat.server.storage import schema
from chat.server.storage.connections import for_writing, one_connection
from chat.server.storage.faults import as_store_error

_OLDEST_SQLITE = (3, 33, 0)


def prepare(database: Path, now: datetime) -> None:
    """Make sure that the file holds the tables of `schema.HEAD`.

    Args:
        database: made (for its owner's eyes only) where there is none.
        now: when a new one is said to be made.

    Raises:
        BadConfig: it can't be used; the sentence says why and what to do.
    """
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        raise BadConfig(f"This Python's SQLite is {sqlite3.sqlite_version}, 3.33 is needed: update it.")
    with _explained(database):
        os.close(os.open(database, os.O_RDWR | os.O_CREAT, 0o600))
        database.chmod(0o600)
        connection = one_connection(for_writing(database))
        try:
            # for a migration may make a table anew that others refer to; within a transaction it is too late
            connection.exec_driver_sql("pragma foreign_keys = off")
            _require_log(connection, database)
            _bring_to_head(connection, database, now)
        finally:
            connection.close()


@contextmanager
def _explained(database: Path) -> Iterator[None]:
    """Raise `BadConfig` for what goes wrong within."""
    try:
        yield
    except OSError as error:
        raise BadConfig(
            f"The database {database} can't be used ({error.strerror}): make the file the server's own, "
            "or choose another data folder."
        ) from error
    except DBAPIError as error:
        raise BadConfig(f"{database}: {as_store_error(error, writing=False)}") from error


def _require_log(connection: Connection, database: Path) -> None:
    """Turn the write-ahead log on, once for all; it stays on in the file."""
    mode = connection.exec_driver_sql("pragma journal_mode = wal").scalar()
    if mode != "wal":
        raise BadConfig(
            f"The disk under {database} can't do what a database needs (as network disks can't): "
            "choose a data folder on a local disk."
        )


def _bring_to_head(connection: Connection, database: Path, now: datetime) -> None:
    """Create the tables, or lead older ones here, in one transaction; closing ends one that failed."""
    connection.exec_driver_sql("begin immediate")
    tables = inspect(connection).get_table_names()
    if not tables:
        _create(connection, now)
    elif schema.stamp.name not in tables:
        raise BadConfig(f"{database} is not a database of this server: choose another data folder.")
    elif (revision := connection.scalar(select(schema.stamp.c.version_num))) != schema.HEAD:
        _upgrade(connection, database, revision)
    connection.exec_driver_sql("commit")


def _create(connection: Connection, now: datetime) -> None:
    """Make all tables as they are today, without the way that led here."""
    schema.metadata.create_all(connection, checkfirst=False)
    schema.stamp.create(connection)
    connection.execute(insert(schema.stamp).values(version_num=schema.HEAD))
    connection.execute(
        insert(schema.meta).values(
            id=1,
            server_id=new_server_id(),
            epoch=new_epoch(),
            created=now.isoformat(),
            last_batch=0,
            next_user=1,
            next_device=1,
            next_conversation=1,
        )
    )


def _upgrade(connection: Connection, database: Path, revision: str | None) -> None:
    """Lead the tables from an older revision here."""
    # imported here because it takes 0.1 to 0.2 s, which no start without an upgrade should wait for
    from chat.server.storage.upgrade import UnknownRevision, upgrade  # noqa: PLC0415

    try:
        upgrade(connection, revision)
    except UnknownRevision as error:
        raise BadConfig(
            f"{database} was written by a newer version of chat-server: install that one again, "
            "or choose another data folder."
        ) from error
