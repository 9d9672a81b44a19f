"""Several addresses of one server: the client goes to the next that answers as that server, to no other."""

from collections.abc import Iterator

import pytest

from chat.client.changes import IdentityLost, Phase, SendState
from chat.client.client import ChatClient, ClientSettings
from chat.client.identity_stores import MemoryIdentities
from chat.client.link_thread import Route
from chat.protocol.codes import CloseReason
from chat.protocol.requests import Send
from chat.transport.address import Address
from tests.support.connecting import no_pauses
from tests.support.far_server import SECONDS, FarServer, far_server
from tests.support.fault_proxy import FaultProxy
from tests.support.frames import channel, welcome
from tests.support.recorder import Recorder
from tests.support.scripted_server import ScriptedServer


@pytest.fixture
def far() -> Iterator[FarServer]:
    """A server behind a network that a test can break."""
    with far_server() as made:
        yield made


@pytest.fixture
def standby(far: FarServer) -> Iterator[FaultProxy]:
    """A second address of the same server."""
    with FaultProxy(far.server.address) as proxy:
        yield proxy


def test_the_client_goes_to_the_next_address_and_says_so(far: FarServer, standby: FaultProxy) -> None:
    """What was said meanwhile goes out there, once, and one is the same person."""
    ann = far.come("ann", addresses=[far.proxy.address, standby.address])
    assert (ann.client.link.address, ann.client.link.detour) == (str(far.proxy.address), "")
    far.proxy.refuse()
    far.proxy.cut()
    ann.client.say("#general", "over there")
    there = ann.told.wait_phase(Phase.OPEN, times=2)
    assert there.address == str(standby.address)
    assert there.detour == f"{far.proxy.address} refused the connection."
    ann.wait_texts(["over there"])
    assert not ann.told.all(IdentityLost)


def test_the_client_stays_where_it_is_while_that_works(far: FarServer, standby: FaultProxy) -> None:
    """Also over a cut, though the first address is back; only when its own fails it goes on."""
    ann = far.come("ann", addresses=[far.proxy.address, standby.address])
    far.proxy.refuse()
    far.proxy.cut()
    ann.told.wait_phase(Phase.OPEN, times=2)
    far.proxy.restore()
    standby.cut()
    assert ann.told.wait_phase(Phase.OPEN, times=3).address == str(standby.address)
    standby.refuse()
    standby.cut()
    back = ann.told.wait_phase(Phase.OPEN, times=4)
    assert (back.address, back.detour) == (str(far.proxy.address), "")


def test_when_no_address_answers_each_is_named(far: FarServer, standby: FaultProxy) -> None:
    """One sentence for each, so that one sees which to look after."""
    ann = far.come("ann", addresses=[far.proxy.address, standby.address])
    for proxy in (far.proxy, standby):
        proxy.refuse()
    far.proxy.cut()
    waiting = ann.told.wait_phase(Phase.WAITING, times=2)
    assert waiting.cause == " ".join(
        f"{proxy.address} refused the connection." for proxy in (far.proxy, standby)
    )


def test_the_first_that_answers_decides_which_server_it_is(far: FarServer) -> None:
    """Whoever was never there takes what answers, and learns why it is not the first of the list."""
    nobody = Address("nobody.invalid." + "x" * 300, 1)
    ann = far.come("ann", addresses=[nobody, far.proxy.address])
    assert ann.client.link.address == str(far.proxy.address)
    assert ann.client.link.detour == f"Nobody knows the host of {nobody}."


def test_another_server_at_a_listed_address_is_told_nothing() -> None:
    """No token, nothing of the outbox; the user is told which it was, and the next address is tried."""
    told = Recorder()
    with ScriptedServer() as home, ScriptedServer() as stranger, ScriptedServer() as standby:
        addresses = [home.address, stranger.address, standby.address]
        settings = ClientSettings(identities=MemoryIdentities())
        client = ChatClient([], "ann", told, settings, route=Route(addresses, pauses=no_pauses))
        client.start()
        link = home.accept()
        hello = link.greet(channel("general"), server_id="home")
        assert client.wait_open(SECONDS)
        link.goodbye(CloseReason.STOPPING)
        home.close()
        send_id = client.say("#general", "not for strangers")
        other = stranger.accept()
        other.say(welcome(server_id="stranger"))
        other.expect_end()
        there = standby.accept()
        again = there.greet(channel("general"), server_id="home")
        assert (again.token, again.new) == (hello.token, False)
        send = there.expect(Send)
        assert (send.text, send.send_id) == ("not for strangers", send_id)
        there.store(send, 1)
        told.wait_sent(send_id, SendState.STORED)
        found = told.wait_phase(Phase.OPEN, times=2)
        assert f"{stranger.address}: Another server answers" in found.detour
        assert str(home.address) in found.detour
        for server in (stranger, standby):
            server.close()
        assert client.stop()


def test_a_stranger_that_is_too_old_ends_nothing() -> None:
    """Which server it is comes first: what another one speaks is no reason to give up one's own."""
    told = Recorder()
    with ScriptedServer() as home, ScriptedServer() as stranger:
        route = Route([home.address, stranger.address], pauses=no_pauses)
        client = ChatClient([], "ann", told, ClientSettings(identities=MemoryIdentities()), route=route)
        client.start()
        link = home.accept()
        link.greet(channel("general"), server_id="home")
        assert client.wait_open(SECONDS)
        home.close()
        link.close()
        other = stranger.accept()
        other.say(welcome(server_id="stranger", version_min=0, version_max=0))
        other.expect_end()
        waiting = told.wait_phase(Phase.WAITING, times=2)
        assert f"{stranger.address}: Another server answers" in waiting.cause
        stranger.close()
        assert client.stop()
