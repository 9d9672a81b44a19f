"""What the server keeps of users, devices and conversations: frozen values, replaced whole.

The rules (`decide`) look at them, `evolve` makes the next ones, the state publishes them, the store keeps
them. Knows no lock, no socket, no database.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

import msgspec

from chat.ids import ConversationId, DeviceId, SendId, UserId
from chat.protocol.entries import AnyEntry
from chat.protocol.records import (
    PLAIN_MODE,
    Ban,
    ChannelMode,
    ConversationKind,
    Gate,
    Role,
    Status,
    User,
    UserKind,
)
from chat.server.domain.audit import AuditNote


class PasswordHash(msgspec.Struct, frozen=True):
    """What is kept of a password; not shown in logs."""

    value: str

    def __repr__(self) -> str:
        """Say that there is one."""
        return "PasswordHash(...)"


class UserState(msgspec.Struct, frozen=True, kw_only=True):
    """A user as the server keeps them."""

    id: UserId
    kind: UserKind
    nick: str
    nick_key: str
    """What equal nicks share."""
    holds_nick: bool = True
    """Whether the claim on the nick is this user's; false once somebody took a stale one."""
    status: Status = Status.ONLINE
    status_text: str = ""
    version: int = 1
    created: datetime
    last_seen: datetime | None = None
    admin: bool = False
    """Whether they keep order on the whole server."""
    password: PasswordHash | None = None
    """Of an account."""
    disabled: bool = False
    """Whether they are let in no more."""

    def record(self) -> User:
        """Return the user as everybody sees them."""
        return User(
            id=self.id,
            nick=self.nick,
            kind=self.kind,
            status=self.status,
            status_text=self.status_text,
            admin=self.admin,
            version=self.version,
        )


class DeviceState(msgspec.Struct, frozen=True, kw_only=True):
    """A device of a user; its token is kept as a hash only."""

    id: DeviceId
    user: UserId
    token_hash: str
    created: datetime
    client: str = ""
    """What its client said of itself in the last hello that said so."""
    last_used: datetime | None = None
    """When that was; None for one that never came back so far."""

    @property
    def used(self) -> datetime:
        """When it was used last, as far as noted."""
        return self.last_used or self.created


class MemberState(msgspec.Struct, frozen=True):
    """One membership."""

    role: Role = Role.MEMBER


