"""What sessions are shown of conversations and people. Any thread."""

from collections.abc import Iterator

from chat.ids import UserId
from chat.protocol.codec import encode
from chat.protocol.events import PresenceChanged, UserChanged
from chat.protocol.records import Conversation, Presence, UserKind
from chat.server.domain.model import ConversationState, MemberState
from chat.server.state.published import Published


def conversation_record(
    world: Published, state: ConversationState, user: UserId, *, read: int, unread: int = 0, mentions: int = 0
) -> Conversation:
    """Return the record of a conversation for a member.

    `read` is the position that the counts, which come from the store, belong to. One that moved on while
    `state` was looked at counts as its `last`.
    """
    peer, told, told_at = None, 0, None
    if state.pair:
        other = state.peer_of(user)
        peer = world.directory.known(other).record()
        if (mark := world.mark_of(other, state.id)) is not None:
            told, told_at = mark.told, mark.told_at
    return Conversation(
        conversation=state.id,
        kind=state.kind,
        name=state.name,
        peer=peer,
        topic=state.topic,
        first=state.first,
        last=state.last,
        read=min(read, state.last),
        unread=unread,
        mentions=mentions,
        members=len(state.pair or state.members),
        role=state.members.get(user, MemberState()).role,
        mode=state.rules.mode,
        archived=state.rules.archived,
        pins=state.pins,
        peer_read=min(told, state.last),
        peer_read_at=told_at,
    )


def introduction(world: Published, user: UserId) -> Iterator[bytes]:
    """Yield the lines that make somebody known who comes in sight, and of whom one has the id and nick."""
    record = world.directory.known(user).record()
    if record.version > 1 or record.kind is not UserKind.GUEST:
        yield encode(UserChanged(user=record))
    presence = world.presence_of(user)
    if presence is not Presence.OFFLINE:
        yield encode(PresenceChanged(user=user, nick=record.nick, presence=presence))
