"""How the client says who it is: tokens, nicks and versions, and what it does when they are refused."""

from collections.abc import Callable
from pathlib import Path

import pytest

from chat.client.changes import (
    IdentityLost,
    Phase,
)
from chat.client.identity_stores import FileIdentities, MemoryIdentities
from chat.protocol.codes import CloseReason, ErrorCode
from chat.protocol.replies import HelloResult, SyncResult
from chat.protocol.requests import Hello, Sync
from tests.support.connecting import Connect
from tests.support.frames import user, welcome
from tests.support.scripted_server import ScriptedLink, ScriptedServer


def test_a_device_that_the_server_forgot_becomes_a_new_guest(
    server: ScriptedServer, connect: Connect
) -> None:
    """The person is told, and the old token is not used again."""
    client, told = connect("ann")
    first = server.accept()
    one = first.greet()
    assert client.wait_open(5)
    first.cut()
    second = server.accept()
    second.say(welcome())
    again = second.expect(Hello)
    assert (again.token, again.new) == (one.token, False)
    second.refuse(again, ErrorCode.UNKNOWN_DEVICE)
    fresh = second.expect(Hello)
    assert fresh.new
    assert fresh.token != one.token
    second.say(HelloResult(id=fresh.id, version=1, user=user("ann"), device="d2"))
    second.say(SyncResult(id=second.expect(Sync).id, conversations=()))
    told.wait_phase(Phase.OPEN, times=2)
    assert told.wait(IdentityLost).nick == "ann"


def test_a_refused_hello_that_may_be_retried_is_retried_after_the_wait(
    server: ScriptedServer, connect: Connect
) -> None:
    """An overloaded server is left alone for as long as it says, then asked again."""
    _, told = connect()
    first = server.accept()
    first.say(welcome())
    first.refuse(first.expect(Hello), ErrorCode.OVERLOADED, retry_after_ms=30)
    server.accept().greet()
    told.wait_phase(Phase.OPEN)
    waiting = told.wait_phase(Phase.WAITING)
    assert waiting.retry_seconds == pytest.approx(0.03)
    assert waiting.failures == 1


@pytest.mark.parametrize(
    ("refuse", "part", "seconds"),
    [
        pytest.param(
            lambda link: link.refuse(link.expect(Hello), ErrorCode.TOO_MANY_ATTEMPTS, 40_001),
            "new devices",
            40.001,
            id="too many new devices",
        ),
        pytest.param(
            lambda link: link.refuse(link.expect(Hello), ErrorCode.TOO_MANY_REQUESTS, 1000),
            "Too many requests before `hello`",
            1.0,
            id="too many requests",
        ),
        pytest.param(
            lambda link: (link.expect(Hello), link.goodbye(CloseReason.TOO_MANY_LINKS)),
            "Too many connections from this address",
            2.0,
            id="too many links",
        ),
    ],
)
def test_whoever_is_refused_at_the_door_is_told_why_and_when_it_is_tried_again(
    server: ScriptedServer,
    connect: Connect,
    refuse: Callable[[ScriptedLink], object],
    part: str,
    seconds: float,
) -> None:
    """By itself, after the wait; nobody has to do anything."""
    _, told = connect()
    link = server.accept()
    link.say(welcome())
    refuse(link)
    waiting = told.wait_phase(Phase.WAITING)
    assert part in waiting.cause
    assert waiting.retry_seconds == pytest.approx(seconds)


def test_where_guests_are_not_let_in_logging_in_is_the_way(server: ScriptedServer, connect: Connect) -> None:
    """Whoever shows the end can say so."""
    _, told = connect()
    link = server.accept()
    link.say(welcome())
    link.refuse(link.expect(Hello), ErrorCode.GATE_CLOSED)
    assert told.wait_phase(Phase.ENDED).wants_login


def test_a_hello_refused_for_good_ends_with_the_servers_sentence(
    server: ScriptedServer, connect: Connect
) -> None:
    """A nick that breaks the rules is not tried again and again."""
    _, told = connect("bad nick")
    link = server.accept()
    link.say(welcome())
    link.refuse(link.expect(Hello), ErrorCode.INVALID_NAME)
    assert "rules for names" in told.wait_phase(Phase.ENDED).cause
    server.expect_nobody(0.1)


