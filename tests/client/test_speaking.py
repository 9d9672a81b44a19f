"""What somebody says on its way through the outbox, without a core around: what is sent and what is told."""

import pytest

from chat.client.changes import Change, OutboxItem, SendState
from chat.client.outbox import Outbox
from chat.client.requester import Requester
from chat.client.speaking import Speaking
from chat.client.state import ClientState
from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.records import ChannelMode, Role
from chat.protocol.replies import SendResult, SyncResult
from chat.protocol.requests import AnyRequest, Send, Sync
from tests.support.clock import FakeClock
from tests.support.frames import WHEN, channel, welcome

FULL = Refused(ErrorCode.STORAGE_TROUBLE, "The disk is full.")


class Mouth:
    """Somebody who speaks: `told` is what was told, `stored` what the server has."""

    def __init__(self) -> None:
        clock = FakeClock()
        self.state = ClientState()
        self.told: list[Change] = []
        self.stored: list[OutboxItem] = []
        self.requester = Requester(clock)
        self.outbox = Outbox()
        self.clock = clock
        self.speaking = Speaking(
            clock, self.state, self.outbox, self.requester, self.told.append, self.stored.append
        )

    def sent(self) -> list[AnyRequest]:
        """What goes to the server now."""
        self.speaking.pump(self.clock.monotonic())
        return self.requester.take_outgoing()

    def answer(self, request: AnyRequest, outcome: SendResult | SyncResult | Refused) -> None:
        """Let the server answer."""
        waiting = self.requester.answer_to(request.id)
        assert waiting is not None
        waiting.then(outcome)

    def states(self) -> list[SendState]:
        """The state of each message that was told, in order."""
        return [change.item.state for change in self.told]  # type: ignore[union-attr]


def stored(request: AnyRequest) -> SendResult:
    """The answer to a message that was stored."""
    assert isinstance(request, Send)
    return SendResult(
        id=request.id,
        conversation="c1",
        number=7,
        timestamp=WHEN,
        text=request.text,
        send_id=request.send_id,
    )


def test_a_message_is_told_at_each_step_until_it_is_stored() -> None:
    """It waits, is under way, is stored; then nothing of it is left here."""
    mouth = Mouth()
    mouth.speaking.say("#tea", "hello", False)
    (request,) = mouth.sent()
    mouth.answer(request, stored(request))
    assert mouth.states() == [SendState.WAITING, SendState.SENT, SendState.STORED]
    assert [(item.conversation, item.number) for item in mouth.stored] == [("c1", 7)]
    assert mouth.speaking.unsent() == ()


def test_before_a_server_told_its_limits_one_message_is_under_way_at_once() -> None:
    """The next goes when the first is stored."""
    mouth = Mouth()
    for text in ("one", "two"):
        mouth.speaking.say("#tea", text, False)
    (first,) = mouth.sent()
    assert mouth.sent() == []
    mouth.answer(first, stored(first))
    (second,) = mouth.sent()
    assert isinstance(second, Send)
    assert second.text == "two"


def test_what_was_refused_for_now_and_is_dropped_makes_the_client_sync_anew_page_by_page() -> None:
    """The server waits for it otherwise; without a connection the next one begins with a sync anyway."""
    for is_open in (True, False):
        mouth = Mouth()
        send_id = mouth.speaking.say("#tea", "hello", False)
        (request,) = mouth.sent()
        mouth.answer(request, FULL)
        assert mouth.speaking.drop(send_id, is_open=is_open) is not None
        syncs = mouth.requester.take_outgoing()
        assert [type(each) for each in syncs] == [Sync] * is_open
        if is_open:
            mouth.answer(syncs[0], SyncResult(id=syncs[0].id, conversations=(), next="c5"))
            (more,) = mouth.requester.take_outgoing()
            assert isinstance(more, Sync)
            assert more.after == "c5"


def test_what_waits_from_before_is_shown_until_it_is_taken() -> None:
    """Once, before all that was said since, and never again when it has been restored."""
    mouth = Mouth()
    old = OutboxItem("old-0001", "#tea", "from before", False)
    mouth.speaking.expect([old])
    new_id = mouth.speaking.say("#tea", "new", False)
    assert [item.send_id for item in mouth.speaking.unsent()] == ["old-0001", new_id]
    mouth.speaking.restore([old])
    assert [item.send_id for item in mouth.speaking.unsent()] == ["old-0001", new_id]
    mouth.speaking.drop("old-0001", is_open=False)
    mouth.speaking.expect([old])
    assert [item.send_id for item in mouth.speaking.unsent()] == [new_id]


TOO_SOON = Refused(ErrorCode.SLOW_MODE, "It is in slow mode.", retry_after_ms=30_000)


def slow(seconds: int, role: Role = Role.MEMBER) -> SyncResult:
    """A channel in which one must wait between two messages."""
    mode = ChannelMode(slow_seconds=seconds)
    return SyncResult(id="2", conversations=(channel(mode=mode, role=role),))


@pytest.mark.parametrize(("role", "at_once"), [(Role.MEMBER, 1), (Role.OPERATOR, 3)])
def test_in_slow_mode_one_message_goes_out_at_a_time(role: Role, at_once: int) -> None:
    """Unless one keeps order there, and need not wait."""
    mouth = Mouth()
    mouth.state.apply(welcome())
    mouth.state.apply(slow(30, role))
    for text in ("one", "two", "three"):
        mouth.speaking.say("c-general", text, False)
    assert len(mouth.sent()) == at_once


def test_a_channel_that_is_slow_no_more_gets_at_once_what_waited_for_it() -> None:
    """It may have waited for hours else."""
    mouth = Mouth()
    mouth.state.apply(slow(30))
    mouth.speaking.say("c-general", "too soon", False)
    (first,) = mouth.sent()
    mouth.answer(first, TOO_SOON)
    assert mouth.states()[-1] is SendState.WAITING
    assert mouth.sent() == []
    mouth.state.apply(slow(0))
    (again,) = mouth.sent()
    assert isinstance(again, Send)
    assert isinstance(first, Send)
    assert again.send_id == first.send_id
