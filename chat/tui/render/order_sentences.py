"""What keeps order in a channel, as sentences: who did what to whom, for how long and why.

For the rows of the full screen and the lines of the line mode alike. Pure; safe on any thread.
"""

from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import Any, NamedTuple, TypeAlias

from chat.client.changes import ConversationRemoved, InvitedTo
from chat.durations import in_words
from chat.protocol.entries import (
    Archived,
    Banned,
    ChannelDeleted,
    Invited,
    Left,
    ModeChanged,
    Muted,
    RoleChanged,
    Unbanned,
    Unmuted,
)
from chat.protocol.records import Ban, BanKind, ChannelMode, Role

KeepsOrder: TypeAlias = (
    Invited | Banned | Unbanned | Muted | Unmuted | RoleChanged | ModeChanged | Archived | ChannelDeleted
)
"""Entries that keep order; with `Left`, where somebody was taken out."""


class Audience(NamedTuple):
    """Who is told."""

    me: str = ""
    """One's own user id: what was done to it was done to `you`."""
    zone: tzinfo | None = None
    """Of the times; None for that of this machine."""

    def called(self, user: str, nick: str) -> str:
        """Name somebody to whom something was done."""
        return "you" if user == self.me else nick


ANYBODY = Audience()


def order_sentence(entry: KeepsOrder | Left, told: Audience = ANYBODY) -> str:
    """Say what an entry did; of one who left it is told by whom they were taken out."""
    if isinstance(entry, Left):
        return f"{entry.by} took {told.called(entry.user, entry.nick)} out{because(entry.reason)}"
    return f"{entry.nick} {_DONE[type(entry)](entry, told)}"


def _banned(entry: Banned, told: Audience) -> str:
    ban = entry.ban
    whom = told.called(ban.mask, banned_whom(ban))
    return f"banned {whom}{_lasting(entry.timestamp, ban.until, told)}{because(ban.reason)}"


def _muted(entry: Muted, told: Audience) -> str:
    whom = told.called(entry.member, entry.member_nick)
    return f"muted {whom}{_lasting(entry.timestamp, entry.until, told)}{because(entry.reason)}"


def _role(entry: RoleChanged, told: Audience) -> str:
    return f"made {told.called(entry.member, entry.member_nick)} {_ROLES[entry.role]}"


def banned_whom(ban: Ban) -> str:
    """Name whom a ban keeps out, as `/unban` takes it."""
    return ban.nick or ban.mask if ban.kind is BanKind.USER else ban.mask


def rules(mode: ChannelMode) -> str:
    """Say the rules of a channel in a few words."""
    told = [
        "only the invited may join" if mode.private else "",
        "only operators write" if mode.read_only else "",
        f"a message every {in_words(mode.slow_seconds)}" if mode.slow_seconds else "",
        "only operators set the topic" if mode.topic_locked else "",
    ]
    return ", ".join(filter(None, told)) or "everybody may join, write and set the topic"


def _lasting(since: datetime, until: datetime | None, told: Audience) -> str:
    """Say for how long something holds and until when, after a space; nothing where it has no end."""
    if until is None:
        return ""
    end = until.astimezone(told.zone)
    day = "" if end.date() == since.astimezone(told.zone).date() else f"{end:%Y-%m-%d} "
    return f" for {in_words(max(1, round((until - since).total_seconds())))}, until {day}{end:%H:%M}"


def because(reason: str) -> str:
    """Say a reason after a colon; nothing where there is none."""
    return f": {reason}" if reason else ""


_ROLES = {Role.OPERATOR: "an operator", Role.MEMBER: "a member like others"}
_ARCHIVED = {
    True: "closed the channel for writing; it can still be read",
    False: "opened the channel for writing again",
}
_DONE: dict[type, Callable[[Any, Audience], str]] = {
    Invited: lambda entry, told: f"invited {told.called(entry.guest, entry.guest_nick)}",
    Banned: _banned,
    Unbanned: lambda entry, _: f"lifted the ban of {entry.mask}",
    Muted: _muted,
    Unmuted: lambda entry, told: f"let {told.called(entry.member, entry.member_nick)} write again",
    RoleChanged: _role,
    ModeChanged: lambda entry, _: f"set the rules: {rules(entry.mode)}",
    Archived: lambda entry, _: _ARCHIVED[entry.archived],
    ChannelDeleted: lambda *_: "deleted the channel",
}
"""What somebody did, by the kind of entry."""


def taken_out(gone: ConversationRemoved) -> str:
    """Say that one is in a channel no more, why, and what one can do; empty where one left by oneself."""
    channel, why = gone.conversation.name, because(gone.reason)
    if gone.deleted:
        return f"{gone.by or 'An operator'} deleted {channel} with all that was said in it."
    if gone.banned:
        until = f" until {gone.until.astimezone():%Y-%m-%d %H:%M}" if gone.until else ""
        return f"{gone.by} banned you from {channel}{until}{why}."
    if gone.by:
        return f"{gone.by} took you out of {channel}{why}. /join {channel} goes back in, if they let you."
    return f"You are no longer in {channel}{why}." if gone.reason else ""


def invitation(invited: InvitedTo) -> str:
    """Say that one may come in, and how."""
    return f"{invited.nick} invites you to {invited.name}: /join {invited.name} goes there."


def announcement(nick: str, text: str) -> str:
    """Say what an administrator tells everybody."""
    return f"{nick}, for everybody: {text}"
