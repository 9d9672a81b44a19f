"""How entries change a conversation: the one fold that makes every state.

`stale state + its entries = fresh state` holds because nothing else ever changes a conversation.
"""

import msgspec

from chat.ids import ConversationId, UserId
from chat.names import parse_channel
from chat.protocol.entries import (
    AnyEntry,
    ChannelDeleted,
    Created,
    Deleted,
    Joined,
    Left,
    Message,
    Pinned,
    RoleChanged,
    TopicChanged,
    Unpinned,
)
from chat.protocol.folding import fold_pins
from chat.protocol.records import ConversationKind
from chat.server.domain.model import ConversationState, MemberState
from chat.server.domain.order import fold_rules


def evolve(state: ConversationState | None, entry: AnyEntry) -> ConversationState:
    """Return the conversation as it is after the entry, which must carry the next number."""
    if isinstance(entry, Created):
        assert state is None
        return _created(entry)
    assert state is not None
    assert entry.number == state.last + 1
    if isinstance(entry, ChannelDeleted):
        return _deleted(state, entry)
    rules = fold_rules(state.rules, entry)
    return msgspec.structs.replace(state, last=entry.number, rules=rules, **_effects(state, entry))


def pair_of(one: UserId, other: UserId) -> tuple[UserId, UserId]:
    """Return the two of a direct conversation in the order they are kept in."""
    return (one, other) if one <= other else (other, one)


def _created(entry: Created) -> ConversationState:
    direct = entry.kind is ConversationKind.DIRECT
    user, peer = UserId(entry.user), UserId(entry.peer)
    return ConversationState(
        id=ConversationId(entry.conversation),
        kind=entry.kind,
        name=entry.name,
        name_key="" if direct else parse_channel(entry.name).key,
        last=entry.number,
        members={user: MemberState()} if direct else {},
        pair=pair_of(user, peer) if direct else None,
    )


def _deleted(state: ConversationState, entry: ChannelDeleted) -> ConversationState:
    """Return what is left of a channel: that it was there."""
    return ConversationState(
        id=state.id, kind=state.kind, first=entry.number, last=entry.number, deleted=True
    )


def _effects(state: ConversationState, entry: AnyEntry) -> dict[str, object]:
    """Return the fields that an entry changes besides `last`."""
    user = UserId(entry.user)
    match entry:
        case Message():  # most entries are
            return _appearance(state)
        case Joined() | RoleChanged():
            who = user if isinstance(entry, Joined) else UserId(entry.member)
            return {"members": {**state.members, who: MemberState(entry.role)}}
        case Left():
            return {"members": {member: value for member, value in state.members.items() if member != user}}
        case TopicChanged():
            return {"topic": entry.topic}
        case Pinned() | Unpinned() | Deleted():
            return {"pins": fold_pins(state.pins, entry)}
        case _:
            return {}


def _appearance(state: ConversationState) -> dict[str, object]:
    """Return how the first message makes a direct conversation appear to its other side."""
    if state.pair and len(state.members) < len(set(state.pair)):
        return {"members": dict.fromkeys(state.pair, MemberState())}
    return {}
