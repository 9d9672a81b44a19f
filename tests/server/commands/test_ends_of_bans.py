"""Bans and mutes end by themselves: while somebody waits for it, and while the server is stopped."""

from typing import Any, NamedTuple

import pytest

from chat.ids import new_token
from chat.protocol.codes import ErrorCode
from chat.protocol.order import Bans, BanUsers, Mute
from chat.protocol.replies import Error, HelloResult
from chat.protocol.requests import CreateChannel, Hello, Join, Send, Sync
from chat.server.state.session import Session
from tests.support.hub import Hub, hello_fields

TEA = {"target": "#tea"}
HOST = "2001:db8::7"
HOUR = 3600


class House(NamedTuple):
    """A server, Olaf, who keeps order in #tea, and Sue, who comes from an address of IPv6."""

    hub: Hub
    olaf: Session
    sue: Session


def here(hub: Hub, nick: str, token: str) -> Session:
    """Somebody who is known comes from Sue's address."""
    session = hub.connect()
    session.host = HOST
    assert isinstance(hub.ask(session, Hello, **hello_fields(nick, token), new=True), HelloResult)
    hub.ask(session, Sync)
    return session


@pytest.fixture
def tokens() -> dict[str, str]:
    """By which both are known, also after a restart."""
    return {nick: new_token() for nick in ("olaf", "sue")}


@pytest.fixture
def house(tokens: dict[str, str]) -> House:
    """Both in #tea."""
    hub = Hub()
    olaf, sue = (here(hub, nick, token) for nick, token in tokens.items())
    hub.ask(olaf, CreateChannel, name="#tea")
    hub.ask(sue, Join, **TEA)
    return House(hub, olaf, sue)


def restarted(house: House, tokens: dict[str, str]) -> House:
    """The server on the same store and by the same clock, and both back."""
    hub = Hub(house.hub.store.inside, house.hub.clock)
    olaf, sue = (hub.guest(nick, token) for nick, token in tokens.items())
    sue.host = HOST
    return House(hub, olaf, sue)


def code(house: House, kind: Any, **fields: Any) -> ErrorCode | None:
    """Why Sue is refused in #tea, or None."""
    reply = house.hub.ask(house.sue, kind, **TEA, **fields, send_id=new_token()[:16])  # new after a restart
    return ErrorCode(reply.code) if isinstance(reply, Error) else None


@pytest.mark.parametrize("stops", [False, True])
@pytest.mark.parametrize("mask", ["@sue", "s*", "2001:db8::/64"])
def test_a_ban_ends_to_the_second(house: House, tokens: dict[str, str], mask: str, stops: bool) -> None:
    """Until then the refusal has its reason and its end; then one joins, and it is on no list."""
    hub = house.hub
    hub.ask(house.olaf, BanUsers, **TEA, mask=mask, seconds=HOUR, reason="Too loud.")
    hub.fake_clock.advance(HOUR - 1)
    if stops:
        house = restarted(house, tokens)
    refusal = house.hub.ask(house.sue, Join, **TEA, send_id=new_token()[:16])
    assert refusal.code is ErrorCode.BANNED
    assert refusal.message.startswith("You are banned from #tea until 2024-")
    assert "(Too loud.)" in refusal.message
    house.hub.fake_clock.advance(1)
    assert code(house, Join) is None
    assert house.hub.ask(house.olaf, Bans, **TEA).bans == ()


@pytest.mark.parametrize("stops", [False, True])
def test_a_ban_that_ended_while_the_server_was_stopped_is_over(
    house: House, tokens: dict[str, str], stops: bool
) -> None:
    """Nothing has to happen at its end."""
    house.hub.ask(house.olaf, BanUsers, **TEA, mask=HOST, seconds=HOUR)
    house.hub.fake_clock.advance(HOUR)
    if stops:
        house = restarted(house, tokens)
    assert code(house, Join) is None


@pytest.mark.parametrize("stops", [False, True])
def test_a_mute_ends_to_the_second(house: House, tokens: dict[str, str], stops: bool) -> None:
    """It outlives a restart, and a restart makes it no longer."""
    house.hub.ask(house.olaf, Mute, **TEA, user="@sue", seconds=HOUR)
    house.hub.fake_clock.advance(HOUR - 1)
    if stops:
        house = restarted(house, tokens)
    assert code(house, Send, text="let me") is ErrorCode.MUTED
    house.hub.fake_clock.advance(1)
    assert code(house, Send, text="at last") is None


@pytest.mark.parametrize("mask", ["o*", HOST, "2001:db8::/32"])
def test_who_makes_a_ban_is_not_out_by_it(house: House, mask: str) -> None:
    """A pattern or network that means oneself too spares oneself; by name one is refused with a way out."""
    hub = house.hub
    assert hub.ask(house.olaf, BanUsers, **TEA, mask=mask).number
    assert hub.ask(house.olaf, Send, **TEA, text="still here").number
    refusal = hub.ask(house.olaf, BanUsers, **TEA, mask="@olaf")
    assert (refusal.code, refusal.field) == (ErrorCode.FORBIDDEN, "mask")
    assert "/part" in refusal.message
