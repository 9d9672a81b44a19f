"""P8 to its end: who writes meanwhile sees that it waits, and why; then it goes out once."""

from typing import Any

from textual.pilot import Pilot

from chat.client.changes import OutboxChanged, SendState
from chat.client.client import ChatClient, ClientSettings
from chat.client.identity_stores import MemoryIdentities
from chat.protocol.codes import ERRORS, ErrorCode
from chat.server.storage import MemoryStore
from chat.transport.address import Address
from chat.tui.render.rows import RowStatus
from tests.support.agreement import logged
from tests.support.chat_stage import Stage, play
from tests.support.clock import HastyClock
from tests.support.desk import rows_of
from tests.support.faulty_store import Fault, FaultyStore
from tests.support.recorder import Recorder
from tests.support.server import running_server

P = Pilot[Any]
WHY = ERRORS[ErrorCode.STORAGE_TROUBLE].meaning
FOR_EVER = ERRORS[ErrorCode.READ_ONLY].meaning


def test_a_client_tells_that_a_message_waits_and_why() -> None:
    """With the server's sentence; when the disk is well again it is stored, once."""
    store, clock, told = FaultyStore(MemoryStore()), HastyClock(), Recorder()
    settings = ClientSettings(identities=MemoryIdentities())
    with running_server(store=lambda: store, clock=clock) as server:
        client = ChatClient([Address(*server.address)], "ann", told, settings, clock=clock)
        with client:
            assert client.wait_open(5)
            store.switch.refuse_writes()
            said = client.say("#general", "hello")
            refused = told.wait(OutboxChanged, lambda change: bool(change.item.sentence))
            assert (refused.item.state, refused.item.sentence) == (SendState.WAITING, WHY)
            store.switch.heal()
            clock.advance(1.1)
            client.connect_now()
            told.wait_sent(said, SendState.STORED)
            assert client.unsent() == ()
    texts = [getattr(entry, "text", "") for entry in logged(store.inside, store.load().conversations[0].id)]
    assert texts.count("hello") == 1


def own_row(stage: Stage) -> Any:
    """The one message of one's own in front."""
    (row,) = [row for row in rows_of(stage.front) if row.own]
    return row


def test_the_screen_shows_that_a_message_waits_and_why() -> None:
    """Below the message itself and in the status line, until it is stored."""

    async def deed(stage: Stage, pilot: P) -> tuple[Any, ...]:
        stage.hub.store.switch.refuse_writes()
        await stage.enter(pilot, "hello")
        waiting, status, shown = own_row(stage), stage.status, " ".join(stage.pane_lines())
        stage.hub.store.switch.heal()
        stage.clock.advance(1.1)
        stage.client.tick()
        await stage.show(pilot)
        return waiting, status, shown, own_row(stage)

    waiting, status, shown, stored = play(deed)
    assert (waiting.status, waiting.detail) == (RowStatus.WAITING, WHY)
    assert "could not store" in shown
    assert "1 waiting to be sent" in status
    assert stored.status is RowStatus.STORED


def test_the_screen_says_that_the_server_needs_its_operator() -> None:
    """Behind a failed flush no wait helps, and that is what is said; the message is kept all the same."""

    async def deed(stage: Stage, pilot: P) -> Any:
        stage.hub.store.switch.fail_next(Fault.FLUSH_FAILED)
        await stage.enter(pilot, "hello")
        stage.clock.advance(1.1)
        stage.client.tick()
        await stage.show(pilot)
        return own_row(stage)

    row = play(deed)
    assert (row.status, row.detail) == (RowStatus.WAITING, FOR_EVER)
