"""Requests that come again under their send ids: the first answer, with texts as they stand now."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chat.protocol.codes import ErrorCode
from chat.protocol.entries import AnyEntry, Deleted, Message
from chat.protocol.replies import Error, SendResult
from chat.protocol.requests import (
    ChangeNick,
    Delete,
    Edit,
    History,
    Join,
    MessageRequest,
    Part,
    Pin,
    React,
    Send,
    Unpin,
)
from chat.server.state.session import Session
from chat.server.storage import open_store
from tests.support.clock import FakeClock
from tests.support.hub import Hub
from tests.support.running_hub import RunningHub, running

MONTH = 31 * 24 * 60 * 60.0


def _said(hub: Hub, session: Session, text: str = "hi", target: str = "#general") -> dict[str, Any]:
    """Say something; returns the fields of a request that changes it."""
    return {"target": target, "message": hub.ask(session, Send, target=target, text=text).number}


def _log(hub: Hub, session: Session, target: str = "#general") -> dict[int, AnyEntry]:
    return {entry.number: entry for entry in hub.ask(session, History, target=target, after=0).entries}


def _refused(reply: object) -> tuple[ErrorCode, str | None]:
    assert isinstance(reply, Error)
    return reply.code, reply.field


def test_a_repeated_edit_is_answered_with_the_text_as_it_stands() -> None:
    """Under the number of the first answer; deleted, it has none."""
    hub = Hub()
    ann = hub.guest("ann")
    it = _said(hub, ann)
    first = hub.request(Edit, **it, text="ho")
    answer = hub.ask_again(ann, first)
    hub.ask(ann, Edit, **it, text="hu")
    hub.forget(ann)
    assert hub.ask_again(ann, first) == msgspec.structs.replace(answer, text="hu")
    hub.ask(ann, Delete, **it)
    assert hub.ask_again(ann, first) == msgspec.structs.replace(answer, text="")
    assert [type(event) for event in hub.events(ann)] == [Deleted]


def test_a_repeated_send_is_answered_with_the_text_as_it_stands() -> None:
    """Under the number and time of the first answer."""
    hub = Hub()
    ann = hub.guest("ann")
    request = hub.request(Send, target="#general", text="hi")
    answer = hub.ask_again(ann, request)
    hub.fake_clock.advance(60)
    hub.ask(ann, Edit, target="#general", message=answer.number, text="ho")
    assert hub.ask_again(ann, request) == msgspec.structs.replace(answer, text="ho")
    hub.ask(ann, Delete, target="#general", message=answer.number)
    assert hub.ask_again(ann, request) == msgspec.structs.replace(answer, text="")


@pytest.mark.parametrize(
    ("kind", "fields", "other"),
    [
        (Edit, {"text": "ho"}, {"text": "hu"}),
        (Delete, {}, {"message": 1}),
        (React, {"emoji": "👍"}, {"emoji": "👎"}),
        (React, {"emoji": "👍"}, {"emoji": "👍", "remove": True}),
        (Pin, {}, {"message": 1}),
    ],
)
def test_other_content_under_the_same_id_is_a_conflict(
    kind: type[MessageRequest], fields: dict[str, Any], other: dict[str, Any]
) -> None:
    """Another text, emoji or message, and another kind of request."""
    hub = Hub()
    ann = hub.guest("ann")
    it = _said(hub, ann)
    first = hub.request(kind, **it, **fields)
    answer = hub.ask_again(ann, first)
    last = len(_log(hub, ann))
    assert answer.number == last
    for changed in (other, {"target": "c1"}):
        again = msgspec.structs.replace(first, **changed)
        assert _refused(hub.ask_again(ann, again)) == (ErrorCode.CONFLICT, "send_id")
    another = hub.request(Unpin, **it, send_id=first.send_id)  # type: ignore[union-attr]
    assert _refused(hub.ask_again(ann, another)) == (ErrorCode.CONFLICT, "send_id")
    assert hub.ask_again(ann, first) == answer
    assert len(_log(hub, ann)) == last


def test_a_repeated_change_is_answered_within_one_batch() -> None:
    """Also where the batch itself goes on changing the message."""
    hub = Hub()
    ann = hub.guest("ann")
    phone = hub.second_device(ann)
    it = _said(hub, ann)
    request, send = hub.request(Edit, **it, text="ho"), hub.request(Send, target="#general", text="more")
    answers = [hub.give(ann, request), hub.give(phone, request)]
    hub.submit(phone, Edit, **it, text="hu")
    answers.append(hub.give(ann, request))
    said = [hub.give(ann, send)]
    hub.submit(phone, Delete, target="#general", message=it["message"] + 3)
    said.append(hub.give(phone, send))
    hub.settle()
    assert [answer.reply.text for answer in answers] == ["ho", "ho", "hu"]
    assert {answer.reply.number for answer in answers} == {it["message"] + 1}
    assert [(answer.reply.number - it["message"], answer.reply.text) for answer in said] == [
        (3, "more"),
        (3, ""),
    ]


def test_a_repeated_change_is_answered_whatever_became_of_its_place() -> None:
    """One left the channel, or who was called so is called something else."""
    hub = Hub()
    ann, bob = hub.guest("ann"), hub.guest("bob")
    hub.ask(ann, Join, target="#tea")
    pinned = hub.request(Pin, **_said(hub, ann, "green", "#tea"))
    edited = hub.request(Edit, **_said(hub, ann, "psst", "@bob"), text="hello")
    first = [hub.ask_again(ann, pinned), hub.ask_again(ann, edited)]
    hub.ask(ann, Part, target="#tea")
    hub.ask(bob, ChangeNick, nick="rob")
    assert [hub.ask_again(ann, pinned), hub.ask_again(ann, edited)] == first
    assert _refused(hub.ask(ann, Pin, target="#tea", message=3)) == (ErrorCode.NOT_MEMBER, "target")


def test_fifty_threads_sending_one_id_at_once_make_one_row_and_get_fifty_equal_answers(
    tmp_path: Path,
) -> None:
    """From fifty devices of one user, each on a thread of its own."""
    with closing(open_store(tmp_path, FakeClock())) as store:
        hub = Hub(store)
        ann = hub.guest("ann")
        sessions = [hub.second_device(ann, sync=False) for _ in range(50)]
        request = hub.request(Send, target="#general", text="once")
        start = threading.Barrier(len(sessions))
        replies: list[object] = []

        def send(at_work: RunningHub, session: Session) -> None:
            start.wait(30)
            replies.append(at_work.ask(session, request))

        with running(hub) as at_work:
            threads = [threading.Thread(target=send, args=(at_work, session)) for session in sessions]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert len(replies) == 50
        assert isinstance(replies[0], SendResult)
        assert all(reply == replies[0] for reply in replies)
        assert [entry.text for entry in _log(hub, ann).values() if isinstance(entry, Message)] == ["once"]
    assert len(_send_rows(tmp_path)) == 1


def _send_rows(folder: Path) -> list[tuple[object, ...]]:
    """What is stored of all send ids: id, user, hash and entry."""
    raw = sqlite3.connect(folder / "chat.db")
    rows = raw.execute("select * from sends order by send_id").fetchall()
    raw.close()
    return rows


def test_send_ids_survive_edits_deletions_a_restart_and_a_month(tmp_path: Path) -> None:
    """Id, hash and number stay when the text is gone; every request still gets its first answer."""
    clock = FakeClock()
    hub = Hub(open_store(tmp_path, clock), clock)
    ann = hub.guest("ann", "a" * 64)
    send = hub.request(Send, target="#general", text="secret")
    answers = {send: hub.ask_again(ann, send)}
    it = {"target": "#general", "message": answers[send].number}
    for request in (
        hub.request(Edit, **it, text="secret too"),
        hub.request(React, **it, emoji="👍"),
        hub.request(Pin, **it),
        hub.request(Unpin, **it),
    ):
        answers[request] = hub.ask_again(ann, request)
    before = _send_rows(tmp_path)
    deletion = hub.request(Delete, **it)
    answers[deletion] = hub.ask_again(ann, deletion)
    hub.store.close()
    assert [row for row in _send_rows(tmp_path) if row in before] == before

    clock.advance(MONTH)
    again = Hub(open_store(tmp_path, clock), clock)
    ann = again.guest("ann", "a" * 64)
    for request, answer in answers.items():
        expected = msgspec.structs.replace(answer, text="") if hasattr(answer, "text") else answer
        assert again.ask_again(ann, request) == expected
    assert _refused(again.ask_again(ann, msgspec.structs.replace(send, text="other"))) == (
        ErrorCode.CONFLICT,
        "send_id",
    )
    assert b"secret" not in b"".join(msgspec.json.encode(entry) for entry in _log(again, ann).values())
    again.store.close()
