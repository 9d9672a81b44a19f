"""What a client knows of one conversation: its record, its log, who is in it and who is typing.

The server tells counts, topic and pins as of a number; every entry above it is folded into the record once
and in order, also where a page brings it after newer ones, so all of it stays right between two answers.
Pure; the client's state owns it and guards it.
"""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from chat.client.mutes import Mute, Mutes
from chat.client.timeline import Addition, Timeline
from chat.protocol.entries import (
    AnyEntry,
    Archived,
    Joined,
    Left,
    Message,
    ModeChanged,
    Muted,
    RoleChanged,
    TopicChanged,
    Unmuted,
)
from chat.protocol.folding import fold_pins, kept_pins
from chat.protocol.records import Conversation, ConversationKind, Member, Presence, Role, User
from chat.protocol.replies import MarkReadResult

COUNTING_STOPS = 999
"""Unread messages and mentions are counted so far and no further."""


class Typist(Struct, frozen=True):
    """Somebody who is typing."""

    nick: str
    until: float
    """When that ends to be true, on the monotonic clock."""


class ConversationState:
    """One conversation as its member knows it; read it, but leave changing to the client's state.

    Attributes:
        record: what the server said last, brought up to the newest entry.
        timeline: the known part of the log.
        anchor: the number from which a reader that skips nothing begins; what follows is new to it. It moves
            on with what is forgotten.
        begun_with: up to this number the conversation came with its beginning, just now; else 0.
        counts_unsure: one read on elsewhere, and what was read there is not all here: unread messages and
            mentions may be fewer (or, where counting had stopped, more) until the server counts them.
        members: by user id; complete once `members_known`.
    """

    def __init__(self, record: Conversation, anchor: int, begun_with: int = 0) -> None:
        self.record = record
        self._whole = record
        """The record as of the number up to which nothing is missing after what the server told last."""
        self.timeline = Timeline()
        self.timeline.set_bounds(record.first, record.last)
        self.anchor = anchor
        self.begun_with = begun_with
        self.counts_unsure = False
        self.members: dict[str, Member] = {}
        self.members_known = False
        self._mutes = Mutes()
        self._typing: dict[str, Typist] = {}
        self._arriving: dict[str, Member] | None = None

    @property
    def title(self) -> str:
        """What people call it: `#channel`, or the nick of the other side."""
        if self.record.kind is ConversationKind.CHANNEL or self.record.peer is None:
            return self.record.name
        return self.record.peer.nick

    def renew(self, record: Conversation, me: str) -> None:
        """Take what the server says now; entries that came before it and are newer are folded in again.

        Where one of those is not here, what is known is newer than what could be made of it, and stays. What
        was read stays read.
        """
        other = record
        if self.timeline.reaches(record.last) >= self._whole.last:
            other = self.record
            self._whole = record
            self.counts_unsure = False
            self.set_bounds(record.first, record.last)
            self._bring_up(me)
        self.mark_read(other.read, me)
        self.peer_has_read(other.peer_read, other.peer_read_at)

    def set_bounds(self, first: int, last: int) -> None:
        """Learn from the server how far its log goes; neither end ever goes back.

        With what is not kept go its pins, and it is unread no more, however much of that there was.
        """
        self.timeline.set_bounds(first, last)
        begins = self.timeline.first
        if self.record.first != begins or self._whole.first != begins:
            passed = self._whole.first < begins and self._whole.read + 1 < begins
            self.counts_unsure = self.counts_unsure or (passed and self._whole.unread > 0)
            self._whole = _beginning(self._whole, begins)
            self.record = _beginning(self.record, begins)

    def add(self, entries: Iterable[AnyEntry], me: str) -> Addition:
        """Take entries, live or from history; `me` is one's own user id."""
        added = self.timeline.add(entries)
        self._mutes.note(added.new)
        fresh = [entry for entry in added.new if entry.number > self._whole.last]
        if fresh:
            if fresh[0].number > self.record.last > self._whole.last:  # the hole before it stays
                self.record = _folded(self.record, fresh, me)
            else:
                self._bring_up(me)
            for entry in fresh:
                self._typing.pop(entry.user, None)
            for members in self._lists():  # again those above, which have the last word on who is here
                for entry in self.timeline.between(fresh[0].number, self.record.last):
                    _move_member(members, entry)
        return added

    def mark_read(self, number: int, me: str) -> None:
        """One has read up to a number, on any device; it never goes back."""
        record = self._whole
        if number <= record.read:
            return
        if self.timeline.reaches(number) >= record.last:
            counts = _count(self.timeline.between(number + 1, record.last), me)
            self.counts_unsure = False
        else:  # not all of it is here: take away what is known to be read now
            unread, mentions = _count(self.timeline.between(record.read + 1, number), me)
            counts = record.unread - unread, record.mentions - mentions
            all_here = self.timeline.reaches(record.read) >= number and record.unread < COUNTING_STOPS
            self.counts_unsure = self.counts_unsure or (record.unread > 0 and not all_here)
        self._take_counts(number, counts, me)

    def was_counted(self, result: MarkReadResult, me: str) -> None:
        """Take what the server counted; what came since is counted on top.

        Where something of that is not here, or one read on meanwhile, it tells the position alone.
        """
        whole = self._whole
        if result.read < whole.read or not result.last <= whole.last <= self.timeline.reaches(result.last):
            self.mark_read(result.read, me)
            return
        above = max(result.read, result.last) + 1
        unread, mentions = _count(self.timeline.between(above, whole.last), me)
        self.counts_unsure = False
        self._take_counts(result.read, (result.unread + unread, result.mentions + mentions), me)

    def peer_has_read(self, number: int, timestamp: datetime | None) -> bool:
        """The other side of a direct conversation has read up to a number; say whether that is news."""
        if number <= self.record.peer_read:
            return False
        self._whole = replace(self._whole, peer_read=number, peer_read_at=timestamp)
        self.record = replace(self.record, peer_read=number, peer_read_at=timestamp)
        return True

    def forget_below(self, number: int) -> None:
        """Have the entries below a number no more, to bound memory; history brings them again.

        A reader that skips nothing must have read them. What the record still needs stays.
        """
        number = min(number, self._whole.last + 1)
        self.timeline.forget_below(number)
        self.anchor = max(self.anchor, number - 1)

    def members_page(self, members: Iterable[Member], last: int, is_first: bool, is_last: bool) -> None:
        """Take a page of members; the old list stands until the last page is here.

        The page is true as of the number `last`; a newer entry, which may be here first, puts it right.
        """
        if is_first or self._arriving is None:
            self._arriving = {}
        self._arriving.update((member.user.id, member) for member in members)
        for entry in self.timeline.between(last + 1, self.record.last):
            _move_member(self._arriving, entry)
        if is_last:
            self.members = self._arriving
            self.members_known = True
            self._arriving = None

    def user_changed(self, user: User) -> bool:
        """Put somebody's new record in place; say whether it is shown here."""
        if self.record.peer is not None and self.record.peer.id == user.id:
            self._whole = replace(self._whole, peer=user)
            self.record = replace(self.record, peer=user)
        for members in self._lists():
            if (member := members.get(user.id)) is not None:
                is_here = member.presence is not Presence.OFFLINE
                presence = Presence(user.status) if is_here else Presence.OFFLINE
                members[user.id] = replace(member, user=user, presence=presence)
        return user.id in self.members

    def presence_changed(self, user: str, presence: Presence, last_seen: datetime | None) -> bool:
        """Somebody came or went; say whether they stand in the list of members."""
        for members in self._lists():
            if (member := members.get(user)) is not None:
                members[user] = replace(member, presence=presence, last_seen=last_seen)
        return user in self.members

    def muted(self, user: str) -> Mute | None:
        """How somebody is muted here; None when they may write, as far as is known.

        The list of members has the last word on whether, and entries say until when.
        """
        noted = self._mutes.of(user)
        member = self.members.get(user)
        if member is None:
            return noted
        return noted or Mute() if member.muted else None

    @property
    def next_mute_end(self) -> datetime | None:
        """When the next mute is over; None while none ends by itself."""
        return self._mutes.next_end()

    def end_mutes(self, now: datetime) -> bool:
        """Let those write again whose mutes are over by now; say whether there was anybody."""
        over = self._mutes.end(now)
        for members in self._lists():
            for user in over:
                if (member := members.get(user)) is not None:
                    members[user] = replace(member, muted=False)
        return bool(over)

    def typing_seen(self, user: str, nick: str, until: float) -> None:
        """Somebody is typing, until they say something or time is over."""
        self._typing[user] = Typist(nick, until)

    def typists(self, now: float) -> tuple[str, ...]:
        """Nicks of those who are typing now."""
        return tuple(typist.nick for typist in self._typing.values() if typist.until > now)

    def _take_counts(self, read: int, counts: tuple[int, int], me: str) -> None:
        """Put a read position and unread messages and mentions in place, and bring the record up."""
        unread, mentions = (min(max(0, count), COUNTING_STOPS) for count in counts)
        self._whole = replace(self._whole, read=read, unread=unread, mentions=mentions)
        self._bring_up(me)

    def _bring_up(self, me: str) -> None:
        """Bring the record to the state after the newest entry here."""
        reached = self.timeline.reaches(self._whole.last)
        self._whole = _folded(self._whole, self.timeline.between(self._whole.last + 1, reached), me)
        self.record = _folded(self._whole, self.timeline.between(reached + 1, self.timeline.last), me)

    def _lists(self) -> list[dict[str, Member]]:
        """The list of members, and the one that is arriving page by page."""
        lists = [self.members] if self.members_known else []
        return lists if self._arriving is None else [*lists, self._arriving]


