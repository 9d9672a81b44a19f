"""Accounts on a real, encrypted server: registered on one client, logged in on another, logged out."""

from collections.abc import Callable, Iterator

import pytest

from chat.client.changes import Phase
from chat.client.client import ChatClient, ClientSettings
from chat.client.identity_stores import MemoryIdentities
from chat.client.secured import Security
from chat.protocol import accounts
from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.records import UserKind
from chat.transport.address import Address
from tests.support.recorder import Recorder
from tests.support.server import running_server
from tests.support.tls import certificates
from tests.support.waiting import wait_until

SECRET = "correct horse battery"
Come = Callable[[str], tuple[ChatClient, Recorder]]


@pytest.fixture
def come() -> Iterator[Come]:
    """Clients of one server, each of a home of its own."""
    clients: list[ChatClient] = []

    def start(nick: str) -> tuple[ChatClient, Recorder]:
        told = Recorder()
        settings = ClientSettings(identities=MemoryIdentities(), security=Security())
        client = ChatClient([Address(*server.address)], nick, told, settings)
        clients.append(client)
        client.start()
        assert client.wait_open(10)
        return client, told

    with running_server(certificates=certificates()) as server:
        yield start
        for client in clients:
            assert client.stop()


def test_an_account_is_one_person_on_two_clients_until_it_is_logged_out(come: Come) -> None:
    """With the same channels; a wrong password leaves one who one was, with a way to try again."""
    ann, _ = come("ann")
    assert ann.ask(accounts.Register, password=SECRET).result(10).user.kind is UserKind.REGISTERED
    phone, told = come("phone")
    wrong = phone.log_in("ann", "battery horse").exception(10)
    assert isinstance(wrong, Refused)
    assert wrong.code is ErrorCode.WRONG_PASSWORD
    told.wait_phase(Phase.OPEN, times=2)
    with phone.reading() as state:
        assert state.me is not None
        assert state.me.nick == "phone"
    user = phone.log_in("ann", SECRET).result(10).user
    told.wait_phase(Phase.OPEN, times=3)
    with ann.reading() as state:
        assert state.me == user
    devices = ann.ask(accounts.Devices).result(10).devices
    assert [device.current for device in devices].count(True) == 1
    assert len(devices) == 2
    assert ann.ask(accounts.RevokeDevice).result(10).logged_out == 1
    assert "log in again" in told.wait_phase(Phase.ENDED).cause
    phone.log_in("ann", SECRET)
    told.wait_phase(Phase.OPEN, times=4)
    wait_until(lambda: len(ann.ask(accounts.Devices).result(10).devices) == 2)