@pytest.mark.parametrize(
    ("speaks", "sentence"),
    [
        ({"version_min": 0, "version_max": 0}, "server is too old"),
        ({"version_min": 2, "version_max": 3}, "client is too old"),
    ],
)
def test_a_server_of_another_version_is_named_with_who_must_update(
    server: ScriptedServer, connect: Connect, speaks: dict[str, int], sentence: str
) -> None:
    """Nothing is said to it, no hello above all, and nobody comes back."""
    _, told = connect()
    link = server.accept()
    link.say(welcome(**speaks))
    assert sentence in told.wait_phase(Phase.ENDED).cause
    link.expect_end()
    server.expect_nobody(0.1)


def test_two_clients_of_one_home_are_two_people(server: ScriptedServer, connect: Connect) -> None:
    """The second becomes the next numbered nick, with a token of its own."""
    home = MemoryIdentities()
    first, _ = connect("maria", identities=home)
    one = server.accept().greet()
    assert first.wait_open(5)
    second, _ = connect("maria", identities=home)
    two = server.accept().greet()
    assert second.wait_open(5)
    assert (one.nick, two.nick) == ("maria", "maria2")
    assert one.token != two.token


def test_a_nick_chosen_by_hand_is_not_replaced_by_another(server: ScriptedServer, connect: Connect) -> None:
    """When it is in use in this home, a sentence says so."""
    home = MemoryIdentities()
    first, _ = connect("maria", identities=home)
    server.accept().greet()
    assert first.wait_open(5)
    _, told = connect("maria", identities=home, numbered=False)
    server.accept().say(welcome())
    assert "maria is in use" in told.wait_phase(Phase.ENDED).cause


def test_a_proposed_nick_that_is_taken_gets_a_number(server: ScriptedServer, connect: Connect) -> None:
    """A new guest asks for the next free one under the same token, and is found by either nick later."""
    home = MemoryIdentities()
    client, _ = connect("maria", identities=home)
    link = server.accept()
    link.say(welcome())
    first = link.expect(Hello)
    link.refuse(first, ErrorCode.NICK_TAKEN)
    second = link.expect(Hello)
    assert (first.nick, second.nick) == ("maria", "maria2")
    assert second.token == first.token
    link.say(HelloResult(id=second.id, version=1, user=user("maria2"), device="d1"))
    link.say(SyncResult(id=link.expect(Sync).id, conversations=()))
    assert client.wait_open(5)
    server_id = welcome().server_id
    assert home.read((server_id, "maria")) == home.read((server_id, "maria2"))


def test_a_nick_chosen_by_hand_that_is_taken_ends_with_a_sentence(
    server: ScriptedServer, connect: Connect
) -> None:
    """The person chooses another; nobody is renamed unasked."""
    _, told = connect("maria", numbered=False)
    link = server.accept()
    link.say(welcome())
    link.refuse(link.expect(Hello), ErrorCode.NICK_TAKEN)
    assert "choose another" in told.wait_phase(Phase.ENDED).cause
    link.expect_end()


def test_there_is_an_end_to_trying_nicks(server: ScriptedServer, connect: Connect) -> None:
    """A server allows few requests before hello is accepted."""
    _, told = connect("maria")
    link = server.accept()
    link.say(welcome())
    nicks = []
    for _ in range(10):
        hello = link.expect(Hello)
        nicks.append(hello.nick)
        link.refuse(hello, ErrorCode.NICK_TAKEN)
    assert len(set(nicks)) == 10
    assert "choose another" in told.wait_phase(Phase.ENDED).cause


def test_an_identity_that_can_not_be_kept_ends_with_a_sentence(
    server: ScriptedServer, connect: Connect, tmp_path: Path
) -> None:
    """Without a place for its token, a client would be a new guest at every start."""
    (tmp_path / "file").write_text("")
    _, told = connect(identities=FileIdentities(tmp_path / "file"))
    server.accept().say(welcome())
    assert "Make that place writable" in told.wait_phase(Phase.ENDED).cause
