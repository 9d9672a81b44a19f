"""Passwords without the time that strangers are to need, worked by hand or on threads."""

from collections import deque
from collections.abc import Callable
from typing import TypeVar

from argon2 import PasswordHasher

from chat.protocol.codes import Refused
from chat.server.domain.limits import default_limits
from chat.server.passwords import PasswordPool

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
HERE = "127.0.0.1"
GOOD = "seven red boats"
OTHER = "nine blue trains"

_R = TypeVar("_R")


def quick_pool() -> PasswordPool:
    """Return a pool whose hashes cost nothing."""
    return PasswordPool(default_limits(), QUICK)


class PasswordsByHand(PasswordPool):
    """A pool that hashes when it is told to, on the thread that tells it.

    Attributes:
        asked: how many passwords were to be hashed so far.
    """

    def __init__(self) -> None:
        super().__init__(default_limits(), QUICK)
        self.asked = 0
        self._waiting: deque[Callable[[], None]] = deque()

    def work(self) -> bool:
        """Hash all that waits; returns whether there was any."""
        worked = bool(self._waiting)
        while self._waiting:
            self._waiting.popleft()()
        return worked

    def _ask(self, host: str, work: Callable[[], _R], then: Callable[[_R | Refused], None]) -> None:
        self.asked += 1
        self._waiting.append(lambda: then(work()))
