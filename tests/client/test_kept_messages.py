"""Messages of an earlier run in the next one: told, sent under their old ids, or failed with a sentence."""

from datetime import timedelta
from pathlib import Path

import pytest

from chat.client.changes import ConversationAdded, OutboxChanged, OutboxTrouble, SendState
from chat.client.identity_stores import MemoryIdentities
from chat.client.outbox_store import SqliteOutbox
from chat.protocol.requests import Send
from tests.support.clock import FakeClock
from tests.support.connecting import Connect
from tests.support.frames import channel
from tests.support.outbox_stores import rows_in
from tests.support.scripted_server import ScriptedServer
from tests.support.waiting import wait_until

GENERAL = channel("general", last=0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where messages are kept."""
    return tmp_path / "outbox.sqlite"


def outbox(path: Path) -> SqliteOutbox:
    """A store of Ann's on the scripted server."""
    return SqliteOutbox(path, "scripted", "ann")


def test_messages_of_the_last_run_are_told_and_sent_before_new_ones(
    server: ScriptedServer, connect: Connect, path: Path
) -> None:
    """Under their old ids; told once their conversation is known, so that a screen can show them in it."""
    home = MemoryIdentities()
    first, _ = connect("ann", home, outbox=outbox(path))
    link = server.accept()
    link.greet(GENERAL)
    assert first.wait_open(5)
    ids = [first.say("#general", text) for text in ("one", "two")]
    assert [link.expect(Send).send_id for _ in ids] == ids
    assert first.stop()
    second, told = connect("ann", home, outbox=outbox(path))
    new = second.say("#general", "three")
    link = server.accept()
    link.greet(GENERAL)
    sends = [link.expect(Send) for _ in range(3)]
    assert [send.send_id for send in sends] == [*ids, new]
    assert [send.text for send in sends] == ["one", "two", "three"]
    told.wait_sent(new, SendState.SENT)
    changes = told.all(object)
    found = [change for change in changes if isinstance(change, OutboxChanged) and change.item.send_id in ids]
    assert [change.item.state for change in found[:2]] == [SendState.WAITING] * 2
    (added,) = told.all(ConversationAdded)
    assert changes.index(added) < changes.index(found[0])


def test_what_is_acknowledged_is_kept_no_more(server: ScriptedServer, connect: Connect, path: Path) -> None:
    """Else it would be sent at every start."""
    client, _ = connect("ann", outbox=outbox(path))
    link = server.accept()
    link.greet(GENERAL)
    client.say("#general", "one")
    client.say("#general", "two")
    sends = [link.expect(Send) for _ in range(2)]
    wait_until(lambda: rows_in(path) == ["one", "two"], what="both on disk")
    link.store(sends[0], number=1)
    wait_until(lambda: rows_in(path) == ["two"], what="the stored one to go")


def test_what_is_older_than_30_days_is_shown_as_failed(
    server: ScriptedServer, connect: Connect, path: Path
) -> None:
    """It is not sent, and kept until it is dropped."""
    clock = FakeClock()
    home = MemoryIdentities()
    first, _ = connect("ann", home, clock=clock, outbox=outbox(path))
    server.accept()
    old = first.say("#general", "long ago")
    assert first.stop()
    clock.advance(timedelta(days=31).total_seconds())
    for _ in range(2):
        client, told = connect("ann", home, clock=clock, outbox=outbox(path))
        link = server.accept()
        link.greet(GENERAL)
        failed = told.wait_sent(old, SendState.FAILED).item
        assert "30 days" in failed.sentence
        assert client.unsent() == (failed,)
        client.say("#general", "a marker")
        send = link.expect(Send)
        assert send.text == "a marker"
        link.store(send, number=1)
        wait_until(lambda: rows_in(path) == ["long ago"], what="the marker to go")
        assert client.stop()
    assert client.drop(old) == failed


def test_trouble_with_the_disk_is_told_and_stops_no_message(
    server: ScriptedServer, connect: Connect, tmp_path: Path
) -> None:
    """A sentence, once, and everything goes on."""
    blocked = tmp_path / "blocked"
    blocked.write_text("")
    client, told = connect("ann", outbox=outbox(blocked / "outbox.sqlite"))
    link = server.accept()
    link.greet(GENERAL)
    assert client.wait_open(5)
    client.say("#general", "hello")
    assert link.expect(Send).text == "hello"
    assert "can't be kept" in told.wait(OutboxTrouble).sentence
