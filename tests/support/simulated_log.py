"""One conversation as a server keeps it, in a few lines: its log, its pages of history, its record.

Everything happens one after the other, so it is plainly right; a client is held against it.
"""

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from chat.protocol.entries import (
    AnyEntry,
    Deleted,
    Edited,
    Joined,
    Left,
    Message,
    MessageChange,
    Pinned,
    Reacted,
    TopicChanged,
    Unpinned,
)
from chat.protocol.folding import fold_message, fold_pins, kept_pins
from chat.protocol.records import Conversation
from chat.protocol.replies import HistoryResult, MarkReadResult
from tests.support.frames import WHEN, channel

WHERE = "c-general"


class SimulatedLog:
    """A log that grows.

    Attributes:
        sent: the entries as they went out live, by number from 1 on.
        kept: the entries as they stand now.
        first: the oldest number that is given out.
        read: how far Ann has read.
        peer_read: how far Ben says that he has read.
    """

    def __init__(self) -> None:
        self.sent: list[AnyEntry] = []
        self.kept: list[AnyEntry] = []
        self.first = 1
        self.read = 0
        self.peer_read = 0
        self._pins: tuple[int, ...] = ()

    @property
    def last(self) -> int:
        """The newest number."""
        return len(self.kept)

    def say(self, text: str = "hi", who: str = "ben", *mentions: str) -> AnyEntry:
        """Somebody says something."""
        return self._append(Message, who, text=text, mentions=mentions)

    def edit(self, message: int, text: str) -> AnyEntry:
        """Its author gives a message another text."""
        return self._append(Edited, message=message, text=text)

    def delete(self, message: int) -> AnyEntry:
        """Its author takes a message back."""
        return self._append(Deleted, message=message)

    def react(self, message: int, emoji: str = "👍", who: str = "ben", *, removed: bool = False) -> AnyEntry:
        """Somebody gives a reaction or takes it back."""
        return self._append(Reacted, who, message=message, emoji=emoji, removed=removed)

    def pin(self, message: int) -> AnyEntry:
        """A message is pinned, or is not any more when it was."""
        return self._append(Unpinned if message in self._pins else Pinned, message=message)

    def set_topic(self, topic: str) -> AnyEntry:
        """The topic is set."""
        return self._append(TopicChanged, topic=topic)

    def come_and_go(self, who: str) -> AnyEntry:
        """Somebody joins, or leaves when they are here."""
        moves = [
            entry for entry in self.sent if isinstance(entry, Joined | Left) and entry.user == f"u-{who}"
        ]
        return self._append(Left if moves and isinstance(moves[-1], Joined) else Joined, who)

    def messages(self) -> list[int]:
        """The numbers of messages that can be changed."""
        kept = self.present()
        return [entry.number for entry in kept if isinstance(entry, Message) and not entry.deleted]

    def drop(self, count: int) -> None:
        """Keep so many of the oldest entries no more; nobody is told."""
        self.first = min(self.first + count, self.last + 1)
        self._pins = kept_pins(self._pins, self.first)

    def present(self) -> tuple[AnyEntry, ...]:
        """Everything that is given out, as it stands now."""
        return tuple(self.kept[self.first - 1 :])

    def page(self, size: int, *, before: int | None = None, after: int | None = None) -> HistoryResult:
        """Answer a request for history as of now."""
        if after is not None:
            low = max(after + 1, self.first)
            numbers = range(low, min(low + size, self.last + 1))
        else:
            high = min(self.last + 1, before or self.last + 1)
            numbers = range(max(self.first, high - size), high)
        return self.answer([self.kept[number - 1] for number in numbers])

    def answer(self, entries: Sequence[AnyEntry]) -> HistoryResult:
        """Make some entries an answer."""
        return HistoryResult(
            id="1", conversation=WHERE, entries=tuple(entries), first=self.first, last=self.last
        )

    def record(self) -> Conversation:
        """Answer what `sync` asks, as of now, counting everything anew."""
        counted = self.kept[max(self.read, self.first - 1) :]
        unread = [entry for entry in counted if isinstance(entry, Message) and entry.user != "u-ann"]
        topics = [entry.topic for entry in self.sent if isinstance(entry, TopicChanged)]
        moves = [isinstance(entry, Joined) - isinstance(entry, Left) for entry in self.sent]
        return channel(
            last=self.last,
            first=self.first,
            read=self.read,
            unread=len(unread),
            mentions=sum("u-ann" in entry.mentions for entry in unread),
            members=sum(moves),
            topic=topics[-1] if topics else "",
            pins=self._pins,
            peer_read=self.peer_read,
            peer_read_at=WHEN if self.peer_read else None,
        )

    def counted(self) -> MarkReadResult:
        """Answer `mark_read` as of now, counting everything anew."""
        now = self.record()
        return MarkReadResult(
            id="1",
            conversation=WHERE,
            read=now.read,
            last=now.last,
            unread=now.unread,
            mentions=now.mentions,
        )

    def _append(self, kind: type[AnyEntry], who: str = "ben", **fields: Any) -> AnyEntry:
        entry = kind(
            conversation=WHERE, number=self.last + 1, user=f"u-{who}", nick=who, timestamp=WHEN, **fields
        )
        self.sent.append(entry)
        self.kept.append(entry)
        self._pins = fold_pins(self._pins, entry)
        if isinstance(entry, MessageChange):
            message = self.kept[entry.message - 1]
            assert isinstance(message, Message)
            changed = fold_message(message, entry)
            self.kept[entry.message - 1] = changed
            old = self.kept[message.edited - 1]
            if message.edited and message.edited != changed.edited and isinstance(old, Edited):
                self.kept[old.number - 1] = replace(old, text="")
        return entry
