"""The doors of the server: what state and commands ask of the outside, as protocols.

Whoever stands behind them (SQLite, memory, a TCP link, a test) is chosen in `app`. No implementation here.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple, Protocol

import msgspec

from chat.ids import ConversationId, SendId, UserId
from chat.protocol.codes import CloseReason, Refused
from chat.protocol.entries import AnyEntry, Message
from chat.protocol.records import AuditRecord, Gate
from chat.server.domain.audit import AuditNote
from chat.server.domain.model import (
    ChannelRules,
    ConversationState,
    DeviceState,
    Erasure,
    MessageKey,
    ReadMove,
    SendRow,
    Trim,
    UserState,
)


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is kept in memory, as read at the start."""

    server_id: str
    epoch: str
    users: Sequence[UserState]
    devices: Sequence[DeviceState]
    conversations: Sequence[ConversationState]
    reads: Sequence[ReadMove]
    next_user: int
    """The first row number that no user ever had; likewise below."""
    next_device: int
    next_conversation: int
    last_batch: int
    """Number of the last batch that was stored."""
    gate: Gate = Gate.OPEN


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """What one transaction stores, all or nothing."""

    number: int
    """The journal's own count, stored with the batch: see `Store.last_batch`."""
    entries: Sequence[AnyEntry] = ()
    """In order; the numbers of each conversation follow its stored `last` without a hole."""
    conversations: Sequence[ConversationState] = ()
    """Conversations touched, as they are after the batch."""
    members: Sequence[tuple[ConversationId, UserId, str | None]] = ()
    """Memberships set (with the role) or ended (None)."""
    users: Sequence[UserState] = ()
    devices: Sequence[DeviceState] = ()
    revoked: Sequence[DeviceState] = ()
    """Devices that are no more; stored before those that are new."""
    gate: Gate | None = None
    """Whom the server lets in, where that changed."""
    reads: Sequence[ReadMove] = ()
    """The furthest counts, of the position and of what was told each on its own."""
    sends: Sequence[SendRow] = ()
    revised: Sequence[Message] = ()
    """Messages, stored or among the entries, as they stand after the batch."""
    stripped: Sequence[MessageKey] = ()
    """Edits, stored or among the entries, whose text is to be gone."""
    rules: Sequence[tuple[ConversationId, ChannelRules]] = ()
    """The rules of channels, where they changed."""
    gone: Sequence[ConversationId] = ()
    """Conversations that were deleted: of their logs only the last entry stays, for who repeats a request."""
    notes: Sequence[AuditNote] = ()
    """What joins the audit log, in order."""
    trims: Sequence[Trim] = ()
    """Logs that begin later; of each, at most `TRIMMED_AT_ONCE` entries below `below` are deleted."""
    forgotten: Sequence[tuple[UserId, SendId]] = ()
    """Send ids that are known no more."""
    outlived: date | None = None
    """The day before which nothing went whose send ids are still known; of channels that were deleted before
    it, the last entry goes too."""
    erasures: Sequence[Erasure] = ()
    """Begun, or done and forgotten."""


class Answered(msgspec.Struct, frozen=True):
    """The first answer to a `send_id`: its request's hash and the entry, in its present state."""

    request_hash: bytes
    entry: AnyEntry | None
    """None when the entry is gone: with its channel, or by its age."""
    message: Message | None = None
    """The message that the entry changed, in its present state; None where it is no such entry."""
    key: MessageKey | None = None
    """Where the entry stands, or stood."""
    timestamp: datetime | None = None
    """When it was made."""


class Written(msgspec.Struct, frozen=True):
    """A part of what somebody wrote."""

    entries: Sequence[AnyEntry]
    after: int | None
    """Where the next part begins; None when this is the last."""


class WrittenMessages(NamedTuple):
    """The messages of somebody in one conversation that still have their text."""

    messages: int
    last: int
    """The number of the newest."""


class OldSends(msgspec.Struct, frozen=True):
    """What was found among a part of all send ids."""

    keys: Sequence[tuple[UserId, SendId]]
    """Those whose entries were gone before the day."""
    after: tuple[SendId, UserId] | None
    """Where the next part begins; None when this is the last."""


class Unread(msgspec.Struct, frozen=True):
    """Messages of others above a read position; both counts stop at 999."""

    messages: int
    mentions: int


TRIMMED_AT_ONCE = 500
"""How many entries of a log one batch deletes at most."""


class StoreError(Exception):
    """The store could not do it now; nothing was stored unless `last_batch` says otherwise.

    A retry makes sense.
    """


class FlushError(StoreError):
    """A flush to disk failed (SQLITE_IOERR): what the disk holds is unknown, only reading goes on."""


