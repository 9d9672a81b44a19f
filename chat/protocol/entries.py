"""Entries of a conversation's log: everything that changed it for good, each with a number.

An entry is sent live to the conversation's audience, byte for byte the same to all, and is found again in
`history`. In history a message stands in its present state, with the number of the last entry that touched it
as `revision`. No I/O, no threads.
"""

import msgspec

from chat.protocol.records import Ban, ChannelMode, ConversationKind, Number, Reaction, Role, Time


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
    edited: Number = 0
    """Number of the `edited` entry that gave it its present text; 0 when it was never edited."""
    deleted: bool = False
    """Its author took it back: the text is gone, the number stays."""
    reactions: tuple[Reaction, ...] = ()
    """In the order in which each was given first."""


class MessageChange(Entry, frozen=True, kw_only=True, omit_defaults=True):
    """What all entries share that change an earlier message; `folding` says how."""

    message: Number
    """Number of the message in the same conversation."""


class Edited(MessageChange, frozen=True, kw_only=True, omit_defaults=True, tag="edited"):
    """The author gave a message another text. Whom it mentions stays as it was."""

    text: str = ""
    """The new text; empty in history once a later edit or a deletion took its place."""


class Deleted(MessageChange, frozen=True, kw_only=True, omit_defaults=True, tag="deleted"):
    """The author took a message back; its text, its reactions and its pin are gone."""


class Reacted(MessageChange, frozen=True, kw_only=True, omit_defaults=True, tag="reacted"):
    """Somebody gave a message a reaction, or took theirs back."""

    emoji: str
    removed: bool = False


class Pinned(MessageChange, frozen=True, kw_only=True, omit_defaults=True, tag="pinned"):
    """A message was pinned to the conversation."""


class Unpinned(MessageChange, frozen=True, kw_only=True, omit_defaults=True, tag="unpinned"):
    """A message is pinned no more."""


class TopicChanged(Entry, frozen=True, kw_only=True, omit_defaults=True, tag="topic_changed"):
    """The topic of a channel was set; empty when it was taken away."""

    topic: str


class Joined(Entry, frozen=True, kw_only=True, omit_defaults=True, tag="joined"):
    """Somebody became a member."""

    role: Role = Role.MEMBER


class Left(Entry, frozen=True, kw_only=True, omit_defaults=True, tag="left"):
    """Somebody is a member no more."""

    reason: str = ""
    by: str = ""
    """Nick of the operator who took them out; empty when they left by themselves."""
    banned: bool = False
    """Whether a ban of that operator keeps them out."""
    until: Time | None = None
    """When that ban ends by itself; None for one that does not."""


class Invited(Entry, frozen=True, kw_only=True, omit_defaults=True, tag="invited"):
    """An operator let somebody join a private channel."""

    guest: str
    """User id of the invited."""
    guest_nick: str


class Banned(Entry, frozen=True, kw_only=True, omit_defaults=True, tag="banned"):
    """Somebody may not be here any more."""

    ban: Ban


class Unbanned(Entry, frozen=True, kw_only=True, omit_defaults=True, tag="unbanned"):
    """A ban was lifted."""

    ban: str
    """Its id."""
    mask: str


class Muted(Entry, frozen=True, kw_only=True, omit_defaults=True, tag="muted"):
    """A member may not write here for some time."""

    member: str
    """User id."""
    member_nick: str
    until: Time | None = None
    """UTC; absent for good."""
    reason: str = ""


class Unmuted(Entry, frozen=True, kw_only=True, omit_defaults=True, tag="unmuted"):
    """A member may write again."""

    member: str
    member_nick: str


class RoleChanged(Entry, frozen=True, kw_only=True, omit_defaults=True, tag="role_changed"):
    """A member became an operator, or is one no more."""

    member: str
    member_nick: str
    role: Role


class ModeChanged(Entry, frozen=True, kw_only=True, omit_defaults=True, tag="mode_changed"):
    """The rules of the channel are others now; all of them are told."""

    mode: ChannelMode


class Archived(Entry, frozen=True, kw_only=True, omit_defaults=True, tag="archived"):
    """Nobody writes here any more, or again."""

    archived: bool = True


class ChannelDeleted(Entry, frozen=True, kw_only=True, omit_defaults=True, tag="channel_deleted"):
    """The channel is gone, with all that was said in it: its last entry."""


AnyEntry = (
    Created
    | Message
    | Edited
    | Deleted
    | Reacted
    | Pinned
    | Unpinned
    | TopicChanged
    | Joined
    | Left
    | Invited
    | Banned
    | Unbanned
    | Muted
    | Unmuted
    | RoleChanged
    | ModeChanged
    | Archived
    | ChannelDeleted
)
