"""From the hello from a banned address on nothing is read: what is asked waits for what is decided of it."""

from typing import Any

import pytest

from chat.ids import new_token
from chat.protocol.asking import Request
from chat.protocol.codes import ErrorCode
from chat.protocol.entries import Message
from chat.protocol.order import BanUsers, Unban
from chat.protocol.replies import Error, HelloResult, HistoryResult, MembersResult
from chat.protocol.requests import Hello, History, Join, Members, Send, Sync, Watch
from chat.server.state.session import Session
from tests.support.hub import hello_fields
from tests.support.standing import Tearoom

BANNED_HOST = "192.0.2.7"
TEA = {"target": "#tea"}
READING: list[tuple[type[Request], dict[str, Any]]] = [
    (History, TEA),
    (Members, TEA),
    (Watch, {"targets": ["#tea"]}),
]


@pytest.fixture
def tea() -> Tearoom:
    """#tea, whose operator bans an address that nobody is here from, and something that was said."""
    tea = Tearoom()
    tea.hub.ask(tea.olaf, Send, **TEA, text="secret")
    return tea


def back(tea: Tearoom, *, host: str = BANNED_HOST, banned: bool = True) -> Session:
    """Eve, a member, with a hello from an address that was banned while she was away; nothing is decided."""
    token = new_token()
    eve = tea.hub.guest("eve", token)
    tea.hub.ask(eve, Join, **TEA)
    tea.hub.drop(eve)
    if banned:
        tea.hub.ask(tea.olaf, BanUsers, **TEA, mask=BANNED_HOST)
    session = tea.hub.connect()
    session.host = host
    greeted = tea.hub.submit(session, Hello, **hello_fields("eve", token))
    assert isinstance(greeted.reply, HelloResult)
    return session


@pytest.mark.parametrize(("kind", "fields"), READING)
def test_nothing_is_read_before_it_is_decided(
    tea: Tearoom, kind: type[Request], fields: dict[str, Any]
) -> None:
    """It is asked right behind the hello, while the journal does something else."""
    eve = back(tea)
    asked = tea.hub.submit(eve, kind, **fields)
    assert asked.replies == []
    tea.hub.settle()
    assert isinstance(asked.reply, Error)
    assert asked.reply.code is ErrorCode.NOT_MEMBER


def test_nothing_is_told_before_it_is_decided(tea: Tearoom) -> None:
    """What is said in that moment goes to who stays; `sync` tells of other conversations alone."""
    eve = back(tea)
    asked = tea.hub.submit(eve, Sync)
    tea.hub.submit(tea.olaf, Send, **TEA, text="while it waits")
    tea.hub.settle()
    assert [each.name for each in asked.reply.conversations] == ["#general"]
    assert tea.hub.events_of(eve, Message) == []


@pytest.mark.parametrize(("host", "banned"), [("192.0.2.8", True), (BANNED_HOST, False)])
def test_others_wait_for_nothing(tea: Tearoom, host: str, banned: bool) -> None:
    """Who is here from elsewhere, and where no ban holds."""
    eve = back(tea, host=host, banned=banned)
    assert isinstance(tea.hub.submit(eve, Members, **TEA).reply, MembersResult)


def test_who_is_let_in_again_before_it_is_decided_reads_on(tea: Tearoom) -> None:
    """The ban was lifted, and that is stored only now: she hears what is said from then on."""
    token = new_token()
    eve = tea.hub.guest("eve", token)
    tea.hub.ask(eve, Join, **TEA)
    tea.hub.drop(eve)
    tea.hub.ask(tea.olaf, BanUsers, **TEA, mask=BANNED_HOST)
    tea.hub.submit(tea.olaf, Unban, **TEA, ban=BANNED_HOST)
    session = tea.hub.connect()
    session.host = BANNED_HOST
    tea.hub.submit(session, Hello, **hello_fields("eve", token))
    asked = tea.hub.submit(session, Sync)
    tea.hub.settle()
    assert [each.name for each in asked.reply.conversations] == ["#general", "#tea"]
    assert isinstance(tea.hub.submit(session, History, **TEA).reply, HistoryResult), "nothing is waited for"
    tea.hub.ask(tea.olaf, Send, **TEA, text="hello again")
    assert [each.text for each in tea.hub.events_of(session, Message)] == ["hello again"]


def test_a_taking_out_that_could_not_be_stored_is_asked_for_by_what_is_read(tea: Tearoom) -> None:
    """Until then each reading is refused, and can be repeated."""
    eve = back(tea)
    switch = tea.hub.store.switch
    switch.refuse_writes()
    for _ in range(2):
        reply = tea.hub.ask(eve, History, **TEA)
        assert isinstance(reply, Error), reply
        assert reply.retryable
    switch.heal()
    reply = tea.hub.ask(eve, History, **TEA)
    assert isinstance(reply, Error), reply
    assert reply.code is ErrorCode.NOT_MEMBER
