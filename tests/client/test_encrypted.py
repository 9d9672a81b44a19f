"""Clients and servers that talk encrypted: first contact, the same again, a change, a downgrade, a switch."""

import ssl
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest
from msgspec.structs import replace

from chat.client.bot import Bot
from chat.client.changes import Change, LinkChanged, Phase, ServerMet
from chat.client.client import ChatClient, ClientSettings
from chat.client.identity_stores import MemoryIdentities
from chat.client.secured import Security
from chat.client.trust import Verdict
from chat.client.trust_stores import FileTrust, MemoryTrust
from chat.errors import NoConnection
from chat.server.storage import MemoryStore
from chat.transport import tls
from chat.transport.address import Address
from tests.support.fault_links import Way
from tests.support.fault_proxy import FaultProxy
from tests.support.server import RunningServer, running_server
from tests.support.tls import certificates, key_pair
from tests.support.waiting import wait_until


@pytest.fixture(autouse=True)
def far_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is near in these tests, or every server would be believed at once."""
    monkeypatch.setattr("chat.client.secured.is_near", lambda _: False)


@pytest.fixture
def server() -> Iterator[RunningServer]:
    """A server with a certificate of its own."""
    with running_server(certificates=certificates()) as running:
        yield running


class Visitor:
    """A client and what it told."""

    def __init__(self, address: tuple[str, int], security: Security | None) -> None:
        self.told: SimpleQueue[Change] = SimpleQueue()
        settings = ClientSettings(identities=MemoryIdentities(), security=security)
        self.client = ChatClient([Address(*address)], "ann", self.told.put, settings)

    def __enter__(self) -> "Visitor":
        self.client.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.client.stop()

    def met(self) -> ServerMet:
        """Wait until it tells of the server."""
        while True:
            change = self.told.get(timeout=5)
            if isinstance(change, ServerMet):
                return change

    def opened(self) -> LinkChanged:
        """Wait until it is connected."""
        assert self.client.wait_open(5)
        return self.client.link


def test_a_server_is_believed_at_first_and_then_by_its_certificate(server: RunningServer) -> None:
    """Nobody asks; what it showed is told once and pinned; talking goes through."""
    trust = MemoryTrust()
    with Visitor(server.address, Security(trust)) as first:
        met = first.met()
        assert met.believed
        assert met.verdict is Verdict.NEW
        assert met.seen.fingerprint == certificates().fingerprint
        assert first.opened().encrypted
        first.client.say("#general", "hello")
        assert first.client.wait_idle(5)
    with Visitor(server.address, Security(trust)) as again:
        assert again.opened().encrypted
        assert not [change for change in _all(again.told) if isinstance(change, ServerMet)]


def test_a_person_who_is_asked_decides(server: RunningServer) -> None:
    """Nothing is told to the server before that; then the client goes on by itself."""
    trust = MemoryTrust()
    with Visitor(server.address, Security(trust, asks=True)) as visitor:
        met = visitor.met()
        assert not met.believed
        with pytest.raises(NoConnection, match="never met"):
            visitor.client.wait_open(5)
        assert server.app.people_here == 0
        visitor.client.believe(met)
        wait_open(visitor.client)
        pin = trust.pin_of(met.seen.server_id)
        assert pin is not None
        assert pin.fingerprint == met.seen.fingerprint


def test_another_certificate_is_refused_loudly(tmp_path: Path) -> None:
    """Whoever is in between has no token and no text of ours; the sentence says what to do."""
    trust = FileTrust(tmp_path / "known_servers.json")
    store = MemoryStore()
    with (
        running_server(store=lambda: store, certificates=certificates()) as server,
        Visitor(server.address, Security(trust)) as visitor,
    ):
        visitor.opened()
    with (
        running_server(store=lambda: store, certificates=certificates("another")) as server,
        Visitor(server.address, Security(trust)) as visitor,
    ):
        met = visitor.met()
        assert met.verdict is Verdict.CHANGED
        with pytest.raises(NoConnection, match="another certificate than before"):
            visitor.client.wait_open(5)
        assert server.app.people_here == 0


def test_a_fingerprint_that_was_demanded_decides(server: RunningServer) -> None:
    """With it nobody is asked; without it nothing is told to the server, whoever is there to ask."""
    shown = certificates().fingerprint
    with Visitor(server.address, Security(asks=True, expected=shown)) as visitor:
        assert visitor.opened().encrypted
    with Visitor(server.address, Security(expected="0" * 64)) as visitor:
        assert visitor.met().verdict is Verdict.UNEXPECTED
        with pytest.raises(NoConnection, match="does not have the fingerprint"):
            visitor.client.wait_open(5)
        assert visitor.client.link.doubted
        assert server.app.people_here == 0


def test_a_bot_believes_and_tells_its_log(server: RunningServer, caplog: pytest.LogCaptureFixture) -> None:
    """Once: what it pinned it does not tell again, and what changed it refuses."""
    address = f"{server.address[0]}:{server.address[1]}"
    for _ in range(2):
        with Bot(address, "echo", ["#general"], MemoryIdentities()) as bot:
            wait_open(bot.client)
            assert bot.client.link.encrypted
    told = [record.getMessage() for record in caplog.records if "first contact" in record.getMessage()]
    assert told == [f"first contact with test-server: fingerprint {tls.spoken(certificates().fingerprint)}"]


def test_a_server_that_stops_encrypting_is_refused() -> None:
    """Being talked down to plain text is what somebody in between would try; a person may know better."""
    trust = MemoryTrust()
    store = MemoryStore()
    with (
        running_server(store=lambda: store, certificates=certificates()) as server,
        Visitor(server.address, Security(trust)) as visitor,
    ):
        visitor.opened()
    with running_server(store=lambda: store) as server:
        with Visitor(server.address, Security(trust)) as visitor:
            assert visitor.client.wait_open(0.5) is False
            assert "does not encrypt" in visitor.client.link.cause
        with Visitor(server.address, Security(trust, encrypts=False)) as visitor:
            met = visitor.met()
            assert met.verdict is Verdict.UNENCRYPTED
            assert not met.believed
            visitor.client.believe(met)
            wait_open(visitor.client)
            assert not visitor.client.link.encrypted


def test_another_server_at_a_known_address_is_told_apart() -> None:
    """Nobody is asked in general, but this is worth a question: its name is given with the old one."""
    trust = MemoryTrust()
    with running_server(certificates=certificates()) as server:
        address = server.address
        with Visitor(address, Security(trust)) as visitor:
            visitor.opened()
    with (
        running_server(certificates=certificates("another")) as other,
        FaultProxy(other.address) as proxy,
    ):
        trust.keep(replace(visitor.met().seen, address=str(proxy.address)))
        with Visitor((proxy.address.host, proxy.address.port), Security(trust)) as again:
            met = again.met()
            assert met.known_as == "test-server"
            assert not met.believed
            assert "now another server" in met.sentence


def test_a_certificate_that_the_system_believes_needs_no_question(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is checked by name in the normal way, also when it changes."""

    def believes_the_test() -> ssl.SSLContext:
        context = tls.unverified_context()
        context.load_verify_locations(key_pair().certificate)
        context.verify_mode = ssl.CERT_REQUIRED
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.check_hostname = True
        return context

    monkeypatch.setattr("chat.client.secured.verifying_context", believes_the_test)
    trust = MemoryTrust()
    for _ in range(2):
        with Visitor(("localhost", server.address[1]), Security(trust, asks=True)) as visitor:
            assert visitor.opened().encrypted
            assert not [change for change in _all(visitor.told) if isinstance(change, ServerMet)]
    found = trust.last_at(f"localhost:{server.address[1]}")
    assert found is not None
    assert found[1].verified