def _folded(record: Conversation, entries: Iterable[AnyEntry], me: str) -> Conversation:
    """Return a record as it is after entries, which ascend."""
    for entry in entries:
        unread = entry.number > record.read and _is_unread(entry, me)
        record = replace(
            record,
            last=entry.number,
            topic=entry.topic if isinstance(entry, TopicChanged) else record.topic,
            role=entry.role if isinstance(entry, RoleChanged) and entry.member == me else record.role,
            mode=entry.mode if isinstance(entry, ModeChanged) else record.mode,
            archived=entry.archived if isinstance(entry, Archived) else record.archived,
            members=record.members + isinstance(entry, Joined) - isinstance(entry, Left),
            unread=min(record.unread + unread, COUNTING_STOPS),
            mentions=min(record.mentions + (unread and _mentions(entry, me)), COUNTING_STOPS),
            pins=kept_pins(fold_pins(record.pins, entry), record.first),
        )
    return record


def _beginning(record: Conversation, first: int) -> Conversation:
    """Return a record as it is once the log begins at a number."""
    return replace(record, first=first, pins=kept_pins(record.pins, first))


def _count(entries: Iterable[AnyEntry], me: str) -> tuple[int, int]:
    """Return how many of these are messages of others, and how many of them mention oneself."""
    unread = [entry for entry in entries if _is_unread(entry, me)]
    return len(unread), sum(_mentions(entry, me) for entry in unread)


def _move_member(members: dict[str, Member], entry: AnyEntry) -> None:
    """Bring a list of members to the state after an entry: who joined, who left, who may do what."""
    if isinstance(entry, RoleChanged | Muted | Unmuted):
        if (member := members.get(entry.member)) is not None:
            members[entry.member] = _changed_member(member, entry)
    elif isinstance(entry, Joined):
        known = members.get(entry.user)
        user = known.user if known else User(id=entry.user, nick=entry.nick, version=0)
        members[entry.user] = Member(user=user, role=entry.role, presence=Presence.ONLINE)
    elif isinstance(entry, Left):
        members.pop(entry.user, None)


def _changed_member(member: Member, entry: RoleChanged | Muted | Unmuted) -> Member:
    """Return what somebody may do after an operator said so."""
    if isinstance(entry, RoleChanged):  # nobody mutes an operator
        return replace(member, role=entry.role, muted=member.muted and entry.role is not Role.OPERATOR)
    return replace(member, muted=isinstance(entry, Muted))


def _is_unread(entry: AnyEntry, me: str) -> bool:
    return isinstance(entry, Message) and entry.user != me


def _mentions(entry: AnyEntry, me: str) -> bool:
    return isinstance(entry, Message) and me in entry.mentions
