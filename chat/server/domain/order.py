"""How entries change the rules of a channel: who is banned, muted or invited, its modes, slow mode's clock.

Part of `evolve`. Pure; no threads.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from chat.ids import UserId
from chat.protocol.entries import (
    AnyEntry,
    Archived,
    Banned,
    Invited,
    Joined,
    Message,
    ModeChanged,
    Muted,
    RoleChanged,
    Unbanned,
    Unmuted,
)
from chat.protocol.records import Ban, Role
from chat.server.domain.model import ChannelRules


def fold_rules(rules: ChannelRules, entry: AnyEntry) -> ChannelRules:
    """Return the rules as they are after an entry; the same object when it changes none of them."""
    changes = _changes(rules, entry)
    return msgspec.structs.replace(rules, **changes) if changes else rules


def _changes(rules: ChannelRules, entry: AnyEntry) -> dict[str, Any]:
    """Return the fields that an entry changes."""
    match entry:
        case Message():  # most entries are
            return _spoken(rules, entry)
        case Joined() | Invited():
            return _invited(rules, entry)
        case Banned() | Unbanned():
            return {"bans": _bans(rules, entry)}
        case Muted() | Unmuted() | RoleChanged():
            return {"mutes": _mutes(rules, entry)}
    return _modes(rules, entry)


def _modes(rules: ChannelRules, entry: AnyEntry) -> dict[str, Any]:
    match entry:
        case ModeChanged():
            return {"mode": entry.mode, "spoke": rules.spoke if entry.mode.slow_seconds else {}}
        case Archived():
            return {"archived": entry.archived}
    return {}


def _bans(rules: ChannelRules, entry: Banned | Unbanned) -> tuple[Ban, ...]:
    """Return the bans with one more, in the place of one that goes by the same, or without one."""
    if isinstance(entry, Unbanned):
        return tuple(ban for ban in rules.bans if ban.ban != entry.ban)
    others = (ban for ban in rules.banned(entry.timestamp) if ban.mask != entry.ban.mask)
    return (*others, entry.ban)


def _mutes(rules: ChannelRules, entry: Muted | Unmuted | RoleChanged) -> Mapping[UserId, datetime | None]:
    """Return the mutes that hold with one more, or without one; who becomes an operator has none."""
    if isinstance(entry, RoleChanged) and entry.role is not Role.OPERATOR:
        return rules.mutes
    changed = UserId(entry.member)
    mutes = {
        user: end
        for user, end in rules.mutes.items()
        if user != changed and rules.muted(user, entry.timestamp)
    }
    return {**mutes, changed: entry.until} if isinstance(entry, Muted) else mutes


def _spoken(rules: ChannelRules, message: Message) -> dict[str, Any]:
    """Return who has to wait in slow mode, as it is behind a message."""
    slow, now = rules.mode.slow_seconds, message.timestamp
    if not slow:
        return {}
    waiting = {user: spoke for user, spoke in rules.spoke.items() if (now - spoke).total_seconds() < slow}
    return {"spoke": {**waiting, UserId(message.user): now}}


def _invited(rules: ChannelRules, entry: Joined | Invited) -> dict[str, Any]:
    """Return who is invited and has not come yet."""
    if isinstance(entry, Invited):
        return {"invited": (*rules.invited, UserId(entry.guest))}
    if entry.user not in rules.invited:
        return {}
    return {"invited": tuple(user for user in rules.invited if user != entry.user)}
