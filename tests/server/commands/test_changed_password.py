"""A change of one's password whose answer was lost, and comes again; and what that lets nobody find out."""

import pytest

from chat.ids import new_token
from chat.protocol.accounts import ChangePassword, ChangePasswordResult, Register
from chat.protocol.codes import ErrorCode
from chat.protocol.replies import Error, HelloResult
from chat.protocol.requests import Hello
from chat.server.domain.attempts import FREE
from chat.server.state.session import Session
from tests.support.hub import Hub, closed_for, hello_fields
from tests.support.passwords import GOOD, OTHER

TOKEN = "a" * 64
THIRD = "three green lamps"


@pytest.fixture
def hub() -> Hub:
    """A server where ann has an account with the password `GOOD`."""
    hub = Hub()
    hub.ask(hub.guest("ann", TOKEN), Register, password=GOOD)
    return hub


def ann(hub: Hub) -> Session:
    """Another link of her first device."""
    session = hub.connect()
    hub.ask(session, Hello, **hello_fields("ann", TOKEN))
    return session


def logged_in(hub: Hub, password: str) -> Session:
    """A session of a new device of hers."""
    session = hub.connect()
    reply = hub.ask(session, Hello, **hello_fields("ann", new_token()), new=True, password=password)
    assert isinstance(reply, HelloResult), reply
    return session


def code(reply: object) -> ErrorCode:
    """The code of a refusal."""
    assert isinstance(reply, Error), reply
    return reply.code


def test_a_change_whose_answer_was_lost_is_answered_when_it_comes_again(hub: Hub) -> None:
    """On the same link, on another one, and after the server was started anew; nothing is changed twice."""
    request = hub.request(ChangePassword, old=GOOD, new=OTHER)
    first = hub.ask_again(ann(hub), request)
    assert isinstance(first, ChangePasswordResult)
    phone = logged_in(hub, OTHER)
    batch = hub.store.last_batch()
    for server in (hub, hub, Hub(hub.store.inside)):
        assert server.ask_again(ann(server), request) == ChangePasswordResult(id=request.id, logged_out=0)
    assert hub.store.last_batch() == batch
    assert closed_for(phone) is None


def test_a_change_that_was_not_stored_is_made_when_it_comes_again(hub: Hub) -> None:
    """The old password still counts then."""
    session = ann(hub)
    request = hub.request(ChangePassword, old=GOOD, new=OTHER)
    hub.store.switch.refuse_writes()
    assert code(hub.ask_again(session, request)) == ErrorCode.STORAGE_TROUBLE
    hub.store.switch.heal()
    assert isinstance(hub.ask_again(session, request), ChangePasswordResult)
    logged_in(hub, OTHER)


def test_an_older_change_that_comes_again_is_a_wrong_password(hub: Hub) -> None:
    """Its new password does not count any more, and does not come back."""
    session = ann(hub)
    request = hub.request(ChangePassword, old=GOOD, new=OTHER)
    hub.ask_again(session, request)
    hub.ask(session, ChangePassword, old=OTHER, new=THIRD)
    assert code(hub.ask_again(session, request)) == ErrorCode.WRONG_PASSWORD
    logged_in(hub, THIRD)


def test_guessing_by_the_new_password_gets_nobody_more_tries(hub: Hub) -> None:
    """A wrong pair counts as the two passwords that were compared; of those, five are free."""
    session = ann(hub)
    for _ in range(FREE // 2):
        assert code(hub.ask(session, ChangePassword, old=OTHER, new=THIRD)) == ErrorCode.WRONG_PASSWORD
    assert code(hub.ask(session, ChangePassword, old=OTHER, new=THIRD)) == ErrorCode.WRONG_PASSWORD
    refused = hub.ask(session, ChangePassword, old=OTHER, new=GOOD)
    assert code(refused) == ErrorCode.TOO_MANY_ATTEMPTS
    assert refused.retry_after_ms


def test_a_change_that_came_again_forgives_what_was_wrong(hub: Hub) -> None:
    """As the right password does anywhere; it counts as no failure."""
    session = ann(hub)
    for _ in range(FREE):
        request = hub.request(ChangePassword, old=OTHER, new=GOOD)
        assert isinstance(hub.ask_again(session, request), ChangePasswordResult)


def guesses(hub: Hub, nick: str, host: str) -> ErrorCode:
    """A stranger tries the password of an account from an address."""
    stranger = hub.connect()
    stranger.host, stranger.secret = host, True
    return code(hub.ask(stranger, Hello, **hello_fields(nick, new_token()), new=True, password=OTHER))


@pytest.mark.parametrize("host", ["192.0.2.1", "192.0.2.2"])
def test_what_strangers_guess_keeps_nobody_from_changing_the_password(hub: Hub, host: str) -> None:
    """Neither on the account nor from the same address: who has a device is counted apart."""
    session = ann(hub)
    session.host, session.secret = "192.0.2.1", True
    assert [guesses(hub, "ann", host) for _ in range(FREE + 1)][-2:] == [
        ErrorCode.WRONG_PASSWORD,
        ErrorCode.TOO_MANY_ATTEMPTS,
    ]
    assert isinstance(hub.ask(session, ChangePassword, old=GOOD, new=OTHER), ChangePasswordResult)
    assert guesses(hub, "ann", host) is ErrorCode.TOO_MANY_ATTEMPTS, "and it forgives a stranger nothing"


def test_wrong_passwords_on_a_device_count_for_all_devices_of_its_user(hub: Hub) -> None:
    """From wherever; they lock out no login, and are told to the operator as any others."""
    phone = logged_in(hub, GOOD)
    for session in (phone, ann(hub), phone):
        assert code(hub.ask(session, ChangePassword, old=OTHER, new=THIRD)) is ErrorCode.WRONG_PASSWORD
    for session in (ann(hub), phone):
        refused = hub.ask(session, ChangePassword, old=GOOD, new=OTHER)
        assert code(refused) is ErrorCode.TOO_MANY_ATTEMPTS
    logged_in(hub, GOOD)
    locked = [each for each in hub.store.audit(limit=9) if each.action == "login_locked"]
    assert {(each.subject, each.detail) for each in locked} == {("ann", "account")}
