"""Talking: sending, opening a direct conversation, marking read."""

import pytest

from chat.protocol.codes import ErrorCode
from chat.protocol.entries import Message
from chat.protocol.events import ConversationAdded, ReadMarked
from chat.protocol.records import ConversationKind
from chat.protocol.replies import Error, SendResult
from chat.protocol.requests import ChangeNick, Join, MarkRead, OpenDirect, Send, Sync
from tests.support.hub import Hub


def _refused(reply: object) -> tuple[ErrorCode, str | None]:
    assert isinstance(reply, Error)
    return reply.code, reply.field


# ---------------------------------------------------------------------- send


def test_a_send_is_answered_with_the_text_as_it_is_stored() -> None:
    """Its number and time are those of the entry that everybody gets."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    hub.forget(bob)
    reply = hub.ask(ann, Send, target="#general", text="\nhello\x1b[0m\u202e world\n", action=True)
    assert isinstance(reply, SendResult)
    (message,) = hub.events_of(bob, Message)
    assert reply.text == message.text == "hello\ufffd[0m world"
    assert (reply.number, reply.timestamp, reply.conversation) == (
        message.number,
        message.timestamp,
        message.conversation,
    )
    assert (message.nick, message.action, message.send_id) == ("ann", True, reply.send_id)


def test_a_send_by_id_or_name_reaches_the_same_conversation() -> None:
    """Names are for typing."""
    hub = Hub()
    ann = hub.guest("ann")
    by_name = hub.ask(ann, Send, target="#General", text="one")
    by_id = hub.ask(ann, Send, target=by_name.conversation, text="two")
    assert (by_id.conversation, by_id.number) == (by_name.conversation, by_name.number + 1)


def test_a_send_to_a_nick_is_a_direct_message() -> None:
    """The first one makes the conversation; the other side answers in the same one."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    first = hub.ask(ann, Send, target="@Bob", text="psst")
    answer = hub.ask(bob, Send, target="@ann", text="yes?")
    assert answer.conversation == first.conversation
    assert (first.number, answer.number) == (2, 3)


@pytest.mark.parametrize(
    ("target", "text", "code", "field"),
    [
        ("#general", "", ErrorCode.EMPTY_TEXT, "text"),
        ("#general", "\u200b\n", ErrorCode.EMPTY_TEXT, "text"),
        ("#general", "x" * 4001, ErrorCode.TEXT_TOO_LONG, "text"),
        ("#tea", "hi", ErrorCode.NOT_MEMBER, "target"),
        ("#nowhere", "hi", ErrorCode.UNKNOWN_CONVERSATION, "target"),
        ("c99", "hi", ErrorCode.UNKNOWN_CONVERSATION, "target"),
        ("@nobody", "hi", ErrorCode.UNKNOWN_USER, "target"),
        ("@bob", "hi", ErrorCode.UNKNOWN_USER, "target"),
        ("#a b", "hi", ErrorCode.INVALID_NAME, "target"),
    ],
)
def test_a_send_that_can_not_be_is_refused(target: str, text: str, code: ErrorCode, field: str) -> None:
    """With the field at fault; nobody hears of it."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    hub.ask(ann, Join, target="#tea")
    hub.forget(ann)
    assert _refused(hub.ask(bob, Send, target=target, text=text)) == (code, field)
    assert hub.events(ann) == []


# ---------------------------------------------------------------------- open_direct


def test_opening_answers_with_the_conversation_and_lets_one_in() -> None:
    """Live events follow from exactly its `last`."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    record = hub.ask(ann, OpenDirect, target="@bob").conversation
    assert (record.kind, record.name, record.last, record.members) == (ConversationKind.DIRECT, "", 1, 2)
    assert record.peer is not None
    assert record.peer.id == bob.user
    hub.ask(bob, Send, target="@ann", text="hi")
    assert [event.number for event in hub.events_of(ann, Message)] == [2]


def test_opening_again_tells_what_is_unread() -> None:
    """Counted by the store; by nick or user id, from either side."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    for text in ("@bob one", "two"):
        hub.ask(ann, Send, target="@bob", text=text)
    for target in ("@ann", ann.user):
        record = hub.ask(bob, OpenDirect, target=target).conversation
        assert (record.last, record.unread, record.mentions) == (3, 2, 1)
    mine = hub.ask(ann, OpenDirect, target="@bob").conversation
    assert (mine.unread, mine.mentions) == (0, 0)


def test_the_other_side_may_open_what_has_not_appeared_to_it() -> None:
    """It hears what comes from then on; for good it appears with the first message."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    opened = hub.ask(ann, OpenDirect, target="@bob").conversation.conversation
    assert hub.ask(bob, OpenDirect, target="@ann").conversation.conversation == opened
    assert [record.name for record in hub.ask(bob, Sync).conversations] == ["#general"]
    hub.forget(bob)
    hub.ask(ann, Send, target="@bob", text="there you are")
    assert [type(event) for event in hub.events(bob)] == [Message, ConversationAdded]
    assert len(hub.ask(bob, Sync).conversations) == 2


