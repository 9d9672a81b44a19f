"""The conversations one is a member of, as they come, change and go.

Every method takes what the server told and gives the changes that came of it. Pure; a part of the client's
state, which owns it and guards it.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from chat.client.cache import CachedTalk
from chat.client.changes import (
    Change,
    ConversationAdded,
    ConversationChanged,
    ConversationRemoved,
    EntriesAdded,
    EntriesRevised,
    MembersChanged,
)
from chat.client.conversation import ConversationState
from chat.client.people import People
from chat.protocol.entries import AnyEntry, ChannelDeleted, Joined, Left, Muted, RoleChanged, Unmuted
from chat.protocol.records import Conversation, ConversationKind

_EARLY_KEPT = 1000
"""How many entries of one conversation are kept that came before the answer which names it."""


_UNSEEN = "that happened while you were not connected"
"""Why one is not told why one is no longer somewhere."""

_OF_MEMBERS = Joined | Left | RoleChanged | Muted | Unmuted
"""Entries that change the list of members."""


class Conversations:
    """Conversations by id, in the order in which they became known.

    Attributes:
        next_mute_end: when to call `end_mutes`; None for not at all. It may be too early, never too late.
    """

    def __init__(self, people: People) -> None:
        self._people = people
        self._known: dict[str, ConversationState] = {}
        self._early: dict[str, list[AnyEntry]] = {}
        self._told: set[str] = set()
        """What this link named so far; an answer to `sync` may be older than the event that named it."""
        self._removed: dict[str, int] = {}
        self._ever_synced = False
        self.next_mute_end: datetime | None = None

    def __iter__(self) -> Iterator[ConversationState]:
        return iter(self._known.values())

    def __len__(self) -> int:
        return len(self._known)

    def __contains__(self, conversation: str) -> bool:
        return conversation in self._known

    def get(self, conversation: str) -> ConversationState | None:
        """The conversation of this id, if one is in it."""
        return self._known.get(conversation)

    def find(self, target: str) -> ConversationState | None:
        """The conversation that a target names: an id, `#channel` or `@nick`, if one is in it.

        Names are compared without regard to case. The server's rules are stricter: this is for showing.
        """
        if target in self._known:
            return self._known[target]
        wanted = target.casefold()
        for conversation in self:
            sign = "" if conversation.record.kind is ConversationKind.CHANNEL else "@"
            if wanted == (sign + conversation.title).casefold():
                return conversation
        return None

    def recall(self, talks: Iterable[CachedTalk]) -> list[Change]:
        """Begin with what an earlier run knew; to be called while nothing is known.

        Of each log that is its newest part up to the first hole: below one, messages may lack changes that
        nobody would ask for any more.
        """
        changes: list[Change] = []
        for talk in talks:
            key = talk.record.conversation
            self._known[key] = ConversationState(talk.record, talk.record.last)
            changes.append(ConversationAdded(talk.record))
            changes += self.take(key, _newest_run(talk.entries), live=False)
        return changes

    def put(self, record: Conversation, *, begins: bool = False) -> list[Change]:
        """Take a conversation as the server tells it; what is older than one's leaving is passed over.

        `begins` tells that somebody began a direct conversation just now: its entries are as good as live.
        """
        key = record.conversation
        if record.last < self._removed.get(key, 0):
            return []
        self._removed.pop(key, None)
        self._told.add(key)
        known = self._known.get(key)
        changes: list[Change] = []
        if known is None:
            self._known[key] = ConversationState(record, self._anchor(record), record.last if begins else 0)
            changes.append(ConversationAdded(record))
        else:
            before = known.record
            known.renew(record, self._people.my_id)
            if known.record != before:
                changes.append(ConversationChanged(known.record))
        return changes + self.take(key, self._early.pop(key, ()), live=True)

    def drop(self, conversation: str, reason: str = "", number: int = 0, **why: Any) -> list[Change]:
        """One is a member no more; `number` is that of the entry that says so, where it is known.

        `why` are further fields of the change. Nothing comes of it where one is back since: what tells that
        may come before the answer to `part`.
        """
        known = self._known.get(conversation)
        if known is not None and 0 < number < known.record.last:
            return []
        self._removed[conversation] = number
        self._told.discard(conversation)
        self._known.pop(conversation, None)
        if known is None:
            return []
        ending = known.timeline.get(number)
        if isinstance(ending, ChannelDeleted):
            return [ConversationRemoved(known.record, reason, by=ending.nick, deleted=True)]
        return [ConversationRemoved(known.record, reason, **why)]

    def synced_page(self, records: Iterable[Conversation], is_last: bool) -> list[Change]:
        """Take a page of all one's conversations; after the last, what this link never named is gone."""
        changes: list[Change] = []
        for record in records:
            changes += self.put(record)
        if is_last:
            for key in [key for key in self._known if key not in self._told]:
                changes += self.drop(key, _UNSEEN)
            self._ever_synced = True
        return changes

    def live(self, entry: AnyEntry) -> list[Change]:
        """Take an entry that happened just now; it may come before the answer that names its conversation."""
        if entry.conversation in self._known:
            changes = self.take(entry.conversation, (entry,), live=True)
            is_last = isinstance(entry, ChannelDeleted)
            return changes + self.drop(entry.conversation, number=entry.number) if is_last else changes
        early = self._early.setdefault(entry.conversation, [])
        if len(early) < _EARLY_KEPT:  # what is more shows as a gap, once the conversation is known
            early.append(entry)
        return []

    def take(
        self, key: str, entries: Iterable[AnyEntry], live: bool, first: int = 0, last: int = 0
    ) -> list[Change]:
        """Add entries to a conversation; without effect where one is in no such conversation.

        `first` and `last` tell how far its log goes, where that is known.
        """
        conversation = self._known.get(key)
        if conversation is None:
            return []
        before = conversation.record
        conversation.set_bounds(first, last)
        added = conversation.add(entries, self._people.my_id)
        changes: list[Change] = []
        if added.new:
            is_beginning = added.new[-1].number <= conversation.begun_with
            changes.append(EntriesAdded(key, added.new, live or is_beginning))
        if added.revised:
            changes.append(EntriesRevised(key, added.revised))
        if _is_news(before, conversation.record):
            changes.append(ConversationChanged(conversation.record))
        if any(isinstance(entry, Muted) for entry in added.new):
            self._look_for_mute_ends([conversation])
        others = any(isinstance(entry, _OF_MEMBERS) and entry.number > before.last for entry in added.new)
        if others or before.members != conversation.record.members:
            self._name_joined(conversation, added.new)
            changes.append(MembersChanged(key))
        return changes

    def end_mutes(self, now: datetime) -> list[Change]:
        """Let those write again whose mutes are over by now, which no entry tells."""
        self.next_mute_end = None
        over = [each for each in self if each.end_mutes(now)]
        self._look_for_mute_ends(self)
        return [MembersChanged(each.record.conversation) for each in over]

    def _look_for_mute_ends(self, conversations: Iterable[ConversationState]) -> None:
        ends = (self.next_mute_end, *(each.next_mute_end for each in conversations))
        self.next_mute_end = min((end for end in ends if end is not None), default=None)

    def forget_all(self) -> list[Change]:
        """Nothing that was known is true any more."""
        self._ever_synced = False
        return [change for key in list(self._known) for change in self.drop(key)]

    def link_lost(self) -> None:
        """What was half told is void: entries that came too early for the answers that never came."""
        self._early.clear()
        self._told.clear()
        self._removed.clear()

    def _anchor(self, record: Conversation) -> int:
        """Where the new begins: a direct conversation that begins while one is here is new from its start."""
        if record.kind is ConversationKind.DIRECT and self._ever_synced:
            return record.first - 1
        return record.last

    def _name_joined(self, conversation: ConversationState, entries: Iterable[AnyEntry]) -> None:
        """An entry tells only the nick of who joined; put the whole record in place where it is known."""
        for entry in entries:
            if isinstance(entry, Joined) and (user := self._people.users.get(entry.user)):
                conversation.user_changed(user)


def _newest_run(entries: Iterable[AnyEntry]) -> list[AnyEntry]:
    """Return the last of these that have no hole among them."""
    run: list[AnyEntry] = []
    for entry in sorted(entries, key=lambda entry: entry.number):
        if run and entry.number != run[-1].number + 1:
            run = []
        run.append(entry)
    return run


def _is_news(before: Conversation, after: Conversation) -> bool:
    """Whether more than the newest number changed, which the entries themselves tell."""
    return replace(before, last=after.last) != after
