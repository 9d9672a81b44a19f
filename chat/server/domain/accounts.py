"""Rules of accounts: a password on one's user, logging in, devices and their end, what staff does to users.

Passwords come as hashes. Pure; the journal's thread, but for `shut_out` and `require_admitted`: any thread.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from chat.ids import ConversationId, UserId
from chat.names import Name
from chat.protocol import accounts, staff
from chat.protocol.asking import Request
from chat.protocol.codes import ERRORS, ErrorCode, Refused
from chat.protocol.entries import Joined
from chat.protocol.records import Gate, UserKind
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

Rule = Callable[[Draft], Decision]

DEVICE_LASTS = timedelta(days=30)
"""How long an account's device is good after its last use."""
CONSOLE = "console"
"""What the operator's commands call themselves in hello."""
USE_NOTED_AFTER = timedelta(hours=1)
"""How old the note on a device's last use may be."""


def shut_out(gate: Gate, user: UserState | None) -> str:
    """Return why somebody is not let in, as a sentence; empty for who is. None is a guest to be."""
    if user is not None and user.disabled:
        return ERRORS[ErrorCode.ACCOUNT_DISABLED].meaning
    if gate is Gate.STAFF_ONLY and not (user is not None and user.admin):
        return "Only the staff of the server is let in for now; try later."
    if gate is Gate.NO_GUESTS and (user is None or (user.kind is UserKind.GUEST and not user.admin)):
        return "Guests are not let in: log in with the password of an account."
    return ""


def admits_guests(gate: Gate) -> bool:
    """Return whether one can be here without an account."""
    return not shut_out(gate, None)


def require_admitted(gate: Gate, user: UserState | None) -> None:
    """Raise `Refused` for who is not let in; None is a guest to be."""
    if sentence := shut_out(gate, user):
        disabled = user is not None and user.disabled
        raise Refused(ErrorCode.ACCOUNT_DISABLED if disabled else ErrorCode.GATE_CLOSED, sentence)


def expires(device: DeviceState, user: UserState) -> datetime | None:
    """Return when a device must log in again; None for those that need not."""
    return device.used + DEVICE_LASTS if user.kind is UserKind.REGISTERED else None


def expired(device: DeviceState, user: UserState, now: datetime) -> bool:
    """Return whether a device must log in again."""
    ends = expires(device, user)
    return ends is not None and ends <= now


def register(draft: Draft, who: UserId, *, password: str) -> Decision:
    """Put a password on a guest: the nick is theirs for good, and nothing else changes."""
    user = draft.user(who)
    require_unregistered(user)
    if draft.gate_now() is not Gate.OPEN and not user.admin:
        raise Refused(ErrorCode.GATE_CLOSED, "No accounts are made for now; ask who runs the server.")
    taken = claim(draft, who, Name(user.nick, user.nick_key))
    made = msgspec.structs.replace(
        user,
        kind=UserKind.REGISTERED,
        password=PasswordHash(password),
        holds_nick=True,
        version=user.version + 1,
    )
    # from now on they expire, and nobody is to lose one on the spot
    devices = tuple(msgspec.structs.replace(each, last_used=draft.now) for each in draft.devices_of(who))
    return Decision(users=(*taken, made), devices=devices)


def require_unregistered(user: UserState) -> None:
    """Raise `Refused` for who has an account."""
    if user.kind is not UserKind.GUEST:
        raise Refused(ErrorCode.ALREADY_REGISTERED)


