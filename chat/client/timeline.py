"""What is known of one conversation's log: a set of ranges of numbers, with the entries in them.

Entries come from live events and from history, in any order and more than once; each number is kept once, and
messages stand as all that is known of them makes them. What is missing shows as a gap that can be filled.
One's own unsent messages are never in here, so nothing is ever asked for by them. Pure; the client's state
owns it and guards it.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

from msgspec import Struct

from chat.client.present import PresentEntries
from chat.protocol.entries import AnyEntry


class Gap(Struct, frozen=True):
    """Numbers that exist but are not known here."""

    first: int
    last: int
    gone: bool = False
    """The server has them no more, so they can't be had."""


class Addition(Struct, frozen=True):
    """What adding entries came to."""

    new: tuple[AnyEntry, ...] = ()
    """Entries whose numbers were not known, in ascending order."""
    revised: tuple[AnyEntry, ...] = ()
    """Messages that were known and stand differently now, in ascending order."""


class Timeline:
    """The known part of a log.

    Attributes:
        first: the oldest number that the server still has.
        last: the newest number known to exist.
    """

    def __init__(self) -> None:
        self.first = 1
        self.last = 0
        self._entries = PresentEntries()
        self._starts: list[int] = []
        self._ends: list[int] = []

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, number: int) -> bool:
        """Whether the entry of this number is here."""
        return number in self._entries

    def get(self, number: int) -> AnyEntry | None:
        """The entry of a number, if it is here."""
        return self._entries.get(number)

    def set_bounds(self, first: int, last: int) -> None:
        """Learn from the server how far its log goes; neither ever goes back."""
        self.first = max(self.first, first)
        self.last = max(self.last, last)

    def add(self, entries: Iterable[AnyEntry]) -> Addition:
        """Take entries in any order; what is here already is dropped by its number.

        A message is replaced by one with a higher revision, and shows every change of it that is here.
        """
        new, revised = self._entries.take(entries)
        for number in new:
            self._learn(number)
        return Addition(self._these(new), self._these(revised))

    def between(self, first: int, last: int) -> Iterator[AnyEntry]:
        """Give what is here from `first` to `last`, ascending, holes left out."""
        for start, end in zip(self._starts, self._ends, strict=True):
            yield from self._these(range(max(start, first), min(end, last) + 1))

    @property
    def oldest(self) -> int:
        """The number of the oldest entry here; one above the newest there is when nothing is."""
        return self._starts[0] if self._starts else self.last + 1

    @property
    def newest_start(self) -> int:
        """The number from which on everything up to the newest is known; one above it when that is not."""
        known = self._ends and self._ends[-1] == self.last
        return self._starts[-1] if known else self.last + 1

    def newest(self, count: int) -> tuple[AnyEntry, ...]:
        """The last entries here, at most `count`, ascending and without a hole among them."""
        if not self._ends:
            return ()
        end = self._ends[-1]
        return tuple(self.between(max(self._starts[-1], end - count + 1), end))

    def reaches(self, number: int) -> int:
        """The last number up to which everything after `number` is known; `number` itself when nothing is."""
        end = self._end_of_range_with(number + 1)
        return number if end is None else end

    def gaps(self) -> tuple[Gap, ...]:
        """What is missing between the oldest entry here and the newest there is.

        Where nothing is here, everything there is is missing.
        """
        if not self._starts:
            return tuple(self._missing(self.first, self.last))
        after = self._ends
        before = [start - 1 for start in self._starts[1:]] + [self.last]
        return tuple(
            gap for end, last in zip(after, before, strict=True) for gap in self._missing(end + 1, last)
        )

    def older(self) -> Gap | None:
        """What the server still has from before the oldest entry here."""
        if self._starts and self.first < self._starts[0]:
            return Gap(self.first, self._starts[0] - 1)
        return None

    def oldest_of(self, count: int) -> int:
        """The number of the oldest of the newest `count` entries here; 0 when there are no more."""
        surplus = len(self) - count
        if surplus <= 0:
            return 0
        for start, end in zip(self._starts, self._ends, strict=True):
            if surplus <= end - start:
                return start + surplus
            surplus -= end - start + 1
        return self.last + 1

    def forget_below(self, number: int) -> None:
        """Have all that is below a number no more, to bound memory; history brings it again."""
        whole = bisect_left(self._ends, number)
        dropped = [each for at in range(whole) for each in range(self._starts[at], self._ends[at] + 1)]
        del self._starts[:whole], self._ends[:whole]
        if self._starts and self._starts[0] < number:
            dropped += range(self._starts[0], number)
            self._starts[0] = number
        if dropped:
            self._entries.drop(dropped, number)

    def _these(self, numbers: Iterable[int]) -> tuple[AnyEntry, ...]:
        """The entries of these numbers, all of which are here."""
        found = (self._entries.get(number) for number in numbers)
        return tuple(entry for entry in found if entry is not None)

    def _missing(self, first: int, last: int) -> Iterator[Gap]:
        """Divide missing numbers into those that are gone and those that can be had."""
        if first <= min(last, self.first - 1):
            yield Gap(first, min(last, self.first - 1), gone=True)
        if max(first, self.first) <= last:
            yield Gap(max(first, self.first), last)

    def _end_of_range_with(self, number: int) -> int | None:
        """The end of the range that holds the number."""
        index = bisect_right(self._starts, number) - 1
        if index < 0 or self._ends[index] < number:
            return None
        return self._ends[index]

    def _learn(self, number: int) -> None:
        """Add a number that is in no range, joining the ranges it touches."""
        self.last = max(self.last, number)
        index = bisect_left(self._starts, number)
        touches_before = index > 0 and self._ends[index - 1] == number - 1
        touches_after = index < len(self._starts) and self._starts[index] == number + 1
        if touches_before and touches_after:
            self._ends[index - 1] = self._ends[index]
            del self._starts[index], self._ends[index]
        elif touches_before:
            self._ends[index - 1] = number
        elif touches_after:
            self._starts[index] = number
        else:
            self._starts.insert(index, number)
            self._ends.insert(index, number)
