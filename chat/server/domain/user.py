"""Rules of users: guests, nicks and who holds them, status, being away for long."""

from datetime import datetime, timedelta
from itertools import count

import msgspec

from chat.ids import UserId
from chat.names import NICK_LONGEST, RESERVED_NICKS, BadName, Name, parse_nick
from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.entries import Created, Joined, Left
from chat.protocol.records import ConversationKind, Gate, Status, UserKind
from chat.server.domain.bans import ban_of, nick_bans, require_nick_not_banned, taken_out
from chat.server.domain.draft import Draft, head
from chat.server.domain.look_alikes import looks_of, mixes_scripts
from chat.server.domain.model import (
    ConversationState,
    Decision,
    DeviceState,
    ReadMove,
    UserState,
    conversation_id,
    device_id,
    user_id,
)

LOBBY = "#general"
"""The channel that exists from the start; everyone who is not banned from it lands there."""

GUESTS_PARTED_AFTER = timedelta(days=30)

_RESERVED = {look: nick for nick in sorted(RESERVED_NICKS) for look in looks_of(nick, nick)}
"""What reserved nicks look like."""


def found_server(draft: Draft) -> Decision:
    """Make the first user, who speaks for the server, and the lobby; nothing where they exist."""
    if draft.channel_named(LOBBY):
        return Decision()
    server = UserState(
        id=user_id(draft.next_user), kind=UserKind.BOT, nick="server", nick_key="server", created=draft.now
    )
    state = ConversationState(
        id=conversation_id(draft.next_conversation), kind=ConversationKind.CHANNEL, name=LOBBY
    )
    created = Created(**head(draft, state, server, ""), kind=ConversationKind.CHANNEL, name=LOBBY)
    return Decision(users=(server,), entries=(created,))


def make_guest(draft: Draft, *, nick: Name, token_hash: str, client: str = "", host: str = "") -> Decision:
    """Make a guest and the first device, in the lobby; nothing when the token has a device already.

    `client` is the program on it. Whom a ban of the lobby means, by nick or by `host`, the IP address it is
    asked from, is not put there.
    """
    if draft.device(token_hash):
        return Decision()
    if draft.gate_now() in (Gate.NO_GUESTS, Gate.STAFF_ONLY):
        raise Refused(ErrorCode.GATE_CLOSED, "Guests are not let in: log in with the password of an account.")
    guest = UserState(
        id=user_id(draft.next_user), kind=UserKind.GUEST, nick=nick.text, nick_key=nick.key, created=draft.now
    )
    device = DeviceState(
        id=device_id(draft.next_device),
        user=guest.id,
        token_hash=token_hash,
        created=draft.now,
        client=client,
    )
    lobby = draft.channel_named(LOBBY)
    assert lobby is not None
    made = Decision(users=(*claim(draft, guest.id, nick), guest), devices=(device,))
    if ban_of(lobby, guest, [host] if host else [], draft.now):
        return made
    joined = Joined(**head(draft, lobby, guest, ""))
    return msgspec.structs.replace(
        made, entries=(joined,), reads=(ReadMove(guest.id, lobby.id, joined.number),)
    )


def reclaim(draft: Draft, who: UserId) -> Decision:
    """Give a returning guest whose nick was taken the next numbered one; nothing when it still holds it.

    Nobody may have it any more: then it is theirs again. Channels that ban what they get take them out.
    """
    user = draft.user(who)
    if user.holds_nick:
        return Decision()
    own = Name(user.nick, user.nick_key)
    name = own if free_nick(draft, who, own) else _numbered(draft, who, user.nick)
    renamed = _renamed(user, name)
    banned = nick_bans(draft, renamed)
    return Decision(
        users=(*claim(draft, who, name), renamed),
        entries=tuple(taken_out(draft, state, renamed, ban, "") for state, ban in banned),
    )


def change_nick(draft: Draft, who: UserId, *, nick: Name) -> Decision:
    """Take another nick; nothing when it is the same to the letter.

    Refused where a channel that one is in bans it: who may not come in by a nick does not get it there.
    """
    user = draft.user(who)
    if user.holds_nick and user.nick == nick.text:
        return Decision()
    renamed = _renamed(user, nick)
    cleared = claim(draft, who, nick)
    require_nick_not_banned(draft, renamed)
    return Decision(users=(*cleared, renamed))


