"""One conversation on the desk: its rows, what one was writing, how loudly it calls.

Knows no widget and asks nobody for anything; belongs to the screen's thread.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from chat.client.changes import OutboxItem, SendState
from chat.protocol.entries import AnyEntry, Message
from chat.protocol.records import Conversation, ConversationKind
from chat.tui.desk.entry_log import EntryLog, Gap
from chat.tui.desk.entry_rows import Reader, key_of, number_of, unsent_key, unsent_row
from chat.tui.render.attention import Attention
from chat.tui.render.log_model import LogModel, Older
from chat.tui.render.rows import NEW_KEY, Row, RowKind, gone_row, notice_row
from chat.tui.slash.input_history import InputHistory


class Editing(NamedTuple):
    """A message that is being given another text."""

    number: int
    text: str
    """As it is written so far."""


GONE_KEY = "gone"
"""The key of the row that says that the log begins later than it once did."""

SPEAKERS_KEPT = 50
"""How many of those who spoke last are remembered, for completion."""


class Talk:
    """The rows of one conversation and everything that belongs to reading and writing it."""

    def __init__(self, record: Conversation, reader: Reader) -> None:
        self._record = record
        self.history = InputHistory()
        self.draft = ""
        self.editing: Editing | None = None
        """Which message the line is to give another text; the draft waits meanwhile."""
        self.active = False
        """Something happened that is neither a message nor by oneself, since it was last in front."""
        self.silent = False
        """Whether it calls only when one is mentioned, as one wanted."""
        self._log = EntryLog(LogModel(), reader)
        self._log.pin(record.pins)
        self._log.begin_at(record.first)
        self._new_after: int | None = None
        self._unsent: set[str] = set()
        self._spoke: dict[str, tuple[int, str]] = {}
        self._notices = 0

    @property
    def record(self) -> Conversation:
        """The conversation as it is now."""
        return self._record

    @record.setter
    def record(self, record: Conversation) -> None:
        self._record = record
        self._log.pin(record.pins)
        self._log.begin_at(record.first)
        self._offer_older()

    @property
    def model(self) -> LogModel:
        """The rows, and the place where one reads."""
        return self._log.model

    @property
    def reader(self) -> Reader:
        """Who reads."""
        return self._log.reader

    @reader.setter
    def reader(self, reader: Reader) -> None:
        self._log.reader = reader

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
        if self.silent:
            return Attention.NOTHING
        if self.record.unread:
            return Attention.UNREAD
        return Attention.ACTIVITY if self.active else Attention.NOTHING

    @property
    def first(self) -> int:
        """The oldest number that has a row; 0 when none has."""
        return self._log.first

    @property
    def last(self) -> int:
        """The newest number that has a row; 0 when none has."""
        return self._log.last

    def gap(self, key: str) -> Gap | None:
        """Return the numbers that the gap with a key stands for."""
        return self._log.gap(key)

    def missing(self, newest: int) -> list[Gap]:
        """Return the numbers up to the newest one that have no row."""
        return self._log.missing(newest)

    # ------------------------------------------------------------------ entries

    def add(self, entries: Sequence[AnyEntry], *, live: bool) -> list[AnyEntry]:
        """Put entries, ascending, where they belong; return those that were not here."""
        new = self._log.add(entries)
        for entry in new:
            self._note_speaker(entry)
            self.drop_unsent(entry.send_id)
            self.active = self.active or (
                live and not isinstance(entry, Message) and entry.user != self.reader.me
            )
        self._offer_older()
        if not live:
            self._set_new_earlier(new)
        return new

    def revise(self, entries: Iterable[AnyEntry]) -> None:
        """Show entries as they stand now."""
        self._log.revise(entries)

    def forget_below(self, number: int) -> None:
        """Have the entries below a number no more, to bound memory; they are offered as older ones."""
        had_rule = NEW_KEY in self.model
        self._log.forget_below(number)
        self._offer_older()
        if had_rule and NEW_KEY not in self.model:
            self._set_new()

    def forget(self) -> None:
        """Drop all rows, as after a restored backup; what one was writing stays."""
        self._log = EntryLog(LogModel(), self.reader)
        self._log.pin(self.record.pins)
        self._log.begin_at(self.record.first)
        self.editing = None
        self._new_after = None
        self._unsent.clear()
        self._spoke.clear()

    @property
    def speakers(self) -> dict[str, str]:
        """Nicks by user id of those who spoke, who spoke last at the end."""
        by_number = sorted(self._spoke.items(), key=lambda item: item[1][0])
        return {user: nick for user, (_, nick) in by_number}

    def renamed(self, user: str, nick: str) -> bool:
        """Somebody is called something else now; return whether they are somebody here."""
        if user in self._spoke:
            self._spoke[user] = (self._spoke[user][0], nick)
        peer = self.record.peer
        return user in self._spoke or (peer is not None and peer.id == user)

    # ------------------------------------------------------------------ one's own messages

    def put_unsent(self, item: OutboxItem, now: datetime) -> None:
        """Show how far a message of one's own has come; a stored one shows as its entry instead."""
        key = unsent_key(item.send_id)
        if item.state is SendState.STORED:
            self.drop_unsent(item.send_id)
        elif item.send_id in self._unsent:
            time = self.model.row(key).time or now
            self.model.replace(key, unsent_row(item, time, self.reader))
        else:
            self._unsent.add(item.send_id)
            self.model.append([unsent_row(item, item.said_at or now, self.reader)])

    def drop_unsent(self, send_id: str) -> None:
        """Take the row of an unsent message away, if it is here."""
        if send_id in self._unsent:
            self._unsent.remove(send_id)
            self.model.remove(unsent_key(send_id))

    def keep_unsent(self, send_ids: Iterable[str]) -> None:
        """Take the rows of all other unsent messages away."""
        for send_id in self._unsent.difference(send_ids):
            self.drop_unsent(send_id)

    # ------------------------------------------------------------------ words

    def tell(self, text: str, *, failed: bool = False) -> None:
        """Put a word from the client itself below the newest row; of one or more lines."""
        self._notices += 1
        self.model.append([notice_row(f"w{self._notices}", text, failed=failed)])

    def note(self, text: str) -> None:
        """Put a quiet line below the newest row, of something that is in no log, such as a new nick."""
        self._notices += 1
        row = Row(key=f"w{self._notices}", kind=RowKind.EVENT, time=None, user="", nick="", text=text)
        self.model.append([row])

    # ------------------------------------------------------------------ what is new

    def mark_unread(self) -> None:
        """Set the "new messages" rule before the first message that is not read, or take it away.

        Older pages that arrive later move it up to where it belongs.
        """
        self._new_after = self.record.read if self.record.unread else None
        self._set_new()

    def mark_unseen(self, number: int) -> None:
        """A message arrived unseen: it is new, unless it follows others that are.

        To be called before the record counts it.
        """
        all_read = not self.record.unread
        if self._new_after is None or (all_read and self.model.viewport.following):
            self._new_after = number - 1 if all_read else self.record.read
            self._set_new()

    def leave(self) -> None:
        """Another talk comes to the front: what was read is new no more."""
        if not self.record.unread:
            self.clear_new()

    def clear_new(self) -> None:
        """Take the "new messages" rule away."""
        self._new_after = None
        self.model.mark_new(None)

    def _set_new(self) -> None:
        """Set the rule anew."""
        fresh = None
        if self._new_after is not None:
            for row in reversed(self.model.store):
                if 0 < number_of(row.key) <= self._new_after:
                    break
                if row.said and not row.own:
                    fresh = row.key
        self.model.mark_new(fresh)

    def _set_new_earlier(self, entries: Iterable[AnyEntry]) -> None:
        """Set the rule before the first of these that is not read, if that is further up."""
        if self._new_after is None:
            return
        fresh = next((entry.number for entry in entries if self._is_new(entry)), None)
        if fresh is not None and not 0 < self._new_from() < fresh:
            self.model.mark_new(key_of(fresh))

    def _is_new(self, entry: AnyEntry) -> bool:
        fresh = self._new_after is not None and entry.number > self._new_after
        return fresh and isinstance(entry, Message) and entry.user != self.reader.me

    def _new_from(self) -> int:
        """Return the number that the rule stands before; 0 while there is no rule."""
        store = self.model.store
        if NEW_KEY not in store:
            return 0
        below = range(store.index_of(NEW_KEY) + 1, len(store))
        return next(filter(None, (number_of(store[at].key) for at in below)), 0)

    def _offer_older(self) -> None:
        if self.model.older is not Older.ASKED:
            self.model.older = Older.AVAILABLE if self.first > self.record.first else Older.NONE
        if 1 < self.first == self.record.first and GONE_KEY not in self.model:
            self.model.prepend([gone_row(GONE_KEY, 0)])

    def _note_speaker(self, entry: AnyEntry) -> None:
        if not isinstance(entry, Message) or entry.user == self.reader.me:
            return
        if entry.number > self._spoke.get(entry.user, (0, ""))[0]:
            self._spoke[entry.user] = (entry.number, entry.nick)
        if len(self._spoke) > SPEAKERS_KEPT:
            del self._spoke[min(self._spoke, key=lambda user: self._spoke[user][0])]
