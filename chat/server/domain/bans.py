"""Whom a ban means: one user, nicks of a pattern, an address or network. Pure; no threads.

Patterns and networks spare who keeps order; administrators are spared by every ban.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable
from datetime import datetime
from fnmatch import translate
from functools import lru_cache
from ipaddress import ip_network
from typing import NamedTuple

from chat.ids import UserId
from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.entries import Left
from chat.protocol.records import Ban, BanKind
from chat.server.domain.addresses import address_of, unmapped
from chat.server.domain.draft import Draft, head
from chat.server.domain.look_alikes import looks_of
from chat.server.domain.model import ConversationState, Decision, UserState
from chat.server.domain.permissions import Standing, standing_of, until_words
from chat.server.domain.targets import parse_target

_INTERFACE = re.compile("%[^/]*")
"""The part of an address of IPv6 that says through which interface it is reached; nothing goes by that."""


class Mask(NamedTuple):
    """What a ban goes by, as it is kept."""

    kind: BanKind
    mask: str
    person: UserState | None = None
    """The banned user, where it is one."""


def read_mask(draft: Draft, text: str) -> Mask:
    """Return what somebody means who types a mask.

    Raises:
        Refused: it is no legal nick, or there is no such user.
    """
    if "*" in text or "?" in text:
        return Mask(BanKind.NICK, _folded(text.removeprefix("@")))
    try:
        return Mask(BanKind.ADDRESS, str(unmapped(ip_network(_INTERFACE.sub("", text), strict=False))))
    except ValueError:
        person = draft.find_user(parse_target(text, "mask"), "mask")
        return Mask(BanKind.USER, person.id, person)


def find_ban(draft: Draft, bans: Iterable[Ban], text: str) -> Ban | None:
    """Return the ban that an id or a mask means; None when there is none of it."""
    found = tuple(bans)
    by_id = next((ban for ban in found if ban.ban == text), None)
    if by_id is not None:
        return by_id
    try:
        meant = read_mask(draft, text)
    except Refused:
        return None
    return next((ban for ban in found if (ban.kind, ban.mask) == meant[:2]), None)


def bites(ban: Ban, state: ConversationState, user: UserState, hosts: Iterable[str]) -> bool:
    """Return whether a ban means a user who is here from these IP addresses."""
    standing = standing_of(user, state.members.get(user.id))
    if standing is Standing.ADMINISTRATOR:
        return False
    if ban.kind is BanKind.USER:
        return ban.mask == user.id
    if standing is Standing.OPERATOR:
        return False
    if ban.kind is BanKind.NICK:
        return _means_nick(ban.mask, user)
    return any(_is_in(host, ban.mask) for host in hosts)


def ban_of(state: ConversationState, user: UserState, hosts: Collection[str], now: datetime) -> Ban | None:
    """Return the ban that keeps a user who is here from these IP addresses out of a channel, if one does."""
    return next((each for each in state.rules.banned(now) if bites(each, state, user, hosts)), None)


def address_ban(state: ConversationState, user: UserState, host: str, now: datetime) -> Ban | None:
    """Return the ban that keeps who is here from an IP address out of a channel, if one does."""
    return _ban_by(BanKind.ADDRESS, state, user, [host], now)


def nick_bans(draft: Draft, user: UserState) -> list[tuple[ConversationState, Ban]]:
    """Return the channels of a user that ban the nick, each with a ban; it may be one they are yet to get."""
    channels = (state for state in draft.conversations_of(user.id) if state.rules.bans)
    found = ((state, _ban_by(BanKind.NICK, state, user, (), draft.now)) for state in channels)
    return [(state, ban) for state, ban in found if ban is not None]


def require_nick_not_banned(draft: Draft, user: UserState) -> None:
    """Refuse a nick, given as that of who wants it, where a channel that they are in bans it."""
    for state, ban in nick_bans(draft, user):
        raise Refused(
            ErrorCode.BANNED,
            f"{state.name} bans the nick {user.nick}{_why(ban)}; choose another, or leave that first.",
            field="nick",
        )


def taken_out(
    draft: Draft, state: ConversationState, user: UserState, ban: Ban, send_id: str, ahead: int = 1
) -> Left:
    """Return the entry by which a ban takes a member out; see `head` for `ahead`."""
    fields = head(draft, state, user, send_id, ahead)
    return Left(**fields, reason=ban.reason, by=ban.by, banned=True, until=ban.until)


def arrived(draft: Draft, who: UserId, host: str) -> Decision:
    """Take somebody out of the channels that ban the IP address they come from now, which none did before.

    An address means who is here from there, so that it can mean somebody only once they are here.
    """
    user = draft.user(who)
    channels = [state for state in draft.conversations_of(who) if state.rules.bans]
    found = ((state, address_ban(state, user, host, draft.now)) for state in channels)
    return Decision(entries=tuple(taken_out(draft, state, user, ban, "") for state, ban in found if ban))


def require_not_banned(
    state: ConversationState, user: UserState, hosts: Collection[str], now: datetime
) -> None:
    """Refuse to let in whom a ban of a channel means; the sentence has the reason and the end."""
    ban = ban_of(state, user, hosts, now)
    if ban is None:
        return
    raise Refused(
        ErrorCode.BANNED,
        f"You are banned from {state.name}{_why(ban)}; its operators can lift it.",
        field="target",
    )


def _ban_by(
    kind: BanKind, state: ConversationState, user: UserState, hosts: Collection[str], now: datetime
) -> Ban | None:
    """Return a ban of one kind that means a user, if one does."""
    found = (each for each in state.rules.banned(now) if each.kind is kind)
    return next((each for each in found if bites(each, state, user, hosts)), None)


def _why(ban: Ban) -> str:
    """Return the end and the reason of a ban for the middle of a sentence, as far as it has them."""
    return until_words(ban.until) + (f" ({ban.reason})" if ban.reason else "")


def _means_nick(mask: str, user: UserState) -> bool:
    """Return whether a pattern means a nick as it is typed, or one in letters that look like those.

    Plain letters are meant as they are: else `l*` would mean whoever begins with an `i`.
    """
    if _pattern(mask).match(_folded(user.nick_key)):
        return True
    if user.nick.isascii():
        return False
    looks = looks_of(user.nick, user.nick_key)
    return any(_pattern(each).match(look) for each in looks_of(mask, mask) for look in looks)


@lru_cache(4096)
def _pattern(mask: str) -> re.Pattern[str]:
    """Return what finds the nicks of a pattern; a bracket is one like any other character there."""
    return re.compile(translate(mask.replace("[", "[[]")))


def _folded(text: str) -> str:
    """Return text in which nicks that are the same to people are the same; works on patterns too."""
    return unicodedata.normalize("NFKC", text.casefold())


def _is_in(host: str, network: str) -> bool:
    """Return whether an IP address is of a network; one of IPv4 in IPv6's clothes is one of IPv4."""
    return address_of(host) in unmapped(ip_network(network))
