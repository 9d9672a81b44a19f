"""Outboxes on disk as a client uses them, and what stands in their file."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from chat.client.changes import OutboxItem
from chat.client.outbox_store import SqliteOutbox

ATTIC = "a" * 32
CELLAR = "c" * 32


class Kept:
    """A store that has begun.

    Attributes:
        store: the store.
        told: what it said of trouble.
    """

    def __init__(self, path: Path, address: str = "attic:7420", nick: str = "ann") -> None:
        self.store = SqliteOutbox(path, address, nick)
        self.told: list[str] = []
        self.store.begin(self.told.append)

    def texts(self, server_id: str = ATTIC, box: str = "ann's") -> list[str]:
        """What it loads says."""
        return [item.text for item in self.load(server_id, box)]

    def load(self, server_id: str = ATTIC, box: str = "ann's") -> list[OutboxItem]:
        """What it loads."""
        loaded = self.store.load(server_id, box)
        assert loaded is not None, self.told
        return loaded


@contextmanager
def kept_in(path: Path, address: str = "attic:7420", nick: str = "ann") -> Iterator[Kept]:
    """A store, closed at the end."""
    kept = Kept(path, address, nick)
    try:
        yield kept
    finally:
        kept.store.close()


def rows_in(path: Path) -> list[str]:
    """The texts that stand in a file, in the order they were put; none while it is not one yet."""
    if not path.exists():
        return []
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            return [text.decode() for (text,) in database.execute("select text from item order by place")]
    except sqlite3.DatabaseError:
        return []
