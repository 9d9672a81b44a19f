"""What everybody has left of their budgets, and every address of its own. In memory alone; any thread.

A budget belongs to the user, so more links or devices give nobody more. Who is at rest is not kept.
"""

from collections.abc import Hashable
from typing import NamedTuple

from chat.clock import Clock
from chat.ids import ConversationId, UserId
from chat.server.domain.addresses import Counted
from chat.server.domain.rate import Budget, Rate, Rates
from chat.server.state.locks import Rank, RankedLock

_TIDY_AT_LEAST = 1024
"""How many buckets are kept before it is worth looking which are full."""


TYPING = Rate(2, 0.5)
"""How often others are told that somebody types in a conversation; clients say it every 3 s at most."""


class _Key(NamedTuple):
    user: UserId
    budget: Budget


class _Buckets:
    """When each bucket will be full again; a full one need not be kept."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = RankedLock(Rank.BUDGETS)
        self._full_at: dict[Hashable, float] = {}
        self._tidy_at = _TIDY_AT_LEAST

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._full_at)

    def take(self, key: Hashable, rate: Rate, cost: float = 1.0) -> float:
        """Take so much if it is there; returns how many seconds to wait when it is not, else 0."""
        now = self._clock.monotonic()
        with self._lock:
            wait = rate.wait(self._full_at.get(key, now), now, cost)
            if not wait and cost:
                self._set(key, rate.take(self._full_at.get(key, now), now, cost), now)
            return wait

    def charge(self, key: Hashable, rate: Rate, cost: float) -> None:
        """Take so much, there or not: what is missing is a debt."""
        now = self._clock.monotonic()
        with self._lock:
            self._set(key, rate.take(self._full_at.get(key, now), now, cost), now)

    def _set(self, key: Hashable, full_at: float, now: float) -> None:
        self._full_at[key] = full_at
        if len(self._full_at) >= self._tidy_at:
            self._full_at = {key: when for key, when in self._full_at.items() if when > now}
            self._tidy_at = max(_TIDY_AT_LEAST, 2 * len(self._full_at))


class Budgets:
    """The budgets of all users.

    Args:
        clock: the time.
        rates: what everybody may do.
    """

    def __init__(self, clock: Clock, rates: Rates) -> None:
        self._rates = rates
        self._buckets = _Buckets(clock)

    def take(self, user: UserId, budget: Budget, *, guest: bool) -> float:
        """Count one request of a user; returns how many seconds to wait when it is one too many, else 0.

        A page of history may be asked for unless earlier ones left a debt; what it costs is known later.
        """
        if budget is Budget.HISTORY:
            pages = self._rates.history_bytes
            wait = self._buckets.take(_Key(user, budget), pages, 0)
            if wait:
                return wait
            budget = Budget.REQUESTS
        return self._buckets.take(_Key(user, budget), self._rates.rate(budget, guest=guest))

    def takes_typing(self, user: UserId, conversation: ConversationId) -> bool:
        """Count a note that somebody types; returns whether it is not too soon behind earlier ones."""
        return not self._buckets.take((user, conversation), TYPING)

    @property
    def kept(self) -> int:
        """How many buckets are kept now."""
        return len(self._buckets)

    def charge_history(self, user: UserId, size: int) -> None:
        """Count the bytes of a page."""
        self._buckets.charge(_Key(user, Budget.HISTORY), self._rates.history_bytes, size)


class AddressRate:
    """How often something comes from each address.

    Args:
        clock: the time.
        rate: what one address may.
        counted: who is counted at all.
    """

    def __init__(self, clock: Clock, rate: Rate, counted: Counted) -> None:
        self._rate = rate
        self._counted = counted
        self._buckets = _Buckets(clock)

    def take(self, host: str) -> float:
        """Count one of an IP address; returns the seconds to wait when it is one too many, else 0."""
        whom = self._counted.as_whom(host)
        return 0.0 if whom is None else self._buckets.take(whom, self._rate)
