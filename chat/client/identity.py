"""Who one is on which server: the secrets of this device.

The client makes a token once and keeps it by server and nick. An identity in use is locked, so two clients
of one home are never the same person. The token itself may be in a keyring, which is not asked for it
before it is needed. Knows no socket. Called on the link's thread, which may wait here for the disk, and a
few seconds for a keyring; an identity belongs to the client that claimed it.
"""

from collections.abc import Callable, Iterator
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from chat.errors import ChatError
from chat.ids import new_token, token_hash
from chat.names import NICK_LONGEST, BadName, parse_nick

_NUMBERED_AT_MOST = 98
_MARK_DIGITS = 16


class TokenAway(ChatError):
    """A keyring has the token and does not give it; the sentence says why and what to do.

    Attributes:
        passing: whether it may still give it, as when it waits for somebody to unlock it.
    """

    def __init__(self, sentence: str, *, passing: bool = False) -> None:
        super().__init__(sentence)
        self.passing = passing


class Secret(Struct, frozen=True):
    """What is kept of an identity."""

    nick: str
    """As it was written when the identity was made."""
    token: str
    """Empty while it is in a keyring and was not asked for."""
    known: bool = False
    """Whether the server has ever accepted the token."""
    box: str = ""
    """What unsent messages are kept by once the token was renewed; before that it follows from the token."""
    entry: str = ""
    """Under which name a keyring has the token, where one does; its last word is the mark."""

    @property
    def mark(self) -> str:
        """What tells this token from every other, and opens nothing."""
        return token_hash(self.token)[:_MARK_DIGITS] if self.token else self.entry.rpartition(" ")[2]

    @property
    def owner(self) -> str:
        """What unsent messages are kept by, however that is known."""
        return self.box or token_hash(self.token)


class Place(Struct, frozen=True):
    """Where the token is kept."""

    words: str = ""
    """As it stands behind "The token is"; empty when there is none yet."""
    trouble: str = ""
    """A sentence on why it is not where it was wanted; empty when it is."""


class Owner(Struct, frozen=True):
    """Whom something that is kept on disk belongs to: an identity on a server."""

    server_id: str
    box: str
    """The identity's; see `Identity.box`."""


class Slot(Protocol):
    """The place of one identity, locked until it is released."""

    def read(self) -> Secret | None:
        """Give what is kept here, if anything is."""

    def token(self) -> str:
        """Give the token that is kept here; waits for a keyring, a little.

        Raises:
            TokenAway: the keyring does not give it.
        """

    def write(self, secret: Secret) -> None:
        """Keep this instead, with its token; raises `BadConfig` when it can't be kept."""

    def place(self) -> Place:
        """Tell where the token is that was written or given last."""

    def release(self) -> None:
        """Let others have the place; may be called twice."""


class IdentityStore(Protocol):
    """Where identities are kept."""

    def lock(self, server_id: str, nick_key: str) -> Slot | None:
        """Lock the place of an identity; None when it is in use.

        Raises:
            BadConfig: the folder can't be used.
        """


class Identity:
    """A claim to be somebody on one server, held until it is released; made by the functions below.

    Attributes:
        nick: what it is kept by.
        secret: whether the server knows it; also the token, once that was asked for.
    """

    def __init__(self, nick: str, slot: Slot | None, lock: Callable[[str], Slot | None]) -> None:
        """Find it in its slot or make it there; without a slot it is new, and not kept before `keep_as`."""
        self.nick = nick
        self._slots = {nick_key(nick): slot} if slot else {}
        self._lock = lock
        kept = slot.read() if slot else None
        self.secret = kept or Secret(nick, new_token())
        if kept is None:
            self._keep(self.secret)

    @property
    def box(self) -> str:
        """What unsent messages of this identity are kept by; no nick and no new token changes it."""
        return self.secret.owner

    def token(self) -> str:
        """Give the token, which a keyring may have to be asked for.

        Raises:
            TokenAway: it does not give it now; ask again later.
        """
        if not self.secret.token:
            slot = next(iter(self._slots.values()))
            self.secret = replace(self.secret, token=slot.token())
        return self.secret.token

    def place(self) -> Place:
        """Tell where the token is kept."""
        return next((slot.place() for slot in self._slots.values()), Place())

    def accepted(self) -> None:
        """The server accepted the token, which was given for that."""
        self._keep(Secret(self.nick, self.secret.token, known=True, box=self.secret.box))

    def keep_as(self, nick: str, *, over: bool = False) -> None:
        """Keep an identity that was kept nowhere, by a nick or, where another one is kept by that, numbered.

        One that no server ever accepted gives way, and with `over` any other that nobody uses: the nick is an
        account's, so the other one can not be it any more. Raises `BadConfig` when it can't be kept.
        """
        self.nick = nick
        if self._slots:
            return  # `also_known_as` was told of the nick before
        for candidate in (nick, *numbered(nick, _NUMBERED_AT_MOST)):
            slot = self._lock(nick_key(candidate))
            kept = slot.read() if slot else None
            if slot and (over or not (kept and kept.known)):
                self.nick = candidate
                self._slots[nick_key(candidate)] = slot
                return
            if slot:
                slot.release()

    def renew(self) -> None:
        """The server does not know the token: make a new one."""
        self._keep(Secret(self.nick, new_token(), box=self.box))

    def also_known_as(self, nick: str) -> None:
        """Keep the identity by another nick too, unless another identity is kept by that.

        Without effect before the token is at hand, since the server has not said hello then either.
        """
        if not self.secret.token:
            return
        key = nick_key(nick)
        slot = None if key in self._slots else self._lock(key)
        if slot is None:
            return
        kept = slot.read()
        if kept is not None and kept.mark != self.secret.mark:
            slot.release()
            return
        self._slots[key] = slot
        slot.write(self.secret)

    def release(self) -> None:
        """Let another client of this home claim it; may be called twice."""
        for slot in self._slots.values():
            slot.release()

    def _keep(self, secret: Secret) -> None:
        self.secret = secret
        for slot in self._slots.values():
            slot.write(secret)


def nick_key(nick: str) -> str:
    """What two spellings of one nick share; a nick that no server would take is its own key."""
    try:
        return parse_nick(nick).key
    except BadName:
        return nick


def claim(store: IdentityStore, server_id: str, nick: str) -> Identity | None:
    """Claim to be `nick` on a server, making the identity where there is none; None when it is in use.

    Raises:
        BadConfig: it can't be kept.
    """

    def lock(key: str) -> Slot | None:
        return store.lock(server_id, key)

    slot = lock(nick_key(nick))
    if slot is None:
        return None
    try:
        return Identity(nick, slot, lock)
    except BaseException:
        slot.release()
        raise


def fresh(store: IdentityStore, server_id: str, nick: str) -> Identity:
    """Make an identity that never was, for a device of somebody whose nick the server will tell."""
    return Identity(nick, None, lambda key: store.lock(server_id, key))


def claim_numbered(store: IdentityStore, server_id: str, nick: str) -> Identity | None:
    """Claim to be `nick`, or else the first of `nick2`, `nick3` ... that is not in use."""
    for candidate in (nick, *numbered(nick, _NUMBERED_AT_MOST)):
        identity = claim(store, server_id, candidate)
        if identity is not None:
            return identity
    return None


def numbered(nick: str, count: int) -> Iterator[str]:
    """Give `nick2`, `nick3` ... `count` of them, shortened where they would be too long."""
    for number in range(2, count + 2):
        yield f"{nick[: NICK_LONGEST - len(str(number))]}{number}"
