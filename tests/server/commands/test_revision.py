"""Changing messages by requests: what is answered, told and kept."""

from typing import Any

import msgspec
import pytest

from chat.protocol.codec import encode
from chat.protocol.codes import ErrorCode
from chat.protocol.entries import AnyEntry, Deleted, Edited, Message, Pinned, Reacted, Unpinned
from chat.protocol.events import ConversationAdded, ReadMarked
from chat.protocol.records import Reaction
from chat.protocol.replies import DeleteResult, EditResult, Error, PinResult, ReactResult, UnpinResult
from chat.protocol.requests import (
    Delete,
    Edit,
    History,
    Join,
    MarkRead,
    MessageRequest,
    OpenDirect,
    Pin,
    React,
    Send,
    Sync,
    Unpin,
)
from chat.server.ports import Batch
from chat.server.state.session import Session
from tests.support.hub import Hub

MONTH = 31 * 24 * 60 * 60.0


def _said(hub: Hub, session: Session, text: str = "hi", target: str = "#general") -> dict[str, Any]:
    """Say something; returns the fields of a request that changes it."""
    return {"target": target, "message": hub.ask(session, Send, target=target, text=text).number}


def _log(hub: Hub, session: Session, target: str = "#general") -> dict[int, AnyEntry]:
    return {entry.number: entry for entry in hub.ask(session, History, target=target, after=0).entries}


def _refused(reply: object) -> tuple[ErrorCode, str | None]:
    assert isinstance(reply, Error)
    return reply.code, reply.field


def test_every_change_is_told_to_all_and_answered_with_its_number() -> None:
    """Entries before replies, to the one who did it too."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    it = _said(hub, ann)
    hub.forget(ann, bob)
    replies = [
        hub.ask(ann, Edit, **it, text="ho"),
        hub.ask(ann, React, **it, emoji="👍"),
        hub.ask(ann, Pin, **it),
        hub.ask(ann, Unpin, **it),
        hub.ask(ann, Delete, **it),
    ]
    kinds = [EditResult, ReactResult, PinResult, UnpinResult, DeleteResult]
    assert [type(reply) for reply in replies] == kinds
    assert [reply.number for reply in replies] == list(range(it["message"] + 1, it["message"] + 6))
    assert {(reply.message, reply.conversation) for reply in replies} == {(it["message"], "c1")}
    assert [type(frame) for frame in hub.events(bob)] == [Edited, Reacted, Pinned, Unpinned, Deleted]
    assert [type(frame) for frame in hub.frames(ann)] == [
        each
        for pair in zip([Edited, Reacted, Pinned, Unpinned, Deleted], kinds, strict=True)
        for each in pair
    ]


def test_texts_and_emoji_are_cleaned_as_everywhere() -> None:
    """The reply has them as they are stored."""
    hub = Hub()
    ann = hub.guest("ann")
    it = _said(hub, ann)
    assert hub.ask(ann, Edit, **it, text="\nho\x07\u202e\n").text == "ho\ufffd"
    assert _refused(hub.ask(ann, Edit, **it, text="\u200b")) == (ErrorCode.EMPTY_TEXT, "text")
    assert _refused(hub.ask(ann, Edit, **it, text="x" * 4001)) == (ErrorCode.TEXT_TOO_LONG, "text")
    hub.ask(ann, React, **it, emoji=" 👍\n")
    assert _refused(hub.ask(ann, React, **it, emoji="a b")) == (ErrorCode.INVALID_REACTION, "emoji")
    message = _log(hub, ann)[it["message"]]
    assert isinstance(message, Message)
    assert message.reactions == (Reaction(emoji="👍", users=(ann.user,)),)


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("#nowhere", ErrorCode.UNKNOWN_CONVERSATION),
        ("c99", ErrorCode.UNKNOWN_CONVERSATION),
        ("#tea", ErrorCode.NOT_MEMBER),
        ("@nobody", ErrorCode.UNKNOWN_USER),
        ("@ann", ErrorCode.UNKNOWN_CONVERSATION),
        ("#a b", ErrorCode.INVALID_NAME),
    ],
)
@pytest.mark.parametrize("kind", [Delete, Pin])
def test_a_place_that_one_can_not_write_in_is_refused(
    kind: type[MessageRequest], target: str, code: ErrorCode
) -> None:
    """At the target; the send id is free for another request."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    hub.ask(ann, Join, target="#tea")
    reply = hub.ask(bob, kind, send_id="refused-once", target=target, message=1)
    assert _refused(reply) == (code, "target")
    assert hub.ask(bob, Send, send_id="refused-once", target="#general", text="hi").number == 4


def test_a_change_follows_a_send_at_once() -> None:
    """Both wait for the same batch: the rule sees what the draft has, not only what is stored."""
    hub = Hub()
    ann = hub.guest("ann")
    phone = hub.second_device(ann)
    send = hub.submit(ann, Send, target="#general", text="teh")
    edit = hub.submit(phone, Edit, target="#general", message=3, text="the")
    again = hub.submit(phone, Edit, target="#general", message=3, text="the tea")
    hub.settle()
    assert (send.reply.text, edit.reply.text, again.reply.text) == ("teh", "the", "the tea")
    log = _log(hub, ann)
    assert [getattr(log[number], "text", None) for number in (3, 4, 5)] == ["the tea", "", "the tea"]
    assert [event.text for event in hub.events_of(phone, Edited)] == ["the", "the tea"]


