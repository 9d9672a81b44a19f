"""One conversation on the desk: its rows, what one was writing, how loudly it calls.

Knows no widget and asks nobody for anything; belongs to the screen's thread.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from chat.client.changes import OutboxItem, SendState
from chat.protocol.entries import AnyEntry, Joined, Left, Message
from chat.protocol.records import Conversation, ConversationKind
from chat.tui.desk.entry_rows import Reader, crowd_row, key_of, rows_of, unsent_key, unsent_row
from chat.tui.render.attention import Attention
from chat.tui.render.log_model import LogModel, Older
from chat.tui.render.rows import NEW_KEY, Row, RowKind, gap_row, notice_row
from chat.tui.slash.input_history import InputHistory

SPEAKERS_KEPT = 50
"""How many of those who spoke last are remembered, for completion."""


class Gap(NamedTuple):
    """Numbers that exist and are not here."""

    first: int
    last: int


class Talk:
    """The rows of one conversation and everything that belongs to reading and writing it."""

    def __init__(self, record: Conversation, reader: Reader) -> None:
        self.record = record
        self.reader = reader
        self.model = LogModel()
        self.history = InputHistory()
        self.draft = ""
        self.active = False
        """Something happened that is neither a message nor by oneself, since it was last in front."""
        self.asked = False
        """Whether the newest page was asked for."""
        self.speakers: dict[str, str] = {}
        """Nicks by user id, who spoke last at the end."""
        self._first = 0
        self._last = 0
        self._gaps: dict[str, Gap] = {}
        self._crowd: list[Joined | Left] = []
        self._notices = 0

    @property
    def id(self) -> str:
        """The conversation's id."""
        return self.record.conversation

    @property
    def is_channel(self) -> bool:
        """Whether it is a channel, not a direct conversation."""
        return self.record.kind is ConversationKind.CHANNEL

    @property
    def title(self) -> str:
        """What people call it: `#channel` or `@nick`."""
        if self.is_channel:
            return self.record.name
        return "@" + (self.record.peer.nick if self.record.peer else "?")

    @property
    def attention(self) -> Attention:
        """How loudly it calls."""
        if self.record.mentions or (self.record.unread and not self.is_channel):
            return Attention.MENTION
        if self.record.unread:
            return Attention.UNREAD
        return Attention.ACTIVITY if self.active else Attention.NOTHING

    @property
    def empty(self) -> bool:
        """Whether no entry is here yet."""
        return self._last == 0

    @property
    def first(self) -> int:
        """The oldest number that has a row; 0 when none has."""
        return self._first

    @property
    def last(self) -> int:
        """The newest number that has a row; 0 when none has."""
        return self._last

    def add(self, entries: Sequence[AnyEntry], *, live: bool) -> None:
        """Put entries, ascending and new to this talk, where they belong; holes between them become gaps."""
        for entry in entries:
            self._notice_speaker(entry)
            self.active = self.active or (
                live and not isinstance(entry, Message) and entry.user != self.reader.me
            )
        for _, run in groupby(enumerate(entries), key=lambda pair: pair[1].number - pair[0]):
            self._place([entry for _, entry in run])
        if self.model.older is not Older.ASKED:
            self.model.older = Older.AVAILABLE if self._first > self.record.first else Older.NONE

    def put_unsent(self, item: OutboxItem, now: datetime) -> None:
        """Show how far a message of one's own has come; a stored one shows as its entry instead."""
        key = unsent_key(item.send_id)
        if item.state is SendState.STORED:
            self.drop_unsent(item.send_id)
        elif key in self.model:
            time = self.model.row(key).time or now
            self.model.replace(key, unsent_row(item, time, self.reader))
        else:
            self.model.append([unsent_row(item, now, self.reader)])

    def drop_unsent(self, send_id: str) -> None:
        """Take the row of an unsent message away."""
        if unsent_key(send_id) in self.model:
            self.model.remove(unsent_key(send_id))

    def tell(self, text: str, *, failed: bool = False) -> None:
        """Put a word from the client itself below the newest row; of one or more lines."""
        self._notices += 1
        self._crowd = []
        self.model.append([notice_row(f"w{self._notices}", text, failed=failed)])

    def note(self, text: str) -> None:
        """Put a quiet line below the newest row, of something that is in no log, such as a new nick."""
        self._notices += 1
        self._crowd = []
        row = Row(key=f"w{self._notices}", kind=RowKind.EVENT, time=None, user="", nick="", text=text)
        self.model.append([row])

    def revise(self, entries: Sequence[AnyEntry]) -> None:
        """Show entries as they stand now."""
        for row in rows_of(entries, self.reader):
            if row.key in self.model:
                self.model.replace(row.key, row)

    def mark_first_unread(self, number: int) -> None:
        """Set the "new messages" rule before a message that arrived unseen, unless there is one already."""
        if NEW_KEY not in self.model and key_of(number) in self.model:
            self.model.mark_new(key_of(number))

    def mark_unread(self) -> None:
        """Set the "new messages" rule before the first row that is not read, or take it away."""
        fresh = None
        if self.record.unread:
            store = self.model.store
            for index in range(len(store) - 1, -1, -1):
                row = store[index]
                if row.key.startswith("n") and int(row.key[1:]) <= self.record.read:
                    break
                if row.said and not row.own:
                    fresh = row.key
        self.model.mark_new(fresh)

    def gap(self, key: str) -> Gap | None:
        """Return the numbers that the gap with a key stands for."""
        return self._gaps.get(key)

    def forget(self) -> None:
        """Drop all rows of entries, as after a restored backup; one's draft stays."""
        self.model = LogModel()
        self.asked = False
        self._first = self._last = 0
        self._gaps = {}
        self._crowd = []

    def _place(self, run: list[AnyEntry]) -> None:
        """Put entries without a hole among them behind, before or between the others."""
        first, last = run[0].number, run[-1].number
        if self.empty:
            self._first, self._last = first, last
            self._append(run)
        elif first > self._last:
            if first > self._last + 1:
                self._crowd = []
                self.model.append([self._new_gap(self._last + 1, first - 1)])
            self._last = last
            self._append(run)
        elif last < self._first:
            rows = list(rows_of(run, self.reader))
            if last < self._first - 1:
                rows.append(self._new_gap(last + 1, self._first - 1))
            self._first = first
            self.model.prepend(rows)
        else:
            self._fill(run)

    def _append(self, run: list[AnyEntry]) -> None:
        """Put entries behind the newest; a crowd that goes on stays one line."""
        for entry in run:
            self.drop_unsent(entry.send_id)
        head = [entry for entry in run if not isinstance(entry, Joined | Left)]
        if not head:
            self._append_crowd([entry for entry in run if isinstance(entry, Joined | Left)])
            return
        self._crowd = []
        tail = run.index(head[-1]) + 1
        self.model.append(rows_of(run[:tail], self.reader))
        self._append_crowd([entry for entry in run[tail:] if isinstance(entry, Joined | Left)])

    def _append_crowd(self, crowd: list[Joined | Left]) -> None:
        if not crowd:
            return
        before = self._crowd
        self._crowd = [*before, *crowd]
        row = crowd_row(self._crowd, self.reader)
        if before:
            self.model.replace(row.key, row)
        else:
            self.model.append([row])

    def _fill(self, run: list[AnyEntry]) -> None:
        """Put entries into the gap they are from; what is still missing stays a gap."""
        first, last = run[0].number, run[-1].number
        key = next((key for key, gap in self._gaps.items() if gap.first <= first and last <= gap.last), None)
        if key is None:
            return
        gap = self._gaps.pop(key)
        rows = list(rows_of(run, self.reader))
        if gap.first < first:
            rows.insert(0, self._new_gap(gap.first, first - 1))
        if last < gap.last:
            rows.append(self._new_gap(last + 1, gap.last))
        self.model.fill(key, rows)

    def _new_gap(self, first: int, last: int) -> Row:
        key = f"g{first}"
        self._gaps[key] = Gap(first, last)
        return gap_row(key, last - first + 1)

    def _notice_speaker(self, entry: AnyEntry) -> None:
        if isinstance(entry, Message) and entry.user != self.reader.me:
            self.speakers.pop(entry.user, None)
            self.speakers[entry.user] = entry.nick
            while len(self.speakers) > SPEAKERS_KEPT:
                del self.speakers[next(iter(self.speakers))]
