"""Every request by everybody over TLS: run for whom it is, refused to all others, on a server that runs."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from chat.protocol import accounts, order, requests, staff
from chat.protocol.asking import Request
from chat.protocol.codes import ErrorCode
from chat.protocol.replies import Error, SendResult
from chat.server.commands.table import COMMANDS
from chat.server.domain.permissions import Standing
from tests.support.passwords import GOOD
from tests.support.people import People, Person
from tests.support.rights import ALLOWED, denied
from tests.support.staff import staffed_server
from tests.support.tls import certificates

ELSEWHERE = {requests.Hello, requests.Quit, order.DeleteChannel}
"""The first and the last words of a link are tried by themselves, and so is what has no place afterwards."""
OF_THE_SERVER = {staff.Disconnect, staff.SetPassword, staff.SetAdmin, staff.DisableUser}


class House:
    """One person of each standing, and a new channel for whatever they ask.

    Vic, who has an account, is whom administrators send off; Sue is whom operators take out.
    """

    def __init__(self, people: People, eve: Person) -> None:
        self._people = people
        self._olaf, self._sue = people.come("olaf"), people.come("sue")
        people.come("nat")
        registered = [people.come(nick) for nick in ("vic", "rita", "otto")]
        for person in registered:
            person.get(accounts.RegisterResult, accounts.Register, password=GOOD)
        self._of = {
            Standing.REGISTERED: registered[1],
            Standing.OPERATOR: registered[2],
            Standing.ADMINISTRATOR: eve,
        }
        self._count = count()

    def ask(self, standing: Standing, kind: type[Request], fields: dict[str, Any]) -> ErrorCode | None:
        """Return with which code a member of a new channel is refused, or None."""
        number = next(self._count)
        who, place = self._of.get(standing) or self._people.come(f"gus{number}"), f"#room{number}"
        self._olaf.ask(requests.CreateChannel, name=place)
        for member in (who, self._sue):
            member.ask(requests.Join, target=place)
        if standing is Standing.OPERATOR:
            self._olaf.get(order.GrantResult, order.Grant, target=place, user=who.id)
        reply = who.ask(kind, **fields | self._given(who, place, kind, fields))
        self._sue.news()
        return ErrorCode(reply.code) if isinstance(reply, Error) else None

    def _given(self, who: Person, place: str, kind: type[Request], fields: dict[str, Any]) -> dict[str, Any]:
        """Return what is another one in each cell."""
        given: dict[str, Any] = {}
        if fields.get("target") == "#tea":
            given["target"] = place
        if fields.get("message") == 0:
            given["message"] = who.get(SendResult, requests.Send, target=place, text="mine").number
        if kind in OF_THE_SERVER:
            given["user"] = "@vic"
        if kind is requests.Watch:
            given["targets"] = [place]
        if kind is requests.CreateChannel:
            given["name"] = f"{place}x"
        return given


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    """One for all."""
    with (
        staffed_server(certificates=certificates()) as staffed,
        People(staffed.address, encrypt=True) as people,
    ):
        eve = people.come("eve")
        staffed.make_admin(eve.link, "eve")
        yield House(people, eve)


KINDS = [kind for kind in ALLOWED if kind in COMMANDS and kind not in ELSEWHERE]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind.__struct_config__.tag))
def test_a_request_is_run_for_whom_it_is_and_for_nobody_else(house: House, kind: type[Request]) -> None:
    """Each standing's cell, the lowest first: what is refused changes nothing for the next."""
    allowed, fields = ALLOWED[kind]
    codes = {standing: house.ask(standing, kind, fields) for standing in Standing}
    assert {each for each in Standing if not denied(codes[each], each)} == allowed, codes
