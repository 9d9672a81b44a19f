"""Rule 8: whose stream begins and ends where, as commands move it."""

import pytest

from chat.protocol.entries import AnyEntry, Joined, Left, Message
from chat.protocol.events import ConversationAdded, ConversationRemoved
from chat.protocol.requests import Join, MarkRead, OpenDirect, Part, Send, Sync
from chat.server.state.session import Session
from tests.support.hub import Hub


def _heard(hub: Hub, session: Session, conversation: str) -> list[int]:
    return [
        event.number
        for event in hub.events(session)
        if isinstance(event, Message | Joined | Left) and event.conversation == conversation
    ]


def test_without_sync_nothing_is_heard_and_after_it_everything_above() -> None:
    """Also what is published between the snapshot and its arrival."""
    hub = Hub()
    ann = hub.guest("ann")
    bob = hub.guest("bob", sync=False)
    hub.ask(ann, Send, target="#general", text="unheard")
    assert hub.events(bob) == []
    synced = hub.submit(bob, Sync)
    hub.submit(ann, Send, target="#general", text="heard")
    hub.settle()
    (record,) = synced.reply.conversations
    assert _heard(hub, bob, record.conversation) == [record.last + 1]


def test_the_kicked_still_gets_the_entry_that_says_so_and_nothing_behind_it() -> None:
    """Each session of the user; those who stay get both."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    phone = hub.second_device(bob)
    for session in (ann, bob):
        hub.ask(session, Join, target="#tea")
    hub.forget(ann, bob, phone)
    left = hub.submit(bob, Part, target="#tea")
    hub.submit(ann, Send, target="#tea", text="gone?")
    hub.settle()
    number = left.reply.number
    tea = left.reply.conversation
    assert _heard(hub, bob, tea) == [number]
    assert _heard(hub, phone, tea) == [number]
    assert _heard(hub, ann, tea) == [number, number + 1]


def test_the_other_sessions_are_told_where_their_stream_begins_and_ends() -> None:
    """Right there in the stream: before what follows, behind what ends it; with the number of the end."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    phone = hub.second_device(bob)
    hub.ask(ann, Join, target="#tea")
    hub.forget(ann, bob, phone)
    hub.submit(bob, Join, target="#tea")
    hub.submit(ann, Send, target="#tea", text="hi")
    hub.submit(bob, Part, target="#tea")
    hub.settle()
    added, message, left, removed = hub.events(phone)
    assert isinstance(added, ConversationAdded)
    assert isinstance(message, Message)
    assert isinstance(left, Left)
    assert isinstance(removed, ConversationRemoved)
    assert (added.conversation.last, message.number, left.number, removed.number) == (3, 4, 5, 5)


def test_a_fence_for_a_dead_session_adds_nobody() -> None:
    """A link that ends while its join is decided leaves nothing in the audience."""
    hub = Hub()
    ann = hub.guest("ann")
    hub.submit(ann, Join, target="#tea")
    hub.drop(ann)
    tea = hub.world.channel_named("#tea")
    assert tea is not None
    slot = hub.world.conversations.slot(tea)
    assert slot is not None
    assert slot.stream.audience == {}


def test_a_session_that_arrives_while_its_user_is_moved_sees_the_step_before_or_behind() -> None:
    """Whether it syncs before or after the join of another device is published."""
    for early in (True, False):
        hub = Hub()
        ann = hub.guest("ann")
        hub.ask(hub.guest("bob"), Join, target="#tea")
        phone = hub.second_device(ann, sync=False)
        joined = hub.submit(ann, Join, target="#tea")
        if early:
            hub.submit(phone, Sync)
            hub.settle()
        else:
            hub.settle()
            hub.submit(phone, Sync)
        hub.forget(phone)
        hub.ask(ann, Send, target="#tea", text="both")
        tea = joined.reply.conversation.conversation
        assert len(_heard(hub, phone, tea)) == 1


def test_sync_lets_nobody_in_who_has_just_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """The membership counts at the very moment of the fence, not when the list of them was taken."""
    hub = Hub()
    ann = hub.guest("ann")
    hub.ask(ann, Join, target="#tea")
    hub.ask(hub.guest("bob"), Join, target="#tea")
    phone = hub.second_device(ann, sync=False)
    before = hub.world.conversations.of_user(ann.user)
    hub.ask(ann, Part, target="#tea")
    monkeypatch.setattr(hub.world.conversations, "of_user", lambda _: before)
    records = hub.ask(phone, Sync).conversations
    assert [record.name for record in records] == ["#general"]
    for slot in (hub.world.conversations.slot(each) for each in before):
        assert slot is not None
        assert (phone.device in slot.stream.audience) is (slot.value.name == "#general")


def test_the_first_message_is_told_to_the_other_side_as_an_added_conversation() -> None:
    """With one unread, and a mention where it is one; what follows comes live."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    hub.forget(bob)
    hub.submit(ann, Send, target="@bob", text="bob: psst")
    hub.submit(ann, Send, target="@bob", text="are you there?")
    added, message = hub.events(bob)
    assert isinstance(added, ConversationAdded)
    assert isinstance(message, Message)
    record = added.conversation
    assert (record.last, record.unread, record.mentions, record.read) == (2, 1, 1, 0)
    assert record.peer is not None
    assert record.peer.nick == "ann"
    assert (message.number, message.text) == (3, "are you there?")


def test_a_first_message_that_was_read_in_the_same_batch_is_not_unread() -> None:
    """Another device may have opened the conversation, and read it at once."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    direct = hub.ask(ann, OpenDirect, target="@bob").conversation.conversation
    hub.forget(bob)
    hub.submit(ann, Send, target="@bob", text="@bob look")
    hub.submit(bob, MarkRead, target=direct, number=2)
    (added,) = hub.events_of(bob, ConversationAdded)
    assert (added.conversation.read, added.conversation.unread, added.conversation.mentions) == (2, 0, 0)


def test_who_says_the_first_word_hears_of_the_conversation_too() -> None:
    """`send` to a nick answers with a number only: the record comes as an event, the message behind it."""
    hub = Hub()
    ann, _ = hub.guest("ann"), hub.guest("bob")
    hub.forget(ann)
    hub.submit(ann, Send, target="@bob", text="psst")
    added, message = hub.events(ann)
    assert isinstance(added, ConversationAdded)
    assert isinstance(message, Message)
    assert (added.conversation.last, added.conversation.unread, message.number) == (1, 0, 2)


def test_who_opened_a_conversation_is_not_told_so_but_its_other_devices_are() -> None:
    """The answer says it to the one; the other side hears nothing yet."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    phone = hub.second_device(ann)
    hub.forget(ann, bob, phone)
    hub.ask(ann, OpenDirect, target="@bob")
    assert hub.events(ann) == []
    assert hub.events(bob) == []
    assert [type(event) for event in hub.events(phone)] == [ConversationAdded]


def test_all_entries_of_a_log_reach_who_was_there_all_the_time() -> None:
    """In order and once."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    hub.ask(ann, Join, target="#tea")
    hub.forget(ann)
    for _ in range(3):
        hub.submit(bob, Join, target="#tea")
        hub.submit(bob, Send, target="#tea", text="hi")
        hub.submit(bob, Part, target="#tea")
    entries: list[AnyEntry] = [
        event for event in hub.events(ann) if isinstance(event, Joined | Message | Left)
    ]
    assert [entry.number for entry in entries] == list(range(3, 12))
