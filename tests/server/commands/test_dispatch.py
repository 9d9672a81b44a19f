"""From a request to its handler and back: what is the same for all."""

from typing import get_args

import pytest

from chat.protocol.asking import Request
from chat.protocol.codes import ErrorCode
from chat.protocol.replies import Error, OpenDirectResult, SendResult, SyncResult
from chat.protocol.requests import AnyRequest, History, OpenDirect, Send, Sync, Typing
from chat.server.commands.table import COMMANDS
from chat.server.domain.model import Decision
from chat.server.state.journal.change import Change
from chat.server.state.journal.queue import MOST_ITEMS
from tests.support.frames import EVERY_REQUEST
from tests.support.hub import Hub, peer_of


def test_there_is_a_command_for_every_request() -> None:
    """And none for anything else."""
    assert COMMANDS.keys() == set(get_args(AnyRequest))
    assert all(kind is command.request for kind, command in COMMANDS.items())


def test_only_sends_may_be_in_flight_together() -> None:
    """All others begin when nothing is under way."""
    hub = Hub()
    pipelined = [type(request) for request in EVERY_REQUEST if hub.dispatcher.pipelined(request)]
    assert pipelined == [Send]


def test_when_the_queue_is_full_a_change_is_not_accepted_and_the_link_is_told_of_room() -> None:
    """Nothing was answered: the request comes again. What only reads goes on."""
    hub = Hub()
    ann = hub.guest("ann")
    for _ in range(MOST_ITEMS):
        hub.queue.put(Change(decide=lambda _: Decision(), answer=lambda _: None))
    request = hub.request(Send, target="#general", text="hello")
    refused = hub.give(ann, request)
    assert not refused.accepted
    assert refused.replies == []
    assert hub.give(ann, hub.request(History, target="#general")).reply.last == 2
    hub.work()
    assert peer_of(ann).resumed == 1
    assert isinstance(hub.ask_again(ann, request), SendResult)


def test_a_fault_of_a_handler_is_answered_with_a_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    """And costs nobody else anything."""
    hub = Hub()
    ann = hub.guest("ann")

    def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(hub.presence, "typing", broken)
    reply = hub.ask(ann, Typing, target="#general")
    assert isinstance(reply, Error)
    assert (reply.code, reply.retryable) == (ErrorCode.INTERNAL_ERROR, False)
    assert reply.trace
    assert isinstance(hub.ask(ann, Sync), SyncResult)


@pytest.mark.parametrize("where", ["decide", "answer", "later"])
def test_a_fault_of_a_change_is_answered_with_a_trace(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever it happens: in the rule, in the answer, or in what a worker makes of it later."""
    hub = Hub()
    ann, _ = hub.guest("ann"), hub.guest("bob")

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a bug")

    place = {
        "decide": "chat.server.commands.message.rules.open_direct",
        "answer": "chat.server.commands.message.SendResult",
        "later": "chat.server.commands.message.counted_records",
    }[where]
    monkeypatch.setattr(place, broken)
    kind: type[Request] = Send if where == "answer" else OpenDirect
    fields = {"text": "hi"} if where == "answer" else {}
    reply = hub.ask(ann, kind, target="@bob", **fields)
    assert isinstance(reply, Error)
    assert reply.code is ErrorCode.INTERNAL_ERROR
    assert reply.trace


def test_when_the_store_can_not_be_read_that_is_said() -> None:
    """Also for the part of an answer that reads after a commit; and it is worth a retry."""
    hub = Hub()
    ann, _ = hub.guest("ann"), hub.guest("bob")
    hub.store.switch.refuse_lookups()
    for kind, fields in ((History, {"target": "#general"}), (Sync, {}), (OpenDirect, {"target": "@bob"})):
        reply = hub.ask(ann, kind, **fields)
        assert isinstance(reply, Error)
        assert (reply.code, reply.retryable) == (ErrorCode.STORAGE_TROUBLE, True)
        assert reply.retry_after_ms
    hub.store.switch.heal()
    assert isinstance(hub.ask(ann, OpenDirect, target="@bob"), OpenDirectResult)


def test_every_reply_bears_the_id_of_its_request() -> None:
    """A refusal too."""
    hub = Hub()
    ann = hub.guest("ann")
    for target in ("#general", "#nowhere"):
        assert hub.ask(ann, Send, id=f"mine {target}", target=target, text="hi").id == f"mine {target}"
