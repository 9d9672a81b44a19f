"""Whether what a server shows is what its store holds: users, devices, gate, conversations, logs, read marks.

For a hub that has settled; looks at both from outside, and at the logs as a replay of their entries.
"""

from chat.ids import ConversationId
from chat.protocol.entries import AnyEntry
from chat.server.domain.evolve import evolve
from chat.server.domain.model import ConversationState
from chat.server.ports import Loaded, Store
from chat.server.state.published import Published
from tests.support.hub import Hub

WHOLE = 1 << 31
"""As many entries, or bytes, as no log has."""


def assert_published_equals_stored(hub: Hub) -> None:
    """Compare what is published with a fresh load of the store."""
    loaded, world = hub.store.inside.load(), hub.world
    assert world.said_gate() is loaded.gate
    assert world.next_rows() == (loaded.next_user, loaded.next_device, loaded.next_conversation)
    _assert_people(loaded, world)
    for state in loaded.conversations:
        assert world.conversation(state.id) == state
        assert replayed(logged(hub.store.inside, state.id)) == state
        if state.pair:
            assert world.direct_of(state.pair) == state.id
        else:
            assert world.channel_named(state.name_key) == state.id
    _assert_places(loaded, world)


def logged(store: Store, conversation: ConversationId) -> list[AnyEntry]:
    """Return the whole log of a conversation, which must have no hole."""
    entries = store.page(conversation, limit=WHOLE, limit_bytes=WHOLE)
    assert [entry.number for entry in entries] == list(range(1, len(entries) + 1))
    return entries


def replayed(entries: list[AnyEntry]) -> ConversationState | None:
    """Return the conversation that its entries make."""
    state: ConversationState | None = None
    for entry in entries:
        state = evolve(state, entry)
    return state


def _assert_people(loaded: Loaded, world: Published) -> None:
    assert {user.id: user for user in world.directory.everybody()} == {user.id: user for user in loaded.users}
    for user in loaded.users:
        assert (world.nick_holder(user.nick_key) == user.id) is user.holds_nick
        assert set(world.devices_of(user.id)) == {each for each in loaded.devices if each.user == user.id}
    for device in loaded.devices:
        assert world.device(device.token_hash) == device


def _assert_places(loaded: Loaded, world: Published) -> None:
    channels = [state for state in loaded.conversations if not state.pair]
    for user in loaded.users:
        known = [(state.name_key, state.id) for state in channels if state.visible_to(user.id)]
        assert world.conversations.channels_for(user.id, "", len(channels) + 1) == sorted(known)
        assert world.conversations_of(user.id) == {
            state.id for state in loaded.conversations if user.id in state.members
        }
        for state in loaded.conversations:
            stored = [
                move.number for move in loaded.reads if (move.user, move.conversation) == (user.id, state.id)
            ]
            assert [world.read_of(user.id, state.id)] == (stored or [0])