@pytest.mark.parametrize("target", ["@ann", "@nobody", "u99", "#general", "c1"])
def test_only_somebody_else_can_be_opened(target: str) -> None:
    """Neither oneself nor nobody nor a channel."""
    hub = Hub()
    assert _refused(hub.ask(hub.guest("ann"), OpenDirect, target=target)) == (
        ErrorCode.UNKNOWN_USER,
        "target",
    )


def test_a_direct_conversation_outlives_both_nicks() -> None:
    """The new holder of an old nick is somebody else."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    first = hub.ask(ann, Send, target="@bob", text="hi").conversation
    hub.ask(bob, ChangeNick, nick="robert")
    other = hub.guest("bob")
    second = hub.ask(ann, Send, target="@bob", text="hi, other bob").conversation
    assert second != first
    assert hub.ask(other, OpenDirect, target="@ann").conversation.conversation == second
    assert hub.ask(bob, OpenDirect, target="@ann").conversation.conversation == first


# ---------------------------------------------------------------------- mark_read


def test_reading_is_told_to_ones_own_devices_only() -> None:
    """In a channel nobody else hears how far one has read."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    phone = hub.second_device(ann)
    hub.ask(bob, Send, target="#general", text="hi")
    hub.forget(ann, bob, phone)
    assert hub.ask(ann, MarkRead, target="#general", number=4).read == 4
    for session in (ann, phone):
        (marked,) = hub.events(session)
        assert isinstance(marked, ReadMarked)
        assert (marked.user, marked.number) == (ann.user, 4)
    assert hub.events(bob) == []
    assert hub.ask(phone, Sync).conversations[0].unread == 0


@pytest.mark.parametrize("by", ["nick", "id"])
def test_in_a_direct_conversation_the_other_side_hears_it_too(by: str) -> None:
    """So the writer knows that it was read; by the nick as by the id."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    direct = hub.ask(ann, Send, target="@bob", text="hi").conversation
    hub.forget(ann, bob)
    assert hub.ask(bob, MarkRead, target="@ann" if by == "nick" else direct, number=2).read == 2
    for session in (ann, bob):
        (marked,) = hub.events_of(session, ReadMarked)
        assert (marked.conversation, marked.user, marked.number) == (direct, bob.user, 2)


def test_reading_does_not_go_back_nor_beyond_the_last() -> None:
    """The reply tells the server's own value; what changes nothing is told to nobody."""
    hub = Hub()
    ann = hub.guest("ann")
    hub.ask(ann, Send, target="#general", text="hi")
    assert hub.ask(ann, MarkRead, target="#general", number=3).read == 3
    hub.forget(ann)
    assert hub.ask(ann, MarkRead, target="#general", number=1).read == 3
    assert hub.ask(ann, MarkRead, target="#general", number=4_000_000_000).read == 3
    assert hub.events(ann) == []


def test_the_answer_counts_what_is_unread_by_the_new_position() -> None:
    """As of the last number that it names; a mark that moves nothing asks for the counts alone."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    last = 0
    for text in ("one", "@ann", "two", "@ann again"):
        last = hub.ask(bob, Send, target="#general", text=text).number
    hub.ask(ann, Send, target="#general", text="one's own")
    for number, counts in ((last - 3, (3, 2)), (last - 1, (1, 1)), (last - 2, (1, 1)), (last + 1, (0, 0))):
        told = hub.ask(ann, MarkRead, target="#general", number=number)
        assert (told.last, told.unread, told.mentions) == (last + 1, *counts)
        (record,) = hub.ask(ann, Sync).conversations
        assert (told.read, told.unread, told.mentions) == (record.read, record.unread, record.mentions)


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("#tea", ErrorCode.NOT_MEMBER),
        ("#nowhere", ErrorCode.UNKNOWN_CONVERSATION),
        ("@ann", ErrorCode.UNKNOWN_CONVERSATION),
        ("@nobody", ErrorCode.UNKNOWN_USER),
        ("#", ErrorCode.INVALID_NAME),
    ],
)
def test_reading_is_for_members(target: str, code: ErrorCode) -> None:
    """At the target."""
    hub = Hub()
    hub.ask(hub.guest("ann"), Join, target="#tea")
    assert _refused(hub.ask(hub.guest("bob"), MarkRead, target=target, number=1)) == (code, "target")


def test_a_read_position_outlives_the_server() -> None:
    """And counts for what is unread."""
    hub = Hub()
    ann, bob = hub.guest("ann", "a" * 64), hub.guest("bob")
    for text in ("one", "two"):
        hub.ask(bob, Send, target="#general", text=text)
    hub.ask(ann, MarkRead, target="#general", number=4)
    again = Hub(hub.store.inside, hub.clock)
    (record,) = again.ask(again.guest("ann", "a" * 64), Sync).conversations
    assert (record.read, record.unread) == (4, 1)
