"""What a client may ask: one frozen struct per request, told apart by `type`.

Names are imperative. Every request has an `id` of the client's choosing; exactly one reply bears the same id.
A request that changes a conversation also has a `send_id`, unique per user: the same `send_id` with the same
request gets the first answer again and changes nothing. No I/O, no threads.
"""

from typing import Annotated

import msgspec

from chat.protocol.accounts import (
    AddDevice,
    ChangePassword,
    Devices,
    EraseMessages,
    ExportData,
    Register,
    RevokeDevice,
)
from chat.protocol.asking import Change, Cursor, PageSize, Password, Request, Target, Token
from chat.protocol.order import (
    ArchiveChannel,
    Bans,
    BanUsers,
    DeleteChannel,
    Grant,
    Invite,
    Kick,
    Mute,
    Revoke,
    SetMode,
    Unban,
    Unmute,
)
from chat.protocol.records import Number, Status
from chat.protocol.staff import (
    AddUser,
    Announce,
    Audit,
    DisableUser,
    Disconnect,
    ListUsers,
    SetAdmin,
    SetGate,
    SetPassword,
    Stats,
)

CLIENT_CHARACTERS = 128
"""How much a client may say of itself in hello."""


class Hello(Request, frozen=True, kw_only=True, omit_defaults=True, tag="hello"):
    """The first request of a link: who is here, and which versions they speak."""

    version_min: int
    version_max: int
    nick: str
    token: Token
    """The device's secret, made by the client, 256 random bits."""
    new: bool = False
    """Make a guest and a device for this token if there is none; repeating it makes no second one."""
    code: Annotated[str, msgspec.Meta(max_length=64)] = ""
    """With `new`: the code from another device's `add_device`, to become that user instead of a guest."""
    password: Password = ""
    """With `new`: makes this a device of the account that has the nick, instead of a guest."""
    client: Annotated[str, msgspec.Meta(max_length=CLIENT_CHARACTERS)] = ""
    """Program and machine, by which one knows one's devices apart."""


class Sync(Request, frozen=True, kw_only=True, omit_defaults=True, tag="sync"):
    """Ask for the state of one's conversations and join their live streams from exactly there."""

    after: Cursor = ""
    """`next` of the previous page."""


class ListChannels(Request, frozen=True, kw_only=True, omit_defaults=True, tag="list_channels"):
    """Ask which channels there are."""

    after: Cursor = ""


class CreateChannel(Change, frozen=True, kw_only=True, omit_defaults=True, tag="create_channel"):
    """Make a channel that must not exist yet, and join it as its operator."""

    name: str
    topic: str = ""


class Join(Change, frozen=True, kw_only=True, omit_defaults=True, tag="join"):
    """Become a member of a channel; made when missing."""

    target: Target


class Part(Change, frozen=True, kw_only=True, omit_defaults=True, tag="part"):
    """Leave a channel."""

    target: Target
    reason: str = ""


class OpenDirect(Request, frozen=True, kw_only=True, omit_defaults=True, tag="open_direct"):
    """Get the direct conversation with somebody; made when missing. The other side sees nothing of it yet."""

    target: Target
    """`@nick` or a user id."""


class Send(Change, frozen=True, kw_only=True, omit_defaults=True, tag="send"):
    """Say something in a conversation."""

    target: Target
    text: str
    action: bool = False


class MessageRequest(Change, frozen=True, kw_only=True, omit_defaults=True):
    """What all requests share that change an earlier message."""

    target: Target
    message: Number
    """Its number."""


class Edit(MessageRequest, frozen=True, kw_only=True, omit_defaults=True, tag="edit"):
    """Give a message of one's own another text."""

    text: str


class Delete(MessageRequest, frozen=True, kw_only=True, omit_defaults=True, tag="delete"):
    """Take a message of one's own back."""


class React(MessageRequest, frozen=True, kw_only=True, omit_defaults=True, tag="react"):
    """Give a message a reaction, or take one's own back."""

    emoji: str
    remove: bool = False


class Pin(MessageRequest, frozen=True, kw_only=True, omit_defaults=True, tag="pin"):
    """Pin a message to its conversation."""


class Unpin(MessageRequest, frozen=True, kw_only=True, omit_defaults=True, tag="unpin"):
    """Pin a message no more."""


class History(Request, frozen=True, kw_only=True, omit_defaults=True, tag="history"):
    """Ask for entries by number: those below `before`, above `after`, or on both sides of `around`."""

    target: Target
    before: Number | None = None
    after: Number | None = None
    around: Number | None = None
    limit: PageSize | None = None
    """How many entries at most; the server's own bound counts when it is lower."""


class Members(Request, frozen=True, kw_only=True, omit_defaults=True, tag="members"):
    """Ask who is a member, present or not."""

    target: Target
    after: Cursor = ""


class Watch(Request, frozen=True, kw_only=True, omit_defaults=True, tag="watch"):
    """Say which conversations are on the screen: their presence and typing will be told, no others'."""

    targets: Annotated[list[Target], msgspec.Meta(max_length=16)]


class SetTopic(Change, frozen=True, kw_only=True, omit_defaults=True, tag="set_topic"):
    """Set a channel's topic."""

    target: Target
    topic: str


class SetStatus(Request, frozen=True, kw_only=True, omit_defaults=True, tag="set_status"):
    """Say that one is online, away or busy, with a text."""

    status: Status
    text: str = ""


class ChangeNick(Request, frozen=True, kw_only=True, omit_defaults=True, tag="change_nick"):
    """Take another nick."""

    nick: str


class Whois(Request, frozen=True, kw_only=True, omit_defaults=True, tag="whois"):
    """Ask about somebody."""

    target: Target
    """`@nick` or a user id."""


class MarkRead(Request, frozen=True, kw_only=True, omit_defaults=True, tag="mark_read"):
    """Say up to which number one has read; it only moves forward."""

    target: Target
    number: Number
    private: bool = False
    """Whether the other side of a direct conversation is not to be told."""


class Typing(Request, frozen=True, kw_only=True, omit_defaults=True, tag="typing"):
    """Tell those who watch the conversation that one is typing."""

    target: Target


class Ping(Request, frozen=True, kw_only=True, omit_defaults=True, tag="ping"):
    """Ask for an answer; a barrier, since everything asked before is answered first."""


class Quit(Request, frozen=True, kw_only=True, omit_defaults=True, tag="quit"):
    """Leave the server; the link is closed after the answer."""


AnyRequest = (
    Hello
    | Sync
    | ListChannels
    | CreateChannel
    | Join
    | Part
    | OpenDirect
    | Send
    | Edit
    | Delete
    | React
    | Pin
    | Unpin
    | Invite
    | Kick
    | BanUsers
    | Unban
    | Mute
    | Unmute
    | Grant
    | Revoke
    | SetMode
    | ArchiveChannel
    | DeleteChannel
    | History
    | Members
    | Watch
    | SetTopic
    | SetStatus
    | ChangeNick
    | Whois
    | MarkRead
    | AddDevice
    | Bans
    | Register
    | ChangePassword
    | Devices
    | RevokeDevice
    | ExportData
    | EraseMessages
    | Stats
    | Disconnect
    | Announce
    | SetGate
    | AddUser
    | ListUsers
    | SetPassword
    | SetAdmin
    | DisableUser
    | Audit
    | Typing
    | Ping
    | Quit
)
