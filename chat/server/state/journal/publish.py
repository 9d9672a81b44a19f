"""Making a committed batch visible: values under their locks, entries into pending lists, news to sessions.

The journal's thread only. What is published was stored before; nobody ever sees anything else.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple

from msgspec.structs import replace

from chat.ids import ConversationId, UserId
from chat.protocol.codec import encode
from chat.protocol.codes import CloseReason
from chat.protocol.entries import Invited, Left, Message
from chat.protocol.events import (
    ConversationAdded,
    ConversationRemoved,
    Invitation,
    ReadMarked,
    UserChanged,
)
from chat.server.domain.accounts import shut_out
from chat.server.domain.draft import Draft, Step
from chat.server.domain.model import ConversationState, ReadMove, UserState
from chat.server.state.conversations import Slot
from chat.server.state.fanout import Fanout, Fence, Item
from chat.server.state.published import Published
from chat.server.state.session import Session
from chat.server.state.view import conversation_record, introduction

Askers = Mapping[tuple[str, int], Session]
"""By conversation and number: the session whose answer tells it what the entry did to its membership."""


class _Move(NamedTuple):
    """An entry that changed who is a member."""

    step: Step
    joined: frozenset[UserId]
    left: frozenset[UserId]


class Publisher:
    """Publishes drafts."""

    def __init__(self, world: Published, fanout: Fanout) -> None:
        self._world = world
        self._fanout = fanout

    def publish(self, draft: Draft, askers: Askers) -> None:
        """Make everything in a draft visible, once it is stored."""
        world = self._world
        before = {user: world.directory.user(user) for user in draft.users}
        if draft.users or draft.devices or draft.revoked:
            world.directory.publish(draft.users.values(), draft.devices.values(), draft.revoked.values())
        if draft.gate:
            world.set_gate(draft.gate)
        reads = tuple(draft.reads.values())
        marks = {move: world.mark_of(move.user, move.conversation) for move in reads}
        if reads:
            world.conversations.publish_reads(reads)
        began = set()
        for conversation, steps in draft.logs.items():
            moves = _moves(steps)
            self._publish_log(conversation, steps, moves, askers)
            self._introduce(conversation, moves)
            self._tell_invited(steps)
            began |= {
                ReadMove(user, conversation, move.step.entry.number) for move in moves for user in move.joined
            }
        for trim in draft.trims:
            self._publish_beginning(draft.conversations[trim.conversation])
        world.advance_rows((draft.next_user, draft.next_device, draft.next_conversation))
        self._tell_users(before, draft.users.values())
        self._end_sessions(draft)
        self._fanout.wake()
        self._tell_reads({read: mark for read, mark in marks.items() if read not in began}, draft.now)

    def _publish_log(
        self, conversation: ConversationId, steps: Sequence[Step], moves: Sequence[_Move], askers: Askers
    ) -> None:
        """Fill the pending list and replace the value, in one step."""
        conversations = self._world.conversations
        state = steps[-1].after
        items: list[Item] = [encode(step.entry) for step in steps]
        slot = conversations.slot(conversation)
        known = slot is not None
        slot = slot or Slot(state)
        first = steps[0].entry.number
        with slot.lock:
            for move in reversed(moves):
                behind = move.step.entry.number - first + 1
                asker = askers.get((conversation, move.step.entry.number))
                items[behind:behind] = self._fences(move, asker)
            self._fanout.extend(slot.stream, items)
            if state.deleted:
                conversations.forget(slot.value)
            elif known:
                conversations.ruled(slot.value, state)
            else:
                conversations.add(slot)
            slot.value = state
            for move in moves:
                conversations.moved(conversation, joined=move.joined, left=move.left)

    def _publish_beginning(self, state: ConversationState) -> None:
        """Replace the value of a conversation whose log begins later; whoever asks next is told."""
        slot = self._world.conversations.slot(state.id)
        if slot is not None and not state.deleted:
            with slot.lock:
                slot.value = state

    def _fences(self, move: _Move, asker: Session | None) -> Iterator[Fence]:
        """Yield the fences behind an entry: there begins who it brought in, and ends who it took out.

        Under the conversation's lock: a session that is not here yet will find the new value when it syncs.
        """
        for user in move.left:
            yield from self._fences_of(user, asker, False, partial(_removed, move.step))
        for user in move.joined:
            yield from self._fences_of(user, asker, True, partial(self._added, move.step, user))

    def _fences_of(
        self, user: UserId, asker: Session | None, enters: bool, tell: Callable[[], bytes]
    ) -> Iterator[Fence]:
        for session in self._world.roster.sessions_of(user):
            yield Fence(session, enters, b"" if session is asker else tell())

    def _added(self, step: Step, user: UserId) -> bytes:
        """Return what tells a session that it is in a conversation, as that was right behind an entry."""
        entry = step.entry
        read = self._world.read_of(user, step.after.id)
        said = isinstance(entry, Message) and entry.user != user and entry.number > read
        mentioned = isinstance(entry, Message) and said and user in entry.mentions
        record = conversation_record(
            self._world, step.after, user, read=read, unread=int(said), mentions=int(mentioned)
        )
        return encode(ConversationAdded(conversation=record))

    def _introduce(self, conversation: ConversationId, moves: Iterable[_Move]) -> None:
        """Tell those who look at a conversation what the entry of a newcomer does not say."""
        for user in [user for move in moves for user in move.joined]:
            watchers = self._world.watchers(conversation, but=user)
            for line in introduction(self._world, user) if watchers else ():
                for session in watchers:
                    session.peer.push(line)

    def _tell_invited(self, steps: Iterable[Step]) -> None:
        """Tell who was invited, since they hear nothing of the channel yet."""
        for step in steps:
            entry = step.entry
            if isinstance(entry, Invited):
                line = encode(
                    Invitation(
                        conversation=entry.conversation,
                        name=step.after.name,
                        user=entry.user,
                        nick=entry.nick,
                        timestamp=entry.timestamp,
                    )
                )
                for session in self._world.roster.sessions_of(UserId(entry.guest)):
                    session.peer.push(line)

    def _tell_users(self, before: Mapping[UserId, UserState | None], users: Iterable[UserState]) -> None:
        """Tell everybody of users whose record changed."""
        lines = [
            encode(UserChanged(user=user.record(), old_nick=old.nick if old.nick != user.nick else ""))
            for user in users
            if (old := before[user.id]) is not None and old.version != user.version
        ]
        self._fanout.extend(self._fanout.everyone, lines)

    def _end_sessions(self, draft: Draft) -> None:
        """End the sessions of devices that were logged out, and of who is let in no more."""
        world = self._world
        for device in draft.revoked.values():
            for session in world.roster.sessions_of(device.user):
                if session.device == device.id and world.device(device.token_hash) is None:
                    session.peer.close(CloseReason.LOGGED_OUT)
        shut = [user for user in draft.users.values() if user.disabled]
        sessions = [session for user in shut for session in world.roster.sessions_of(user.id)]
        for session in world.roster.everyone() if draft.gate else sessions:
            if sentence := shut_out(world.gate(), world.directory.known(session.user)):
                session.peer.close(CloseReason.DISCONNECTED, sentence)

    def _tell_reads(self, moves: Mapping[ReadMove, ReadMove | None], when: datetime) -> None:
        """Tell a user's own sessions, and what was not private the other side of a direct conversation.

        `moves` are those of the draft, each with the one before it.
        """
        for move, mark in moves.items():
            before = mark or ReadMove(move.user, move.conversation, 0)
            state = self._world.conversation(move.conversation)
            assert state is not None
            told: list[tuple[UserId, int]] = []
            if move.number > before.number:
                told.append((move.user, move.number))
            if move.told > before.told:
                told.append((state.peer_of(move.user), move.told))
            for user, number in told:
                if user in state.members:
                    self._tell_read(user, move, number, when)

    def _tell_read(self, user: UserId, move: ReadMove, number: int, when: datetime) -> None:
        """Tell the sessions of a user how far somebody has read."""
        marked = ReadMarked(conversation=move.conversation, user=move.user, number=number, timestamp=when)
        line = encode(marked)
        for session in self._world.roster.sessions_of(user):
            session.peer.push(line)


def _moves(steps: Iterable[Step]) -> list[_Move]:
    """Return the entries that changed who is a member, and how."""
    moves: list[_Move] = []
    for step in steps:
        now, then = step.after.members, step.before.members if step.before else {}
        if now is not then:
            moves.append(
                _Move(step, frozenset(now.keys() - then.keys()), frozenset(then.keys() - now.keys()))
            )
    return moves


def _removed(step: Step) -> bytes:
    """Return what tells a session that it is no longer in a conversation."""
    entry = step.entry
    removed = ConversationRemoved(conversation=entry.conversation, number=entry.number)
    if isinstance(entry, Left):
        same = {name: getattr(entry, name) for name in ("reason", "by", "banned", "until")}
        return encode(replace(removed, **same))
    return encode(replace(removed, by=entry.nick))  # it was deleted
