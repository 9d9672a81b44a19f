"""A conversation as one of its members sees it. Any thread."""

from chat.ids import UserId
from chat.protocol.records import Conversation
from chat.server.domain.model import ConversationState, MemberState
from chat.server.state.published import Published


def conversation_record(
    world: Published, state: ConversationState, user: UserId, *, unread: int = 0, mentions: int = 0
) -> Conversation:
    """Return the record of a conversation for a member; counts come from the store."""
    peer = world.directory.known(state.peer_of(user)).record() if state.pair else None
    return Conversation(
        conversation=state.id,
        kind=state.kind,
        name=state.name,
        peer=peer,
        topic=state.topic,
        first=state.first,
        last=state.last,
        read=world.conversations.read_of(user, state.id),
        unread=unread,
        mentions=mentions,
        members=len(state.members),
        role=state.members.get(user, MemberState()).role,
    )
