"""Logging in: a client connects anew and is an account, or stays who it was."""

import pytest

from chat.client.changes import MeChanged, Phase
from chat.client.identity_stores import MemoryIdentities
from chat.client.login import Login
from chat.errors import NoConnection
from chat.protocol.codes import CloseReason, ErrorCode, Refused
from chat.protocol.records import UserKind
from chat.protocol.replies import HelloResult, SyncResult
from chat.protocol.requests import Hello, Send, Sync
from tests.support.connecting import Connect
from tests.support.frames import channel, user, welcome
from tests.support.scripted_server import ScriptedLink, ScriptedServer

SECRET = "correct horse"
ANN = user("ann", kind=UserKind.REGISTERED)


def accept(link: ScriptedLink, hello: Hello) -> None:
    """Take a hello as Ann's, who is in a channel of her own."""
    link.say(HelloResult(id=hello.id, version=1, user=ANN, device="d9"))
    link.say(SyncResult(id=link.expect(Sync).id, conversations=(channel("hers"),)))


def test_who_logs_in_comes_back_as_the_account(server: ScriptedServer, connect: Connect) -> None:
    """With a new token and the password, on a new link; what the guest was in is gone."""
    home = MemoryIdentities()
    client, told = connect("guest", identities=home)
    first = server.accept()
    as_guest = first.greet(channel())
    assert client.wait_open(5)
    done = client.log_in("ann", SECRET)
    second = server.accept()
    second.say(welcome())
    hello = second.expect(Hello)
    assert (hello.new, hello.nick, hello.password) == (True, "ann", SECRET)
    assert hello.token != as_guest.token
    accept(second, hello)
    assert done.result(5).user == ANN
    told.wait_phase(Phase.OPEN, times=2)
    with client.reading() as state:
        assert [each.title for each in state.conversations] == ["#hers"]
        assert state.me == ANN
    kept = home.read((welcome().server_id, "ann"))
    assert kept is not None
    assert (kept.token, kept.known) == (hello.token, True)


def test_the_next_connection_needs_no_password(server: ScriptedServer, connect: Connect) -> None:
    """The device's token is enough from then on."""
    client, told = connect("guest")
    server.accept().greet()
    assert client.wait_open(5)
    client.log_in("ann", SECRET)
    link = server.accept()
    link.say(welcome())
    first = link.expect(Hello)
    accept(link, first)
    told.wait_phase(Phase.OPEN, times=2)
    link.cut()
    hello = server.accept().greet(me=ANN)
    assert (hello.token, hello.new, hello.password, hello.nick) == (first.token, False, "", "ann")


@pytest.mark.parametrize(
    "code", [ErrorCode.WRONG_PASSWORD, ErrorCode.TOO_MANY_ATTEMPTS, ErrorCode.NOT_ENCRYPTED]
)
def test_whom_the_server_does_not_take_stays_who_they_were(
    server: ScriptedServer, connect: Connect, code: ErrorCode
) -> None:
    """On the same link, with all they know; whoever asked hears why, and how long to wait."""
    client, told = connect("guest")
    first = server.accept().greet(channel())
    assert client.wait_open(5)
    done = client.log_in("ann", SECRET)
    link = server.accept()
    link.say(welcome())
    link.refuse(link.expect(Hello), code, retry_after_ms=7000)
    again = link.expect(Hello)
    assert (again.token, again.nick, again.new, again.password) == (first.token, "guest", False, "")
    link.say(HelloResult(id=again.id, version=1, user=user("guest"), device="d1"))
    link.say(SyncResult(id=link.expect(Sync).id, conversations=(channel(),)))
    error = done.exception(5)
    assert isinstance(error, Refused)
    assert (error.code, error.retry_after_ms) == (code, 7000)
    told.wait_phase(Phase.OPEN, times=2)
    assert len(told.all(MeChanged)) == 2
    with client.reading() as state:
        assert "c-general" in state.conversations


def test_a_login_that_finds_no_server_fails_and_is_forgotten(
    server: ScriptedServer, connect: Connect
) -> None:
    """The next connection is that of who one was; nobody is logged in long after."""
    client, told = connect("guest")
    server.accept().greet()
    assert client.wait_open(5)
    done = client.log_in("ann", SECRET)
    server.accept().cut()
    assert isinstance(done.exception(5), NoConnection)
    hello = server.accept().greet()
    assert (hello.nick, hello.password) == ("guest", "")
    told.wait_phase(Phase.OPEN, times=2)


def test_who_was_logged_out_can_log_in_again(server: ScriptedServer, connect: Connect) -> None:
    """The end of all connections is not the end of that."""
    client, told = connect("ann")
    link = server.accept()
    link.greet()
    assert client.wait_open(5)
    link.goodbye(CloseReason.LOGGED_OUT)
    assert "log in again" in told.wait_phase(Phase.ENDED).cause
    done = client.log_in("ann", SECRET)
    again = server.accept()
    again.say(welcome())
    accept(again, again.expect(Hello))
    assert done.result(5).user == ANN
    told.wait_phase(Phase.OPEN, times=2)


def test_what_waits_to_be_sent_goes_out_after_logging_in(server: ScriptedServer, connect: Connect) -> None:
    """Nothing that was said is lost."""
    client, told = connect("guest")
    server.accept().greet(channel())
    assert client.wait_open(5)
    client.log_in("ann", SECRET)
    link = server.accept()
    client.say("#general", "said meanwhile")
    link.say(welcome())
    accept(link, link.expect(Hello))
    assert link.expect(Send).text == "said meanwhile"
    told.wait_phase(Phase.OPEN, times=2)


def test_no_password_is_ever_shown() -> None:
    """In no log and no traceback."""
    assert SECRET not in repr(Login("ann", SECRET))


def test_who_is_not_let_in_as_a_guest_logs_in_all_the_same(server: ScriptedServer, connect: Connect) -> None:
    """The connection has ended by then, and a wrong password leaves it so."""
    client, told = connect("guest")
    first = server.accept()
    first.say(welcome())
    first.refuse(first.expect(Hello), ErrorCode.GATE_CLOSED)
    told.wait_phase(Phase.ENDED)
    wrong = client.log_in("ann", "hunter22")
    second = server.accept()
    second.say(welcome())
    second.refuse(second.expect(Hello), ErrorCode.WRONG_PASSWORD)
    second.refuse(second.expect(Hello), ErrorCode.GATE_CLOSED)
    told.wait_phase(Phase.ENDED, times=2)
    assert isinstance(wrong.exception(5), Refused)
    right = client.log_in("ann", SECRET)
    third = server.accept()
    third.say(welcome())
    accept(third, third.expect(Hello))
    assert right.result(5).user == ANN
    told.wait_phase(Phase.OPEN)
