"""The records that frames carry: a person, a conversation as one member sees it, a member, the limits.

Frozen values; no I/O, no threads. Every field has its meaning below it.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec


class UserKind(StrEnum):
    """What kind of user somebody is."""

    GUEST = "guest"
    REGISTERED = "registered"
    BOT = "bot"


class Status(StrEnum):
    """What a person says of themself; `offline` is never set, only seen."""

    ONLINE = "online"
    AWAY = "away"
    BUSY = "busy"


class Presence(StrEnum):
    """What others see: the status while a session is open, else offline."""

    ONLINE = "online"
    AWAY = "away"
    BUSY = "busy"
    OFFLINE = "offline"


class Role(StrEnum):
    """What a member may do in one channel."""

    MEMBER = "member"
    OPERATOR = "operator"


class Gate(StrEnum):
    """Whom the server lets in now; each also keeps out whom the ones before it do."""

    OPEN = "open"
    NO_REGISTRATION = "no_registration"
    """No new accounts."""
    NO_GUESTS = "no_guests"
    """No guests, new or returning."""
    STAFF_ONLY = "staff_only"
    """Nobody but administrators."""


class ConversationKind(StrEnum):
    """Channel or direct conversation; everything else about them is the same."""

    CHANNEL = "channel"
    DIRECT = "direct"


Number = Annotated[int, msgspec.Meta(ge=0, le=2**32 - 1)]
"""A place in a conversation's log: 1, 2, 3 ... without holes; 0 stands for 'before the first'."""


Time = Annotated[datetime, msgspec.Meta(tz=True)]
"""A moment, always with its offset, which is UTC; for people to read, never to order by."""


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What all records share: frozen, fields by name, defaults left out of the line."""


class User(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A person or bot, as everybody sees them; the highest `version` wins."""

    id: str
    """Opaque, never changes."""
    nick: str
    """The label people read; may change."""
    kind: UserKind = UserKind.GUEST
    status: Status = Status.ONLINE
    status_text: str = ""
    admin: bool = False
    """Whether they keep order on the whole server."""
    version: int = 1
    """Counts the changes of this record."""


class Device(Record, frozen=True, kw_only=True, omit_defaults=True):
    """One of one's own devices."""

    device: str
    """Its id, for `revoke_device`."""
    client: str = ""
    """What its client said of itself when it said hello last, as one clean line."""
    created: Time
    last_used: Time
    expires: Time | None = None
    """When it must log in again unless it is used before; absent for a guest's, which does not expire."""
    current: bool = False
    """Whether it is the one that asks."""


class Member(Record, frozen=True, kw_only=True, omit_defaults=True):
    """One row of a member list."""

    user: User
    role: Role = Role.MEMBER
    presence: Presence = Presence.OFFLINE
    last_seen: Time | None = None
    """When the last session ended, UTC; absent while present or never seen."""
    muted: bool = False
    """Whether they may not write here for now."""


class ChannelMode(Record, frozen=True, kw_only=True, omit_defaults=True):
    """The rules of one channel, set by its operators."""

    private: bool = False
    """Only the invited may join, and only members see that it exists."""
    read_only: bool = False
    """Only operators write."""
    slow_seconds: Annotated[int, msgspec.Meta(ge=0, le=21_600)] = 0
    """How long somebody who is no operator must wait between two messages; 0 for not at all."""
    topic_locked: bool = False
    """Only operators set the topic."""


PLAIN_MODE = ChannelMode()
"""The rules of a channel that nobody gave any: the one value that is left out of a line."""


class BanKind(StrEnum):
    """What a ban goes by."""

    USER = "user"
    """The id of a user, whatever their nick becomes."""
    NICK = "nick"
    """A pattern of nicks, with `*` for anything and `?` for one character."""
    ADDRESS = "address"
    """An IP address or network, as 192.168.3.0/24."""


