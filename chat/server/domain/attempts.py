"""Wrong passwords: how many are let through before who tries must wait, and how long. Pure.

Five within a quarter of an hour are free; each further one doubles the wait, from a second to a quarter of an
hour, until it was quiet for as long. Times are monotonic seconds.
"""

import msgspec

FREE = 5
WINDOW = 900.0
FIRST_WAIT = 1.0
LONGEST_WAIT = 900.0


class Tally(msgspec.Struct, frozen=True):
    """The failures on one account or address."""

    times: tuple[float, ...] = ()
    """When the last ones were, `FREE` at most."""
    locks: int = 0
    """How often it had to wait since it was quiet last."""
    until: float = 0.0
    """When the last wait ends."""

    def wait(self, now: float) -> float:
        """Return after how many seconds one may try again; 0 for now."""
        return max(0.0, self.until - now) if self.locks else 0.0

    def quiet(self, now: float) -> bool:
        """Return whether all of it is so long ago that it counts no more."""
        if self.locks:
            return now - self.until >= WINDOW
        return all(now - when >= WINDOW for when in self.times)

    def free(self, now: float) -> int:
        """Return how many tries may run at the same time."""
        if self.quiet(now):
            return FREE
        recent = sum(now - when < WINDOW for when in self.times)
        return 1 if self.locks else max(1, FREE - recent)

    def failed(self, now: float) -> "Tally":
        """Return the tally after one more failure."""
        before = Tally() if self.quiet(now) else self
        times = (*(when for when in before.times if now - when < WINDOW), now)[-FREE:]
        if not before.locks and len(times) < FREE:
            return Tally(times)
        # at 2 to the tenth it is over the longest, and no power need be larger
        wait = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(before.locks, 10))
        return Tally(times, before.locks + 1, now + wait)
