"""The store in SQLite.

Threads: the journal's calls `commit`, `last_batch`, `probe`, `answered` and `messages`, which share one
connection; any thread calls `page` and `unread`, each on a connection of its own; one more calls
`checkpoint`. Knows SQL only by the statements that `writes`, `reads` and `loading` give.
"""

import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import date

import msgspec
from sqlalchemy import Connection, Engine

from chat.ids import ConversationId, SendId, UserId
from chat.protocol.entries import AnyEntry, Deleted, Edited, Message
from chat.protocol.records import AuditRecord
from chat.server.domain.audit import Tail
from chat.server.domain.model import Erasure, MessageKey, conversation_id, row_of, user_id
from chat.server.ports import (
    Answered,
    Batch,
    FlushError,
    Loaded,
    OldSends,
    StoreError,
    Unread,
    Written,
    WrittenMessages,
)
from chat.server.storage import loading, reads, trimming
from chat.server.storage.connections import Opener, connection_per_reader, one_connection
from chat.server.storage.faults import FLUSH_FAILED, told
from chat.server.storage.folder import DataFolder
from chat.server.storage.sequence import does_not_follow
from chat.server.storage.writes import audit_write, entry_key, writes

LOG_PAGES_MOST = 16_384
"""From this many pages (64 MiB) a checkpoint waits for its turn instead of taking what it can get."""

LEFT_PAGES_MOST = 1_024
"""While more pages than this can't be moved, somebody holds an old snapshot, and waiting would be in vain."""

WAIT_MS = 20
"""How long a checkpoint waits for its turn, and may hold up the journal meanwhile."""