class ChannelRules(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What keeps order in a channel; never changed in place."""

    mode: ChannelMode = PLAIN_MODE
    archived: bool = False
    bans: tuple[Ban, ...] = ()
    """The newest last; some may have ended by themselves."""
    mutes: Mapping[UserId, datetime | None] = {}
    """Until when somebody may not write, None for good; some may have ended. It outlives leaving."""
    invited: tuple[UserId, ...] = ()
    """Who may join though it is private; joining takes them out."""
    spoke: Mapping[UserId, datetime] = {}
    """When somebody spoke last, as far as slow mode may still make them wait for it."""

    def banned(self, now: datetime) -> tuple[Ban, ...]:
        """Return the bans that hold at a moment."""
        return tuple(ban for ban in self.bans if ban.until is None or now < ban.until)

    def muted(self, user: UserId, now: datetime) -> bool:
        """Return whether somebody may not write at a moment."""
        if user not in self.mutes:
            return False
        until = self.mutes[user]
        return until is None or now < until

    def slow_until(self, user: UserId) -> datetime | None:
        """Return from when on slow mode lets somebody write again; None when they never had to wait."""
        spoke = self.spoke.get(user)
        return spoke + timedelta(seconds=self.mode.slow_seconds) if spoke else None


class ConversationState(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation: made by folding its entries, see `evolve`."""

    id: ConversationId
    kind: ConversationKind
    name: str = ""
    """With its `#`; empty for a direct conversation."""
    name_key: str = ""
    topic: str = ""
    first: int = 1
    last: int = 0
    members: Mapping[UserId, MemberState] = {}
    """Never changed in place. Of a direct conversation: those to whom it has appeared."""
    pair: tuple[UserId, UserId] | None = None
    """The two of a direct conversation, the smaller id first."""
    pins: tuple[int, ...] = ()
    """Numbers of the pinned messages, the one that was pinned last at the end."""
    rules: ChannelRules = ChannelRules()
    deleted: bool = False
    """Whether it is gone, with its name and all that was said in it: only the entry that says so is left."""

    def visible_to(self, user: UserId) -> bool:
        """Return whether the user may know that this exists."""
        if self.pair:
            return user in self.pair
        return not self.rules.mode.private or user in self.members or user in self.rules.invited

    def may_read(self, user: UserId) -> bool:
        """Return whether the user may read and write here."""
        return user in self.pair if self.pair else user in self.members

    def peer_of(self, user: UserId) -> UserId:
        """Return the other one of a direct conversation (oneself in a conversation with oneself)."""
        assert self.pair is not None
        return self.pair[1] if self.pair[0] == user else self.pair[0]


class MessageKey(NamedTuple):
    """Which message is meant."""

    conversation: ConversationId
    number: int


class ReadMove(msgspec.Struct, frozen=True):
    """A user's read position in a conversation as it is after it moved forward."""

    user: UserId
    conversation: ConversationId
    number: int
    told: int = 0
    """How far the other side of a direct conversation is told that one has read."""
    told_at: datetime | None = None
    """When one had read so far; None where nobody was told, or when is not known."""


class SendRow(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered of a request that changed a conversation, so that a retry finds its first answer."""

    user: UserId
    send_id: SendId
    request_hash: bytes
    conversation: ConversationId
    number: int
    """The entry that answers the request."""
    timestamp: datetime
    """When that was made; known for longer than the entry."""


class Trim(NamedTuple):
    """The beginning of a log that moved on.

    Of messages that it passes, the text of the newest edit goes at once, wherever that stands.
    """

    conversation: ConversationId
    first: int
    """From this number on it is kept."""
    below: int
    """Where it was kept from before: of what lies below, a bounded part is deleted, the oldest first."""
    when: datetime


class Erasure(msgspec.Struct, frozen=True):
    """What somebody wrote in one conversation is being taken back."""

    user: UserId
    conversation: ConversationId
    last: int
    """The newest message that goes: what was said after that was said after asking."""
    by: UserId
    """Who asked for it, the last time."""
    done: bool = False
    """Whether nothing of it is left; who asked meanwhile for more is not done with it."""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What a change comes to: nothing in it is visible or stored before the journal commits it."""

    entries: tuple[AnyEntry, ...] = ()
    """New entries in order, numbered; the last one answers the request."""
    users: tuple[UserState, ...] = ()
    """Users made or changed, whole."""
    devices: tuple[DeviceState, ...] = ()
    """Devices made or changed, whole."""
    revoked: tuple[DeviceState, ...] = ()
    """Devices that are no more."""
    reads: tuple[ReadMove, ...] = ()
    gate: Gate | None = None
    """Whom the server lets in from now on, where that changes."""
    notes: Sequence[AuditNote] = ()
    """What the audit log is to keep of it, in the same transaction."""
    trims: tuple[Trim, ...] = ()
    forgotten: tuple[tuple[UserId, SendId], ...] = ()
    """Requests that are known no more."""
    outlived: date | None = None
    """The day before which nothing went whose send ids are still known: when that was need not be known."""
    erasures: tuple[Erasure, ...] = ()
    """Begun, or done."""


def moment(now: datetime) -> datetime:
    """Return a time as it is stored and told: in whole milliseconds."""
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def row_of(wire_id: str) -> int:
    """Return the row number in the id of a user, device or conversation."""
    return int(wire_id[1:])


def user_id(row: int) -> UserId:
    """Return the id of the user in a row; opaque to clients."""
    return UserId(f"u{row}")


def device_id(row: int) -> DeviceId:
    """Return the id of the device in a row; opaque to clients."""
    return DeviceId(f"d{row}")


def conversation_id(row: int) -> ConversationId:
    """Return the id of the conversation in a row; opaque to clients."""
    return ConversationId(f"c{row}")
