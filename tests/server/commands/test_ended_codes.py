"""Codes for further devices end with what ends devices, also for who has shown one and still waits."""

from collections.abc import Callable
from typing import NamedTuple

import pytest

from chat.ids import new_token
from chat.protocol.accounts import AddDevice, ChangePassword, Devices, Register, RevokeDevice
from chat.protocol.codes import ErrorCode
from chat.protocol.records import Gate
from chat.protocol.replies import Error, HelloResult
from chat.protocol.requests import Hello
from chat.protocol.staff import DisableUser, SetGate, SetPassword
from chat.server.domain import staff
from chat.server.state.journal.change import Change
from chat.server.state.session import Session
from tests.support.hub import Answer, Hub, hello_fields
from tests.support.passwords import GOOD, OTHER


class House(NamedTuple):
    """Ann with an account on two devices, the phone in other hands, and Boss, who runs the server."""

    hub: Hub
    ann: Session
    phone: Session
    boss: Session


@pytest.fixture
def house() -> House:
    """All are here."""
    hub = Hub()
    ann, boss = hub.guest("ann"), hub.guest("boss")
    for each in (ann, boss):
        hub.ask(each, Register, password=GOOD)
    server = staff.server_user
    hub.queue.put(
        Change(decide=lambda draft: staff.seat_console(draft, token_hash="console"), answer=lambda _: None)
    )
    hub.queue.put(
        Change(
            decide=lambda draft: staff.set_admin(draft, server(draft).id, subject=boss.user, admin=True),
            answer=lambda _: None,
        )
    )
    hub.settle()
    return House(hub, ann, hub.second_device(ann), boss)


def shows(house: House, code: str, token: str = "") -> Answer:
    """Say hello with a code, as a new device; nothing is decided yet."""
    fields = hello_fields("thief", token or new_token())
    return house.hub.submit(house.hub.connect(), Hello, **fields, new=True, code=code)


def outcome(house: House, answer: Answer) -> ErrorCode | None:
    """Why the device was not made, once all is decided; None when it was."""
    house.hub.settle()
    reply = answer.reply
    assert isinstance(reply, Error | HelloResult), reply
    return reply.code if isinstance(reply, Error) else None


def ends(house: House, how: str) -> None:
    """Ask for something that ends codes; what is to be hashed is, and the change waits."""
    hub = house.hub
    asked: dict[str, Callable[[], Answer]] = {
        "change_password": lambda: hub.submit(house.ann, ChangePassword, old=GOOD, new=OTHER),
        "log out everywhere": lambda: hub.submit(house.ann, RevokeDevice),
        "set_password": lambda: hub.submit(house.boss, SetPassword, user="@ann", password=OTHER),
        "disable_user": lambda: hub.submit(house.boss, DisableUser, user="@ann"),
    }
    asked[how]()
    while hub.passwords.work():
        pass


HOW = ["change_password", "log out everywhere", "set_password", "disable_user"]
ENDED = {ErrorCode.WRONG_CODE, ErrorCode.ACCOUNT_DISABLED}


@pytest.mark.parametrize("asker", ["ann", "phone"])
@pytest.mark.parametrize("how", HOW)
def test_a_code_ends_with_the_devices_of_its_user(house: House, how: str, asker: str) -> None:
    """Whichever device asked for it."""
    code = house.hub.ask(getattr(house, asker), AddDevice).code
    ends(house, how)
    house.hub.settle()
    assert outcome(house, shows(house, code)) is ErrorCode.WRONG_CODE


@pytest.mark.parametrize("asker", ["ann", "phone"])
@pytest.mark.parametrize("how", HOW)
def test_who_shows_a_code_behind_its_end_comes_too_late(house: House, how: str, asker: str) -> None:
    """In the same batch: it was good when it was shown, and is not when that is decided."""
    code = house.hub.ask(getattr(house, asker), AddDevice).code
    ends(house, how)
    assert outcome(house, shows(house, code)) in ENDED


@pytest.mark.parametrize("how", HOW)
def test_a_code_that_is_asked_for_behind_its_end_opens_nothing(house: House, how: str) -> None:
    """By a device that is about to end; also once its user is let in again."""
    ends(house, how)
    code = house.hub.submit(house.phone, AddDevice).reply.code
    house.hub.ask(house.boss, DisableUser, user="@ann", disabled=False)
    assert outcome(house, shows(house, code)) is ErrorCode.WRONG_CODE


def test_what_was_refused_ends_no_code(house: House) -> None:
    """Somebody who may not, or the wrong password."""
    hub, code = house.hub, house.hub.ask(house.ann, AddDevice).code
    hub.submit(house.phone, ChangePassword, old=OTHER, new="three green lamps")
    hub.submit(house.phone, RevokeDevice, device="d9999")
    hub.submit(house.phone, SetPassword, user="@ann", password=OTHER)
    hub.submit(house.phone, DisableUser, user="@ann")
    hub.settle()
    assert outcome(house, shows(house, code)) is None


def test_a_code_ends_with_the_device_that_asked_for_it(house: House) -> None:
    """Also where it was shown before, and is decided behind that."""
    hub, code = house.hub, house.hub.ask(house.phone, AddDevice).code
    hub.submit(house.ann, RevokeDevice, device=house.phone.device)
    assert outcome(house, shows(house, code)) is ErrorCode.WRONG_CODE
    assert [each.device for each in hub.ask(house.ann, Devices).devices] == [house.ann.device]


def test_another_devices_end_leaves_a_code_alone(house: House) -> None:
    """Nor does a stranger's."""
    hub, code = house.hub, house.hub.ask(house.ann, AddDevice).code
    hub.ask(house.boss, SetPassword, user="@boss", password=OTHER)
    hub.ask(house.ann, RevokeDevice, device=house.phone.device)
    assert outcome(house, shows(house, code)) is None


def test_a_code_is_asked_for_anew_after_its_end(house: House) -> None:
    """The owner goes on as before."""
    hub = house.hub
    hub.ask(house.ann, AddDevice)
    hub.ask(house.ann, ChangePassword, old=GOOD, new=OTHER)
    assert outcome(house, shows(house, hub.ask(house.ann, AddDevice).code)) is None


def test_a_device_that_was_made_is_answered_again_whatever_became_of_the_code(house: House) -> None:
    """Its hello came twice, and a newer code was asked for between the two."""
    hub, token = house.hub, new_token()
    code = hub.ask(house.ann, AddDevice).code
    first, again = shows(house, code, token), shows(house, code, token)
    hub.ask(house.ann, AddDevice)
    assert outcome(house, first) is outcome(house, again) is None


def test_no_device_is_made_by_a_code_where_its_user_is_not_let_in(house: House) -> None:
    """A gate that closes ends what waits, and the code is good again once it is open."""
    hub, code = house.hub, house.hub.ask(house.ann, AddDevice).code
    hub.submit(house.boss, SetGate, gate=Gate.STAFF_ONLY)
    token = new_token()
    assert outcome(house, shows(house, code, token)) is ErrorCode.GATE_CLOSED
    hub.ask(house.boss, SetGate, gate=Gate.OPEN)
    assert outcome(house, shows(house, code, token)) is None
