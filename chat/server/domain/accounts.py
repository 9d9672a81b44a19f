"""Rules of accounts: a password on one's user, logging in, devices and their end.

Passwords come as hashes. Pure; the journal's thread, but for `shut_out` and `require_admitted`: any thread.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from chat.ids import DeviceId, UserId
from chat.names import Name
from chat.protocol import accounts
from chat.protocol.codes import ERRORS, ErrorCode, Refused
from chat.protocol.records import Gate, UserKind
from chat.server.domain.draft import Draft
from chat.server.domain.model import Decision, DeviceState, PasswordHash, UserState, device_id
from chat.server.domain.permissions import require, standing_of
from chat.server.domain.user import claim

Rule = Callable[[Draft], Decision]

DEVICE_LASTS = timedelta(days=30)
"""How long an account's device is good after its last use."""
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


def require_still_in(draft: Draft, who: UserId, device: DeviceId) -> None:
    """Raise `Refused` for what comes from a device that was logged out, or from who is not let in any more.

    The link ends anyway; this is for what it asked before that, and what is decided after.
    """
    sentence = shut_out(draft.gate_now(), draft.user(who))
    if not sentence and all(each.id != device for each in draft.devices_of(who)):
        sentence = "This device was logged out; log in again."
    if sentence:
        raise Refused(ErrorCode.NOT_ALLOWED_NOW, sentence)


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
    require_registrable(draft.gate_now(), user)
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


def require_registrable(gate: Gate, user: UserState) -> None:
    """Raise `Refused` for who has an account, or where none are made."""
    if user.kind is not UserKind.GUEST:
        raise Refused(ErrorCode.ALREADY_REGISTERED)
    if gate is not Gate.OPEN and not user.admin:
        raise Refused(ErrorCode.GATE_CLOSED, "No accounts are made for now; ask who runs the server.")


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


def add_device(draft: Draft, who: UserId, *, by: DeviceId, token_hash: str, client: str) -> Decision:
    """Make one more device of a user by a code; nothing when the token has a device already.

    `by` is the device that asked for the code, which must be there still.
    """
    if draft.device(token_hash):
        return Decision()
    require_admitted(draft.gate_now(), draft.user(who))
    if all(each.id != by for each in draft.devices_of(who)):
        raise wrong_code()
    device = DeviceState(
        id=device_id(draft.next_device), user=who, token_hash=token_hash, created=draft.now, client=client
    )
    return Decision(devices=(device,))


def wrong_code() -> Refused:
    """Return the refusal of a code that is good for nothing, or nothing any more."""
    return Refused(ErrorCode.WRONG_CODE, field="code")


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


def _others(draft: Draft, who: UserId, current: DeviceState) -> tuple[DeviceState, ...]:
    return tuple(each for each in draft.devices_of(who) if each.id != current.id)
