"""The store in memory, behind the same door as the one in SQLite: for tests, gone with its process.

One lock makes every call whole, so any thread may make any call.
"""

import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from itertools import islice
from operator import itemgetter
from typing import TypeVar

import msgspec

from chat.ids import ConversationId, DeviceId, SendId, UserId, new_epoch, new_server_id
from chat.protocol.entries import AnyEntry, Edited, Message, MessageChange
from chat.protocol.records import AuditRecord, Gate, Role
from chat.server.domain.audit import Tail, chained
from chat.server.domain.model import (
    ChannelRules,
    ConversationState,
    DeviceState,
    Erasure,
    MemberState,
    MessageKey,
    ReadMove,
    SendRow,
    UserState,
    row_of,
)
from chat.server.ports import (
    TRIMMED_AT_ONCE,
    Answered,
    Batch,
    Loaded,
    OldSends,
    Unread,
    Written,
    WrittenMessages,
)
from chat.server.storage.reads import UNREAD_MOST, how_many_fit
from chat.server.storage.references import names_are_unique, refers_only_to
from chat.server.storage.sequence import does_not_follow, last_before, roles_after

_SendKey = tuple[UserId, SendId]
Id = TypeVar("Id", bound=str)
Value = TypeVar("Value")


class MemoryStore:
    """Everything in dictionaries; see `ports.Store` for what each method promises."""

    def __init__(self) -> None:
        """Begin as a new database does: with a server id and nothing else."""
        self._lock = threading.Lock()
        self._server_id = new_server_id()
        self._epoch = new_epoch()
        self._last_batch = 0
        self._nexts = (1, 1, 1)
        self._users: dict[UserId, UserState] = {}
        self._devices: dict[DeviceId, DeviceState] = {}
        self._conversations: dict[ConversationId, ConversationState] = {}
        self._members: dict[ConversationId, dict[UserId, MemberState]] = {}
        self._reads: dict[tuple[UserId, ConversationId], ReadMove] = {}
        self._entries: dict[ConversationId, list[AnyEntry | None]] = {}
        """By number; None where it was trimmed."""
        self._counted: dict[ConversationId, list[AnyEntry | None]] = {}
        """Entries as they were made: a message that changes counts as it did before."""
        self._left: dict[ConversationId, AnyEntry] = {}
        """The last entries of conversations that were deleted."""
        self._sends: dict[_SendKey, SendRow] = {}
        self._rules: dict[ConversationId, ChannelRules] = {}
        self._audit: list[AuditRecord] = []
        self._trimmed: dict[tuple[ConversationId, date], int] = {}
        """What lies below such a number was deleted on that day, or before."""
        self._erasures: dict[tuple[UserId, ConversationId], Erasure] = {}
        self._gate = Gate.OPEN

    def load(self) -> Loaded:
        """Return everything kept in memory; called once before anything is accepted."""
        with self._lock:
            users, devices, conversations = self._nexts
            return Loaded(
                server_id=self._server_id,
                epoch=self._epoch,
                users=_by_row(self._users),
                devices=_by_row(self._devices),
                conversations=tuple(
                    msgspec.structs.replace(
                        state,
                        members=dict(self._members.get(state.id, {})),
                        rules=self._rules.get(state.id, ChannelRules()),
                    )
                    for state in _by_row(self._conversations)
                ),
                reads=tuple(
                    self._reads[key]
                    for key in sorted(self._reads, key=lambda key: (row_of(key[0]), row_of(key[1])))
                ),
                next_user=users,
                next_device=devices,
                next_conversation=conversations,
                last_batch=self._last_batch,
                gate=self._gate,
            )

    def commit(self, batch: Batch) -> None:
        """Store the batch, all or nothing; raises `StoreError` when it does not follow what is stored."""
        before = last_before(batch)
        with self._lock:
            users = {**self._users, **{user.id: user for user in batch.users}}
            revoked = {device.id for device in batch.revoked}
            devices = {key: device for key, device in self._devices.items() if key not in revoked}
            devices |= {device.id: device for device in batch.devices}
            conversations = {**self._conversations, **{state.id: state for state in batch.conversations}}
            if not (
                batch.number > self._last_batch
                and all(self._last(conversation) == last for conversation, last in before.items())
                and names_are_unique(users, devices, conversations)
                and refers_only_to(batch, users, conversations)
                and self._sends_are_new(batch)
                and self._revises_only_what_is_there(batch)
                and {*batch.gone, *dict(batch.rules)} <= conversations.keys()
            ):
                raise does_not_follow(batch)
            self._users, self._devices, self._conversations = users, devices, conversations
            self._apply(batch)

    def last_batch(self) -> int:
        """Return the number of the last stored batch."""
        with self._lock:
            return self._last_batch

    def probe(self) -> None:
        """Memory can always be written."""

    def answered(self, keys: Sequence[_SendKey]) -> Mapping[_SendKey, Answered]:
        """Return the first answers of known send ids."""
        with self._lock:
            return {key: self._answer(self._sends[key]) for key in keys if key in self._sends}

    def messages(self, keys: Collection[MessageKey]) -> Mapping[MessageKey, Message]:
        """Return those that are messages, in their present state."""
        with self._lock:
            found = {key: self._entry(key) for key in keys}
        return {key: entry for key, entry in found.items() if isinstance(entry, Message)}

    def page(
        self,
        conversation: ConversationId,
        *,
        above: int = 0,
        below: int | None = None,
        newest_first: bool = False,
        limit: int,
        limit_bytes: int,
    ) -> list[AnyEntry]:
        """Return a page of entries, ascending."""
        with self._lock:
            log = self._entries.get(conversation, [])
            end = None if below is None else max(below - 1, 0)
            between = [entry for entry in log[above:end] if entry is not None]
        nearest = between[::-1][:limit] if newest_first else between[:limit]
        fit = how_many_fit((len(msgspec.json.encode(entry)) for entry in nearest), limit_bytes)
        return nearest[:fit][::-1] if newest_first else nearest[:fit]

    def unread(
        self, user: UserId, positions: Mapping[ConversationId, tuple[int, int]]
    ) -> Mapping[ConversationId, Unread]:
        """Return the counts between the two positions of each conversation."""
        with self._lock:
            return {
                conversation: _unread(user, self._counted.get(conversation, [])[read:last])
                for conversation, (read, last) in positions.items()
            }

    def audit(self, *, below: int | None = None, limit: int) -> list[AuditRecord]:
        """Return the newest records under a number, the newest first."""
        with self._lock:
            return self._audit[: None if below is None else max(below - 1, 0)][::-1][:limit]

    def written(self, user: UserId, *, after: int, rows: int, limit_bytes: int) -> Written:
        """Return what somebody wrote among so many entries from a place on."""
        with self._lock:
            logs = [self._entries[each] for each in sorted(self._entries, key=row_of)]
            logs += [[left] for left in self._left.values()]
        everything = sorted(
            ((_key(entry), entry) for log in logs for entry in log if entry), key=itemgetter(0)
        )
        window = [(key, entry) for key, entry in everything if key > after][:rows]
        mine = [(key, entry) for key, entry in window if entry.user == user]
        fit = how_many_fit((len(msgspec.json.encode(entry)) for _, entry in mine), limit_bytes)
        following = window[-1][0] if len(window) == rows else None
        return Written([entry for _, entry in mine[:fit]], mine[fit - 1][0] if fit < len(mine) else following)

    def written_messages(self, user: UserId) -> Mapping[ConversationId, WrittenMessages]:
        """Return where messages of somebody still have their text."""
        with self._lock:
            logs = {each: list(self._entries[each]) for each in sorted(self._entries, key=row_of)}
        found = {conversation: _with_text(user, log) for conversation, log in logs.items()}
        return {
            each: WrittenMessages(len(numbers), numbers[-1]) for each, numbers in found.items() if numbers
        }

    def messages_of(
        self, user: UserId, conversation: ConversationId, *, above: int, below: int, limit: int
    ) -> Sequence[int]:
        """Return the numbers of the oldest such messages between two others."""
        with self._lock:
            log = list(self._entries.get(conversation, ()))
        return [number for number in _with_text(user, log) if above < number < below][:limit]

    def erasures(self) -> Sequence[Erasure]:
        """Return the erasures that are not done."""
        with self._lock:
            return sorted(
                self._erasures.values(), key=lambda each: (row_of(each.user), row_of(each.conversation))
            )

    def oldest_trim(self) -> date | None:
        """Return the first day on which entries went whose send ids may be known."""
        with self._lock:
            return min((day for _, day in self._trimmed), default=None)

    def old_sends(self, before: date, *, after: tuple[SendId, UserId] | None, rows: int) -> OldSends:
        """Return among so many send ids those that may be forgotten."""
        with self._lock:
            keys = sorted(((send_id, user) for user, send_id in self._sends), key=_place)
            page = [key for key in keys if after is None or _place(key) > _place(after)][:rows]
            old = [
                (user, send_id) for send_id, user in page if self._is_old(self._sends[user, send_id], before)
            ]
        return OldSends(old, page[-1] if len(page) == rows else None)

    def _is_old(self, send: SendRow, before: date) -> bool:
        return any(
            place == send.conversation and day < before and below > send.number
            for (place, day), below in self._trimmed.items()
        )

    def checkpoint(self) -> None:
        """There is nothing to move."""

    def close(self) -> None:
        """There is nothing to close."""

    def _last(self, conversation: ConversationId) -> int:
        return len(self._entries.get(conversation, ()))

    def _entry(self, key: MessageKey) -> AnyEntry | None:
        left = self._left.get(key.conversation)
        if left is not None and left.number == key.number:
            return left
        log = self._entries.get(key.conversation, [])
        return log[key.number - 1] if 0 < key.number <= len(log) else None

    def _answer(self, send: SendRow) -> Answered:
        entry = self._entry(MessageKey(send.conversation, send.number))
        message = None
        if isinstance(entry, MessageChange):
            message = self._entry(MessageKey(send.conversation, entry.message))
        found = message if isinstance(message, Message) else None
        key = MessageKey(send.conversation, send.number)
        return Answered(send.request_hash, entry, found, key, send.timestamp)

    def _revises_only_what_is_there(self, batch: Batch) -> bool:
        """Return whether what the batch revises are messages, and what it strips edits."""
        fresh = {MessageKey(ConversationId(each.conversation), each.number): each for each in batch.entries}
        revised = (MessageKey(ConversationId(each.conversation), each.number) for each in batch.revised)
        return all(isinstance(fresh.get(key) or self._entry(key), Message) for key in revised) and all(
            isinstance(fresh.get(key) or self._entry(key), Edited) for key in batch.stripped
        )

    def _sends_are_new(self, batch: Batch) -> bool:
        keys = [(send.user, send.send_id) for send in batch.sends]
        return len(set(keys)) == len(keys) and self._sends.keys().isdisjoint(keys)

    def _apply(self, batch: Batch) -> None:
        """Store what was checked; the lock is held."""
        for entry in batch.entries:
            self._entries.setdefault(ConversationId(entry.conversation), []).append(entry)
            self._counted.setdefault(ConversationId(entry.conversation), []).append(entry)
        for message in batch.revised:
            self._entries[ConversationId(message.conversation)][message.number - 1] = message
        for conversation, number in batch.stripped:
            edit = msgspec.structs.replace(_there(self._entries[conversation][number - 1]), text="")
            self._entries[conversation][number - 1] = edit
        for (conversation, user), role in roles_after(batch).items():
            members = self._members.setdefault(conversation, {})
            if role is None:
                members.pop(user, None)
            else:
                members[user] = MemberState(Role(role))
        for move in batch.reads:
            key = (move.user, move.conversation)
            self._reads[key] = _furthest(self._reads.get(key, move), move)
        self._sends.update({(send.user, send.send_id): send for send in batch.sends})
        users, devices, conversations = self._nexts
        self._nexts = (
            _next(users, batch.users),
            _next(devices, batch.devices),
            _next(conversations, batch.conversations),
        )
        self._rules.update(batch.rules)
        self._trim(batch)
        self._forget(batch.gone)
        tail = Tail(self._audit[-1].number, self._audit[-1].hash) if self._audit else Tail()
        self._audit.extend(chained(tail, batch.notes))
        self._gate = batch.gate or self._gate
        self._last_batch = batch.number

    def _trim(self, batch: Batch) -> None:
        """Take away what is not kept; the lock is held."""
        for trim in batch.trims:
            log = self._entries[trim.conversation]
            passed = (each for each in log[trim.below - 1 : trim.first - 1] if isinstance(each, Message))
            for edited in [message.edited for message in passed if message.edited]:
                log[edited - 1] = msgspec.structs.replace(_there(log[edited - 1]), text="")
            there = (at for at in range(min(trim.below - 1, len(log))) if log[at] is not None)
            for at in list(islice(there, TRIMMED_AT_ONCE)):
                log[at] = self._counted[trim.conversation][at] = None
                self._trimmed[trim.conversation, trim.when.date()] = at + 2
        for key in batch.forgotten:
            self._sends.pop(key, None)
        if batch.outlived:
            self._outlive(batch.outlived)
        self._note(batch.erasures)

    def _note(self, erasures: Iterable[Erasure]) -> None:
        """Keep erasures that begin, and let go of those that are done; the lock is held."""
        for erasure in erasures:
            place = (erasure.user, erasure.conversation)
            before = self._erasures.get(place, erasure)
            if not erasure.done:
                last = max(before.last, erasure.last)
                self._erasures[place] = msgspec.structs.replace(erasure, last=last)
            elif before.last <= erasure.last and before.by == erasure.by:
                self._erasures.pop(place, None)

    def _outlive(self, before: date) -> None:
        """Know no more when something went before a day; the lock is held."""
        for (conversation, day), below in list(self._trimmed.items()):
            if day < before:
                del self._trimmed[conversation, day]
                if conversation in self._left and below > self._left[conversation].number:
                    del self._left[conversation]

    def _forget(self, gone: Collection[ConversationId]) -> None:
        """Let deleted conversations go; of their logs the last entry stays. The lock is held."""
        for conversation in gone:
            last = self._left[conversation] = _there(self._entries.pop(conversation)[-1])
            self._trimmed[conversation, last.timestamp.date()] = last.number + 1
            for kept in (self._conversations, self._members, self._counted, self._rules):
                kept.pop(conversation, None)
        self._reads = {key: move for key, move in self._reads.items() if key[1] not in gone}


