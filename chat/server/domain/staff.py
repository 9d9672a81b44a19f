"""Rules of who keeps order on the server: accounts that they make and look after, the gate, their console.

Passwords come as hashes. Pure; the journal's thread.
"""

import msgspec

from chat.ids import ConversationId, UserId
from chat.names import Name
from chat.protocol.asking import Request
from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.entries import Joined
from chat.protocol.records import Gate, UserKind
from chat.protocol.staff import AddUser, Announce, DisableUser, Disconnect, SetAdmin, SetGate, SetPassword
from chat.server.domain.draft import Draft, head, note
from chat.server.domain.model import (
    Decision,
    DeviceState,
    PasswordHash,
    ReadMove,
    UserState,
    device_id,
    user_id,
)
from chat.server.domain.permissions import require, standing_of
from chat.server.domain.user import LOBBY, claim

CONSOLE = "console"
"""What the operator's commands call themselves in hello."""


def add_user(draft: Draft, who: UserId, *, nick: Name, password: str, admin: bool) -> Decision:
    """Make an account, in the lobby."""
    keeper = _staff(draft, who, AddUser)
    _require_no_account(draft, nick)
    taken = claim(draft, UserId(""), nick)
    made = UserState(
        id=user_id(draft.next_user),
        kind=UserKind.REGISTERED,
        nick=nick.text,
        nick_key=nick.key,
        created=draft.now,
        admin=admin,
        password=PasswordHash(password),
    )
    lobby = draft.channel_named(LOBBY)
    entries: tuple[Joined, ...] = (Joined(**head(draft, lobby, made, "")),) if lobby else ()
    return Decision(
        users=(*taken, made),
        entries=entries,
        reads=tuple(ReadMove(made.id, ConversationId(each.conversation), each.number) for each in entries),
        notes=(note(draft, "add_user", keeper, made.nick, "administrator" if admin else ""),),
    )


def set_password(draft: Draft, who: UserId, *, subject: UserId, password: str) -> Decision:
    """Give an account a new password, and log out all of its devices."""
    keeper = _staff(draft, who, SetPassword)
    user = _account(draft, subject)
    changed = msgspec.structs.replace(user, password=PasswordHash(password))
    return Decision(
        users=(changed,),
        revoked=tuple(draft.devices_of(user.id)),
        notes=(note(draft, "set_password", keeper, user.nick),),
    )


def set_admin(draft: Draft, who: UserId, *, subject: UserId, admin: bool) -> Decision:
    """Make an account an administrator or not; nothing when it is so already."""
    keeper = _staff(draft, who, SetAdmin)
    user = _account(draft, subject)
    if user.admin is admin:
        return Decision()
    changed = msgspec.structs.replace(user, admin=admin, version=user.version + 1)
    return Decision(
        users=(changed,),
        notes=(note(draft, "set_admin", keeper, user.nick, "administrator" if admin else "user"),),
    )


def disable_user(draft: Draft, who: UserId, *, subject: UserId, disabled: bool) -> Decision:
    """Let somebody in no more, or again; nothing when it is so already."""
    keeper = _staff(draft, who, DisableUser)
    user = draft.user(subject)
    _not_the_server(user)
    if user.id == who:
        raise Refused(ErrorCode.FORBIDDEN, "You can't lock yourself out; ask another administrator.")
    if user.disabled is disabled:
        return Decision()
    changed = msgspec.structs.replace(user, disabled=disabled)
    action = "disable_user" if disabled else "enable_user"
    return Decision(users=(changed,), notes=(note(draft, action, keeper, user.nick),))


def set_gate(draft: Draft, who: UserId, *, gate: Gate) -> Decision:
    """Say whom the server lets in; nothing when it is so already."""
    keeper = _staff(draft, who, SetGate)
    if draft.said_gate() is gate:
        return Decision()
    return Decision(gate=gate, notes=(note(draft, "set_gate", keeper, "", gate.value),))


def noted(
    draft: Draft,
    who: UserId,
    kind: type[Announce | Disconnect],
    subject: str = "",
    reason: str = "",
) -> Decision:
    """Note what staff does that changes nothing lasting."""
    keeper = _staff(draft, who, kind)
    action = "announce" if kind is Announce else "disconnect"
    return Decision(notes=(note(draft, action, keeper, subject, reason),))


def seat_console(draft: Draft, *, token_hash: str) -> Decision:
    """Give the server's own user the rights of its operator, and the device that the console uses."""
    server = server_user(draft)
    users = () if server.admin else (msgspec.structs.replace(server, admin=True, version=server.version + 1),)
    device = draft.device(token_hash)
    if device is not None:
        return Decision(users=users)
    old = tuple(draft.devices_of(server.id))
    made = DeviceState(
        id=device_id(draft.next_device),
        user=server.id,
        token_hash=token_hash,
        created=draft.now,
        client=CONSOLE,
    )
    return Decision(users=users, devices=(made,), revoked=old)


def server_user(draft: Draft) -> UserState:
    """Return the user who speaks for the server."""
    holder = draft.nick_holder("server")
    assert holder is not None
    return draft.user(holder)


def _staff(draft: Draft, who: UserId, kind: type[Request]) -> UserState | None:
    """Return the administrator for the audit log, None for the console; raises `Refused` for others."""
    user = draft.user(who)
    require(kind, standing_of(user))
    return None if user.kind is UserKind.BOT else user


def _account(draft: Draft, subject: UserId) -> UserState:
    user = draft.user(subject)
    _not_the_server(user)
    if user.kind is not UserKind.REGISTERED:
        raise Refused(
            ErrorCode.NOT_REGISTERED, f"{user.nick} is a guest and has no account yet.", field="user"
        )
    return user


def _not_the_server(user: UserState) -> None:
    if user.kind is UserKind.BOT:
        raise Refused(
            ErrorCode.FORBIDDEN,
            f"{user.nick} is built in; it can't be disabled, and its rights and password can't be changed.",
            field="user",
        )


def _require_no_account(draft: Draft, nick: Name) -> None:
    """Refuse a nick that somebody has, with what who makes accounts can do about it."""
    holder = draft.nick_holder(nick.key)
    user = draft.user(holder) if holder else None
    if user is None or draft.claim_is_stale(user):
        return
    if user.kind is UserKind.GUEST:
        sentence = f"A guest is called {user.nick}: they can keep it with /register, or choose another nick."
    else:
        way_on = f"`chat-server user passwd {user.nick}` gives it a new password."
        sentence = f"{user.nick} has an account already; {way_on}"
    raise Refused(ErrorCode.NICK_TAKEN, sentence, field="nick")