def set_status(draft: Draft, who: UserId, *, status: Status, text: str) -> Decision:
    """Say that one is online, away or busy; nothing when it is so already."""
    user = draft.user(who)
    if (user.status, user.status_text) == (status, text):
        return Decision()
    changed = msgspec.structs.replace(user, status=status, status_text=text, version=user.version + 1)
    return Decision(users=(changed,))


def seen(draft: Draft, who: UserId, when: datetime) -> Decision:
    """Note when a user was last here."""
    return Decision(users=(msgspec.structs.replace(draft.user(who), last_seen=when),))


def part_unseen_guest(draft: Draft, who: UserId) -> Decision:
    """Take a guest who was not seen for 30 days out of all channels; nothing for one who is back."""
    user = draft.user(who)
    last = user.last_seen or user.created
    if user.kind is not UserKind.GUEST or draft.now - last < GUESTS_PARTED_AFTER:
        return Decision()
    if not draft.claim_is_stale(user):
        return Decision()
    channels = [state for state in draft.conversations_of(who) if state.kind is ConversationKind.CHANNEL]
    return Decision(
        entries=tuple(
            Left(**head(draft, state, user, ""), reason="not seen for 30 days") for state in channels
        )
    )


def free_nick(draft: Draft, who: UserId, nick: Name) -> bool:
    """Return whether somebody may take a nick: nobody holds it, or only by a stale claim."""
    return _reserved_like(nick) is None and all(
        draft.claim_is_stale(user) for user in _in_the_way(draft, who, nick)
    )


def claim(draft: Draft, who: UserId, nick: Name) -> tuple[UserState, ...]:
    """Return those whose stale claims are in the way, without them.

    A nick is taken when somebody has it or one that looks like it. One's own may stay as it is.

    Raises:
        Refused: the nick is taken, mixes scripts, or looks like a reserved one.
    """
    user = draft.known(who)
    if user is None or user.nick_key != nick.key:
        _require_clear(nick)
    others = _in_the_way(draft, who, nick)
    for other in others:
        if not draft.claim_is_stale(other):
            raise _taken(nick, other)
    return tuple(msgspec.structs.replace(other, holds_nick=False) for other in others)


def _require_clear(nick: Name) -> None:
    """Refuse a nick that is made to deceive, whoever else is here."""
    sentence = ""
    if mixes_scripts(nick.text):
        sentence = "A nick can't mix letters of several scripts."
    elif reserved := _reserved_like(nick):
        sentence = f"{nick.text} looks like {reserved}, which is reserved; choose another nick."
    if sentence:
        raise Refused(ErrorCode.INVALID_NAME, sentence, field="nick")


def _reserved_like(nick: Name) -> str | None:
    """Return a reserved nick that a nick looks like."""
    return next((_RESERVED[look] for look in looks_of(nick.text, nick.key) if look in _RESERVED), None)


def _in_the_way(draft: Draft, who: UserId, nick: Name) -> list[UserState]:
    """Return the others who hold a nick, or one that looks like it."""
    user = draft.known(who)
    if user is not None and user.holds_nick and user.nick_key == nick.key:
        return []
    return [each for each in draft.nicks_like(looks_of(nick.text, nick.key)) if each.id != who]


def _taken(nick: Name, other: UserState) -> Refused:
    if other.nick_key != nick.key:
        sentence = f"{nick.text} looks like {other.nick}, who is somebody else; choose another nick."
    elif other.kind is UserKind.REGISTERED:
        sentence = (
            f"{nick.text} is somebody's account: log in with its password, /login {other.nick}, "
            "or choose another nick."
        )
    else:
        sentence = f"Somebody else is called {nick.text}; choose another nick."
    return Refused(ErrorCode.NICK_TAKEN, sentence, field="nick")


def _renamed(user: UserState, nick: Name) -> UserState:
    return msgspec.structs.replace(
        user, nick=nick.text, nick_key=nick.key, holds_nick=True, version=user.version + 1
    )


def _numbered(draft: Draft, who: UserId, nick: str) -> Name:
    """Return the first free of maria2, maria3 ..., cut to fit."""
    names = (_suffixed(nick, str(number)) for number in count(2))
    return next(name for name in names if free_nick(draft, who, name))


def _suffixed(nick: str, suffix: str) -> Name:
    """Return a nick with a suffix, shortened as far as it must be for that to be legal.

    Some characters, such as a middle dot, are legal only before certain others, which the cut may take away.
    """
    for length in range(NICK_LONGEST - len(suffix), 0, -1):
        try:
            return parse_nick(nick[:length] + suffix)
        except BadName:
            continue
    return parse_nick(f"guest{suffix}")
