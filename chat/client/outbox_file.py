"""The file in which unsent messages are kept: one small SQLite database for all clients of one home.

Every call opens the file, does one flushed transaction and closes it, so that nothing is held while nothing
happens and clients of one home meet for milliseconds only. A row belongs to an identity on a server. What was
said before the server was known belongs to the address and nick it was said under, and to the server that
answered at that address last, if there was one: it is never given to another. Knows no thread and no client;
one call at a time.
"""

import os
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from chat.client.changes import OutboxItem, SendState
from chat.client.outbox import NotKept

BUSY_SECONDS = 1.0
"""How long another client of this home may hold the file."""
_VERSION = 1

# place: the order of saying; server and box: empty until they are known; failed: the sentence, or null
_ITEMS = """
    create table item (
        place integer primary key autoincrement, send_id text not null unique,
        server blob not null, box blob not null, address blob not null, nick blob not null,
        said_ms integer, target blob not null, text blob not null, action integer not null, failed blob)"""
_SCHEMA = (
    _ITEMS,
    "create table last_server (address blob primary key, server blob not null)",
    f"pragma user_version = {_VERSION}",
)

_MOVE = """
    update item set server = :server, box = :box
    where box = x'' and address = :address and nick = :nick and server in (x'', :server)"""
_KEPT = """
    select send_id, target, text, action, failed, said_ms from item
    where server = :server and box = :box order by place"""
_FAIL = "update item set failed = :sentence where send_id = :send_id and box = x''"
_NOTE_SERVER = """
    insert into last_server values (:address, :server)
    on conflict do update set server = excluded.server where server <> excluded.server"""
_PUT = """
    insert into item (send_id, server, box, address, nick, said_ms, target, text, action, failed)
    values (:send_id,
        coalesce(:server, (select server from last_server where address = :address), x''), :box,
        :address, :nick, :said_ms, :target, :text, :action, :failed)
    on conflict (send_id) do update set failed = excluded.failed"""

_OTHER_SERVER = "Another server answers at this address than the one this was said for. It was told nothing."
_TAKEN_OVER = "Another client of yours, in the same home, has taken this over."


class Damaged(NotKept):
    """The file could not be read, and was put aside: the next call begins a new one."""


class Owner(Struct, frozen=True):
    """Whose messages they are."""

    server_id: str
    box: str
    """The identity's; see `Identity.box`."""


class OutboxFile:
    """Unsent messages on disk, for one address and one nick.

    Args:
        path: the file; it and its folder are made when they are needed, for their owner alone.
        address: where the server is looked for.
        nick: who it is looked for as.
    """

    def __init__(self, path: Path, address: str, nick: str) -> None:
        self._path = path
        self._place = {"address": _blob(address), "nick": _blob(nick)}

    def write(self, changes: Mapping[str, OutboxItem | None], owner: Owner | None) -> None:
        """Put messages in their order, remove those that are None; flushed when this returns.

        Args:
            changes: by send id.
            owner: to whom they belong; None while that is not known.

        Raises:
            NotKept: nothing was written; the text says why.
        """
        whose = {"server": None, "box": b"", **self._place, **_named(owner)}
        with self._transaction() as database:
            for send_id, item in changes.items():
                if item is None:
                    database.execute("delete from item where send_id = ?", (send_id,))
                else:
                    database.execute(_PUT, {**whose, **_row(item)})

    def load(self, owner: Owner, own: Collection[OutboxItem]) -> list[OutboxItem]:
        """Give what belongs to an owner, oldest first, with what was said here before the owner was known.

        Args:
            owner: who it turned out to be, on which server.
            own: what was written without an owner in this life. What of that may not go to this server is
                given as failed.

        Raises:
            NotKept: nothing was changed; the text says why.
        """
        whose = {**self._place, **_named(owner)}
        with self._transaction() as database:
            database.execute(_MOVE, whose)
            database.execute(_NOTE_SERVER, whose)
            kept = [_item(*row) for row in database.execute(_KEPT, whose)]
            here = {item.send_id for item in kept}
            lost = [self._fail(database, item) for item in own if item.send_id not in here]
        return [*lost, *kept]

    def _fail(self, database: sqlite3.Connection, item: OutboxItem) -> OutboxItem:
        """A message that is not to be sent by this client: give it as failed, and keep that."""
        marked = database.execute(_FAIL, {"sentence": _blob(_OTHER_SERVER), "send_id": item.send_id})
        sentence = _OTHER_SERVER if marked.rowcount else _TAKEN_OVER
        return replace(item, state=SendState.FAILED, sentence=sentence)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Do all that is done inside, or nothing."""
        inode = 0
        try:
            inode = self._make()
            with closing(sqlite3.connect(self._path, timeout=BUSY_SECONDS, isolation_level=None)) as database:
                database.execute("pragma synchronous = extra")  # the folder is flushed too
                database.execute("begin immediate")
                self._use_schema(database)
                yield database
                database.execute("commit")
        except sqlite3.Error as error:
            if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
                raise self._put_aside(inode) from None
            raise self._not_kept(str(error)) from None
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
            for statement in _SCHEMA:
                database.execute(statement)
        elif version != _VERSION:
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
            f"The file of unsent messages was damaged and is now {aside}; a new one was begun. "
            "What waited in it from earlier is not sent."
        )

    def _not_kept(self, cause: str) -> NotKept:
        return NotKept(
            f"Unsent messages can't be kept in {self._path}: {cause}. "
            "They are still sent, but would be lost if this program were killed."
        )


def _named(owner: Owner | None) -> dict[str, bytes]:
    return {"server": _blob(owner.server_id), "box": _blob(owner.box)} if owner else {}


def _row(item: OutboxItem) -> dict[str, Any]:
    return {
        "send_id": item.send_id,
        "said_ms": None if item.said_at is None else round(item.said_at.timestamp() * 1000),
        "target": _blob(item.target),
        "text": _blob(item.text),
        "action": item.action,
        "failed": _blob(item.sentence) if item.state is SendState.FAILED else None,
    }


def _item(
    send_id: str, target: bytes, text: bytes, action: int, failed: bytes | None, said_ms: int | None
) -> OutboxItem:
    return OutboxItem(
        send_id,
        _text(target),
        _text(text),
        bool(action),
        SendState.WAITING if failed is None else SendState.FAILED,
        _text(failed or b""),
        said_at=None if said_ms is None else datetime.fromtimestamp(said_ms / 1000, UTC),
    )


def _blob(text: str) -> bytes:
    """As bytes: what somebody typed may hold anything, also what no database takes as text."""
    return text.encode(errors="surrogatepass")


def _text(blob: bytes) -> str:
    return blob.decode(errors="surrogatepass")
