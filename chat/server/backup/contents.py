"""What a copy of a server's database holds, and whether it is sound.

Knows the few tables that every revision has; opens a copy as it lies on the disk, so nobody may write it
meanwhile. One thread at a time.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from msgspec import Struct

from chat.server.backup.archive import BadBackup
from chat.server.storage import schema


class Contents(Struct, frozen=True):
    """What a database holds."""

    server_id: str
    epoch: str
    revision: str
    rows: dict[str, int]
    """How many each table has."""
    messages: int

    @property
    def sentence(self) -> str:
        """How much it is, for people."""
        users, conversations = self.rows.get("users", 0), self.rows.get("conversations", 0)
        return f"{users} users, {conversations} conversations, {self.messages} messages"


def contents_of(database: Path) -> Contents:
    """Return what a copy holds; raises `BadBackup` when it is none of a server's."""
    with _looking_into(database) as copy:
        server_id, epoch = copy.execute("select server_id, epoch from meta").fetchone()
        (revision,) = copy.execute(f"select version_num from {schema.stamp.name}").fetchone()
        (messages,) = copy.execute("select count(*) from entries where kind = 'message'").fetchone()
        names = copy.execute("select name from sqlite_master where type = 'table' order by name").fetchall()
        rows = {name: _rows(copy, name) for (name,) in names if not name.startswith("sqlite_")}
    return Contents(server_id, epoch, revision, rows, messages)


def require_sound(database: Path) -> None:
    """Walk through all of a copy; raises `BadBackup` when it is damaged."""
    with _looking_into(database) as copy:
        found = [line for (line,) in copy.execute("pragma integrity_check(3)")]
    if found != ["ok"]:
        raise BadBackup(f"The database is damaged ({'; '.join(found)}).")


def require_known(revision: str) -> None:
    """Raise `BadBackup` when tables are of a revision that this program can't lead to its own."""
    if revision == schema.HEAD:
        return
    # imported here because it takes 0.1 to 0.2 s, which no backup of today's tables should wait for
    from chat.server.storage.upgrade import UnknownRevision, require_known  # noqa: PLC0415

    try:
        require_known(revision)
    except UnknownRevision as error:
        raise BadBackup(
            "The database in it was written by a newer version of chat-server "
            f"(revision {revision}; this one knows {schema.HEAD}): update this one."
        ) from error


def _rows(copy: sqlite3.Connection, table: str) -> int:
    quoted = table.replace('"', '""')
    (rows,) = copy.execute(f'select count(*) from "{quoted}"').fetchone()
    return int(rows)


@contextmanager
def _looking_into(database: Path) -> Iterator[sqlite3.Connection]:
    """Open a copy as it lies there; what SQLite makes of it is told as `BadBackup`."""
    address = f"{database.resolve().as_uri()}?immutable=1"
    try:
        with closing(sqlite3.connect(address, uri=True)) as copy:
            yield copy
    except (sqlite3.Error, TypeError) as error:
        raise BadBackup(f"The database is none of chat-server, or damaged ({error}).") from error