def test_a_link_that_dies_in_the_handshake_is_tried_again(server: RunningServer) -> None:
    """As any other that breaks."""
    with FaultProxy(server.address) as proxy:
        trap = proxy.cut_after(Way.TO_CLIENT, 200, times=2)
        with Visitor((proxy.address.host, proxy.address.port), Security(MemoryTrust())) as visitor:
            visitor.client.wait_open(5)
            wait_open(visitor.client)
        assert trap.cuts == 2


def test_encryption_survives_single_bytes_and_cuts(server: RunningServer) -> None:
    """What is said goes out once, whatever the network does to the bytes."""
    with FaultProxy(server.address) as proxy:
        proxy.split()
        with Visitor((proxy.address.host, proxy.address.port), Security(MemoryTrust())) as visitor:
            wait_open(visitor.client)
            for number in range(3):
                visitor.client.say("#general", f"message {number}")
                proxy.cut()
                visitor.client.connect_now()
            assert visitor.client.wait_idle(10)
            page = visitor.client.fill("#general").result(5)
            texts = [entry.text for entry in page.entries if hasattr(entry, "text")]
            assert texts == ["message 0", "message 1", "message 2"]


def wait_open(client: ChatClient) -> None:
    """Wait until it is connected, whatever happened before."""
    wait_until(lambda: client.link.phase is Phase.OPEN, 10, "connected")


def _all(told: SimpleQueue[Change]) -> list[Change]:
    found = []
    while not told.empty():
        found.append(told.get())
    return found
