"""What changed and is not on disk yet, in as few words as it can be told: the last word on each thing.

It stays small however long a disk takes: of each conversation only the newest entries count. Pure; the cache
owns it and guards it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chat.client import changes as told
from chat.client.cache import ENTRIES_KEPT, Cached
from chat.client.changes import Change
from chat.client.people import People
from chat.protocol.entries import AnyEntry, Message
from chat.protocol.records import Conversation, User


@dataclass(slots=True)
class CacheBatch:
    """What is to be written in one go; in this order."""

    epoch: str = ""
    """What belongs to another is thrown away first; empty while it is not known."""
    seen_at: datetime | None = None
    me: User | None = None
    people: dict[str, User] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    """Conversations of which nothing is kept; they may come anew."""
    talks: dict[str, Conversation] = field(default_factory=dict)
    entries: dict[str, dict[int, AnyEntry]] = field(default_factory=dict)
    drafts: dict[str, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return self == CacheBatch(self.epoch)

    def drop_talk(self, conversation: str) -> None:
        """Nothing of a conversation is kept but its draft."""
        self.gone.add(conversation)
        self.talks.pop(conversation, None)
        self.entries.pop(conversation, None)

    def put_entries(self, conversation: str, entries: Iterable[AnyEntry]) -> None:
        """Put entries, and leave out what is too old to be kept."""
        kept = self.entries.setdefault(conversation, {})
        for entry in entries:
            kept[entry.number] = entry
        if len(kept) > 2 * ENTRIES_KEPT:
            newest = sorted(kept)[-ENTRIES_KEPT:]
            self.entries[conversation] = {number: kept[number] for number in newest}

    def followed_by(self, later: "CacheBatch") -> "CacheBatch":
        """Return both in one; what is later has the last word."""
        both = CacheBatch(
            later.epoch or self.epoch, later.seen_at or self.seen_at, later.me or self.me, self.people
        )
        both.people |= later.people
        both.gone, both.talks, both.entries, both.drafts = self.gone, self.talks, self.entries, self.drafts
        for conversation in later.gone:
            both.drop_talk(conversation)
        both.talks |= later.talks
        for conversation, entries in later.entries.items():
            both.put_entries(conversation, entries.values())
        both.drafts |= later.drafts
        return both


class CacheNotes:
    """Notes changes.

    Attributes:
        batch: what was noted since the last `take`.
    """

    def __init__(self) -> None:
        self.batch = CacheBatch()
        self._records: dict[str, Conversation] = {}
        self._newest: dict[str, int] = {}
        self._people: dict[str, User] = {}
        self._me: User | None = None
        self._epoch = ""
        self._handlers: dict[type, Callable[[Any, People], None]] = {
            told.WelcomeSeen: self._welcome_seen,
            told.MeChanged: self._me_changed,
            told.UserChanged: self._user_changed,
            told.ConversationAdded: self._record_changed,
            told.ConversationChanged: self._record_changed,
            told.ConversationRemoved: self._conversation_removed,
            told.EntriesAdded: self._entries_changed,
            told.EntriesRevised: self._entries_changed,
        }

    def begin(self, cached: Cached) -> None:
        """This is on disk already; what was noted before is not asked for any more."""
        self.batch = CacheBatch()
        self._records = {talk.record.conversation: talk.record for talk in cached.talks}
        self._newest = {key: record.last for key, record in self._records.items()}
        self._people = {user.id: user for user in cached.people}
        self._me = cached.me
        self._epoch = ""

    def note(self, changes: Iterable[Change], people: People) -> bool:
        """Note what changed; say whether any of it is to be kept."""
        found = False
        for change in changes:
            if handler := self._handlers.get(type(change)):
                handler(change, people)
                found = True
        return found

    def take(self) -> CacheBatch:
        """Give what is to be written, and begin anew."""
        batch, self.batch = self.batch, CacheBatch(self._epoch)
        return batch

    def put_back(self, batch: CacheBatch) -> None:
        """It could not be written."""
        self.batch = batch.followed_by(self.batch)

    def repeat(self) -> None:
        """The file is a new one: write again what does not come again by itself."""
        again = CacheBatch(self._epoch, None, self._me, {**self._people}, set(), {**self._records})
        self.batch = again.followed_by(self.batch)

    def _welcome_seen(self, change: told.WelcomeSeen, _: People) -> None:
        self._epoch = self.batch.epoch = change.welcome.epoch

    def _me_changed(self, change: told.MeChanged, _: People) -> None:
        self._me = self.batch.me = change.user

    def _user_changed(self, change: told.UserChanged, _: People) -> None:
        if change.user.id in self._people:
            self._put_person(change.user)

    def _record_changed(self, change: told.ConversationAdded | told.ConversationChanged, _: People) -> None:
        record = change.conversation
        key = record.conversation
        self._records[key] = self.batch.talks[key] = record
        self._newest[key] = max(record.last, self._newest.get(key, 0))

    def _conversation_removed(self, change: told.ConversationRemoved, _: People) -> None:
        key = change.conversation.conversation
        self._records.pop(key, None)
        self._newest.pop(key, None)
        self.batch.drop_talk(key)

    def _entries_changed(self, change: told.EntriesAdded | told.EntriesRevised, people: People) -> None:
        key = change.conversation
        newest = self._newest[key] = max(change.entries[-1].number, self._newest.get(key, 0))
        kept = [entry for entry in change.entries if entry.number > newest - ENTRIES_KEPT]
        if not kept:
            return
        self.batch.put_entries(key, kept)
        for entry in kept:
            self._note_person(entry.user, people)
            if isinstance(entry, Message):
                for reaction in entry.reactions:
                    for user in reaction.users:
                        self._note_person(user, people)

    def _note_person(self, user: str, people: People) -> None:
        known = people.users.get(user)
        if known is not None and known is not self._people.get(user):
            self._put_person(known)

    def _put_person(self, user: User) -> None:
        self._people[user.id] = self.batch.people[user.id] = user
