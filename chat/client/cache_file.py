"""The file in which is kept what clients of one home knew: one small SQLite database for all of them.

What belongs to one identity on one server is never given to another. All that a server said belongs to one
life of it, its epoch: what is written under another epoch throws it away first; drafts stay. Knows no thread
and no client; one call at a time.
"""

import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from chat.client.cache import ENTRIES_KEPT, Cached, CachedTalk
from chat.client.cache_notes import CacheBatch
from chat.client.identity import Owner
from chat.client.kept_file import KeptFile, Schema, Wording, as_blob, as_text
from chat.protocol.entries import AnyEntry
from chat.protocol.records import Conversation, User

BOXES_KEPT = 20
"""How many identities are kept; those seen longest ago are forgotten first."""
PEOPLE_KEPT = 2000
"""How many people are kept of each."""

_SCHEMA = Schema(
    1,
    (
        """create table last_server (
            address blob, nick blob, server blob not null, primary key (address, nick))""",
        """create table box (
            id integer primary key, server blob not null, box blob not null,
            epoch text not null default '', seen_ms integer not null default 0, me blob,
            unique (server, box))""",
        """create table person (
            place integer primary key autoincrement, box integer not null references box on delete cascade,
            user text not null, record blob not null, unique (box, user))""",
        """create table talk (
            place integer primary key autoincrement, box integer not null references box on delete cascade,
            conversation text not null, record blob not null, unique (box, conversation))""",
        """create table entry (
            talk integer references talk on delete cascade, number integer, entry blob not null,
            primary key (talk, number)) without rowid""",
        """create table draft (
            box integer references box on delete cascade, conversation text, text blob not null,
            primary key (box, conversation)) without rowid""",
    ),
    flush="normal",
)
_WORDING = Wording(
    "what was said",
    lost="The server has it all; only drafts are lost.",
    meanwhile="All goes on, but the next start shows nothing before the server answers.",
)

_PUT_BOX = "insert into box (server, box) values (?, ?) on conflict do nothing"
_FIND_BOX = "select id, epoch, seen_ms, me from box where server = ? and box = ?"
_FORGET_BOXES = """
    delete from box where id <> :box and id not in (select id from box order by seen_ms desc limit :kept)"""
_NOTE_SERVER = """
    insert into last_server values (:address, :nick, :server)
    on conflict do update set server = excluded.server where server <> excluded.server"""
_PUT_PERSON = "insert or replace into person (box, user, record) values (?, ?, ?)"
_FORGET_PEOPLE = """
    delete from person where box = :box
    and place <= (select place from person where box = :box order by place desc limit 1 offset :kept)"""
_PUT_TALK = """
    insert into talk (box, conversation, record) values (?, ?, ?)
    on conflict (box, conversation) do update set record = excluded.record"""
_PUT_ENTRY = "insert or replace into entry values (?, ?, ?)"
_FORGET_ENTRIES = "delete from entry where talk = ? and number <= ?"
_PUT_DRAFT = "insert or replace into draft values (?, ?, ?)"

_pack: Final = msgspec.msgpack.Encoder().encode
_entry: Final = msgspec.msgpack.Decoder(AnyEntry)
_record: Final = msgspec.msgpack.Decoder(Conversation)
_user: Final = msgspec.msgpack.Decoder(User)


