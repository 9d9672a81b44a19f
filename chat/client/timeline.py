"""What is known of one conversation's log: a set of ranges of numbers, with the entries in them.

Entries come from live events and from history, in any order and more than once; each number is kept once.
What is missing shows as a gap that can be filled. One's own unsent messages are never in here, so nothing is
ever asked for by them. Pure; the client's state owns it and guards it.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

from msgspec import Struct

from chat.protocol.entries import AnyEntry, Message


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
    """Entries that were known in an older state, in ascending order."""


class Timeline:
    """The known part of a log.

    Attributes:
        first: the oldest number that the server still has.
        last: the newest number known to exist.
    """

    def __init__(self) -> None:
        self.first = 1
        self.last = 0
        self._entries: dict[int, AnyEntry] = {}
        self._starts: list[int] = []
        self._ends: list[int] = []

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, number: int) -> bool:
        """Whether this number is known (its entry may be forgotten again)."""
        return self._end_of_range_with(number) is not None

    def get(self, number: int) -> AnyEntry | None:
        """The entry of a number, if it is here."""
        return self._entries.get(number)

    def set_bounds(self, first: int, last: int) -> None:
        """Learn from the server how far its log goes; neither ever goes back."""
        self.first = max(self.first, first)
        self.last = max(self.last, last)

    def add(self, entries: Iterable[AnyEntry]) -> Addition:
        """Take entries in any order; what is here already is dropped by its number.

        A message that is here is replaced only by one with a higher revision.
        """
        new = []
        revised = []
        for entry in sorted(entries, key=lambda entry: entry.number):
            if entry.number not in self:
                self._entries[entry.number] = entry
                self._learn(entry.number)
                new.append(entry)
            elif _is_newer(entry, self._entries.get(entry.number)):
                self._entries[entry.number] = entry
                revised.append(entry)
        return Addition(tuple(new), tuple(revised))

    def between(self, first: int, last: int) -> Iterator[AnyEntry]:
        """Give what is here from `first` to `last`, ascending, holes left out."""
        for start, end in zip(self._starts, self._ends, strict=True):
            for number in range(max(start, first), min(end, last) + 1):
                if (entry := self._entries.get(number)) is not None:
                    yield entry

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

    def forget(self, keep: int) -> None:
        """Drop the entries before the last `keep`, to bound memory; their numbers stay known."""
        for number in sorted(self._entries)[: max(0, len(self._entries) - keep)]:
            del self._entries[number]

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


def _is_newer(entry: AnyEntry, known: AnyEntry | None) -> bool:
    """Whether an entry shows a later state of the same message than the known one."""
    return isinstance(entry, Message) and isinstance(known, Message) and entry.revision > known.revision