def _there(entry: AnyEntry | None) -> AnyEntry:
    assert entry is not None, "what is trimmed changes no more"
    return entry


def _key(entry: AnyEntry) -> int:
    return (row_of(entry.conversation) << 32) + entry.number


def _place(key: tuple[SendId, UserId]) -> tuple[SendId, int]:
    return key[0], row_of(key[1])


def _furthest(before: ReadMove, move: ReadMove) -> ReadMove:
    """Return how far somebody has read, and how far was told, after a move that may come late."""
    told = move if move.told > before.told else before
    return msgspec.structs.replace(told, number=max(before.number, move.number))


def _by_row(states: Mapping[Id, Value]) -> tuple[Value, ...]:
    return tuple(states[key] for key in sorted(states, key=row_of))


def _next(free: int, states: Iterable[UserState | DeviceState | ConversationState]) -> int:
    return max([free, *(row_of(state.id) + 1 for state in states)])


def _with_text(user: UserId, log: Iterable[AnyEntry | None]) -> list[int]:
    """Return the numbers of somebody's messages that still have their text."""
    messages = (each for each in log if isinstance(each, Message) and each.user == user)
    return [message.number for message in messages if not message.deleted]


def _unread(user: UserId, entries: Iterable[AnyEntry | None]) -> Unread:
    """Count what others said, and where they mention the user."""
    others = [entry for entry in entries if isinstance(entry, Message) and entry.user != user]
    mentions = sum(user in message.mentions for message in others)
    return Unread(min(len(others), UNREAD_MOST), min(mentions, UNREAD_MOST))
