"""What a batch may claim and speak of, where no database watches over its keys.

Pure; no threads.
"""

from collections.abc import Mapping

from chat.ids import ConversationId, DeviceId, UserId
from chat.protocol.entries import Message
from chat.server.domain.model import ConversationState, DeviceState, UserState
from chat.server.ports import Batch
from chat.server.storage.sequence import roles_after


def names_are_unique(
    users: Mapping[UserId, UserState],
    devices: Mapping[DeviceId, DeviceState],
    conversations: Mapping[ConversationId, ConversationState],
) -> bool:
    """Return whether nobody claims what another one has: a nick, a token, a channel's name, a pair."""
    claims: list[object] = [user.nick_key for user in users.values() if user.holds_nick]
    tokens: list[object] = [device.token_hash for device in devices.values()]
    names: list[object] = [state.name_key for state in conversations.values() if state.name_key]
    pairs: list[object] = [state.pair for state in conversations.values() if state.pair]
    return all(len(set(values)) == len(values) for values in (claims, tokens, names, pairs))


def refers_only_to(
    batch: Batch, users: Mapping[UserId, UserState], conversations: Mapping[ConversationId, ConversationState]
) -> bool:
    """Return whether every user and conversation that the batch speaks of is there."""
    joined = [key for key, role in roles_after(batch).items() if role is not None]
    people = {
        *(device.user for device in batch.devices),
        *(user for _, user in joined),
        *(UserId(entry.user) for entry in batch.entries),
        *(UserId(each) for entry in batch.entries if isinstance(entry, Message) for each in entry.mentions),
        *(user for state in batch.conversations if state.pair for user in state.pair),
        *(move.user for move in batch.reads),
        *(send.user for send in batch.sends),
    }
    places = {*(place for place, _ in joined), *(move.conversation for move in batch.reads)}
    return people <= users.keys() and places <= conversations.keys()
