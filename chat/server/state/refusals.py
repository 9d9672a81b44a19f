"""How often too much was refused, for the operator: summed up, for a flood must not flood the log too.

Knows neither commands nor sockets. In memory alone; any thread.
"""

from collections import Counter
from enum import Enum

import structlog

from chat.server.state.locks import Rank, RankedLock

EVERY_SECONDS = 60.0
"""How often the sum is told."""
KEPT_MOST = 1000
"""How many are counted by name in that time; what others do counts all the same."""


class Excess(Enum):
    """What there was too much of."""

    REQUESTS = "requests"
    """Over a budget; by nick."""
    PASSWORDS = "password tries"
    """While who tries must wait; by address, like all below."""
    DEVICES = "new devices"
    LINKS = "links"
    """That did not log in, said too much before, or came too fast."""


class Refusals:
    """Counts."""

    def __init__(self) -> None:
        self._lock = RankedLock(Rank.BUDGETS)
        self._counts: dict[Excess, Counter[str]] = {}
        self._log = structlog.get_logger("server")

    def note(self, what: Excess, who: str) -> None:
        """Count one that was refused."""
        with self._lock:
            counter = self._counts.setdefault(what, Counter())
            counter[who if who in counter or len(counter) < KEPT_MOST else ""] += 1

    def tell(self) -> None:
        """Log what was refused since the last time, a line for each kind; nothing where nothing was."""
        with self._lock:
            counts, self._counts = self._counts, {}
        for what, counter in counts.items():
            mostly, times = max(counter.items(), key=lambda item: (bool(item[0]), item[1]))
            self._log.warning(
                "too much at once was refused",
                what=what.value,
                times=counter.total(),
                mostly=mostly,
                by_them=times,
                within_seconds=EVERY_SECONDS,
            )
