"""Who may do what: one table of requests and the least standing that each takes. Pure; any thread.

Rules ask it against the draft, so that a right that was taken away is gone for what still waits; whoever only
reads asks it against what is published.
"""

from datetime import datetime
from enum import Enum, IntEnum, auto
from typing import NamedTuple

from chat.durations import in_words
from chat.ids import UserId
from chat.protocol import accounts, order, requests, staff
from chat.protocol.asking import Request
from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.records import ConversationKind, Role, UserKind
from chat.server.domain.model import ConversationState, MemberState, UserState
from chat.server.domain.rate import milliseconds


class Standing(IntEnum):
    """What somebody is, in one channel or on the server; each may do what those below it may."""

    GUEST = 1
    REGISTERED = 2
    OPERATOR = 3
    """Of the channel that a request is about."""
    ADMINISTRATOR = 4


class Where(Enum):
    """What a request is about."""

    OWN = auto()
    """Oneself, and what everybody may see."""
    CHANNEL = auto()
    """One conversation: members alone, but for joining, and for administrators in public channels."""
    SERVER = auto()


class Need(NamedTuple):
    """What a request takes."""

    least: Standing
    where: Where
    restricted: Standing | None = None
    """What it takes where that is not enough: for the message of another, in a channel that is read-only or
    has slow mode, for a locked topic."""


_ALL, _ACCOUNT, _KEEPER, _STAFF = Standing
_OWN = Need(_ALL, Where.OWN)
_MEMBER = Need(_ALL, Where.CHANNEL)
_WRITER = Need(_ALL, Where.CHANNEL, restricted=_KEEPER)
_ORDER = Need(_KEEPER, Where.CHANNEL)
_SERVER = Need(_STAFF, Where.SERVER)

RIGHTS: dict[type[Request], Need] = {
    requests.Hello: _OWN,
    requests.Sync: _OWN,
    requests.ListChannels: _OWN,
    requests.CreateChannel: _OWN,
    requests.SetStatus: _OWN,
    requests.ChangeNick: _OWN,
    requests.Whois: _OWN,
    requests.OpenDirect: _OWN,
    requests.Ping: _OWN,
    requests.Quit: _OWN,
    requests.Join: _MEMBER,
    requests.Part: _MEMBER,
    requests.History: _MEMBER,
    requests.Members: _MEMBER,
    requests.Watch: _MEMBER,
    requests.Typing: _MEMBER,
    requests.MarkRead: _MEMBER,
    requests.Send: _WRITER,
    requests.Edit: _WRITER,
    requests.Delete: _WRITER,
    requests.React: _WRITER,
    requests.Pin: _WRITER,
    requests.Unpin: _WRITER,
    requests.SetTopic: _WRITER,
    order.Invite: _ORDER,
    order.Kick: _ORDER,
    order.BanUsers: _ORDER,
    order.Unban: _ORDER,
    order.Bans: _ORDER,
    order.Mute: _ORDER,
    order.Unmute: _ORDER,
    order.Grant: _ORDER,
    order.Revoke: _ORDER,
    order.SetMode: _ORDER,
    order.ArchiveChannel: _ORDER,
    order.DeleteChannel: _ORDER,
    accounts.AddDevice: _OWN,
    accounts.Register: _OWN,
    accounts.ChangePassword: Need(_ACCOUNT, Where.OWN),
    accounts.Devices: _OWN,
    accounts.RevokeDevice: _OWN,
    accounts.ExportData: _OWN,
    accounts.EraseMessages: Need(_ALL, Where.OWN, restricted=_STAFF),
    staff.Stats: _SERVER,
    staff.Disconnect: _SERVER,
    staff.Announce: _SERVER,
    staff.SetGate: _SERVER,
    staff.AddUser: _SERVER,
    staff.ListUsers: _SERVER,
    staff.SetPassword: _SERVER,
    staff.SetAdmin: _SERVER,
    staff.DisableUser: _SERVER,
    staff.Audit: _SERVER,
}
"""Every request there is: what is not in here, nobody may do."""

_REFUSALS = {
    Standing.REGISTERED: Refused(ErrorCode.NOT_REGISTERED),
    Standing.OPERATOR: Refused(
        ErrorCode.FORBIDDEN, "This is for operators of the channel; ask one of them, /names marks who is."
    ),
    Standing.ADMINISTRATOR: Refused(
        ErrorCode.FORBIDDEN, "This is for administrators of the server; ask one of them."
    ),
}


