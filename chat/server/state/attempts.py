"""Wrong passwords by account and by address, and who has to wait. In memory alone; any thread.

Accounts are counted by the nick that was tried, be there one or not, so that this tells nobody which exist.
Who is logged in and tries the password of their own account is counted as that user, apart from all others,
so that no stranger keeps them from changing it.
"""

from collections.abc import Sequence
from typing import NamedTuple

from chat.clock import Clock
from chat.ids import UserId
from chat.server.domain.addresses import Counted
from chat.server.domain.attempts import Tally
from chat.server.state.locks import Rank, RankedLock

KEPT_MOST = 20_000
"""How many accounts and addresses are remembered; then the quiet ones go, and after them the oldest."""
BUSY_SECONDS = 1.0
"""How long to wait for others who try the same at this moment."""


class Lock(NamedTuple):
    """Somebody has to wait."""

    what: str
    """`account` or `address`."""
    seconds: float


class Tried(NamedTuple):
    """Whose password is tried, and by whom."""

    account: str
    """The key of the nick, be there such an account or not."""
    host: str
    """The IP address that it is tried from."""
    user: UserId | None = None
    """Who is logged in and tries their own."""


class Attempts:
    """Counts.

    Args:
        clock: the time.
        counted: which addresses are counted.
    """

    def __init__(self, clock: Clock, counted: Counted) -> None:
        self._clock = clock
        self._counted = counted
        self._lock = RankedLock(Rank.BUDGETS)
        self._tallies: dict[str, Tally] = {}
        self._running: dict[str, int] = {}

    def __len__(self) -> int:
        """How many are remembered."""
        return len(self._tallies)

    def begin(self, tried: Tried) -> float:
        """Note that a password is being checked; returns the seconds to wait when it may not be, else 0.

        After a 0, exactly one of `failed`, `succeeded` and `given_up` must follow.
        """
        now, keys = self._clock.monotonic(), self._keys(tried)
        with self._lock:
            wait = max(self._wait(key, now) for key in keys)
            if not wait:
                for key in keys:
                    self._running[key] = self._running.get(key, 0) + 1
            return wait

    def failed(self, tried: Tried, *, tries: int = 1) -> list[Lock]:
        """Count a wrong password, or several that were tried as one; returns what is locked from now on."""
        now, keys = self._clock.monotonic(), self._keys(tried)
        locked = []
        with self._lock:
            for key, what in zip(keys, ("account", "address"), strict=False):
                self._ends(key)
                tally = self._tallies.pop(key, Tally())
                for _ in range(tries):
                    tally = tally.failed(now)
                self._tallies[key] = tally
                if wait := tally.wait(now):
                    locked.append(Lock(what, wait))
            if len(self._tallies) > KEPT_MOST:
                self._forget(now)
        return locked

    def succeeded(self, tried: Tried) -> None:
        """Forget what was wrong on the account; on the address it counts on."""
        keys = self._keys(tried)
        with self._lock:
            for key in keys:
                self._ends(key)
            self._tallies.pop(keys[0], None)

    def given_up(self, tried: Tried) -> None:
        """Note that it was not checked after all."""
        with self._lock:
            for key in self._keys(tried):
                self._ends(key)

    def _keys(self, tried: Tried) -> Sequence[str]:
        if tried.user is not None:
            return (f"user {tried.user}",)
        account, whom = f"account {tried.account}", self._counted.as_whom(tried.host)
        return (account,) if whom is None else (account, f"address {whom}")

    def _wait(self, key: str, now: float) -> float:
        tally = self._tallies.get(key, Tally())
        busy = self._running.get(key, 0) >= tally.free(now)
        return tally.wait(now) or (BUSY_SECONDS if busy else 0.0)

    def _ends(self, key: str) -> None:
        left = self._running.get(key, 0) - 1
        if left > 0:
            self._running[key] = left
        else:
            self._running.pop(key, None)

    def _forget(self, now: float) -> None:
        self._tallies = {key: tally for key, tally in self._tallies.items() if not tally.quiet(now)}
        while len(self._tallies) > KEPT_MOST:
            del self._tallies[next(iter(self._tallies))]
