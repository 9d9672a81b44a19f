"""One-time codes by which a further device becomes one of its user: kept in memory alone, and as hashes.

Any thread. A code is bound to the first token that is shown with it, in one step: so of two devices exactly
one gets it, and that one may repeat its request however often it has to. The journal's thread asks again when
it decides, so that a code which ended meanwhile opens nothing.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from chat.clock import Clock
from chat.ids import DeviceId, UserId, token_hash
from chat.server.domain.draft import Draft
from chat.server.domain.model import Decision
from chat.server.state.locks import Rank, RankedLock

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""No 0 or O, no 1 or I: nothing that looks like something else. 32 of them, so each is worth 5 bits."""

_GROUPS, _GROUP = 2, 5


class Asker(NamedTuple):
    """Who asked for a code."""

    user: UserId
    device: DeviceId


@dataclass(slots=True)
class _Issued:
    """A code that was made and not replaced; guarded by the lock of its keeper."""

    asker: Asker
    until: float
    """By the monotonic clock."""
    taken_by: str = ""
    """The hash of the token that it is bound to."""


class DeviceCodes:
    """The codes that are good now, one for a user at most.

    Args:
        clock: the time.
        seconds: how long a code is good.
    """

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._seconds = seconds
        self._lock = RankedLock(Rank.CODES)
        self._codes: dict[str, _Issued] = {}
        self._newest: dict[UserId, str] = {}

    def issue(self, user: UserId, device: DeviceId) -> str:
        """Make a code for one more device of a user, who asks on this one.

        A code made before is void from now on.
        """
        groups = ("".join(secrets.choice(ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))
        code = "-".join(groups)
        key, now = _key(code), self._clock.monotonic()
        with self._lock:
            self._forget_old(now)
            self._void(user)
            self._codes[key] = _Issued(Asker(user, device), now + self._seconds)
            self._newest[user] = key
        return code

    def take(self, code: str, hashed_token: str) -> Asker | None:
        """Bind a code to a token and return whose device that becomes, and which device asked for the code.

        None when the code is wrong, too old, replaced by a newer one, ended, or bound to another token.
        """
        key, now = _key(code), self._clock.monotonic()
        with self._lock:
            issued = self._codes.get(key)
            if issued is None or issued.until <= now:
                return None
            issued.taken_by = issued.taken_by or hashed_token
            return issued.asker if issued.taken_by == hashed_token else None

    def ended_by(self, user: UserId, rule: Callable[[Draft], Decision]) -> Callable[[Draft], Decision]:
        """Return the rule that ends the code of a user once it is decided; what it refuses ends none.

        At that moment, not when it is published: who shows the code behind that comes too late. Where it
        can't be stored after all, the user has to ask for another code.
        """

        def decide(draft: Draft) -> Decision:
            decision = rule(draft)
            with self._lock:
                self._void(user)
            return decision

        return decide

    def _void(self, user: UserId) -> None:
        """Let go of the code of a user, if there is one; the lock is held."""
        self._codes.pop(self._newest.pop(user, ""), None)

    def _forget_old(self, now: float) -> None:
        """Let go of the codes whose time is over."""
        for key in [key for key, issued in self._codes.items() if issued.until <= now]:
            del self._newest[self._codes.pop(key).asker.user]


def _key(code: str) -> str:
    """Return what is kept of a code, however somebody typed it: case, dashes and spaces do not matter."""
    return token_hash("".join(filter(str.isalnum, code)).upper())
