"""Changes: stored before they are answered, repeated without harm, kept in order across refusals."""

from functools import partial
from pathlib import Path

import pytest

from chat.clock import SystemClock
from chat.protocol.asking import Change
from chat.protocol.codes import ErrorCode
from chat.protocol.entries import Message
from chat.protocol.replies import Error, HistoryResult, JoinResult, PinResult, SendResult
from chat.protocol.requests import (
    CreateChannel,
    Delete,
    Edit,
    History,
    Join,
    MessageRequest,
    Part,
    Pin,
    React,
    Send,
    SetTopic,
    Unpin,
)
from chat.server.storage import MemoryStore, open_store
from tests.support.faulty_store import Fault, FaultyStore
from tests.support.people import People, Person
from tests.support.server import running_server


@pytest.fixture
def ann(people: People) -> Person:
    """Somebody in #general."""
    return people.come("ann")


def test_a_result_means_stored_and_flushed() -> None:
    """R13: A change MUST be answered with a result only after it was stored and flushed to disk."""
    store = FaultyStore(MemoryStore())
    with running_server(store=lambda: store) as server, People(server.address) as people:
        ann, ben = people.come("ann"), people.come("ben")
        ann.news()
        with store.held() as commit:
            ann.say(Send, id="m", target="#general", text="hi")
            assert commit.reached.wait(5)
            assert ben.news() == []
            page = ben.get(HistoryResult, History, target="#general")
            assert not any(isinstance(entry, Message) for entry in page.entries)
            assert not ann.link.has_more(), "answered before it was stored"
        assert isinstance(ann.link.reply_to("m"), SendResult)
        assert [type(entry) for entry in ben.news()] == [Message]


CHANGES: tuple[tuple[type[Change], dict[str, object]], ...] = (
    (CreateChannel, {"name": "#made", "topic": "new"}),
    (Send, {"target": "#general", "text": "hi"}),
    (Send, {"target": "@ben", "text": "waves", "action": True}),
    (SetTopic, {"target": "#general", "topic": "tea"}),
    (Join, {"target": "#new"}),
    (Part, {"target": "#new", "reason": "bye"}),
    (Edit, {"target": "#general", "message": 4, "text": "better"}),
    (Delete, {"target": "#general", "message": 4}),
    (React, {"target": "#general", "message": 4, "emoji": "👍"}),
    (Pin, {"target": "#general", "message": 4}),
    (Unpin, {"target": "#general", "message": 4}),
)
"""The last ones are of the first message that is said after two people came."""


@pytest.mark.parametrize(("kind", "fields"), CHANGES)
def test_repeating_changes_nothing(tmp_path: Path, kind: type[Change], fields: dict[str, object]) -> None:
    """The first answer comes again; nobody hears anything, and no number is used.

    R14: The same request under the same `send_id` MUST get its first answer again, and MUST NOT add anything,
    also on another link and after a restart of the server.
    """
    store = partial(open_store, tmp_path, SystemClock())
    with running_server(store=store) as server, People(server.address) as people:
        ann, ben = people.come("ann"), people.come("ben")
        for name in ("#new",) if kind is Part else ():
            ann.get(JoinResult, Join, target=name)
            ben.get(JoinResult, Join, target=name)
        if issubclass(kind, MessageRequest):
            assert ann.get(SendResult, Send, target="#general", text="good").number == 4
        if kind is Unpin:
            ann.get(PinResult, Pin, target="#general", message=4)
        first = ann.ask(kind, id="same", send_id="repeated", **fields)
        assert not isinstance(first, Error), first
        ben.news()
        assert ann.ask(kind, id="same", send_id="repeated", **fields) == first
        elsewhere = people.come("ann", ann.token)
        assert elsewhere.ask(kind, id="same", send_id="repeated", **fields) == first
        assert ben.news() == []
    with running_server(store=store) as server, People(server.address) as people:
        ben = people.come("ben", ben.token)
        ann = people.come("ann", ann.token)
        assert ann.ask(kind, id="same", send_id="repeated", **fields) == first
        assert ben.news() == []


@pytest.mark.parametrize(("kind", "fields"), CHANGES)
def test_another_request_under_the_same_id_is_a_conflict(
    people: People, ann: Person, kind: type[Change], fields: dict[str, object]
) -> None:
    """R15: Another request under a `send_id` that was used MUST be refused with `conflict`."""
    people.come("ben")
    ann.get(SendResult, Send, target="#general", text="first", send_id="repeated")
    error = ann.refused(kind, send_id="repeated", **fields)
    assert (error.code, error.field) == (ErrorCode.CONFLICT, "send_id")
    assert isinstance(ann.ask(Send, target="#general", text="first", send_id="repeated"), SendResult)


def test_two_people_may_use_the_same_send_id(people: People, ann: Person) -> None:
    """It is unique for its user only."""
    ben = people.come("ben")
    assert ann.get(SendResult, Send, target="#general", text="hi", send_id="repeated").number == 4
    assert ben.get(SendResult, Send, target="#general", text="hi", send_id="repeated").number == 5


def test_a_refused_request_leaves_no_trace(ann: Person) -> None:
    """R16: A refused request MUST NOT use up its `send_id` nor any number."""
    before = ann.get(SendResult, Send, target="#general", text="before").number
    for fields in ({"target": "#nowhere", "text": "a"}, {"target": "#general", "text": " "}):
        ann.refused(Send, send_id="refused-1", **fields)
    ann.refused(CreateChannel, send_id="refused-1", name="#general")
    after = ann.get(SendResult, Send, send_id="refused-1", target="#general", text="after").number
    assert after == before + 1


def test_the_order_of_what_one_says_survives_a_refusal() -> None:
    """What was said behind a refused message waits until that one is said again.

    R17: After a retryable refusal of a `send`, later `send` of that link MUST be refused with `out_of_order`,
    until that `send_id` comes again or the link says `sync`.
    """
    store = FaultyStore(MemoryStore())
    with running_server(store=lambda: store) as server, People(server.address) as people:
        ann, ben = people.come("ann"), people.come("ben")
        store.switch.fail_next(Fault.REFUSED)
        assert _say(ann, "one") is ErrorCode.STORAGE_TROUBLE
        assert _say(ann, "two") is ErrorCode.OUT_OF_ORDER
        assert _say(ben, "other links are free", target="@ann") is None
        assert _say(ann, "one") is None
        assert _say(ann, "two") is None
        store.switch.fail_next(Fault.REFUSED)
        assert _say(ann, "three") is ErrorCode.STORAGE_TROUBLE
        assert _say(ann, "four") is ErrorCode.OUT_OF_ORDER
        ann.link.sync()
        assert _say(ann, "four") is None
        said = [entry.text for entry in ben.news() if isinstance(entry, Message) and entry.user == ann.id]
        assert said == ["one", "two", "four"]


def _say(person: Person, text: str, target: str = "#general") -> ErrorCode | None:
    """Send a text under an id made of it; returns what it was refused with."""
    reply = person.ask(Send, target=target, text=text, send_id=f"say-{text:_>8}".replace(" ", "_"))
    return reply.code if isinstance(reply, Error) else None
