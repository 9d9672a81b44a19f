"""Each right that can be taken: gone for what waits behind the taking, what is told and what is read."""

from typing import Any, NamedTuple

import pytest

from chat.protocol.accounts import RevokeDevice
from chat.protocol.asking import Request
from chat.protocol.codes import ErrorCode
from chat.protocol.entries import Entry, Message
from chat.protocol.order import ArchiveChannel, BanUsers, DeleteChannel, Kick, Mute, Revoke, SetMode
from chat.protocol.records import Gate
from chat.protocol.replies import Error
from chat.protocol.requests import Edit, History, ListChannels, Members, Pin, React, Send, SetTopic
from chat.protocol.staff import DisableUser, Disconnect, SetGate
from chat.server.domain.permissions import Standing
from tests.support.hub import closed_for
from tests.support.standing import Tearoom

TEA = {"target": "#tea"}


class Taking(NamedTuple):
    """How an operator takes a right, and with what its late use is refused."""

    kind: type[Request]
    fields: dict[str, Any]
    code: ErrorCode


OUT = {
    "kick": Taking(Kick, {"user": "@sue"}, ErrorCode.NOT_MEMBER),
    "ban of somebody": Taking(BanUsers, {"mask": "@sue"}, ErrorCode.NOT_MEMBER),
    "ban of nicks": Taking(BanUsers, {"mask": "S?e*"}, ErrorCode.NOT_MEMBER),
    "ban of addresses": Taking(BanUsers, {"mask": "192.0.2.0/24"}, ErrorCode.NOT_MEMBER),
    "deletion": Taking(DeleteChannel, {}, ErrorCode.UNKNOWN_CONVERSATION),
}
"""What ends reading and writing."""
SILENT = {
    "mute": Taking(Mute, {"user": "@sue"}, ErrorCode.MUTED),
    "read-only": Taking(SetMode, {"read_only": True}, ErrorCode.MUTED),
    "archive": Taking(ArchiveChannel, {}, ErrorCode.ARCHIVED),
}
"""What ends writing alone."""
WRITING: dict[type[Request], dict[str, Any]] = {
    Send: {"text": "late"},
    Edit: {"message": 0, "text": "late"},
    React: {"message": 0, "emoji": "👍"},
    Pin: {"message": 0},
    SetTopic: {"topic": "late"},
}


@pytest.fixture
def tea() -> Tearoom:
    """#tea with Olaf, who keeps order, and Sue, who is there from an address of her own."""
    tea = Tearoom()
    tea.sue.host = "192.0.2.7"
    return tea


@pytest.mark.parametrize("kind", WRITING)
@pytest.mark.parametrize("how", [*OUT, *SILENT])
def test_what_waits_behind_the_taking_is_refused(tea: Tearoom, how: str, kind: type[Request]) -> None:
    """In the same batch; it was asked when the right was still there."""
    hub, taking = tea.hub, (OUT | SILENT)[how]
    number = hub.ask(tea.sue, Send, **TEA, text="in time").number
    fields = TEA | WRITING[kind]
    if "message" in fields:
        fields["message"] = number
    hub.submit(tea.olaf, taking.kind, **TEA, **taking.fields)
    late = hub.submit(tea.sue, kind, **fields)
    hub.settle()
    assert isinstance(late.reply, Error), late.reply
    assert late.reply.code == taking.code


@pytest.mark.parametrize("how", OUT)
def test_who_is_out_is_told_nothing_and_reads_nothing(tea: Tearoom, how: str) -> None:
    """Neither what is said in the same batch, nor what was said before, nor who is there."""
    hub, taking = tea.hub, OUT[how]
    hub.ask(tea.olaf, Send, **TEA, text="before")
    hub.forget(tea.sue)
    hub.submit(tea.olaf, taking.kind, **TEA, **taking.fields)
    hub.submit(tea.olaf, Send, **TEA, text="after")
    hub.settle()
    assert [each for each in hub.events(tea.sue) if isinstance(each, Message)] == []
    for kind in (History, Members):
        reply = hub.ask(tea.sue, kind, **TEA)
        assert isinstance(reply, Error), reply
        assert reply.code in {ErrorCode.NOT_MEMBER, ErrorCode.UNKNOWN_CONVERSATION}


