"""The file in which unsent messages are kept: one small SQLite database for all clients of one home.

A row belongs to an identity on a server. What was said before the server was known belongs to the address and
nick it was said under, and to the server that answered at that address last, if there was one: it is never
given to another. Knows no thread and no client; one call at a time.
"""

import sqlite3
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from chat.client.changes import OutboxItem, SendState
from chat.client.identity import Owner
from chat.client.kept_file import KeptFile, Schema, Wording, as_blob, as_text

# place: the order of saying; server and box: empty until they are known; failed: the sentence, or null
_ITEMS = """
    create table item (
        place integer primary key autoincrement, send_id text not null unique,
        server blob not null, box blob not null, address blob not null, nick blob not null,
        said_ms integer, target blob not null, text blob not null, action integer not null, failed blob)"""
_SCHEMA = Schema(
    1,
    (_ITEMS, "create table last_server (address blob primary key, server blob not null)"),
    flush="extra",  # the folder is flushed too
)
_WORDING = Wording(
    "unsent messages",
    lost="What waited in it from earlier is not sent.",
    meanwhile="They are still sent, but would be lost if this program were killed.",
)

_CLAIM = """
    update item set server = :server
    where box = x'' and address = :address and nick = :nick and server = x''"""
_MOVE = """
    update item set server = :server, box = :box
    where box = x'' and address = :address and nick = :nick and server in (x'', :server)"""
_KEPT = """
    select send_id, target, text, action, failed, said_ms from item
    where server = :server and box = :box order by place"""
_SEEN = """
    select send_id, target, text, action, failed, said_ms from item
    where server = :server and box = :box
        or box = x'' and address = :address and nick = :nick and server in (x'', :server)
    order by place"""
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


class OutboxFile:
    """Unsent messages on disk, for one address and one nick.

    Args:
        path: the file; it and its folder are made when they are needed, for their owner alone.
        address: where the server is looked for.
        nick: who it is looked for as.
    """

    def __init__(self, path: Path, address: str, nick: str) -> None:
        self._file = KeptFile(path, _SCHEMA, _WORDING)
        self._place = {"address": as_blob(address), "nick": as_blob(nick)}

    def write(self, changes: Mapping[str, OutboxItem | None], owner: Owner | None) -> None:
        """Put messages in their order, remove those that are None; flushed when this returns.

        With an owner, what was said here before anybody had answered is for that server from now on, though
        it is not loaded yet: no other gets it.

        Args:
            changes: by send id.
            owner: to whom they belong; None while that is not known.

        Raises:
            NotKept: nothing was written; the text says why.
        """
        whose = {"server": None, "box": b"", **self._place, **_named(owner)}
        with self._file.transaction() as database:
            if owner is not None:
                database.execute(_CLAIM, whose)
                database.execute(_NOTE_SERVER, whose)
            for send_id, item in changes.items():
                if item is None:
                    database.execute("delete from item where send_id = ?", (send_id,))
                else:
                    database.execute(_PUT, {**whose, **_row(item)})

    def peek(self, owner: Owner) -> list[OutboxItem]:
        """Give what `load` would give to an owner, and change nothing; raises `NotKept`."""
        with self._file.transaction() as database:
            return [_item(*row) for row in database.execute(_SEEN, {**self._place, **_named(owner)})]

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
        with self._file.transaction() as database:
            database.execute(_MOVE, whose)
            database.execute(_NOTE_SERVER, whose)
            kept = [_item(*row) for row in database.execute(_KEPT, whose)]
            here = {item.send_id for item in kept}
            lost = [self._fail(database, item) for item in own if item.send_id not in here]
        return [*lost, *kept]

    def _fail(self, database: sqlite3.Connection, item: OutboxItem) -> OutboxItem:
        """A message that is not to be sent by this client: give it as failed, and keep that."""
        marked = database.execute(_FAIL, {"sentence": as_blob(_OTHER_SERVER), "send_id": item.send_id})
        sentence = _OTHER_SERVER if marked.rowcount else _TAKEN_OVER
        return replace(item, state=SendState.FAILED, sentence=sentence)


def _named(owner: Owner | None) -> dict[str, bytes]:
    return {"server": as_blob(owner.server_id), "box": as_blob(owner.box)} if owner else {}


def _row(item: OutboxItem) -> dict[str, Any]:
    return {
        "send_id": item.send_id,
        "said_ms": None if item.said_at is None else round(item.said_at.timestamp() * 1000),
        "target": as_blob(item.target),
        "text": as_blob(item.text),
        "action": item.action,
        "failed": as_blob(item.sentence) if item.state is SendState.FAILED else None,
    }


def _item(
    send_id: str, target: bytes, text: bytes, action: int, failed: bytes | None, said_ms: int | None
) -> OutboxItem:
    return OutboxItem(
        send_id,
        as_text(target),
        as_text(text),
        bool(action),
        SendState.WAITING if failed is None else SendState.FAILED,
        as_text(failed or b""),
        said_at=None if said_ms is None else datetime.fromtimestamp(said_ms / 1000, UTC),
    )
