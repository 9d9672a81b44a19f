"""The gate of a server that runs, each stage over TLS: who is sent off, by what sentence, who stays."""

from collections.abc import Iterator

import pytest

from chat.ids import new_token
from chat.protocol.accounts import Register, RegisterResult
from chat.protocol.codec import VERSION
from chat.protocol.codes import CloseReason, ErrorCode
from chat.protocol.records import Gate
from chat.protocol.replies import Error, HelloResult, SendResult
from chat.protocol.requests import Hello, Send
from chat.protocol.staff import SetGate, SetGateResult
from tests.support.passwords import GOOD, OTHER
from tests.support.people import People, Person
from tests.support.staff import staffed_server
from tests.support.tls import certificates


class House:
    """Eve is staff, Ann has an account, Ben is a guest.

    Attributes:
        people: who may come besides.
    """

    def __init__(self, people: People, eve: Person) -> None:
        self.people = people
        self.eve = eve
        self.ben = people.come("ben")
        self.ann = people.come("ann")
        self.ann.get(RegisterResult, Register, password=GOOD)

    def set(self, gate: Gate) -> None:
        """Have Eve set the gate."""
        assert self.eve.get(SetGateResult, SetGate, gate=gate).gate is gate

    def at_the_door(self, nick: str, token: str = "", password: str = "") -> HelloResult | Error:
        """What somebody gets who says hello."""
        with self.people.link() as link:
            link.read()
            reply = link.ask(
                Hello(
                    id="h",
                    version_min=VERSION,
                    version_max=VERSION,
                    nick=nick,
                    token=token or new_token(),
                    new=not token,
                    password=password,
                )
            )
        assert isinstance(reply, HelloResult | Error)
        return reply

    def refused_at_the_door(self, nick: str, token: str = "", password: str = "") -> str:
        """Why the gate keeps somebody out, as a sentence."""
        reply = self.at_the_door(nick, token, password)
        assert isinstance(reply, Error)
        assert (reply.code, reply.retryable) == (ErrorCode.GATE_CLOSED, False)
        return reply.message


@pytest.fixture
def house() -> Iterator[House]:
    """A new one."""
    with (
        staffed_server(certificates=certificates()) as staffed,
        People(staffed.address, encrypt=True) as people,
    ):
        eve = people.come("eve")
        staffed.make_admin(eve.link, "eve")
        yield House(people, eve)


def stays(person: Person) -> None:
    """Somebody is here as before."""
    person.get(SendResult, Send, target="#general", text="still here")


def sent_off(person: Person) -> str:
    """The sentence with which a link was ended for good."""
    goodbye = person.link.goodbye()
    assert (goodbye.reason, goodbye.reconnect) == (CloseReason.DISCONNECTED, False)
    return goodbye.message


def test_without_registrations_guests_come_and_stay_guests(house: House) -> None:
    """Nobody is sent off."""
    house.set(Gate.NO_REGISTRATION)
    refused = house.ben.refused(Register, password=OTHER)
    assert refused.code is ErrorCode.GATE_CLOSED
    assert refused.message == "No accounts are made for now; ask who runs the server."
    assert isinstance(house.at_the_door("cid"), HelloResult)
    for person in (house.ann, house.ben, house.eve):
        stays(person)


def test_without_guests_who_has_an_account_stays(house: House) -> None:
    """Guests who are here go at once, and neither they nor new ones come."""
    house.set(Gate.NO_GUESTS)
    sentence = "Guests are not let in: log in with the password of an account."
    assert sent_off(house.ben) == sentence
    assert house.refused_at_the_door("ben", house.ben.token) == sentence
    assert house.refused_at_the_door("cid") == sentence
    for person in (house.ann, house.eve):
        stays(person)
    assert isinstance(house.at_the_door("ann", password=GOOD), HelloResult)


def test_with_staff_alone_everybody_else_goes(house: House) -> None:
    """By device or by password nobody else comes either."""
    house.set(Gate.STAFF_ONLY)
    sentence = "Only the staff of the server is let in for now; try later."
    assert [sent_off(house.ann), sent_off(house.ben)] == [sentence] * 2
    assert house.refused_at_the_door("ann", house.ann.token) == sentence
    assert house.refused_at_the_door("ann", password=GOOD) == sentence
    stays(house.eve)
    assert isinstance(house.at_the_door("eve", password=GOOD), HelloResult)


def test_an_open_gate_lets_everybody_in_again(house: House) -> None:
    """As who they were; on the same server, which ran all the time."""
    house.set(Gate.STAFF_ONLY)
    house.set(Gate.OPEN)
    for person, nick in ((house.ann, "ann"), (house.ben, "ben")):
        again = house.people.come(nick, person.token)
        assert again.id == person.id
        stays(again)
    newcomer = house.people.come("cid")
    newcomer.get(RegisterResult, Register, password=OTHER)
    stays(house.eve)
