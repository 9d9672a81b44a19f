"""What a client keeps of what it was told, by the rules of the protocol alone; and whether that is true.

Stricter than any client: every line must fit exactly. A live entry carries the next number, none comes twice,
and nothing at or below a told `last` comes live.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from chat.protocol import events, replies
from chat.protocol.asking import Request
from chat.protocol.codec import Frame
from chat.protocol.entries import (
    AnyEntry,
    Archived,
    ChannelDeleted,
    Edited,
    Entry,
    Joined,
    Left,
    Message,
    MessageChange,
    ModeChanged,
    RoleChanged,
    TopicChanged,
)
from chat.protocol.folding import fold_message, fold_pins
from chat.protocol.order import DeleteChannelResult
from chat.protocol.records import (
    ChannelMode,
    Conversation,
    ConversationKind,
    Member,
    Presence,
    Role,
    Time,
    User,
)
from chat.protocol.requests import Members


@dataclass
class Kept:
    """One conversation."""

    record: Conversation
    last: int
    topic: str
    read: int
    log: dict[int, AnyEntry] = field(default_factory=dict)
    """Entries that came live, above the first `last` that was told."""
    roles: dict[str, Role] | None = None
    """Of the members, once they were asked for."""
    watched: bool = False
    pins: tuple[int, ...] = ()
    mode: ChannelMode = field(default_factory=ChannelMode)
    archived: bool = False
    role: Role = Role.MEMBER
    heard: list[Message] = field(default_factory=list)
    """Messages as they were told, live or by a page that nothing is missing behind; often more than once."""

    def standing(self) -> dict[int, Message]:
        """Return the messages as what came live makes them, whichever telling of them one begins with."""
        changes = [entry for _, entry in sorted(self.log.items()) if isinstance(entry, MessageChange)]
        standing: dict[int, Message] = {}
        for message in self.heard:
            folded = folded_with(message, changes)
            assert standing.setdefault(message.number, folded) == folded, "two tellings, two ends"
        return standing


class Replica:
    """The state of one session's client."""

    def __init__(self, me: str) -> None:
        self.me = me
        self.kept: dict[str, Kept] = {}
        self.users: dict[str, User] = {}
        self.presence: dict[str, Presence] = {}
        self.peer_read: dict[tuple[str, str], int] = {}
        """By events alone, which must come in order."""
        self.peer_seen: dict[str, tuple[int, Time | None]] = {}
        """How far the other side says that it has read, and when, by events and records."""
        self.synced = False
        self._early: dict[str, list[AnyEntry]] = {}
        self._gone: dict[str, int] = {}
        self._asking_members = False
        self._told_meanwhile: dict[str, Presence] = {}
        self._handlers: dict[type, Callable[[Any], None]] = {
            replies.SyncResult: self._synced,
            replies.JoinResult: self._joined,
            replies.HistoryResult: lambda frame: self._page(frame.conversation, frame.last, frame.entries),
            replies.CreateChannelResult: lambda frame: self._put(frame.conversation),
            replies.OpenDirectResult: lambda frame: self._put(frame.conversation),
            events.ConversationAdded: lambda frame: self._put(frame.conversation),
            replies.PartResult: lambda frame: self._drop(frame.conversation, frame.number),
            DeleteChannelResult: lambda frame: self._drop(frame.conversation, frame.number),
            events.ConversationRemoved: lambda frame: self._drop(frame.conversation, frame.number),
            events.ReadMarked: self._marked,
            replies.MarkReadResult: lambda frame: self._read(frame.conversation, self.me, frame.read),
            events.UserChanged: lambda frame: self._learn(frame.user),
            replies.SetStatusResult: lambda frame: self._learn(frame.user),
            replies.ChangeNickResult: lambda frame: self._learn(frame.user),
            replies.WhoisResult: lambda frame: self._learn(frame.user),
            events.PresenceChanged: self._presence_changed,
            replies.WatchResult: self._watching,
            replies.MembersResult: self._members,
        }

    # ------------------------------------------------------------------ what is asked and told

    def asks(self, request: Request) -> None:
        """Take note of a request before it is dispatched."""
        if isinstance(request, Members):
            self._asking_members = True
            self._told_meanwhile = {}

    def hears(self, frame: Frame, request: Request | None) -> None:
        """Take a frame, with the request that it answers."""
        if isinstance(frame, Entry):
            self._live(frame)
        elif isinstance(frame, replies.Error):
            self._asking_members = self._asking_members and not isinstance(request, Members)
        elif handler := self._handlers.get(type(frame)):
            handler(frame)

    # ------------------------------------------------------------------ conversations

    def _synced(self, page: replies.SyncResult) -> None:
        self.synced = not page.next
        for record in page.conversations:
            self._put(record)

    def _joined(self, result: replies.JoinResult) -> None:
        record = result.conversation
        self._put(record)
        self._page(record.conversation, record.last, result.entries)

    def _page(self, key: str, last: int, entries: tuple[AnyEntry, ...]) -> None:
        """Take messages from a page, unless changes may be missing between it and what came live."""
        known = self.kept.get(key)
        if known is not None and last >= known.record.last:
            known.heard += [entry for entry in entries if isinstance(entry, Message)]

    def _put(self, record: Conversation) -> None:
        key = record.conversation
        if record.last < self._gone.get(key, 0):
            return
        if record.peer is not None:
            self._learn(record.peer)
        self._sees_read(key, record.peer_read, record.peer_read_at)
        known = self.kept.get(key)
        if known is None:
            known = Kept(record, record.last, record.topic, record.read, pins=record.pins)
            known.mode, known.archived, known.role = record.mode, record.archived, record.role
            self.kept[key] = known
            for entry in self._early.pop(key, []):
                assert entry.number > record.last, "live, though at or below the told last"
                self._live(entry)
        assert record.last <= known.last, "an answer came before the entries that it counts"
        known.read = max(known.read, record.read)

    def _drop(self, key: str, number: int) -> None:
        if number > self._gone.get(key, 0):
            self._gone[key] = number
        known = self.kept.get(key)
        if known is None:
            # the answer that names the conversation is older, and will be passed over
            self._early.pop(key, None)
        elif known.last <= number:
            assert known.last == number, "the end was told before all that led to it"
            del self.kept[key]

    def _live(self, entry: AnyEntry) -> None:
        known = self.kept.get(entry.conversation)
        if known is None:
            self._early.setdefault(entry.conversation, []).append(entry)
            return
        assert entry.number == known.last + 1, f"{entry.number} after {known.last}"
        known.last = entry.number
        known.log[entry.number] = entry
        known.pins = fold_pins(known.pins, entry)
        if isinstance(entry, Message):
            known.heard.append(entry)
        self._fold(known, entry)
        if known.roles is not None:
            _move(known.roles, entry)
        if isinstance(entry, ChannelDeleted) or (isinstance(entry, Left) and entry.user == self.me):
            # what says so besides may come behind what tells of a new beginning
            self._drop(entry.conversation, entry.number)

    def _fold(self, known: Kept, entry: AnyEntry) -> None:
        """Take what an entry changes of the conversation itself."""
        match entry:
            case TopicChanged():
                known.topic = entry.topic
            case ModeChanged():
                known.mode = entry.mode
            case Archived():
                known.archived = entry.archived
            case RoleChanged() if entry.member == self.me:
                known.role = entry.role

    def _marked(self, event: events.ReadMarked) -> None:
        self._read(event.conversation, event.user, event.number)
        if event.user != self.me:
            self._sees_read(event.conversation, event.number, event.timestamp)

    def _sees_read(self, conversation: str, number: int, when: Time | None) -> None:
        self.peer_seen[conversation] = max(
            self.peer_seen.get(conversation, (0, None)), (number, when), key=lambda seen: seen[0]
        )

    def _read(self, conversation: str, user: str, number: int) -> None:
        key = (conversation, user)
        if user != self.me:
            assert number > self.peer_read.get(key, 0), "read positions move forward"
            self.peer_read[key] = number
        elif (known := self.kept.get(conversation)) is not None:
            known.read = max(known.read, number)

    # ------------------------------------------------------------------ people

    def _presence_changed(self, event: events.PresenceChanged) -> None:
        self.presence[event.user] = self._told_meanwhile[event.user] = event.presence

    def _watching(self, result: replies.WatchResult) -> None:
        for conversation, kept in self.kept.items():
            kept.watched = conversation in result.conversations

    def _members(self, page: replies.MembersResult) -> None:
        assert not page.next, "these tests have no list of two pages"
        self._asking_members = False
        for member in page.members:
            self._learn(member.user)
            meanwhile = self._told_meanwhile.get(member.user.id)
            self.presence[member.user.id] = meanwhile or member.presence
        known = self.kept.get(page.conversation)
        if known is not None:
            known.roles = {member.user.id: member.role for member in page.members}
            for number in range(page.last + 1, known.last + 1):
                _move(known.roles, known.log[number])

    def _learn(self, user: User) -> None:
        known = self.users.get(user.id)
        if known is None or user.version >= known.version:
            assert known is None or known == user or user.version > known.version, "one version, two records"
            self.users[user.id] = user

    # ------------------------------------------------------------------ whether it is true

    def check(self, fresh: list[Conversation], logs: dict[str, list[AnyEntry]]) -> None:
        """Compare with what `sync` says now and with whole logs."""
        assert not self._early, f"entries without a conversation: {self._early}"
        named = {record.conversation for record in fresh}
        for key in self.kept.keys() - named:
            # only opened by this session, made by the other side, and nobody said a word
            assert self.kept[key].record.kind is ConversationKind.DIRECT
            assert not any(isinstance(entry, Message) for entry in logs[key])
        for record in fresh:
            self._check(record, self.kept[record.conversation], logs[record.conversation])

    def _check(self, record: Conversation, kept: Kept, log: list[AnyEntry]) -> None:
        others = [entry for entry in log if isinstance(entry, Message) and entry.user != self.me]
        unread = [message for message in others if message.number > kept.read]
        mentions = [message for message in unread if self.me in message.mentions]
        assert (kept.last, kept.topic, kept.read) == (record.last, record.topic, record.read)
        assert (len(unread), len(mentions)) == (record.unread, record.mentions)
        assert kept.pins == record.pins
        assert (kept.mode, kept.archived, kept.role) == (record.mode, record.archived, record.role)
        assert self.peer_seen.get(record.conversation, (0, None)) == (record.peer_read, record.peer_read_at)
        self._check_log(kept, log)
        if record.peer is not None:
            assert self._knows(record.peer)

    def _check_log(self, kept: Kept, log: list[AnyEntry]) -> None:
        """Compare every entry, and messages of every age with what the log made of them since."""
        for number, message in kept.standing().items():
            assert log[number - 1] == message
        changes = [entry for entry in log if isinstance(entry, MessageChange)]
        for message in kept.heard:
            assert folded_with(message, changes) == log[message.number - 1]
        for number, entry in kept.log.items():
            if not isinstance(entry, Message):
                assert log[number - 1] == _in_history(entry, log)

    def check_members(self, key: str, fresh: list[Member]) -> None:
        """Compare with what `members` says now, where it was asked before."""
        kept = self.kept.get(key)
        if kept is None or kept.roles is None:
            return
        if kept.record.kind is ConversationKind.CHANNEL:
            assert kept.roles == {member.user.id: member.role for member in fresh}
        if kept.watched:
            for member in fresh:
                if member.user.id != self.me:
                    assert self._knows(member.user)
                    assert self._sees(member.user.id) is member.presence

    def _sees(self, user: str) -> Presence:
        """Return the presence of somebody, which follows the status while they are here."""
        presence = self.presence.get(user, Presence.OFFLINE)
        known = self.users.get(user)
        return presence if presence is Presence.OFFLINE or known is None else Presence(known.status)

    def _knows(self, user: User) -> bool:
        """Return whether a record is known, or needs not be told: a new guest is what everybody expects."""
        return self.users.get(user.id, User(id=user.id, nick=user.nick)) == user


def folded_with(message: Message, changes: Iterable[MessageChange]) -> Message:
    """Return a message as those of the changes make it that are of it."""
    for change in changes:
        if change.message == message.number:
            message = fold_message(message, change)
    return message


def _in_history(entry: AnyEntry, log: list[AnyEntry]) -> AnyEntry:
    """Return an entry as history must tell it: an edit that is not the newest any more without its text."""
    if not isinstance(entry, Edited):
        return entry
    message = log[entry.message - 1]
    assert isinstance(message, Message)
    return entry if message.edited == entry.number else replace(entry, text="")


def _move(roles: dict[str, Role], entry: AnyEntry) -> None:
    if isinstance(entry, Joined):
        roles[entry.user] = entry.role
    elif isinstance(entry, Left):
        roles.pop(entry.user, None)
    elif isinstance(entry, RoleChanged):
        roles[entry.member] = entry.role