class Ban(Record, frozen=True, kw_only=True, omit_defaults=True):
    """Who may not be in a channel."""

    ban: str
    """Its id in the channel, for `unban`."""
    kind: BanKind
    mask: str
    """A user id, a pattern of nicks, or a network."""
    nick: str = ""
    """The nick of a banned user when that was done."""
    reason: str = ""
    by: str
    """Nick of the operator."""
    since: Time
    until: Time | None = None
    """When it ends by itself, UTC; absent when it does not."""


class Channel(Record, frozen=True, kw_only=True, omit_defaults=True):
    """One row of the list of channels."""

    conversation: str
    name: str
    topic: str = ""
    members: int = 0
    last: Number = 0
    joined: bool = False
    """Whether the one who asked is a member."""
    private: bool = False
    archived: bool = False


class Reaction(Record, frozen=True, kw_only=True, omit_defaults=True):
    """One emoji under a message, and who gave it."""

    emoji: str
    users: tuple[str, ...]
    """Ids, in the order in which they gave it; never empty."""


class Conversation(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A conversation as one of its members sees it: what `sync` and `join` tell."""

    conversation: str
    kind: ConversationKind
    name: str = ""
    """`#name` of a channel; empty for a direct conversation."""
    peer: User | None = None
    """The other person of a direct conversation."""
    topic: str = ""
    first: Number = 1
    """The oldest number that can still be read."""
    last: Number = 0
    """The newest number; the session gets everything after it as events."""
    read: Number = 0
    """The number up to which this user has read, on any device."""
    unread: int = 0
    """Messages of others above `read`; counting stops at 999."""
    mentions: int = 0
    """How many of those mention this user; counting stops at 999."""
    members: int = 0
    role: Role = Role.MEMBER
    mode: ChannelMode = PLAIN_MODE
    archived: bool = False
    """Nobody writes any more; it can still be read."""
    pins: tuple[Number, ...] = ()
    """Numbers of the pinned messages, the one that was pinned last at the end."""
    peer_read: Number = 0
    """How far the other side of a direct conversation says that it has read."""
    peer_read_at: Time | None = None
    """When it read so far, UTC; absent when it never said."""


class KnownUser(Record, frozen=True, kw_only=True, omit_defaults=True):
    """One row of the list of users that administrators see."""

    user: User
    created: Time
    last_seen: Time | None = None
    here: bool = False
    disabled: bool = False


class AuditRecord(Record, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that somebody did who keeps order, or that was done against it; never what people said."""

    number: Number
    timestamp: Time
    action: str
    """A word, as `kick` or `login_locked`."""
    user: str = ""
    """Id of who did it; empty for the server and its operator at the console."""
    nick: str = ""
    subject: str = ""
    """To whom or what: a nick, a channel, an address."""
    detail: str = ""
    hash: str
    """SHA-256 over this record and the hash before it, in hexadecimal digits."""


class Limits(Record, frozen=True, kw_only=True, omit_defaults=True):
    """All limits of a server, as data: a client has no constants of its own."""

    line_bytes: int
    """Longest line either side may send, LF included."""
    line_bytes_before_hello: int
    text_characters: int
    text_bytes: int
    topic_characters: int
    status_characters: int
    nick_characters: int
    channel_characters: int
    page_bytes: int
    """About how many bytes of entries a page of history holds at most."""
    page_entries: int
    """How many entries a page of history holds at most."""
    join_entries: int
    """How many of the last entries the answer to `join` carries at most."""
    sends_in_flight: int
    """How many sends of one link may wait for their answer."""
    requests_before_hello: int
    login_seconds: int
    typing_seconds: int
    """How long a typing note is to be shown."""
    reaction_characters: int
    """How long the emoji of a reaction may be; families and flags have several characters."""
    message_reactions: int
    """How many reactions of all people together a message may have."""
    message_emoji: int
    """How many different emoji those may be, so that a message always fits on a line."""
    conversation_pins: int
    """How many messages of a conversation may be pinned at a time."""
    device_code_seconds: int
    """How long the code of `add_device` is good for."""
    password_characters: int
    """How long a password must be at least."""
    password_bytes: int
    """How long it may be at most, in UTF-8."""
    guests: bool
    """Whether one can be here without an account."""
    registration: bool
    """Whether one can make an account oneself."""
