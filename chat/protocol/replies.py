"""What a server answers: for each request `x` one reply of type `x_result`, or `error`.

No I/O, no threads.
"""

from chat.protocol.accounts import (
    AddDeviceResult,
    ChangePasswordResult,
    DevicesResult,
    EraseMessagesResult,
    ExportDataResult,
    RegisterResult,
    RevokeDeviceResult,
)
from chat.protocol.answering import Reply, Result
from chat.protocol.codes import ErrorCode
from chat.protocol.entries import AnyEntry
from chat.protocol.order import (
    ArchiveChannelResult,
    BanResult,
    BansResult,
    DeleteChannelResult,
    GrantResult,
    InviteResult,
    KickResult,
    MuteResult,
    RevokeResult,
    SetModeResult,
    UnbanResult,
    UnmuteResult,
)
from chat.protocol.records import Channel, Conversation, Member, Number, Presence, Time, User
from chat.protocol.staff import (
    AddUserResult,
    AnnounceResult,
    AuditResult,
    DisableUserResult,
    DisconnectResult,
    ListUsersResult,
    SetAdminResult,
    SetGateResult,
    SetPasswordResult,
    StatsResult,
)


class Error(Reply, frozen=True, kw_only=True, omit_defaults=True, tag="error"):
    """The request was refused and changed nothing."""

    code: ErrorCode
    message: str
    """A sentence that says what was wrong and what to do."""
    retryable: bool = False
    """Whether the same request may succeed later."""
    retry_after_ms: int | None = None
    field: str | None = None
    """The field at fault."""
    trace: str | None = None
    """Where the server's log has more, for `internal_error`."""


class HelloResult(Result, frozen=True, kw_only=True, omit_defaults=True, tag="hello_result"):
    """Who one is from now on."""

    version: int
    user: User
    device: str
    created: bool = False
    """Whether this hello made the guest."""
    asked_nick: str = ""
    """The nick that was asked for, when it was taken and `user.nick` is another."""


class SyncResult(Result, frozen=True, kw_only=True, omit_defaults=True, tag="sync_result"):
    """A page of one's conversations; live events of each follow from exactly its `last`."""

    conversations: tuple[Conversation, ...]
    next: str = ""
    """Ask again with it as `after`; empty on the last page."""


class ListChannelsResult(Result, frozen=True, kw_only=True, omit_defaults=True, tag="list_channels_result"):
    """A page of channels, by name."""

    channels: tuple[Channel, ...]
    next: str = ""


class CreateChannelResult(Result, frozen=True, kw_only=True, omit_defaults=True, tag="create_channel_result"):
    """The channel, as one sees it now as its operator."""

    conversation: Conversation
    number: Number
    """Number of one's own `joined` entry."""


class JoinResult(Result, frozen=True, kw_only=True, omit_defaults=True, tag="join_result"):
    """The channel with its last entries; live events follow from exactly `conversation.last`."""

    conversation: Conversation
    number: Number
    """Number of one's `joined` entry; 0 when one was a member already."""
    entries: tuple[AnyEntry, ...] = ()


class PartResult(Result, frozen=True, kw_only=True, omit_defaults=True, tag="part_result"):
    """One is a member no more."""

    conversation: str
    number: Number


class OpenDirectResult(Result, frozen=True, kw_only=True, omit_defaults=True, tag="open_direct_result"):
    """The direct conversation; live events follow from exactly its `last`."""

    conversation: Conversation


class SendResult(Result, frozen=True, kw_only=True, omit_defaults=True, tag="send_result"):
    """It is stored, flushed to disk, and will never be lost, doubled or moved."""

    conversation: str
    number: Number
    timestamp: Time
    text: str
    """The text as stored."""
    send_id: str


class MessageResult(Result, frozen=True, kw_only=True, omit_defaults=True):
    """What all replies share to requests that change an earlier message."""

    conversation: str
    number: Number
    """Number of the entry that did it; 0 when it was so already."""
    message: Number
    """Number of the message."""


class EditResult(MessageResult, frozen=True, kw_only=True, omit_defaults=True, tag="edit_result"):
    """The message has another text."""

    text: str
    """As stored; as it stands now where this is the answer to a repeated request."""


class DeleteResult(MessageResult, frozen=True, kw_only=True, omit_defaults=True, tag="delete_result"):
    """The text is gone for good."""


