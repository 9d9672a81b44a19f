"""What one may do with a member of a channel, and why not where one may not.

The server decides; this says the same before it is asked: guest, registered, operator of the channel,
administrator, each may what the one before may. Pure.
"""

from enum import Enum
from typing import NamedTuple

from chat.protocol.records import Conversation, ConversationKind, Member, Role, User
from chat.tui.desk.deeds import Offer


class MemberDeed(Enum):
    """Something to do with a member; the value is the id of its key."""

    WHOIS = "member.whois"
    MESSAGE = "member.message"
    MENTION = "member.mention"
    INVITE = "member.invite"
    KICK = "member.kick"
    BAN = "member.ban"
    MUTE = "member.mute"
    OP = "member.op"


class Standing(NamedTuple):
    """Who asks, and where."""

    me: User
    where: Conversation
    connected: bool = True
    elsewhere: bool = True
    """Whether one keeps order in another channel too, to which one could invite."""


_LABELS = {
    MemberDeed.WHOIS: "Who is that?",
    MemberDeed.MESSAGE: "Write to them alone",
    MemberDeed.MENTION: "Mention",
    MemberDeed.INVITE: "Invite elsewhere…",
    MemberDeed.KICK: "Take out…",
    MemberDeed.BAN: "Ban…",
    MemberDeed.MUTE: "Mute…",
    MemberDeed.OP: "Make an operator",
}
_OTHERWISE = {MemberDeed.MUTE: "Let write again", MemberDeed.OP: "Make a member like others"}
_KEEPING_ORDER = {MemberDeed.KICK, MemberDeed.BAN, MemberDeed.MUTE, MemberDeed.OP}
_AGAINST = _KEEPING_ORDER - {MemberDeed.OP}
_NOT_ONESELF = {MemberDeed.MESSAGE, MemberDeed.INVITE, MemberDeed.KICK, MemberDeed.BAN, MemberDeed.MUTE}
_WRITTEN = {MemberDeed.MENTION}
"""What needs no connection: it only writes into the line."""


def keeps_order(me: User | None, where: Conversation) -> bool:
    """Return whether somebody is an operator where they are a member, or an administrator anywhere."""
    if where.kind is not ConversationKind.CHANNEL:
        return False
    return where.role is Role.OPERATOR or (me is not None and me.admin)


def member_offers(standing: Standing, member: Member) -> tuple[Offer[MemberDeed], ...]:
    """Return all that concerns a member, in the order of the menu; of a direct conversation less."""
    is_channel = standing.where.kind is ConversationKind.CHANNEL
    deeds = [deed for deed in MemberDeed if is_channel or deed not in _KEEPING_ORDER]
    return tuple(Offer(deed, _label(deed, member), member_refusal(standing, member, deed)) for deed in deeds)


def member_refusal(standing: Standing, member: Member, deed: MemberDeed) -> str:
    """Return why somebody may not do something with a member, in a few words; empty when they may."""
    if deed in _NOT_ONESELF and member.user.id == standing.me.id:
        return "that is you"
    if deed is MemberDeed.INVITE and not standing.elsewhere:
        return "nowhere to"
    if deed in _KEEPING_ORDER and not keeps_order(standing.me, standing.where):
        return "only operators"
    if deed in _AGAINST and member.user.admin:
        return "an administrator"
    if deed is MemberDeed.MUTE and member.role is Role.OPERATOR and not member.muted:
        return "an operator"
    return "needs a connection" if deed not in _WRITTEN and not standing.connected else ""


def _label(deed: MemberDeed, member: Member) -> str:
    is_so = {MemberDeed.MUTE: member.muted, MemberDeed.OP: member.role is Role.OPERATOR}
    return _OTHERWISE[deed] if is_so.get(deed) else _LABELS[deed]
