"""Rule 8 within one batch: joins and leaves of one user by several devices, each told what is true."""

from chat.protocol.entries import Joined, Left, Message
from chat.protocol.events import ConversationAdded, ConversationRemoved
from chat.protocol.replies import CreateChannelResult, JoinResult, PartResult
from chat.protocol.requests import CreateChannel, Join, Part, Send
from chat.server.state.session import Session
from tests.support.hub import Hub


def _two_devices(hub: Hub) -> tuple[Session, Session]:
    one = hub.guest("ann")
    return one, hub.second_device(one)


def test_who_leaves_and_comes_back_in_one_batch_is_in_the_audience() -> None:
    """A leave by one device and a join by another, decided together, leave a member that hears everything."""
    hub = Hub()
    laptop, phone = _two_devices(hub)
    bob = hub.guest("bob")
    hub.ask(laptop, Join, target="#tea")
    hub.ask(bob, Join, target="#tea")
    hub.submit(laptop, Part, target="#tea")
    hub.submit(phone, Join, target="#tea")
    hub.settle()
    hub.forget(laptop, phone)

    hub.ask(bob, Send, target="#tea", text="still here?")

    assert [message.text for message in hub.events_of(laptop, Message)] == ["still here?"]
    assert [message.text for message in hub.events_of(phone, Message)] == ["still here?"]


def test_the_device_that_left_is_told_that_another_came_back_in_the_same_batch() -> None:
    """The last word that each device hears about its membership is true, whoever of them asked."""
    hub = Hub()
    laptop, phone = _two_devices(hub)
    hub.ask(laptop, Join, target="#tea")
    hub.forget(laptop, phone)

    left = hub.submit(laptop, Part, target="#tea")
    joined = hub.submit(phone, Join, target="#tea")
    hub.settle()

    assert isinstance(left.reply, PartResult)
    assert isinstance(joined.reply, JoinResult)
    told_laptop = [
        type(event)
        for event in hub.events(laptop)
        if isinstance(event, ConversationAdded | ConversationRemoved)
    ]
    told_phone = [
        type(event)
        for event in hub.events(phone)
        if isinstance(event, ConversationAdded | ConversationRemoved)
    ]
    assert told_laptop == [ConversationAdded]
    assert told_phone == [ConversationRemoved]


def test_the_device_that_joined_is_told_that_another_left_in_the_same_batch() -> None:
    """A join that was undone within its batch does not leave a device that takes itself for a member."""
    hub = Hub()
    laptop, phone = _two_devices(hub)
    hub.ask(hub.guest("bob"), Join, target="#tea")

    hub.submit(laptop, Join, target="#tea")
    hub.submit(phone, Part, target="#tea")
    hub.settle()

    assert len(hub.events_of(laptop, ConversationRemoved)) == 1
    assert len(hub.events_of(phone, ConversationAdded)) == 1


def test_a_joiner_gets_what_follows_in_the_same_batch_and_the_reply_names_where() -> None:
    """The reply's `last` is the joiner's own entry; what others said right behind it comes live, once."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    hub.ask(bob, Join, target="#tea")
    hub.forget(ann, bob)

    hub.submit(bob, Send, target="#tea", text="before")
    joined = hub.submit(ann, Join, target="#tea")
    hub.submit(bob, Send, target="#tea", text="after")
    hub.settle()

    reply = joined.reply
    assert isinstance(reply, JoinResult)
    assert reply.conversation.last == reply.number
    assert [entry.number for entry in reply.entries][-1] == reply.number
    live = hub.events(ann)
    assert [event.text for event in live if isinstance(event, Message)] == ["after"]
    assert all(event.number > reply.number for event in live if isinstance(event, Message | Joined | Left))


def test_the_maker_of_a_channel_with_a_topic_hears_nothing_of_it_twice() -> None:
    """The reply's `last` covers all entries that made the channel; none of them comes live to the maker."""
    hub = Hub()
    ann = hub.guest("ann")

    reply = hub.ask(ann, CreateChannel, name="#tea", topic="leaves and water")

    assert isinstance(reply, CreateChannelResult)
    assert reply.conversation.topic == "leaves and water"
    assert reply.conversation.last == reply.number == 3
    assert hub.events(ann) == []
    hub.ask(ann, Send, target="#tea", text="hello")
    assert [event.number for event in hub.events_of(ann, Message)] == [4]