class SqlStore:
    """Everything in one database; see `ports.Store` for what each method promises."""

    def __init__(
        self,
        folder: DataFolder,
        write: Opener,
        read: Opener,
        log_pages_most: int = LOG_PAGES_MOST,
    ) -> None:
        """Open the connections; the store closes them and the folder."""
        self._folder = folder
        self._log_pages_most = log_pages_most
        self._flush_failed = threading.Event()
        self._journal: Connection = one_connection(write)
        self._mover: Connection = one_connection(write)
        self._mover.exec_driver_sql(f"pragma busy_timeout = {WAIT_MS}")
        self._log_holds_erased = threading.Event()
        self._log_holds_erased.set()  # who ran before may have been killed
        self._readers: Engine = connection_per_reader(read)

    def load(self) -> Loaded:
        """Return everything kept in memory; called once before anything is accepted."""
        with told(), self._readers.connect() as connection:
            return loading.load(connection)

    def commit(self, batch: Batch) -> None:
        """Store the batch in one transaction and flush it; raises `StoreError` or `FlushError`."""
        statements = writes(batch)
        try:
            with self._transaction():
                for sql, parameters, rows in statements:
                    touched = self._journal.exec_driver_sql(sql, parameters).rowcount
                    if rows is not None and touched != rows:
                        raise does_not_follow(batch)
                if batch.notes:
                    tail = self._journal.exec_driver_sql(reads.AUDIT_TAIL).one_or_none()
                    sql, parameters, _ = audit_write(batch, Tail(*tail) if tail else Tail())
                    self._journal.exec_driver_sql(sql, parameters)
        finally:  # it may be stored, whatever is raised
            if batch.trims or batch.gone or any(isinstance(each, Edited | Deleted) for each in batch.entries):
                self._log_holds_erased.set()

    def last_batch(self) -> int:
        """Return the number of the last stored batch; raises `StoreError`."""
        with told():
            return int(self._journal.exec_driver_sql("select last_batch from meta").scalar_one())

    def probe(self) -> None:
        """Write a row that stays as it is; raises `StoreError`."""
        with self._transaction():
            self._journal.exec_driver_sql("update meta set last_batch = last_batch")

    def answered(self, keys: Sequence[tuple[UserId, SendId]]) -> Mapping[tuple[UserId, SendId], Answered]:
        """Return the first answers of known send ids; raises `StoreError`."""
        wanted = _json([(row_of(user), send_id) for user, send_id in keys])
        with told():
            found = self._journal.exec_driver_sql(reads.ANSWERED, (wanted,)).scalar_one()
        return {
            (user_id(user), SendId(send_id)): Answered(
                request_hash, entry, message, MessageKey(conversation_id(key >> 32), key & 0xFFFFFFFF), when
            )
            for user, send_id, request_hash, entry, message, key, when in reads.answered_of.decode(found)
        }

    def messages(self, keys: Collection[MessageKey]) -> Mapping[MessageKey, Message]:
        """Return those that are messages, in their present state; raises `StoreError`."""
        wanted = _json([entry_key(conversation, number) for conversation, number in keys])
        with told():
            found = self._journal.exec_driver_sql(reads.STANDING, (wanted,)).scalar_one()
        return {
            MessageKey(ConversationId(message.conversation), message.number): message
            for message in reads.standing_of.decode(found)
        }

    def page(
        self,
        conversation: ConversationId,
        *,
        above: int = 0,
        below: int | None = None,
        newest_first: bool = False,
        limit: int,
        limit_bytes: int,
    ) -> list[AnyEntry]:
        """Return a page of entries, ascending; raises `StoreError`."""
        query = reads.PAGE_FROM_NEWEST if newest_first else reads.PAGE
        bounds = {
            "above": entry_key(conversation, above),
            "below": entry_key(conversation, 1 << 32 if below is None else below),
            "limit": limit,
        }
        with told(), self._readers.connect() as connection:
            lines = connection.execute(query, bounds).scalar_one()
        bodies = lines.split("\n") if lines else []
        fit = reads.how_many_fit((len(body.encode()) for body in bodies), limit_bytes)
        page = reads.page_of.decode(f"[{','.join(bodies[:fit])}]")
        return page[::-1] if newest_first else page

    def unread(
        self, user: UserId, positions: Mapping[ConversationId, tuple[int, int]]
    ) -> Mapping[ConversationId, Unread]:
        """Return the counts between the two positions of each conversation; raises `StoreError`."""
        places = _json([(row_of(place), read, last) for place, (read, last) in positions.items()])
        with told(), self._readers.connect() as connection:
            found = connection.exec_driver_sql(reads.UNREAD, (row_of(user), places)).scalar_one()
        return {
            conversation_id(row): Unread(messages, mentions)
            for row, messages, mentions in reads.unread_of.decode(found)
        }

    def audit(self, *, below: int | None = None, limit: int) -> list[AuditRecord]:
        """Return the newest records under a number, the newest first; raises `StoreError`."""
        bounds = (1 << 62 if below is None else below, limit)
        with told(), self._readers.connect() as connection:
            found = connection.exec_driver_sql(reads.AUDIT, bounds).scalar_one()
        return reads.audit_of.decode(found)

    def written(self, user: UserId, *, after: int, rows: int, limit_bytes: int) -> Written:
        """Return what somebody wrote among so many entries from a place on; raises `StoreError`."""
        with told(), self._readers.connect() as connection:
            found = connection.exec_driver_sql(trimming.WRITTEN, (row_of(user), after, rows)).scalar_one()
        last, count, entries = reads.written_of.decode(found)
        fit = reads.how_many_fit((len(msgspec.json.encode(entry)) for entry in entries), limit_bytes)
        if fit < len(entries):
            return Written(entries[:fit], entry_key(entries[fit - 1].conversation, entries[fit - 1].number))
        return Written(entries, last if count == rows else None)

    def written_messages(self, user: UserId) -> Mapping[ConversationId, WrittenMessages]:
        """Return where messages of somebody still have their text; raises `StoreError`."""
        with told(), self._readers.connect() as connection:
            found = connection.exec_driver_sql(trimming.WRITTEN_MESSAGES, (row_of(user),)).all()
        return {conversation_id(row): WrittenMessages(messages, last) for row, messages, last in found}

    def messages_of(
        self, user: UserId, conversation: ConversationId, *, above: int, below: int, limit: int
    ) -> Sequence[int]:
        """Return the numbers of the oldest such messages between two others; raises `StoreError`."""
        bounds = (row_of(user), entry_key(conversation, above), entry_key(conversation, below), limit)
        with told(), self._readers.connect() as connection:
            found = connection.exec_driver_sql(trimming.MESSAGES_OF, bounds).scalar_one()
        return reads.numbers_of.decode(found)

    def erasures(self) -> Sequence[Erasure]:
        """Return the erasures that are not done; raises `StoreError`."""
        with told(), self._readers.connect() as connection:
            found = connection.exec_driver_sql(trimming.ERASURES).all()
        return [
            Erasure(user_id(user), conversation_id(row), last, user_id(by)) for user, row, last, by in found
        ]

    def oldest_trim(self) -> date | None:
        """Return the first day on which entries went whose send ids may be known; raises `StoreError`."""
        with told(), self._readers.connect() as connection:
            day = connection.exec_driver_sql(trimming.OLDEST_TRIM).scalar_one()
        return date.fromisoformat(day) if day else None

    def old_sends(self, before: date, *, after: tuple[SendId, UserId] | None, rows: int) -> OldSends:
        """Return among so many send ids those that may be forgotten; raises `StoreError`."""
        place = (after[0], row_of(after[1])) if after else ("", 0)
        with told(), self._readers.connect() as connection:
            bounds = (*place, rows, before.isoformat())
            found = connection.exec_driver_sql(trimming.OLD_SENDS, bounds).all()
        keys = [(user_id(user), SendId(send_id)) for send_id, user, old in found if old]
        return OldSends(keys, (SendId(found[-1][0]), user_id(found[-1][1])) if len(found) == rows else None)

    def checkpoint(self) -> None:
        """Move the write-ahead log into the database; raises `StoreError` or `FlushError`.

        Nobody waits for it, but where the log must begin anew: when it has grown too long, or holds texts
        that were edited or deleted since. Then the journal waits for the little that came meanwhile, and
        `WAIT_MS` where somebody reads; it is tried again the next time.
        """
        erases = self._log_holds_erased.is_set()
        self._log_holds_erased.clear()
        moved = False
        try:
            _, pages, done = self._move_log("passive")
            if pages - done <= LEFT_PAGES_MOST and (erases or pages > self._log_pages_most):
                moved = not self._move_log("truncate" if erases else "restart")[0]
        finally:
            if erases and not moved:
                self._log_holds_erased.set()

    def close(self) -> None:
        """Close all connections and let go of the folder; closing again does nothing."""
        if self._mover.closed:
            return
        self._readers.dispose()
        self._journal.close()
        # what can't be moved now is read from the log at the next start
        with suppress(StoreError):
            self._move_log("truncate")
        self._mover.close()
        self._folder.close()

    def _move_log(self, how: str) -> tuple[bool, int, int]:
        """Run a checkpoint; returns whether others were in its way, the log's pages and those moved."""
        with self._flushing():
            busy, pages, moved = self._mover.exec_driver_sql(f"pragma wal_checkpoint({how})").one()
        return bool(busy), int(pages), int(moved)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Keep all that is written within, or nothing of it."""
        with self._flushing():
            try:
                self._journal.exec_driver_sql("begin immediate")
                yield
                self._journal.exec_driver_sql("commit")
            finally:
                self._journal.rollback()  # the driver's own: nothing happens after a commit

    @contextmanager
    def _flushing(self) -> Iterator[None]:
        """Refuse to write once a flush has failed: another may claim success for what the first lost."""
        if self._flush_failed.is_set():
            raise FlushError(FLUSH_FAILED)
        try:
            with told(writing=True):
                yield
        except FlushError:
            self._flush_failed.set()
            raise


def _json(rows: Sequence[object]) -> str:
    return msgspec.json.encode(rows).decode()
