"""What sessions are shown of conversations and people."""

from chat.protocol.codec import decode_server_frame
from chat.protocol.events import PresenceChanged, UserChanged
from chat.protocol.records import Presence, Role, Status
from chat.protocol.requests import CreateChannel, OpenDirect, SetStatus
from chat.server.state.view import conversation_record, introduction
from tests.support.hub import Hub


def test_a_channel_as_its_operator_sees_it() -> None:
    """With the counts that were given."""
    hub = Hub()
    ann = hub.guest("ann")
    hub.ask(ann, CreateChannel, name="#tea", topic="green")
    found = hub.world.channel_named("#tea")
    assert found is not None
    state = hub.world.conversation(found)
    assert state is not None
    record = conversation_record(hub.world, state, ann.user, read=2, unread=5, mentions=1)
    assert (record.name, record.topic, record.last, record.role) == ("#tea", "green", 3, Role.OPERATOR)
    assert (record.read, record.unread, record.mentions, record.members) == (2, 5, 1, 1)
    assert record.peer is None


def test_a_position_that_moved_on_meanwhile_counts_as_the_last() -> None:
    """Nobody is told to have read what is not in the record yet."""
    hub = Hub()
    ann = hub.guest("ann")
    state = hub.world.conversation(next(iter(hub.world.conversations_of(ann.user))))
    assert state is not None
    assert conversation_record(hub.world, state, ann.user, read=state.last + 3).read == state.last


def test_a_direct_conversation_shows_each_side_the_other_and_has_two_members_from_the_start() -> None:
    """Also while it has appeared to one only."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    key = hub.ask(ann, OpenDirect, target="@bob").conversation.conversation
    state = hub.world.conversation(key)
    assert state is not None
    for one, other in ((ann, bob), (bob, ann)):
        record = conversation_record(hub.world, state, one.user, read=0)
        assert record.peer == hub.world.directory.known(other.user).record()
        assert record.members == 2


def test_a_new_guest_needs_no_introduction_but_for_being_here() -> None:
    """A record that never changed is what everybody expects of a nick; one that did is told."""
    hub = Hub()
    bob = hub.guest("bob")
    assert [type(decode_server_frame(line)) for line in introduction(hub.world, bob.user)] == [
        PresenceChanged
    ]
    hub.ask(bob, SetStatus, status=Status.BUSY, text="writing")
    changed, presence = (decode_server_frame(line) for line in introduction(hub.world, bob.user))
    assert isinstance(changed, UserChanged)
    assert isinstance(presence, PresenceChanged)
    assert (changed.user.status_text, presence.presence) == ("writing", Presence.BUSY)
    hub.drop(bob, at_once=True)
    assert [type(decode_server_frame(line)) for line in introduction(hub.world, bob.user)] == [UserChanged]