class CacheFile:
    """What is known, on disk, for one address and one nick.

    Args:
        path: the file; it and its folder are made when they are needed, for their owner alone.
        address: where the server is looked for.
        nick: who it is looked for as.
    """

    def __init__(self, path: Path, address: str, nick: str) -> None:
        self._file = KeptFile(path, _SCHEMA, _WORDING)
        self._place = {"address": as_blob(address), "nick": as_blob(nick)}

    def last_server(self) -> str:
        """The id of the server that answered last at this address for this nick; empty when none did.

        Raises:
            NotKept: it can't be read; the text says why.
        """
        query = "select server from last_server where address = :address and nick = :nick"
        with self._file.transaction() as database:
            found = database.execute(query, self._place).fetchone()
        return as_text(found[0]) if found else ""

    def load(self, owner: Owner, *, talks: bool) -> Cached:
        """Give what is kept of an owner; without `talks` only the epoch.

        Raises:
            NotKept: it can't be read; the text says why.
        """
        with self._file.transaction() as database:
            found = database.execute(_FIND_BOX, _names(owner)).fetchone()
            if found is None:
                return Cached()
            box, epoch, seen_ms, me = found
            if not talks:
                return Cached(epoch)
            return Cached(
                epoch,
                datetime.fromtimestamp(seen_ms / 1000, UTC) if seen_ms else None,
                _user.decode(me) if me else None,
                _people(database, box),
                _talks(database, box),
                _drafts(database, box),
            )

    def write(self, owner: Owner, batch: CacheBatch) -> None:
        """Write what changed; all of it when this returns.

        Raises:
            NotKept: nothing was written; the text says why.
        """
        with self._file.transaction() as database:
            box = self._box(database, owner, batch)
            _write_people(database, box, batch)
            _write_talks(database, box, batch)
            drafts = ((box, key, as_blob(text)) for key, text in batch.drafts.items())
            database.executemany(_PUT_DRAFT, drafts)
            database.execute("delete from draft where box = ? and text = x''", (box,))

    def _box(self, database: sqlite3.Connection, owner: Owner, batch: CacheBatch) -> int:
        """The place of what belongs to an owner, with nothing of another epoch in it."""
        made = database.execute(_PUT_BOX, _names(owner)).rowcount
        box, epoch, seen_ms, me = database.execute(_FIND_BOX, _names(owner)).fetchone()
        if batch.epoch:
            database.execute(_NOTE_SERVER, {**self._place, "server": as_blob(owner.server_id)})
        if batch.epoch and epoch and epoch != batch.epoch:
            for table in ("talk", "person"):
                database.execute(f"delete from {table} where box = ?", (box,))
        if batch.seen_at:
            seen_ms = round(batch.seen_at.timestamp() * 1000)
        me = _pack(batch.me) if batch.me else me
        change = "update box set epoch = ?, seen_ms = ?, me = ? where id = ?"
        database.execute(change, (batch.epoch or epoch, seen_ms, me, box))
        if made:
            database.execute(_FORGET_BOXES, {"box": box, "kept": BOXES_KEPT})
        return int(box)


def _names(owner: Owner) -> tuple[bytes, bytes]:
    return as_blob(owner.server_id), as_blob(owner.box)


def _people(database: sqlite3.Connection, box: int) -> tuple[User, ...]:
    rows = database.execute("select record from person where box = ?", (box,))
    return tuple(_user.decode(record) for (record,) in rows)


def _talks(database: sqlite3.Connection, box: int) -> tuple[CachedTalk, ...]:
    rows = database.execute("select place, record from talk where box = ? order by place", (box,)).fetchall()
    return tuple(CachedTalk(_record.decode(record), _entries(database, place)) for place, record in rows)


def _entries(database: sqlite3.Connection, talk: int) -> tuple[AnyEntry, ...]:
    rows = database.execute("select entry from entry where talk = ? order by number", (talk,))
    return tuple(_entry.decode(entry) for (entry,) in rows)


def _drafts(database: sqlite3.Connection, box: int) -> dict[str, str]:
    rows = database.execute("select conversation, text from draft where box = ?", (box,))
    return {conversation: as_text(text) for conversation, text in rows}


def _write_people(database: sqlite3.Connection, box: int, batch: CacheBatch) -> None:
    if batch.people:
        people = ((box, user.id, _pack(user)) for user in batch.people.values())
        database.executemany(_PUT_PERSON, people)
        database.execute(_FORGET_PEOPLE, {"box": box, "kept": PEOPLE_KEPT})


def _write_talks(database: sqlite3.Connection, box: int, batch: CacheBatch) -> None:
    gone = ((box, key) for key in batch.gone)
    database.executemany("delete from talk where box = ? and conversation = ?", gone)
    talks = ((box, key, _pack(record)) for key, record in batch.talks.items())
    database.executemany(_PUT_TALK, talks)
    for key, entries in batch.entries.items():
        query = "select place from talk where box = ? and conversation = ?"
        found = database.execute(query, (box, key)).fetchone()
        if found:
            _write_entries(database, found[0], entries.values())


def _write_entries(database: sqlite3.Connection, talk: int, entries: Iterable[AnyEntry]) -> None:
    database.executemany(_PUT_ENTRY, ((talk, entry.number, _pack(entry)) for entry in entries))
    (newest,) = database.execute("select max(number) from entry where talk = ?", (talk,)).fetchone()
    database.execute(_FORGET_ENTRIES, (talk, newest - ENTRIES_KEPT))
