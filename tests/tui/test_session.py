"""Where to go and as whom."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat import __version__
from chat.client.client import ChatClient
from chat.client.identity_stores import MemoryIdentities
from chat.client.remembered import KnownServer
from chat.ids import new_token
from chat.protocol.codec import decode_request, encode
from chat.protocol.requests import Hello, MarkRead
from chat.text import sanitize_line
from chat.transport.address import Address, parse_addresses
from chat.tui.session import Session, client_name, proposed_nick
from tests.support.clock import FakeClock
from tests.support.frames import direct
from tests.support.scripted_server import ScriptedServer
from tests.support.server import RunningServer, running_server

WHEN = datetime(2024, 5, 17, tzinfo=UTC)


def known(nick: str, address: str = "attic:7420") -> KnownServer:
    """A server that was joined before."""
    return KnownServer(address, "attic", nick, WHEN)


def joined(session: Session) -> ChatClient:
    """A client of the session that was connected once."""
    client = session.client(lambda _: None)
    with client:
        assert client.wait_open(10)
    return client


@pytest.fixture
def session(tmp_path: Path) -> Session:
    """A session of Maria on a home of her own, without an address."""
    return Session(
        "maria", identities=MemoryIdentities(), remembered=tmp_path / "servers.json", clock=FakeClock()
    )


def at(session: Session, server: RunningServer) -> Session:
    """The session on a running server."""
    host, port = server.address
    return replace(session, address=Address(host, port))


# ---------------------------------------------------------------------- who to be


def test_the_nick_of_the_config_file_comes_first() -> None:
    """It was written down on purpose."""
    assert proposed_nick("maria", "attic:7420", [known("mia")]) == "maria"


def test_the_nick_used_last_on_that_server_comes_next() -> None:
    """Whatever one is called elsewhere."""
    assert proposed_nick("", "attic:7420", [known("elsewhere", "other:7420"), known("mia")]) == "mia"


def test_the_nick_used_last_anywhere_serves_on_a_new_server() -> None:
    """The newest one."""
    assert proposed_nick("", "new:7420", [known("mia"), known("old", "other:7420")]) == "mia"


def test_the_login_name_serves_who_was_nowhere_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the system knows it."""
    monkeypatch.setenv("LOGNAME", "maria")
    assert proposed_nick("", "attic:7420", []) == "maria"


@pytest.mark.parametrize("login", ["root", "john doe", "#x", "\u202e"])
def test_a_login_name_that_is_no_nick_makes_a_guest(monkeypatch: pytest.MonkeyPatch, login: str) -> None:
    """In containers everybody is root, which is reserved."""
    monkeypatch.setenv("LOGNAME", login)
    nick = proposed_nick("", "attic:7420", [])
    assert nick.startswith("guest-")
    assert nick.removeprefix("guest-").isdecimal()


# ---------------------------------------------------------------------- what is remembered


def test_a_server_that_was_joined_is_proposed_from_then_on(session: Session) -> None:
    """With its name, and who one was there."""
    with running_server() as server:
        session = at(session, server)
        session.remember(joined(session))
    (kept,) = session.known_servers()
    assert kept == KnownServer(str(session.address), "test-server", "maria", session.clock.now())


def test_a_server_that_was_never_joined_is_not_remembered(session: Session) -> None:
    """There is nothing to come back to."""
    session = replace(session, address=Address("127.0.0.1", 1))
    client = session.client(lambda _: None)
    session.remember(client)
    client.stop()
    assert session.known_servers() == ()


def test_the_number_of_a_second_client_is_not_remembered(session: Session) -> None:
    """Maria is maria2 while her first client runs, and maria again the next time."""
    with running_server() as server:
        session = at(session, server)
        with session.client(lambda _: None) as first:
            assert first.wait_open(10)
            second = joined(session)
        with second.reading() as state:
            assert state.me is not None
            assert state.me.nick == "maria2"
        session.remember(second)
    assert [each.nick for each in session.known_servers()] == ["maria"]


def test_all_addresses_of_a_server_are_remembered_as_they_were_typed(session: Session) -> None:
    """So that the next start knows the standby too."""
    with running_server() as server:
        session = session.at([Address(*server.address), Address("standby", 7)])
        session.remember(joined(session))
    (kept,) = session.known_servers()
    assert kept.address == f"{Address(*server.address)},standby:7"
    assert session.at(parse_addresses(kept.address)) == session


def test_the_server_joined_last_comes_first(session: Session) -> None:
    """As it is listed, and as it is joined where nobody names one."""
    clock = session.clock
    assert isinstance(clock, FakeClock)
    addresses: list[str] = []
    for _ in range(2):
        with running_server() as server:
            here = at(session, server)
            here.remember(joined(here))
            addresses.insert(0, str(here.address))
        clock.advance(timedelta(hours=1).total_seconds())
    assert [each.address for each in session.known_servers()] == addresses


def test_a_server_is_told_the_program_and_the_machine(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that one knows one's devices apart; the machine by the first part of its name."""
    monkeypatch.setattr("socket.gethostname", lambda: "laptop.example.org")
    with ScriptedServer() as server:
        client = replace(session, address=server.address).client(lambda _: None)
        client.start()
        link = server.accept()
        assert link.greet().client == f"chat-tui {__version__} on laptop"
        link.close()
        client.stop()


@pytest.mark.parametrize("host", ["", "localhost", "localhost.localdomain", "\u202e"])
def test_a_machine_without_a_name_is_not_told(host: str) -> None:
    """The program alone."""
    assert client_name(host) == f"chat-tui {__version__}"


@given(st.text(st.characters(exclude_categories=())))
def test_what_a_client_says_of_itself_is_taken_by_any_server(host: str) -> None:
    """One clean line, and no longer than the wire has it."""
    hello = Hello(
        id="1", version_min=1, version_max=1, nick="ann", token=new_token(), client=client_name(host)
    )
    assert decode_request(encode(hello)) == hello
    assert sanitize_line(hello.client) == hello.client


def test_who_wants_it_reads_unseen(session: Session) -> None:
    """The setting goes with every mark: the other side of a direct conversation is told nothing."""
    with ScriptedServer() as server:
        client = replace(session, address=server.address, tell_read=False).client(lambda _: None)
        client.start()
        link = server.accept()
        link.greet(direct("ben", last=3, unread=1))
        assert client.wait_open(5)
        client.mark_read("d-ben", 3)
        assert link.expect(MarkRead).private
        link.close()
        client.stop()