def test_what_is_not_published_is_changed_by_nobody() -> None:
    """A batch that failed leaves the message as it was, and the change can be asked for again."""
    hub = Hub()
    ann = hub.guest("ann")
    it = _said(hub, ann)
    request = hub.request(Edit, **it, text="ho")
    hub.store.switch.refuse_writes()
    assert hub.ask_again(ann, request).code is ErrorCode.STORAGE_TROUBLE
    hub.store.switch.heal()
    message = _log(hub, ann)[it["message"]]
    assert isinstance(message, Message)
    assert (message.text, message.revision) == ("hi", 0)
    assert hub.ask_again(ann, request).number == it["message"] + 1


def test_a_message_that_can_not_be_looked_up_refuses_the_change() -> None:
    """Retryably, as all trouble of the store."""
    hub = Hub()
    ann = hub.guest("ann")
    it = _said(hub, ann)
    hub.store.switch.refuse_lookups()
    assert hub.ask(ann, Pin, **it).retryable
    hub.store.switch.heal()
    assert isinstance(hub.ask(ann, Pin, **it), PinResult)


def test_who_gets_a_conversation_gets_its_pins() -> None:
    """By the reply to `join`, and by `conversation_added` on other devices."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    phone = hub.second_device(bob)
    hub.ask(ann, Join, target="#tea")
    it = _said(hub, ann, "green", "#tea")
    hub.ask(ann, Pin, **it)
    hub.forget(phone)
    joined = hub.ask(bob, Join, target="#tea")
    assert joined.conversation.pins == (it["message"],)
    (added,) = hub.events_of(phone, ConversationAdded)
    assert added.conversation.pins == (it["message"],)
    assert [record.pins for record in hub.ask(phone, Sync).conversations] == [(), (it["message"],)]


def test_pins_outlive_the_server() -> None:
    """As everything that is in the log."""
    hub = Hub()
    ann = hub.guest("ann", "a" * 64)
    it = _said(hub, ann)
    hub.ask(ann, Pin, **it)
    again = Hub(hub.store.inside, hub.clock)
    assert again.ask(again.guest("ann", "a" * 64), Sync).conversations[0].pins == (it["message"],)


def test_a_page_around_a_message_full_of_reactions_fits_the_line() -> None:
    """It may fill more than its half; then its neighbours have to be asked for."""
    hub = Hub()
    ann = hub.guest("ann")
    limits = hub.services.limits
    users = tuple(f"u{10_000_000 + row}" for row in range(20))
    for text in ("before", "\U0001f600" * 4000, "\U0001f600" * 4000, "after"):
        hub.ask(ann, Send, target="#general", text=text)
    emoji = "\U0001f600" * limits.reaction_characters
    full = tuple(Reaction(emoji=emoji, users=users) for _ in range(limits.message_emoji))
    said = [entry for entry in _log(hub, ann).values() if isinstance(entry, Message)]
    heavy = [msgspec.structs.replace(message, reactions=full) for message in said[1:3]]
    hub.store.commit(Batch(number=hub.store.last_batch() + 1, revised=heavy))
    for number in (3, 4, 5, 6):
        reply = hub.ask(ann, History, target="#general", around=number)
        assert len(encode(reply)) <= limits.line_bytes
        assert number in [entry.number for entry in reply.entries]


# ---------------------------------------------------------------------- how far was read


def test_the_position_that_is_told_is_stored_with_its_moment() -> None:
    """The event, the record and the record after a restart say the same."""
    hub = Hub()
    ann, bob = hub.guest("ann", "a" * 64), hub.guest("bob", "b" * 64)
    for text in ("one", "two"):
        direct = hub.ask(ann, Send, target="@bob", text=text).conversation
    hub.fake_clock.advance(90)
    when = hub.clock.now()
    hub.forget(ann)
    hub.ask(bob, MarkRead, target=direct, number=2)
    hub.fake_clock.advance(90)
    hub.ask(bob, MarkRead, target=direct, number=3, private=True)
    (marked,) = hub.events_of(ann, ReadMarked)
    assert (marked.user, marked.number, marked.timestamp) == (bob.user, 2, when)
    record = hub.ask(ann, OpenDirect, target="@bob").conversation
    again = Hub(hub.store.inside, hub.clock)
    restarted = again.ask(again.guest("ann", "a" * 64), OpenDirect, target="@bob").conversation
    for each in (record, restarted):
        assert (each.peer_read, each.peer_read_at) == (2, when)
    own = again.ask(again.guest("bob", "b" * 64), OpenDirect, target="@ann").conversation
    assert (own.read, own.peer_read, own.peer_read_at) == (3, 0, None)


def test_in_a_channel_nobody_is_told_how_far_one_read() -> None:
    """Private or not; the record has no such thing."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    _said(hub, ann)
    hub.forget(ann)
    for private in (False, True):
        hub.ask(bob, MarkRead, target="#general", number=4 - private, private=private)
    assert hub.events(ann) == []
    (general,) = hub.ask(ann, Sync).conversations
    assert (general.peer_read, general.peer_read_at) == (0, None)
