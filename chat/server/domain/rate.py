"""How much of what anybody may do in how short a time: budgets, their rates, and the sums behind them.

Pure: a bucket is one number, the time when it will be full again; that and the present time are given and
the next number comes back. Knows no clock and nobody's name.
"""

from enum import Enum, auto
from typing import Annotated

import msgspec

from chat.protocol.codes import ErrorCode, Refused

_ROUNDING = 1e-9
"""Seconds that are nothing but the error of sums of floats."""

Positive = Annotated[float, msgspec.Meta(gt=0)]


class Rate(msgspec.Struct, frozen=True, array_like=True):
    """A bucket that holds so much and is filled so fast; in settings `[burst, per_second]`."""

    burst: Positive
    """What may be taken at once after a rest."""
    per_second: Positive
    """What may be taken for ever."""

    def wait(self, full_at: float, now: float, cost: float = 1.0) -> float:
        """Return after how many seconds so much may be taken; 0 for now.

        With a cost of 0 it is asked whether the bucket is in debt. Times are monotonic seconds.
        """
        missing = max(0.0, full_at - now) + (cost - self.burst) / self.per_second
        return missing if missing > _ROUNDING else 0.0

    def take(self, full_at: float, now: float, cost: float = 1.0) -> float:
        """Return when the bucket will be full again once so much was taken, be it more than it holds."""
        return max(full_at, now) + cost / self.per_second


class Budget(Enum):
    """What is counted apart, so that one kind of haste never costs another kind its turn."""

    SENDS = auto()
    """What all members of a conversation are told: messages and changes to them, topics."""
    JOINS = auto()
    """What is rarely done and seen by many: joining, making channels, keeping order in them, nick, status."""
    HISTORY = auto()
    """Bytes of pages of history; each page is one of the `REQUESTS` too."""
    ERASURES = auto()
    """Taking back all that one wrote, which walks all logs."""
    REQUESTS = auto()
    """Everything else, lines that are none included."""


class Rates(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rates of one user, all devices and links together."""

    guest_sends: Rate = Rate(10, 2)
    sends: Rate = Rate(20, 10)
    joins: Rate = Rate(20, 1)
    history_bytes: Rate = Rate(16 * 1024 * 1024, 2 * 1024 * 1024)
    erasures: Rate = Rate(3, 0.1)
    requests: Rate = Rate(200, 50)

    def rate(self, budget: Budget, *, guest: bool) -> Rate:
        """Return the rate of a budget, for a guest or somebody with an account."""
        match budget:
            case Budget.SENDS:
                return self.guest_sends if guest else self.sends
            case Budget.JOINS:
                return self.joins
            case Budget.HISTORY:
                return self.history_bytes
            case Budget.ERASURES:
                return self.erasures
            case Budget.REQUESTS:
                return self.requests


def rate_limited(seconds: float) -> Refused:
    """Return the refusal that tells this wait."""
    return Refused(ErrorCode.RATE_LIMITED, "That was too much at once.", retry_after_ms=milliseconds(seconds))


def too_many_devices(seconds: float) -> Refused:
    """Return the refusal of one more new device of an address, with the wait."""
    return Refused(
        ErrorCode.TOO_MANY_ATTEMPTS,
        "Too many new devices came from your address.",
        retry_after_ms=milliseconds(seconds),
    )


def milliseconds(seconds: float) -> int:
    """Return a wait as it is told: never too short."""
    return int(seconds * 1000) + 1
