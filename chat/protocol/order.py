"""Keeping order in a channel: what operators may ask, and the answers. No I/O, no threads."""

from typing import Annotated

import msgspec

from chat.protocol.answering import Result
from chat.protocol.asking import Change, Cursor, Request, Target
from chat.protocol.records import Ban, ChannelMode, Number

Duration = Annotated[int, msgspec.Meta(ge=1, le=10 * 366 * 86_400)]
"""Seconds."""
SlowSeconds = Annotated[int, msgspec.Meta(ge=0, le=21_600)]


class Invite(Change, frozen=True, kw_only=True, omit_defaults=True, tag="invite"):
    """Let somebody join a private channel; for operators."""

    target: Target
    user: Target


class Kick(Change, frozen=True, kw_only=True, omit_defaults=True, tag="kick"):
    """Take a member out of a channel; for operators."""

    target: Target
    user: Target
    reason: str = ""


class BanUsers(Change, frozen=True, kw_only=True, omit_defaults=True, tag="ban"):
    """Keep somebody out of a channel, members at once; for operators."""

    target: Target
    mask: Target
    """`@nick` or a user id for one person, a pattern of nicks with `*` or `?`, or an IP network."""
    reason: str = ""
    seconds: Duration | None = None
    """For how long; for good when absent."""


class Unban(Change, frozen=True, kw_only=True, omit_defaults=True, tag="unban"):
    """Lift a ban; for operators."""

    target: Target
    ban: Target
    """Its id or its mask."""


class Bans(Request, frozen=True, kw_only=True, omit_defaults=True, tag="bans"):
    """Ask who is banned from a channel; for operators."""

    target: Target
    after: Cursor = ""


class Mute(Change, frozen=True, kw_only=True, omit_defaults=True, tag="mute"):
    """Keep a member from writing; for operators."""

    target: Target
    user: Target
    seconds: Duration | None = None
    reason: str = ""


class Unmute(Change, frozen=True, kw_only=True, omit_defaults=True, tag="unmute"):
    """Let a member write again; for operators."""

    target: Target
    user: Target


class Grant(Change, frozen=True, kw_only=True, omit_defaults=True, tag="grant"):
    """Make a member an operator; for operators."""

    target: Target
    user: Target


class Revoke(Change, frozen=True, kw_only=True, omit_defaults=True, tag="revoke"):
    """Make an operator a member like others; for operators."""

    target: Target
    user: Target


class SetMode(Change, frozen=True, kw_only=True, omit_defaults=True, tag="set_mode"):
    """Change the rules of a channel; what is absent stays. For operators."""

    target: Target
    private: bool | None = None
    read_only: bool | None = None
    slow_seconds: SlowSeconds | None = None
    topic_locked: bool | None = None


class ArchiveChannel(Change, frozen=True, kw_only=True, omit_defaults=True, tag="archive_channel"):
    """Close a channel for writing, or open it again; for operators."""

    target: Target
    archived: bool = True


class DeleteChannel(Change, frozen=True, kw_only=True, omit_defaults=True, tag="delete_channel"):
    """Remove a channel and all that was said in it; for operators."""

    target: Target


class OrderResult(Result, frozen=True, kw_only=True, omit_defaults=True):
    """What all replies share to requests that keep order in a channel."""

    conversation: str
    number: Number
    """Number of the entry that did it; 0 when it was so already."""


class InviteResult(OrderResult, frozen=True, kw_only=True, omit_defaults=True, tag="invite_result"):
    """They may join."""


class KickResult(OrderResult, frozen=True, kw_only=True, omit_defaults=True, tag="kick_result"):
    """They are out."""


class BanResult(OrderResult, frozen=True, kw_only=True, omit_defaults=True, tag="ban_result"):
    """They can't be here any more."""

    ban: Ban | None = None
    """As it stands; absent when the answer is to a repeated request and the ban was lifted since."""


class UnbanResult(OrderResult, frozen=True, kw_only=True, omit_defaults=True, tag="unban_result"):
    """The ban is lifted."""


class MuteResult(OrderResult, frozen=True, kw_only=True, omit_defaults=True, tag="mute_result"):
    """They can't write."""


class UnmuteResult(OrderResult, frozen=True, kw_only=True, omit_defaults=True, tag="unmute_result"):
    """They can write again."""


class GrantResult(OrderResult, frozen=True, kw_only=True, omit_defaults=True, tag="grant_result"):
    """They are an operator."""


class RevokeResult(OrderResult, frozen=True, kw_only=True, omit_defaults=True, tag="revoke_result"):
    """They are an operator no more."""


class SetModeResult(OrderResult, frozen=True, kw_only=True, omit_defaults=True, tag="set_mode_result"):
    """The rules as they are now."""

    mode: ChannelMode


class ArchiveChannelResult(
    OrderResult, frozen=True, kw_only=True, omit_defaults=True, tag="archive_channel_result"
):
    """It is so."""


class DeleteChannelResult(
    OrderResult, frozen=True, kw_only=True, omit_defaults=True, tag="delete_channel_result"
):
    """The channel is gone."""


class BansResult(Result, frozen=True, kw_only=True, omit_defaults=True, tag="bans_result"):
    """A page of bans that hold."""

    conversation: str
    bans: tuple[Ban, ...]
    next: str = ""
