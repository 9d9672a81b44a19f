"""Making a committed batch visible: values under their locks, entries into pending lists, news to sessions.

The journal's thread only. What is published was stored before; nobody ever sees anything else.
"""

from collections.abc import Collection, Iterable, Sequence
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from chat.ids import ConversationId, UserId
from chat.protocol.codec import encode
from chat.protocol.entries import AnyEntry, Left, Message
from chat.protocol.events import ConversationAdded, ConversationRemoved, ReadMarked, UserChanged
from chat.server.domain.draft import Draft
from chat.server.domain.model import ConversationState, ReadMove, UserState
from chat.server.state.conversations import Slot
from chat.server.state.fanout import Fanout
from chat.server.state.published import Published
from chat.server.state.session import Session
from chat.server.state.view import conversation_record


class _Moved(NamedTuple):
    """A session whose user became a member, or is no longer one."""

    session: Session
    state: ConversationState
    entries: Sequence[AnyEntry]
    """What the batch added to the conversation."""
    left: Left | None


class Publisher:
    """Publishes drafts."""

    def __init__(self, world: Published, fanout: Fanout) -> None:
        self._world = world
        self._fanout = fanout

    def publish(self, draft: Draft, told: Collection[tuple[Session, str]] = ()) -> None:
        """Make everything in a draft visible, once it is stored.

        `told` are sessions, each with a conversation, whose answers tell them that they joined or left it.
        """
        before = {user: self._world.directory.user(user) for user in draft.users}
        self._world.directory.publish(draft.users.values(), draft.devices.values())
        self._world.conversations.publish_reads(draft.moves())
        by_conversation = attrgetter("conversation")
        for conversation, entries in groupby(sorted(draft.entries, key=by_conversation), by_conversation):
            moved = self._publish_conversation(draft, ConversationId(conversation), list(entries))
            self._tell_moved([each for each in moved if (each.session, conversation) not in told])
        self._world.advance_rows((draft.next_user, draft.next_device, draft.next_conversation))
        self._tell_users(before, draft.users.values())
        self._tell_reads(draft.moves())

    def _publish_conversation(
        self, draft: Draft, conversation: ConversationId, entries: Sequence[AnyEntry]
    ) -> list[_Moved]:
        state = draft.conversations[conversation]
        slot = self._world.conversations.slot(conversation)
        before = slot.value.members if slot else {}
        if slot is None:
            slot = self._world.conversations.add(state)
        joined = state.members.keys() - before.keys()
        left = before.keys() - state.members.keys()
        if joined or left:
            self._world.conversations.moved(conversation, joined=joined, left=left)
        return self._append(slot, state, entries, joined)

    def _append(
        self, slot: Slot, state: ConversationState, entries: Sequence[AnyEntry], joined: Iterable[UserId]
    ) -> list[_Moved]:
        """Replace the value and fill the pending list in one step; returns whose membership changed."""
        moved: list[_Moved] = []
        roster = self._world.roster
        with slot.lock:
            slot.value = state
            for entry in entries:
                self._fanout.append(slot.stream, encode(entry))
                if isinstance(entry, Left):
                    # after the entry: who left still gets to know it, and nothing behind it
                    for session in roster.sessions_of(UserId(entry.user)):
                        self._fanout.fence(slot.stream, session, enters=False)
                        if entry.user not in state.members:
                            moved.append(_Moved(session, state, entries, entry))
            for user in joined:
                for session in roster.sessions_of(user):
                    self._fanout.fence(slot.stream, session, enters=True)
                    moved.append(_Moved(session, state, entries, None))
        return moved

    def _tell_moved(self, moved: Iterable[_Moved]) -> None:
        """Tell sessions that they are in a conversation, or no longer."""
        for session, state, entries, left in moved:
            if left is not None:
                removed = ConversationRemoved(conversation=state.id, reason=left.reason)
                session.peer.push(encode(removed))
                continue
            user = session.user
            read = self._world.conversations.read_of(user, state.id)
            said = [entry for entry in entries if isinstance(entry, Message)]
            fresh = [entry for entry in said if entry.user != user and entry.number > read]
            mentions = sum(user in entry.mentions for entry in fresh)
            record = conversation_record(self._world, state, user, unread=len(fresh), mentions=mentions)
            session.peer.push(encode(ConversationAdded(conversation=record)))

    def _tell_users(self, before: dict[UserId, UserState | None], users: Iterable[UserState]) -> None:
        """Tell everybody of users whose record changed."""
        for user in users:
            old = before[user.id]
            if old is not None and old.version != user.version:
                event = UserChanged(user=user.record(), old_nick=old.nick if old.nick != user.nick else "")
                self._fanout.append(self._fanout.everyone, encode(event))

    def _tell_reads(self, moves: Iterable[ReadMove]) -> None:
        """Tell a user's own sessions, and the other side of a direct conversation."""
        for move in moves:
            state = self._world.conversation(move.conversation)
            assert state is not None
            line = encode(ReadMarked(conversation=move.conversation, user=move.user, number=move.number))
            readers = {move.user, state.peer_of(move.user)} if state.pair else {move.user}
            for user in readers & state.members.keys():
                for session in self._world.roster.sessions_of(user):
                    session.peer.push(line)
