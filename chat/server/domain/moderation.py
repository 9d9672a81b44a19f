"""Rules of keeping order in a channel: who is let in, who is taken out, who may write, what the channel is.

Each right is asked against the draft. Everything that is done is noted for the audit log. Pure; no threads.
"""

from datetime import timedelta

import msgspec

from chat.ids import UserId
from chat.protocol import order
from chat.protocol.asking import Request
from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.entries import (
    AnyEntry,
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
from chat.protocol.records import Ban, ChannelMode, Role
from chat.server.domain.bans import bites, find_ban, read_mask, taken_out
from chat.server.domain.channel import find_channel
from chat.server.domain.draft import Draft, head, note
from chat.server.domain.model import ConversationState, Decision, MemberState, UserState
from chat.server.domain.permissions import Standing, require_keeper, standing_of
from chat.server.domain.targets import Target
from chat.server.domain.user import LOBBY

MOST_BANS = 500
"""How many bans of a channel may hold at a time."""
MOST_INVITED = 1_000
"""How many may be invited to a channel and not have come yet."""


def invite(draft: Draft, who: UserId, send_id: str, *, target: Target, guest: Target) -> Decision:
    """Let somebody join a private channel; nothing for who is in it, or invited already."""
    state, user = _keeper(draft, who, order.Invite, target)
    person = draft.find_user(guest, "user")
    if person.id in state.members or person.id in state.rules.invited:
        return Decision()
    if len(state.rules.invited) >= MOST_INVITED:
        raise Refused(
            ErrorCode.TOO_MANY,
            f"{MOST_INVITED} people are invited to {state.name} and have not come; no more can be.",
        )
    entry = Invited(**head(draft, state, user, send_id), guest=person.id, guest_nick=person.nick)
    return _done(draft, user, state, "invite", person.nick, entry)


def kick(draft: Draft, who: UserId, send_id: str, *, target: Target, person: Target, reason: str) -> Decision:
    """Take a member out; nothing for who is no member."""
    state, user = _keeper(draft, who, order.Kick, target)
    kicked = _subject(draft, user, person)
    if kicked.id not in state.members:
        return Decision()
    left = Left(**head(draft, state, kicked, send_id), reason=reason, by=user.nick)
    return _done(draft, user, state, "kick", kicked.nick, left, detail=reason)


def ban(
    draft: Draft,
    who: UserId,
    send_id: str,
    *,
    target: Target,
    mask: str,
    reason: str,
    seconds: int | None,
) -> Decision:
    """Keep somebody out, and take out at once whom it means; nothing when it is so already."""
    state, user = _keeper(draft, who, order.BanUsers, target)
    meant = read_mask(draft, mask)
    if meant.person is not None:
        _require_subject(user, meant.person, "mask")
    holding = state.rules.banned(draft.now)
    same = next((each for each in holding if (each.kind, each.mask) == meant[:2]), None)
    if same is not None and (same.reason, same.until, seconds) == (reason, None, None):
        return Decision()
    if same is None and len(holding) >= MOST_BANS:
        raise Refused(
            ErrorCode.TOO_MANY, f"{MOST_BANS} bans hold in {state.name}, and no more can; lift one first."
        )
    made = Ban(
        ban="",
        kind=meant.kind,
        mask=meant.mask,
        nick=meant.person.nick if meant.person else "",
        reason=reason,
        by=user.nick,
        since=draft.now,
        until=draft.now + timedelta(seconds=seconds) if seconds else None,
    )
    lefts = _taken_out(draft, state, user, made, send_id)
    fields = head(draft, state, user, send_id, ahead=len(lefts) + 1)
    banned = Banned(**fields, ban=msgspec.structs.replace(made, ban=f"b{fields['number']}"))
    detail = f"{reason} ({seconds} s)" if seconds else reason
    return _done(draft, user, state, "ban", made.nick or made.mask, *lefts, banned, detail=detail)


def unban(draft: Draft, who: UserId, send_id: str, *, target: Target, ban: str) -> Decision:
    """Lift a ban that an id or a mask means; nothing when there is none."""
    state, user = _keeper(draft, who, order.Unban, target)
    found = find_ban(draft, state.rules.banned(draft.now), ban)
    if found is None:
        return Decision()
    entry = Unbanned(**head(draft, state, user, send_id), ban=found.ban, mask=found.mask)
    return _done(draft, user, state, "unban", found.nick or found.mask, entry)


def mute(
    draft: Draft,
    who: UserId,
    send_id: str,
    *,
    target: Target,
    person: Target,
    seconds: int | None,
    reason: str,
) -> Decision:
    """Keep a member from writing; nothing for whom it is so for good already."""
    state, user = _keeper(draft, who, order.Mute, target)
    muted = _subject(draft, user, person)
    if _member(state, muted).role is Role.OPERATOR:
        raise Refused(
            ErrorCode.FORBIDDEN, f"{muted.nick} is an operator; take that away first.", field="user"
        )
    mutes = state.rules.mutes
    if seconds is None and muted.id in mutes and mutes[muted.id] is None:
        return Decision()
    until = draft.now + timedelta(seconds=seconds) if seconds else None
    entry = Muted(
        **head(draft, state, user, send_id),
        member=muted.id,
        member_nick=muted.nick,
        until=until,
        reason=reason,
    )
    detail = f"{reason} ({seconds} s)" if seconds else reason
    return _done(draft, user, state, "mute", muted.nick, entry, detail=detail)


def unmute(draft: Draft, who: UserId, send_id: str, *, target: Target, person: Target) -> Decision:
    """Let somebody write again; nothing for who is not muted."""
    state, user = _keeper(draft, who, order.Unmute, target)
    muted = draft.find_user(person, "user")
    if not state.rules.muted(muted.id, draft.now):
        return Decision()
    entry = Unmuted(**head(draft, state, user, send_id), member=muted.id, member_nick=muted.nick)
    return _done(draft, user, state, "unmute", muted.nick, entry)


def grant(draft: Draft, who: UserId, send_id: str, *, target: Target, person: Target) -> Decision:
    """Make a member an operator; nothing for who is one."""
    state, user = _keeper(draft, who, order.Grant, target)
    return _give_role(draft, state, user, draft.find_user(person, "user"), Role.OPERATOR, send_id)


def revoke(draft: Draft, who: UserId, send_id: str, *, target: Target, person: Target) -> Decision:
    """Make an operator a member like others; nothing for who is none. The last one may step down too."""
    state, user = _keeper(draft, who, order.Revoke, target)
    return _give_role(draft, state, user, draft.find_user(person, "user"), Role.MEMBER, send_id)


def set_mode(draft: Draft, who: UserId, send_id: str, *, target: Target, request: order.SetMode) -> Decision:
    """Change the rules of a channel, those that the request gives; nothing when they are so already."""
    state, user = _keeper(draft, who, order.SetMode, target)
    if request.private:
        _require_no_lobby(state, "can't be private")
    given = {
        name: value for name in ChannelMode.__struct_fields__ if (value := getattr(request, name)) is not None
    }
    mode = msgspec.structs.replace(state.rules.mode, **given)
    if mode == state.rules.mode:
        return Decision()
    entry = ModeChanged(**head(draft, state, user, send_id), mode=mode)
    words = ", ".join(f"{name}={value}" for name, value in given.items())
    return _done(draft, user, state, "set_mode", state.name, entry, detail=words)


def archive(draft: Draft, who: UserId, send_id: str, *, target: Target, archived: bool) -> Decision:
    """Close a channel for writing, or open it again; nothing when it is so already."""
    state, user = _keeper(draft, who, order.ArchiveChannel, target)
    _require_no_lobby(state, "can't be archived")
    if state.rules.archived == archived:
        return Decision()
    entry = Archived(**head(draft, state, user, send_id), archived=archived)
    return _done(draft, user, state, "archive" if archived else "unarchive", state.name, entry)


def delete(draft: Draft, who: UserId, send_id: str, *, target: Target) -> Decision:
    """Remove a channel with all that was said in it; its name is free from then on."""
    state, user = _keeper(draft, who, order.DeleteChannel, target)
    _require_no_lobby(state, "can't be deleted")
    entry = ChannelDeleted(**head(draft, state, user, send_id))
    return _done(draft, user, state, "delete_channel", state.name, entry)


def _keeper(
    draft: Draft, who: UserId, kind: type[Request], target: Target
) -> tuple[ConversationState, UserState]:
    """Return the channel and who keeps order in it; raises `Refused` for who may not."""
    state, user = find_channel(draft, target, who), draft.user(who)
    require_keeper(kind, state, user)
    return state, user


def _subject(draft: Draft, user: UserState, target: Target) -> UserState:
    """Return against whom something is done; raises `Refused` where that can't be."""
    person = draft.find_user(target, "user")
    _require_subject(user, person, "user")
    return person


def _require_subject(user: UserState, person: UserState, field: str) -> None:
    if person.id == user.id:
        raise Refused(ErrorCode.FORBIDDEN, "That is you; to leave a channel there is /part.", field=field)
    if standing_of(person) is Standing.ADMINISTRATOR:
        raise Refused(
            ErrorCode.FORBIDDEN,
            f"{person.nick} is an administrator, whom nobody can take out or keep from writing.",
            field=field,
        )


def _member(state: ConversationState, person: UserState) -> MemberState:
    """Return somebody's membership; raises `Refused` when there is none."""
    found = state.members.get(person.id)
    if found is None:
        raise Refused(
            ErrorCode.UNKNOWN_USER,
            f"{person.nick} is not in {state.name}.",
            field="user",
        )
    return found


def _require_no_lobby(state: ConversationState, what: str) -> None:
    if state.name_key == LOBBY:
        raise Refused(ErrorCode.FORBIDDEN, f"{LOBBY} is where everybody arrives: it {what}.", field="target")


def _taken_out(
    draft: Draft, state: ConversationState, user: UserState, ban: Ban, send_id: str
) -> tuple[Left, ...]:
    """Return the entries that take out the members whom a ban means, but for who makes it."""
    members = (draft.user(each) for each in state.members if each != user.id)
    out = [each for each in members if bites(ban, state, each, draft.hosts_of(each.id))]
    return tuple(taken_out(draft, state, each, ban, send_id, ahead) for ahead, each in enumerate(out, 1))


def _give_role(
    draft: Draft, state: ConversationState, user: UserState, person: UserState, role: Role, send_id: str
) -> Decision:
    if _member(state, person).role is role:
        return Decision()
    fields = head(draft, state, user, send_id)
    entry = RoleChanged(**fields, member=person.id, member_nick=person.nick, role=role)
    action = "grant" if role is Role.OPERATOR else "revoke"
    return _done(draft, user, state, action, person.nick, entry)


def _done(
    draft: Draft,
    user: UserState,
    state: ConversationState,
    action: str,
    subject: str,
    *entries: AnyEntry,
    detail: str = "",
) -> Decision:
    """Return what was done, with its note for the audit log."""
    words = ": ".join(part for part in (state.name, detail) if part)
    return Decision(entries=entries, notes=(note(draft, action, user, subject, words),))