class JournalStore(Protocol):
    """What the journal's thread alone calls."""

    def commit(self, batch: Batch) -> None:
        """Store the batch in one transaction and flush it to disk before returning.

        Raises `StoreError` when it could not (busy, full, read-only, a number that does not follow), and
        `FlushError` after a failed flush.
        """

    def last_batch(self) -> int:
        """Return the number of the last stored batch; raises `StoreError`.

        It tells after a failed commit whether the batch was stored all the same.
        """

    def probe(self) -> None:
        """Find out by a write that changes nothing whether the store can write; raises `StoreError`."""

    def answered(self, keys: Sequence[tuple[UserId, SendId]]) -> Mapping[tuple[UserId, SendId], Answered]:
        """Return the first answers of those send ids that are known, by one query; raises `StoreError`."""

    def messages(self, keys: Collection[MessageKey]) -> Mapping[MessageKey, Message]:
        """Return in their present state those that are messages, by one query; raises `StoreError`."""


class ReadStore(Protocol):
    """What any worker may call; each thread reads by a connection of its own, and no read blocks a commit."""

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
        """Return entries with `above < number < below`, ascending and without a hole.

        At most `limit` entries and about `limit_bytes` bytes of JSON (at least one entry if there is any),
        counted from the newest end when `newest_first`, else from the oldest. Raises `StoreError`.
        """

    def unread(
        self, user: UserId, positions: Mapping[ConversationId, tuple[int, int]]
    ) -> Mapping[ConversationId, Unread]:
        """Return the counts of `read < number <= last` for each pair `(read, last)`; raises `StoreError`."""


class AuditLog(Protocol):
    """Reads the audit log; any worker. What joins it comes with a `Batch`, by `Decision.notes`."""

    def audit(self, *, below: int | None = None, limit: int) -> list[AuditRecord]:
        """Return the newest records under a number (of all, without one), the newest first.

        Raises `StoreError`.
        """


class DataStore(Protocol):
    """Reads what is to be exported, erased and forgotten; any worker, bounded, in key order."""

    def written(self, user: UserId, *, after: int, rows: int, limit_bytes: int) -> Written:
        """Return what somebody wrote among so many entries of all logs from a place on, as it stands.

        `after` is 0 at first, then `Written.after`. Stops early at the bytes. Raises `StoreError`.
        """

    def written_messages(self, user: UserId) -> Mapping[ConversationId, WrittenMessages]:
        """Return where messages of somebody still have their text; walks all logs. Raises `StoreError`."""

    def messages_of(
        self, user: UserId, conversation: ConversationId, *, above: int, below: int, limit: int
    ) -> Sequence[int]:
        """Return the numbers of the oldest such messages between two others; raises `StoreError`."""

    def erasures(self) -> Sequence[Erasure]:
        """Return those that are not done; raises `StoreError`."""

    def oldest_trim(self) -> date | None:
        """Return the first day on which entries went whose send ids may be known; raises `StoreError`."""

    def old_sends(self, before: date, *, after: tuple[SendId, UserId] | None, rows: int) -> OldSends:
        """Return among so many send ids from a place on those whose entries went before that day.

        Raises `StoreError`.
        """


class Reads(ReadStore, AuditLog, DataStore, Protocol):
    """All that any worker may read."""


class Checked(NamedTuple):
    """What came of comparing a password."""

    right: bool
    renewed: str | None = None
    """A hash to keep instead, where the old one was made by weaker settings."""


class Passwords(Protocol):
    """Makes and compares hashes; both take long, so nobody waits: `then` is called on another thread.

    When too many wait already, or too many from the IP address `host`, `then` is called at once with
    `overloaded`.
    """

    def make(self, password: str, nick: str, host: str, then: Callable[[str | Refused], None]) -> None:
        """Judge a new password and give its hash, or why it can't be taken."""

    def check(
        self, password: str, kept: str | None, host: str, then: Callable[[Checked | Refused], None]
    ) -> None:
        """Compare a password with a hash; without one it takes the same time and is wrong."""


class Store(JournalStore, Reads, Protocol):
    """The whole store, as `app` opens it."""

    def load(self) -> Loaded:
        """Return everything kept in memory; called once before anything is accepted."""

    def checkpoint(self) -> None:
        """Move the write-ahead log into the database; called from a thread of its own and at the stop."""

    def close(self) -> None:
        """Close all connections; no other call may run or follow."""


class Peer(Protocol):
    """The way to one client. State and commands know no socket; the link in `net` stands behind it."""

    def push(self, line: bytes) -> None:
        """Send a line to this client alone, after everything that was published before.

        Any thread; never blocks; silently dropped once the link is closed.
        """

    def stream(self, lines: bytes) -> bool:
        """Send lines that are shared with others, before what was pushed in the same turn.

        The writer's thread only. Returns false once the link is closed: this peer wants no more.
        """

    def resume(self) -> None:
        """Run this client's next request now: the room that it waited for is there. Any thread."""

    def close(self, reason: CloseReason, sentence: str = "") -> None:
        """Say goodbye with the reason, send what can be sent at once, and close. Any thread; never blocks.

        `sentence` is what the person is told, where that is more than the reason says.
        """