def log_in(
    draft: Draft,
    who: UserId,
    *,
    token_hash: str,
    client: str,
    checked: PasswordHash,
    renewed: str | None,
) -> Decision:
    """Make a device of an account whose password was right; nothing when the token is one already.

    Args:
        draft: the world.
        who: the account.
        token_hash: of the device.
        client: the program on it.
        checked: the hash that the password was compared with; another one by now means a wrong password.
        renewed: the hash to keep instead.
    """
    user = draft.user(who)
    if user.password != checked:
        raise wrong_password()
    require_admitted(draft.gate_now(), user)
    before = draft.device(token_hash)
    if before is not None and not expired(before, draft.user(before.user), draft.now):
        return Decision()
    old = {each.id: each for each in draft.devices_of(who) if expired(each, user, draft.now)}
    if before is not None:
        old[before.id] = before
    device = DeviceState(
        id=device_id(draft.next_device),
        user=who,
        token_hash=token_hash,
        created=draft.now,
        client=client,
        last_used=draft.now,
    )
    kept = (msgspec.structs.replace(user, password=PasswordHash(renewed)),) if renewed else ()
    return Decision(users=kept, devices=(device,), revoked=tuple(old.values()))


def wrong_password(field: str = "password") -> Refused:
    """Return the refusal, the same for a wrong password and for an account that there is not."""
    return Refused(ErrorCode.WRONG_PASSWORD, field=field)


def used(draft: Draft, token_hash: str, client: str) -> Decision:
    """Note that a device is in use, and by what program, where that is said.

    Nothing when the same was noted lately, or the device is no more.
    """
    device = draft.device(token_hash)
    if device is None:
        return Decision()
    client = client or device.client
    if client == device.client and draft.now - device.used < USE_NOTED_AFTER:
        return Decision()
    return Decision(devices=(msgspec.structs.replace(device, last_used=draft.now, client=client),))


def change_password(
    draft: Draft, who: UserId, *, checked: PasswordHash, password: str, current: DeviceState
) -> Decision:
    """Take another password; all devices but the current one are logged out."""
    user = draft.user(who)
    require(accounts.ChangePassword, standing_of(user))
    if user.password != checked:
        raise wrong_password("old")
    changed = msgspec.structs.replace(user, password=PasswordHash(password))
    return Decision(users=(changed,), revoked=_others(draft, who, current))


def revoke_device(draft: Draft, who: UserId, *, device: str, current: DeviceState) -> Decision:
    """Log a device of one's own out, or all but the current one."""
    if not device:
        return Decision(revoked=_others(draft, who, current))
    found = next((each for each in draft.devices_of(who) if each.id == device), None)
    if found is None:
        raise Refused(ErrorCode.UNKNOWN_DEVICE, "You have no such device; ask for the list.", field="device")
    return Decision(revoked=(found,))


def add_user(draft: Draft, who: UserId, *, nick: Name, password: str, admin: bool) -> Decision:
    """Make an account, in the lobby."""
    keeper = _staff(draft, who, staff.AddUser)
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
    keeper = _staff(draft, who, staff.SetPassword)
    user = _account(draft, subject)
    changed = msgspec.structs.replace(user, password=PasswordHash(password))
    return Decision(
        users=(changed,),
        revoked=tuple(draft.devices_of(user.id)),
        notes=(note(draft, "set_password", keeper, user.nick),),
    )


def set_admin(draft: Draft, who: UserId, *, subject: UserId, admin: bool) -> Decision:
    """Make an account an administrator or not; nothing when it is so already."""
    keeper = _staff(draft, who, staff.SetAdmin)
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
    keeper = _staff(draft, who, staff.DisableUser)
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
    keeper = _staff(draft, who, staff.SetGate)
    if draft.said_gate() is gate:
        return Decision()
    return Decision(gate=gate, notes=(note(draft, "set_gate", keeper, "", gate.value),))


def noted(
    draft: Draft,
    who: UserId,
    kind: type[staff.Announce | staff.Disconnect],
    subject: str = "",
    reason: str = "",
) -> Decision:
    """Note what staff does that changes nothing lasting."""
    keeper = _staff(draft, who, kind)
    action = "announce" if kind is staff.Announce else "disconnect"
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


def _others(draft: Draft, who: UserId, current: DeviceState) -> tuple[DeviceState, ...]:
    return tuple(each for each in draft.devices_of(who) if each.id != current.id)
