"""Who may not write in a channel, as far as its entries here tell: the last word on each member counts.

Pure; a part of what a client knows of a conversation, which owns it and guards it.
"""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from chat.protocol.entries import AnyEntry, Muted, RoleChanged, Unmuted
from chat.protocol.records import Number, Role


class Mute(Struct, frozen=True):
    """Somebody may not write."""

    until: datetime | None = None
    """When that ends by itself, UTC; None when it does not, or when that is not known."""


class _LastWord(Struct, frozen=True):
    number: Number
    mute: Mute | None


class Mutes:
    """By user id; entries may come in any order, as history does."""

    def __init__(self) -> None:
        self._last: dict[str, _LastWord] = {}

    def note(self, entries: Iterable[AnyEntry]) -> None:
        """Take entries."""
        for entry in entries:
            if not isinstance(entry, Muted | Unmuted | RoleChanged) or _changes_nothing(entry):
                continue
            known = self._last.get(entry.member)
            if known is None or known.number < entry.number:
                mute = Mute(entry.until) if isinstance(entry, Muted) else None
                self._last[entry.member] = _LastWord(entry.number, mute)

    def of(self, user: str) -> Mute | None:
        """Return how somebody is muted; None when nothing says so."""
        known = self._last.get(user)
        return known.mute if known else None

    def end(self, now: datetime) -> list[str]:
        """Forget the mutes that are over by now; give whose they were."""
        over = {
            user: _LastWord(last.number, None)
            for user, last in self._last.items()
            if (end := _end_of(last)) is not None and end <= now
        }
        self._last |= over
        return list(over)

    def next_end(self) -> datetime | None:
        """Return when the next one is over; None while none ends by itself."""
        return min(filter(None, map(_end_of, self._last.values())), default=None)


def _changes_nothing(entry: Muted | Unmuted | RoleChanged) -> bool:
    """Return whether somebody became a member like others; who becomes an operator is muted no more."""
    return isinstance(entry, RoleChanged) and entry.role is not Role.OPERATOR


def _end_of(last: _LastWord) -> datetime | None:
    return last.mute.until if last.mute else None