class ReactResult(MessageResult, frozen=True, kw_only=True, omit_defaults=True, tag="react_result"):
    """The reaction is given or taken back."""


class PinResult(MessageResult, frozen=True, kw_only=True, omit_defaults=True, tag="pin_result"):
    """The message is pinned."""


class UnpinResult(MessageResult, frozen=True, kw_only=True, omit_defaults=True, tag="unpin_result"):
    """The message is pinned no more."""


class HistoryResult(Result, frozen=True, kw_only=True, omit_defaults=True, tag="history_result"):
    """A page of entries in ascending order of number, without holes."""

    conversation: str
    entries: tuple[AnyEntry, ...]
    first: Number
    """The oldest number that can still be read."""
    last: Number
    """The newest number there is."""


class MembersResult(Result, frozen=True, kw_only=True, omit_defaults=True, tag="members_result"):
    """A page of members."""

    conversation: str
    last: Number
    """The page is true as of this number: what entries above it say comes on top."""
    members: tuple[Member, ...]
    next: str = ""


class WatchResult(Result, frozen=True, kw_only=True, omit_defaults=True, tag="watch_result"):
    """From here on presence and typing of these conversations are told."""

    conversations: tuple[str, ...]


class SetTopicResult(Result, frozen=True, kw_only=True, omit_defaults=True, tag="set_topic_result"):
    """The topic as stored."""

    conversation: str
    number: Number
    topic: str


class SetStatusResult(Result, frozen=True, kw_only=True, omit_defaults=True, tag="set_status_result"):
    """One's record as everybody sees it now."""

    user: User


class ChangeNickResult(Result, frozen=True, kw_only=True, omit_defaults=True, tag="change_nick_result"):
    """One's record as everybody sees it now."""

    user: User


class WhoisResult(Result, frozen=True, kw_only=True, omit_defaults=True, tag="whois_result"):
    """What everybody may know of somebody."""

    user: User
    presence: Presence
    last_seen: Time | None = None
    since: Time | None = None
    """When this user was made, UTC."""
    channels: tuple[str, ...] = ()
    """Names of the channels that both are members of."""


class MarkReadResult(Result, frozen=True, kw_only=True, omit_defaults=True, tag="mark_read_result"):
    """The server's own value, which may be higher than the one asked for, and what is unread by it."""

    conversation: str
    read: Number
    last: Number
    """The newest number when it was counted."""
    unread: int = 0
    """Messages of others above `read` up to `last`; counting stops at 999."""
    mentions: int = 0
    """How many of those mention this user; counting stops at 999."""


class TypingResult(Result, frozen=True, kw_only=True, omit_defaults=True, tag="typing_result"):
    """It was told."""


class PingResult(Result, frozen=True, kw_only=True, omit_defaults=True, tag="ping_result"):
    """Everything asked before is answered, and every entry before is sent."""

    time: Time


class QuitResult(Result, frozen=True, kw_only=True, omit_defaults=True, tag="quit_result"):
    """The link is closed next."""


AnyReply = (
    Error
    | HelloResult
    | SyncResult
    | ListChannelsResult
    | CreateChannelResult
    | JoinResult
    | PartResult
    | OpenDirectResult
    | SendResult
    | EditResult
    | DeleteResult
    | ReactResult
    | PinResult
    | UnpinResult
    | InviteResult
    | KickResult
    | BanResult
    | UnbanResult
    | MuteResult
    | UnmuteResult
    | GrantResult
    | RevokeResult
    | SetModeResult
    | ArchiveChannelResult
    | DeleteChannelResult
    | BansResult
    | RegisterResult
    | ChangePasswordResult
    | DevicesResult
    | RevokeDeviceResult
    | ExportDataResult
    | EraseMessagesResult
    | StatsResult
    | DisconnectResult
    | AnnounceResult
    | SetGateResult
    | AddUserResult
    | ListUsersResult
    | SetPasswordResult
    | SetAdminResult
    | DisableUserResult
    | AuditResult
    | HistoryResult
    | MembersResult
    | WatchResult
    | SetTopicResult
    | SetStatusResult
    | ChangeNickResult
    | WhoisResult
    | MarkReadResult
    | AddDeviceResult
    | TypingResult
    | PingResult
    | QuitResult
)