@pytest.mark.parametrize("how", SILENT)
def test_who_is_silenced_reads_on(tea: Tearoom, how: str) -> None:
    """And hears what was done."""
    hub, taking = tea.hub, SILENT[how]
    hub.ask(tea.olaf, taking.kind, **TEA, **taking.fields)
    assert [each for each in hub.events(tea.sue) if isinstance(each, Entry)]
    assert not isinstance(hub.ask(tea.sue, History, **TEA), Error)


def test_an_operator_who_is_none_any_more_takes_nobody_out(tea: Tearoom) -> None:
    """Though it was asked before."""
    hub, tim = tea.hub, tea.of(Standing.OPERATOR)
    hub.submit(tea.olaf, Revoke, **TEA, user="@tim")
    late = hub.submit(tim, Kick, **TEA, user="@sue")
    hub.settle()
    assert late.reply.code is ErrorCode.FORBIDDEN


def test_the_first_message_counts_as_soon_as_slow_mode_is_on(tea: Tearoom) -> None:
    """The second waits, in the same batch."""
    hub = tea.hub
    hub.submit(tea.olaf, SetMode, **TEA, slow_seconds=30)
    said = [hub.submit(tea.sue, Send, **TEA, text=text) for text in ("one", "two")]
    hub.settle()
    assert [getattr(each.reply, "code", None) for each in said] == [None, ErrorCode.SLOW_MODE]


def test_who_is_kicked_out_of_what_is_private_knows_nothing_of_it_any_more(tea: Tearoom) -> None:
    """Neither by what waits in the same batch nor by what is asked later: it is as if there were none."""
    hub = tea.hub
    hub.ask(tea.olaf, Send, **TEA, text="before")
    hub.forget(tea.sue)
    hub.submit(tea.olaf, SetMode, **TEA, private=True)
    hub.submit(tea.olaf, Kick, **TEA, user="@sue")
    late = hub.submit(tea.sue, Send, **TEA, text="late")
    hub.submit(tea.olaf, Send, **TEA, text="after")
    hub.settle()
    assert [each for each in hub.events(tea.sue) if isinstance(each, Message)] == []
    replies = [late.reply, *(hub.ask(tea.sue, kind, **TEA) for kind in (History, Members))]
    assert [each.code for each in replies] == [ErrorCode.UNKNOWN_CONVERSATION] * 3
    assert "#tea" not in [each.name for each in hub.ask(tea.sue, ListChannels).channels]


LET_IN_NO_MORE: dict[str, tuple[type[Request], dict[str, Any]]] = {
    "disabled": (DisableUser, {"user": "@sue"}),
    "no guests": (SetGate, {"gate": Gate.NO_GUESTS}),
    "staff only": (SetGate, {"gate": Gate.STAFF_ONLY}),
    "sent off": (Disconnect, {"user": "@sue"}),
}


@pytest.mark.parametrize("how", LET_IN_NO_MORE)
def test_who_is_let_in_no_more_is_told_and_shown_nothing_more(tea: Tearoom, how: str) -> None:
    """Not what is said in the same batch, and nothing that they ask: their sessions are over."""
    hub, tim = tea.hub, tea.of(Standing.ADMINISTRATOR)
    kind, fields = LET_IN_NO_MORE[how]
    hub.submit(tim, kind, **fields)
    hub.settle()
    assert closed_for(tea.sue)
    hub.forget(tea.sue)
    hub.ask(tim, Send, **TEA, text="after")
    reading = hub.submit(tea.sue, History, **TEA)
    hub.settle()
    assert reading.replies == []
    assert hub.events(tea.sue) == []


def test_a_device_that_was_logged_out_is_told_and_shown_nothing_more(tea: Tearoom) -> None:
    """The one that logged it out goes on."""
    hub, phone = tea.hub, tea.hub.second_device(tea.sue)
    hub.submit(tea.sue, RevokeDevice, device=phone.device)
    hub.settle()
    hub.forget(phone, tea.sue)
    hub.ask(tea.olaf, Send, **TEA, text="after")
    reading = hub.submit(phone, History, **TEA)
    assert reading.replies == []
    assert hub.events(phone) == []
    assert [each.text for each in hub.events_of(tea.sue, Message)] == ["after"]
