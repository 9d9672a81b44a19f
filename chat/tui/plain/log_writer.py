"""The logs of conversations, written down: every entry once, in the order of its log.

How far a conversation was written is kept by number, and entries are taken from the client's state from there
on, so that neither a lost connection nor a slow reader leaves a hole or writes anything twice. Called on the
main thread alone.
"""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Protocol

from chat.client.conversation import ConversationState
from chat.client.state import ClientState
from chat.clock import Clock
from chat.protocol.entries import AnyEntry, Message, MessageChange
from chat.protocol.records import Conversation, ConversationKind
from chat.tui.plain.paper import Paper
from chat.tui.plain.wording import day_line, entry_lines, event_line, heading, title

LOOK_BACK = 20
"""How many of the last entries are written when a conversation comes to the front for the first time."""

_KEPT = 1000
"""How many of the entries that were written stay in memory."""

Fetch = Callable[[str, int, int], None]
"""Asks for a number of entries of a conversation below another number; then `looked_back` is called."""


class Known(Protocol):
    """What is asked of the client."""

    def reading(self) -> AbstractContextManager[ClientState]:
        """Give the client's state under its lock."""


@dataclass(slots=True)
class _Written:
    """How far a conversation was written."""

    old: int
    """Up to this number everything is older than this run."""
    upto: int
    """Up to this number everything newer is written."""
    told: int
    """Up to this number may be written; what came later waits its turn among other conversations."""
    looked_back: bool = False
    held: bool = False
    """Whether its last old entries are awaited, which come first."""


class LogWriter:
    """Writes conversations.

    Args:
        client: what is known.
        paper: where to write.
        clock: the time.
        fetch: asks for entries that are not here.
        zone: of the times; None for that of this machine.

    Attributes:
        front: the conversation whose lines are unmarked; empty when there is none.
        before_front: the one that was in front before.
    """

    def __init__(
        self, client: Known, paper: Paper, clock: Clock, fetch: Fetch, zone: tzinfo | None = None
    ) -> None:
        self.front = ""
        self.before_front = ""
        self._client = client
        self._paper = paper
        self._clock = clock
        self._fetch = fetch
        self._zone = zone
        self._written: dict[str, _Written] = {}
        self._begun = False
        self._day = self._local(clock.now()).date()

    def conversations(self) -> list[Conversation]:
        """The conversations one is in: channels first, then people, each as they became known."""
        with self._client.reading() as state:
            records = [known.record for known in state.conversations]
        return sorted(records, key=lambda record: record.kind is ConversationKind.DIRECT)

    def begin(self) -> None:
        """The client is in step: write the first conversation and, from here on, what is new in all."""
        if not self._begun:
            self._begun = True
            self.bring_first()
        for record in self.conversations():
            self.write_new(record.conversation)

    def begin_anew(self) -> None:
        """Nothing that was known is true any more: write nothing until the next `begin`."""
        self._begun = False
        self._written.clear()
        self.front = self.before_front = ""

    def bring_first(self) -> None:
        """Bring the first conversation there is to the front."""
        conversations = self.conversations()
        if conversations:
            self.bring(conversations[0].conversation)
        else:
            self._paper.note("You are in no channel. /join #name enters one.")

    def bring(self, conversation: str) -> None:
        """Bring a conversation to the front; the first time with its last entries."""
        with self._client.reading() as state:
            known = state.conversations.get(conversation)
            if known is None:
                return
            record, written = known.record, self._place_of(known)
            oldest = max(known.timeline.first, written.old - LOOK_BACK + 1)
            is_here = known.timeline.reaches(oldest - 1) >= written.old
        if conversation != self.front:
            self.before_front, self.front = self.front, conversation
        self._paper.say(heading(record))
        if written.looked_back:
            return
        written.looked_back = True
        if is_here:
            self.looked_back(conversation)
        else:
            written.held = True
            self._fetch(conversation, written.old + 1, LOOK_BACK)

    def looked_back(self, conversation: str) -> None:
        """The last entries are here, as far as they can be had: write them, then what is new."""
        with self._client.reading() as state:
            known = state.conversations.get(conversation)
            if known is None:
                return
            written = self._place_of(known)
            entries = tuple(known.timeline.between(written.old - LOOK_BACK + 1, written.old))
        written.held = False
        self._write(entries, known.record)
        self.write_new(conversation)

    def write_new(self, conversation: str, told: int | None = None) -> None:
        """Write what came of a conversation since the last time, up to the first hole.

        Args:
            conversation: which one.
            told: the number up to which the client has told of entries; None for all there are.
        """
        with self._client.reading() as state:
            known = state.conversations.get(conversation)
            if known is None or not self._begun:
                return
            written = self._place_of(known)
            written.told = max(written.told, known.timeline.last if told is None else told)
            if written.held:
                return
            gone = max(0, known.timeline.first - 1 - written.upto)
            start = written.upto + gone
            written.upto = max(start, min(known.timeline.reaches(start), written.told))
            entries = tuple(known.timeline.between(start + 1, written.upto))
            if len(known.timeline) > 2 * _KEPT:
                known.forget_below(written.upto - _KEPT)
        if gone:
            self._paper.note(f"{gone} entries of {title(known.record)} can't be had any more.")
        self._write(entries, known.record)

    def write_event(self, text: str) -> None:
        """Write something that happened now and stands in no log."""
        now = self._local(self._clock.now())
        self._turn_to(now)
        self._paper.say(event_line(text, now))

    def remove(self, record: Conversation, sentence: str = "") -> None:
        """One is in a conversation no more; the sentence says why, where somebody else did it."""
        self._written.pop(record.conversation, None)
        if not self._begun:
            return
        self._paper.note(sentence or f"You are no longer in {title(record)}.")
        if record.conversation == self.front:
            self.front = ""
            self.bring_first()

    def _write(self, entries: Iterable[AnyEntry], record: Conversation) -> None:
        is_unmarked = record.conversation == self.front and record.kind is ConversationKind.CHANNEL
        where = "" if is_unmarked else title(record)
        with self._client.reading() as state:
            me = state.people.my_id
        for entry in entries:
            time = self._local(entry.timestamp)
            self._turn_to(time)
            for line in entry_lines(entry, time, where, self._changed_by(entry), me):
                self._paper.say(line)

    def _changed_by(self, entry: AnyEntry) -> Message | None:
        """The message that an entry changes; None when it is not here."""
        if not isinstance(entry, MessageChange):
            return None
        with self._client.reading() as state:
            known = state.conversations.get(entry.conversation)
            found = known.timeline.get(entry.message) if known else None
        return found if isinstance(found, Message) else None

    def _turn_to(self, time: datetime) -> None:
        """Write the day when it is another than that of the line before."""
        if time.date() != self._day:
            self._day = time.date()
            self._paper.say(day_line(self._day))

    def _place_of(self, known: ConversationState) -> _Written:
        fresh = _Written(known.anchor, known.anchor, known.anchor)
        return self._written.setdefault(known.record.conversation, fresh)

    def _local(self, time: datetime) -> datetime:
        return time.astimezone(self._zone)
