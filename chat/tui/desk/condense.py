"""Many small changes as few larger ones: what came for a conversation between two looks is put there at once.

A thousand messages one by one take five times as long as together. Pure.
"""

from collections.abc import Iterable, Iterator

from chat.client.changes import (
    ConversationChanged,
    EntriesAdded,
    MembersChanged,
    PresenceSeen,
    TypingSeen,
)
from chat.protocol.entries import AnyEntry
from chat.tui.messages import Arrival

_LATER = (MembersChanged, PresenceSeen, TypingSeen)
"""What only says that the state is to be looked at, which is done after all of them."""


class _Run:
    """Changes between two that others must not overtake."""

    def __init__(self) -> None:
        self._entries: dict[tuple[str, bool], list[AnyEntry]] = {}
        self._records: dict[str, ConversationChanged] = {}
        self._others: dict[Arrival, None] = {}

    def take(self, arrival: Arrival) -> bool:
        """Take a change into the run; return whether it can be part of one."""
        match arrival:
            case EntriesAdded(conversation, entries, live):
                self._entries.setdefault((conversation, live), []).extend(entries)
            case ConversationChanged(record):
                self._records[record.conversation] = arrival
            case _ if isinstance(arrival, _LATER):
                self._others[arrival] = None
            case _:
                return False
        return True

    def give(self) -> Iterator[Arrival]:
        """Give entries first, as the records that follow count them already."""
        for (conversation, live), entries in self._entries.items():
            ascending = tuple(sorted(entries, key=lambda entry: entry.number))
            yield EntriesAdded(conversation, ascending, live)
        yield from self._records.values()
        yield from self._others


def condensed(arrivals: Iterable[Arrival]) -> Iterator[Arrival]:
    """Return changes that come to the same, in an order in which each finds what it needs."""
    run = _Run()
    for arrival in arrivals:
        if not run.take(arrival):
            yield from run.give()
            run = _Run()
            yield arrival
    yield from run.give()