def standing_of(user: UserState, membership: MemberState | None = None) -> Standing:
    """Return what somebody is, in the channel of this membership or, without one, on the server.

    Of who is let in no more, what still waits is worth no more than a guest's.
    """
    if user.disabled:
        return Standing.GUEST
    if user.admin:
        return Standing.ADMINISTRATOR
    if membership is not None and membership.role is Role.OPERATOR:
        return Standing.OPERATOR
    return Standing.GUEST if user.kind is UserKind.GUEST else Standing.REGISTERED


def require(kind: type[Request], standing: Standing, *, restricted: bool = False) -> None:
    """Refuse a request to whom it is not for.

    Args:
        kind: the request.
        standing: what the one is who asks.
        restricted: whether it is one of the cases that take more; see `Need.restricted`.

    Raises:
        Refused: `forbidden`, or `not_registered` where an account is all that is missing.
    """
    need = RIGHTS[kind]
    least = need.restricted if restricted and need.restricted is not None else need.least
    if standing < least:
        refusal = _REFUSALS[least]
        raise Refused(refusal.code, refusal.message)


def known_to(state: ConversationState | None, who: UserId) -> ConversationState:
    """Return what somebody asks about; raises `Refused` where there is none, as far as they may know."""
    if state is None or not state.visible_to(who):
        raise hidden()
    return state


def hidden() -> Refused:
    """Return the refusal for a conversation that there is not, as far as who asks may know.

    It is the same for what is hidden and for what there is not, so that it tells nothing.
    """
    return Refused(
        ErrorCode.UNKNOWN_CONVERSATION,
        "There is no such conversation here; /list shows the channels.",
        field="target",
    )


def require_keeper(kind: type[Request], state: ConversationState, user: UserState) -> None:
    """Refuse what only those may do who keep order in a channel.

    Administrators need not be members, where everybody may know of the channel.

    Raises:
        Refused: `unknown_conversation`, `not_member` or `forbidden`.
    """
    known_to(state, user.id)
    standing = standing_of(user, state.members.get(user.id))
    if user.id not in state.members and standing is not Standing.ADMINISTRATOR:
        raise Refused(
            ErrorCode.NOT_MEMBER, f"{state.name} is for its members; join it first.", field="target"
        )
    if user.id not in state.members and state.rules.mode.private:
        raise hidden()
    require(kind, standing)


def require_writing(kind: type[Request], state: ConversationState, user: UserState, now: datetime) -> None:
    """Refuse what a member says where the channel does not let them.

    Raises:
        Refused: `archived`, `muted`, `forbidden` or `slow_mode`, with the wait.
    """
    if state.kind is ConversationKind.DIRECT:
        return
    rules = state.rules
    if rules.archived:
        raise Refused(
            ErrorCode.ARCHIVED,
            f"{state.name} is archived: it can be read, and an operator can open it again.",
            field="target",
        )
    restricted = RIGHTS[kind].restricted
    assert restricted is not None
    if standing_of(user, state.members.get(user.id)) >= restricted:
        return
    if rules.muted(user.id, now):
        raise Refused(
            ErrorCode.MUTED,
            f"You are muted in {state.name}{until_words(rules.mutes[user.id])}; its operators can lift it.",
            field="target",
        )
    if rules.mode.read_only:
        raise Refused(
            ErrorCode.MUTED, f"Only operators write in {state.name}; you can read it.", field="target"
        )
    if kind is requests.SetTopic and rules.mode.topic_locked:
        raise Refused(
            ErrorCode.FORBIDDEN, f"Only operators set the topic of {state.name}; ask one.", field="target"
        )
    if kind is requests.Send:
        _require_slow(state, user, now)


def _require_slow(state: ConversationState, user: UserState, now: datetime) -> None:
    """Refuse what comes too soon behind the last message in slow mode."""
    ends = state.rules.slow_until(user.id)
    if ends is None or ends <= now:
        return
    wait = (ends - now).total_seconds()
    raise Refused(
        ErrorCode.SLOW_MODE,
        f"{state.name} is in slow mode: a message every {in_words(state.rules.mode.slow_seconds)}.",
        field="target",
        retry_after_ms=milliseconds(wait),
    )


def until_words(when: datetime | None) -> str:
    """Return the end of a ban or mute for the middle of a sentence; nothing where it has none."""
    return f" until {when:%Y-%m-%d %H:%M} UTC" if when else ""
