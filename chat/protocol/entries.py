"""Entries of a conversation's log: everything that changed it for good, each with a number.

An entry is sent live to the conversation's audience, byte for byte the same to all, and is found again in
`history`. In history a message stands in its present state, with the number of the last entry that touched it
as `revision`. No I/O, no threads.
"""

import msgspec

from chat.protocol.records import ConversationKind, Number, Role, Time


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type"):
    """What every entry carries."""

    conversation: str
    number: Number
    """Dense: 1, 2, 3 ... per conversation, given at commit."""
    user: str
    """Id of who did it."""
    nick: str
    """Their nick as it was then."""
    timestamp: Time
    """UTC, in whole milliseconds."""
    send_id: str = ""
    """The sender's own name for the request that made this entry."""


class Created(Entry, frozen=True, kw_only=True, omit_defaults=True, tag="created"):
    """The conversation came to be; always number 1."""

    kind: ConversationKind
    name: str = ""
    """`#name` of a channel; empty for a direct conversation."""
    peer: str = ""
    """Id of the other person of a direct conversation."""


class Message(Entry, frozen=True, kw_only=True, omit_defaults=True, tag="message"):
    """Somebody said something."""

    text: str
    action: bool = False
    """Said in the third person, as with `/me`."""
    mentions: tuple[str, ...] = ()
    """Ids of the members it mentions, found when it was stored."""
    revision: Number = 0
    """Number of the last entry that changed this message; 0 when it stands as sent."""


class TopicChanged(Entry, frozen=True, kw_only=True, omit_defaults=True, tag="topic_changed"):
    """The topic of a channel was set; empty when it was taken away."""

    topic: str


class Joined(Entry, frozen=True, kw_only=True, omit_defaults=True, tag="joined"):
    """Somebody became a member."""

    role: Role = Role.MEMBER


class Left(Entry, frozen=True, kw_only=True, omit_defaults=True, tag="left"):
    """Somebody is a member no more."""

    reason: str = ""


AnyEntry = Created | Message | TopicChanged | Joined | Left
