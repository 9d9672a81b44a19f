"""What a server tells unasked: entries of logs (see `entries`) and everything that is not in a log.

Names are past or nouns. No event has an `id`. No I/O, no threads.
"""

import msgspec

from chat.protocol.codes import CloseReason
from chat.protocol.entries import AnyEntry
from chat.protocol.records import Conversation as ConversationRecord
from chat.protocol.records import Limits, Number, Presence, Time, User


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type"):
    """What all events share: a `type`, no `id`."""


class Welcome(Event, frozen=True, kw_only=True, omit_defaults=True, tag="welcome"):
    """The first line of every link: what this server is and what its limits are."""

    server_id: str
    """Made with the database; token, outbox and cache are kept by it."""
    epoch: str
    """New with every restored backup; cached entries of another epoch are worthless."""
    version_min: int
    version_max: int
    name: str
    software: str
    time: Time
    heartbeat_seconds: int
    """Say something at least this often; `ping` will do."""
    grace_seconds: int
    """A link silent for heartbeat and grace together is cut."""
    limits: Limits
    features: tuple[str, ...] = ()
    message_of_the_day: str = ""
    encrypted: bool = False


class Goodbye(Event, frozen=True, kw_only=True, omit_defaults=True, tag="goodbye"):
    """The server ends the link; nothing comes after."""

    reason: CloseReason
    message: str
    reconnect: bool
    retry_after_ms: int | None = None
    """How long to wait before that at least; absent where the client's own wait will do."""


class UserChanged(Event, frozen=True, kw_only=True, omit_defaults=True, tag="user_changed"):
    """Somebody's nick or status changed; the whole record, the highest `version` wins."""

    user: User
    old_nick: str = ""
    """Set when the nick changed."""


class ReadMarked(Event, frozen=True, kw_only=True, omit_defaults=True, tag="read_marked"):
    """Somebody read up to a number: oneself on another device, or the other side of a direct conversation."""

    conversation: str
    user: str
    number: Number
    timestamp: Time
    """When that was, UTC."""


class TypingSeen(Event, frozen=True, kw_only=True, omit_defaults=True, tag="typing_seen"):
    """Somebody is typing in a conversation one watches; true for `limits.typing_seconds`."""

    conversation: str
    user: str
    nick: str


class PresenceChanged(Event, frozen=True, kw_only=True, omit_defaults=True, tag="presence_changed"):
    """Somebody came or went in a conversation one watches."""

    user: str
    nick: str
    presence: Presence
    last_seen: Time | None = None


class ConversationAdded(Event, frozen=True, kw_only=True, omit_defaults=True, tag="conversation_added"):
    """One became a member by another device's request, or somebody wrote the first direct message."""

    conversation: ConversationRecord


class ConversationRemoved(Event, frozen=True, kw_only=True, omit_defaults=True, tag="conversation_removed"):
    """One is a member no more, by another device's request, an operator or a ban."""

    conversation: str
    number: Number
    """Of the entry that ended it: a reply that tells a lower `last` is older than this."""
    reason: str = ""
    by: str = ""
    """Nick of the operator who took one out or deleted the channel; empty when one left by oneself."""
    banned: bool = False
    """Whether a ban keeps one out."""
    until: Time | None = None
    """When that ban ends by itself; None for one that does not."""


class Invitation(Event, frozen=True, kw_only=True, omit_defaults=True, tag="invitation"):
    """An operator lets one join a channel, of which one is no member."""

    conversation: str
    name: str
    """`#name` of the channel, for `join`."""
    user: str
    """Id of the operator."""
    nick: str
    timestamp: Time


class Announced(Event, frozen=True, kw_only=True, omit_defaults=True, tag="announced"):
    """An administrator tells everybody something."""

    nick: str
    text: str
    timestamp: Time


AnyEvent = (
    Welcome
    | Goodbye
    | UserChanged
    | ReadMarked
    | TypingSeen
    | PresenceChanged
    | ConversationAdded
    | ConversationRemoved
    | Invitation
    | Announced
    | AnyEntry
)
