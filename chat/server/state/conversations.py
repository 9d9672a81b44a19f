"""Conversations, as published: each with its own lock, its stream, and who is where.

Any thread may look; the journal's thread alone publishes. A conversation's value and what joins its pending
list change in one step under its lock.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable

from chat.ids import ConversationId, UserId
from chat.server.domain.look_alikes import looks_of
from chat.server.domain.model import ConversationState, ReadMove
from chat.server.state.fanout import Fanout, Fence, Stream
from chat.server.state.locks import Rank, RankedLock
from chat.server.state.session import Session


class Slot:
    """The place of one conversation."""

    __slots__ = ("lock", "stream", "value")

    def __init__(self, value: ConversationState) -> None:
        self.lock = RankedLock(Rank.CONVERSATION)
        self.value = value
        """Replaced whole, under the lock; reading the reference needs none."""
        self.stream = Stream()

    def attach(self, session: Session, fanout: Fanout) -> ConversationState:
        """Let a session into the audience at exactly the `last` of the returned value.

        Who may not read it, by that value, is not let in.
        """
        with self.lock:
            value = self.value
            if value.may_read(session.user):
                fanout.extend(self.stream, [Fence(session, enters=True)])
        fanout.wake()
        return value


class Conversations:
    """All conversations: by id, by name, by pair, by member; and how far everybody has read."""

    def __init__(self, values: Iterable[ConversationState], reads: Iterable[ReadMove]) -> None:
        self._lock = RankedLock(Rank.DIRECTORY)
        self._slots: dict[ConversationId, Slot] = {}
        self._names: dict[str, ConversationId] = {}
        self._public: list[str] = []
        """Keys of the names that everybody may know, in order."""
        self._invited: dict[UserId, frozenset[ConversationId]] = {}
        self._looks: dict[str, frozenset[ConversationId]] = {}
        self._pairs: dict[tuple[UserId, UserId], ConversationId] = {}
        self._of_user: dict[UserId, frozenset[ConversationId]] = {}
        self._pairs_of: dict[UserId, frozenset[ConversationId]] = {}
        self._marks: dict[UserId, dict[ConversationId, ReadMove]] = {}
        for value in values:
            self.add(Slot(value))
            self.moved(value.id, joined=value.members, left=())
        self.publish_reads(reads)

    def add(self, slot: Slot) -> None:
        """Make a new conversation known by its id and name; the journal's thread."""
        value = slot.value
        with self._lock:
            self._slots[value.id] = slot
            if value.pair:
                self._pairs[value.pair] = value.id
                for user in value.pair:
                    self._pairs_of[user] = self._pairs_of.get(user, frozenset()) | {value.id}
            else:
                self._names[value.name_key] = value.id
                for look in looks_of(value.name, value.name_key):
                    self._looks[look] = self._looks.get(look, frozenset()) | {value.id}
                self._list(value)

    def forget(self, value: ConversationState) -> None:
        """Let a channel go that was deleted, given as it was before; the journal's thread."""
        with self._lock:
            self._slots.pop(value.id, None)
            if self._names.get(value.name_key) == value.id:
                del self._names[value.name_key]
                self._unlist(value)
                for look in looks_of(value.name, value.name_key):
                    self._looks[look] = self._looks.get(look, frozenset()) - {value.id}
            for marks in self._marks.values():
                marks.pop(value.id, None)

    def ruled(self, before: ConversationState, after: ConversationState) -> None:
        """Note who may know of a channel, where that changed; the journal's thread."""
        if (
            before.rules.mode.private == after.rules.mode.private
            and before.rules.invited == after.rules.invited
        ):
            return
        with self._lock:
            self._unlist(before)
            self._list(after)

    def _list(self, value: ConversationState) -> None:
        """Let a channel be found by those who may know of it; under the lock."""
        if not value.rules.mode.private:
            insort(self._public, value.name_key)
        for user in value.rules.invited:
            self._invited[user] = self._invited.get(user, frozenset()) | {value.id}

    def _unlist(self, value: ConversationState) -> None:
        """Take back what `_list` did; under the lock."""
        if not value.rules.mode.private:
            del self._public[bisect_left(self._public, value.name_key)]
        for user in value.rules.invited:
            self._invited[user] -= {value.id}

    def moved(
        self, conversation: ConversationId, *, joined: Iterable[UserId], left: Iterable[UserId]
    ) -> None:
        """Note who became and who is no longer a member; the journal's thread."""
        with self._lock:
            for user in joined:
                self._of_user[user] = self._of_user.get(user, frozenset()) | {conversation}
            for user in left:
                self._of_user[user] = self._of_user.get(user, frozenset()) - {conversation}

    def publish_reads(self, moves: Iterable[ReadMove]) -> None:
        """Note how far users have read; the journal's thread."""
        with self._lock:
            for move in moves:
                self._marks.setdefault(move.user, {})[move.conversation] = move

    def slot(self, conversation: ConversationId) -> Slot | None:
        """Return the place of a conversation."""
        with self._lock:
            return self._slots.get(conversation)

    @property
    def count(self) -> int:
        """How many there are."""
        with self._lock:
            return len(self._slots)

    def channels_like(self, looks: frozenset[str]) -> frozenset[ConversationId]:
        """Return the channels whose names look like this; see `look_alikes.looks_of`."""
        with self._lock:
            return frozenset(each for look in looks for each in self._looks.get(look, ()))

    def channel_named(self, key: str) -> ConversationId | None:
        """Return a channel by the key of its name."""
        with self._lock:
            return self._names.get(key)

    def direct_of(self, pair: tuple[UserId, UserId]) -> ConversationId | None:
        """Return the direct conversation of a pair."""
        with self._lock:
            return self._pairs.get(pair)

    def everything(self) -> list[ConversationId]:
        """Return all conversations."""
        with self._lock:
            return list(self._slots)

    def of_user(self, user: UserId) -> frozenset[ConversationId]:
        """Return what a user is a member of."""
        with self._lock:
            return self._of_user.get(user, frozenset())

    def showing(self, user: UserId) -> frozenset[ConversationId]:
        """Return where others see a user: memberships, and direct conversations that only others opened."""
        with self._lock:
            return self._of_user.get(user, frozenset()) | self._pairs_of.get(user, frozenset())

    def mark_of(self, user: UserId, conversation: ConversationId) -> ReadMove | None:
        """Return how far a user has read, and what the other side is told of it; None before the first."""
        with self._lock:
            return self._marks.get(user, {}).get(conversation)

    def channels_for(self, user: UserId, after: str, most: int) -> list[tuple[str, ConversationId]]:
        """Return the channels that a user may know of, with names above one: keys and ids, so many at most.

        What others hide is not even walked by, so neither the answer nor its time tells of it.
        """
        with self._lock:
            begin = bisect_right(self._public, after)
            public = self._public[begin : begin + most]
            inside = self._of_user.get(user, frozenset()) | self._invited.get(user, frozenset())
            values = [slot.value for each in inside if (slot := self._slots.get(each)) is not None]
            hidden = [
                value.name_key
                for value in values
                if not value.pair and value.rules.mode.private and value.name_key > after
            ]
            return [(key, self._names[key]) for key in sorted({*public, *hidden})[:most]]
