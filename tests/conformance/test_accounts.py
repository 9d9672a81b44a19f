"""Accounts: where passwords are taken, and what trying them costs."""

import pytest

from chat.ids import new_token
from chat.protocol.accounts import ChangePassword, ChangePasswordResult, Register, RegisterResult
from chat.protocol.codec import VERSION
from chat.protocol.codes import ErrorCode
from chat.protocol.replies import Error, HelloResult, PingResult
from chat.protocol.requests import Hello, Ping
from chat.server.config import ServerConfig
from tests.support.clock import HastyClock
from tests.support.passwords import GOOD, OTHER
from tests.support.people import People
from tests.support.server import running_server


def log_in(people: People, nick: str, password: str, token: str = "") -> HelloResult | Error:
    """What a new device gets for a password."""
    link = people.link()
    link.read()
    reply = link.ask(
        Hello(
            id="h",
            version_min=VERSION,
            version_max=VERSION,
            nick=nick,
            token=token or new_token(),
            new=True,
            password=password,
        )
    )
    link.close()
    assert isinstance(reply, HelloResult | Error)
    return reply


def test_no_password_is_said_where_others_read_along(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it is for; the link goes on.

    A1: A password MUST be refused with `not_encrypted` where others could read along: on links that are
    neither encrypted nor from this machine.
    """
    near = people.come("ann")
    near.get(RegisterResult, Register, password=GOOD)
    monkeypatch.setattr("chat.server.state.session.on_this_machine", lambda _: False)
    ann, ben = people.come("ann", near.token), people.come("ben")
    refused = [
        ben.ask(Register, password=GOOD),
        ann.ask(ChangePassword, old=GOOD, new=OTHER),
        log_in(people, "ann", GOOD),
    ]
    assert [each.code for each in refused if isinstance(each, Error)] == [ErrorCode.NOT_ENCRYPTED] * 3
    ann.get(PingResult, Ping)


def test_nobody_learns_which_accounts_there_are(people: People) -> None:
    """Of a guest, of nobody and of an account with another password alike.

    A2: An account that there is not MUST be answered like a wrong password, after the same work.
    """
    people.come("ben")
    people.come("ann").get(RegisterResult, Register, password=GOOD)
    replies = [log_in(people, nick, OTHER) for nick in ("ann", "ben", "nobody")]
    assert replies[0] == replies[1] == replies[2]
    assert isinstance(replies[0], Error)
    assert replies[0].code is ErrorCode.WRONG_PASSWORD


def test_guessing_takes_longer_and_longer() -> None:
    """Whoever is logged in is not held up, and after the wait the right password is taken.

    A3: Five wrong passwords within 15 minutes on an account or from an address MUST make the next one wait,
    `too_many_attempts`, from 1 s doubling to 15 min; devices that are known are not held up, and in
    `change_password` the wrong ones of one's own devices alone count.
    """
    clock = HastyClock()
    with running_server(ServerConfig(), clock=clock) as server, People(server.address) as people:
        ann = people.come("ann")
        ann.get(RegisterResult, Register, password=GOOD)
        for tries, expected in ((5, 1), (1, 2), (1, 4)):
            for _ in range(tries):
                assert refused(people).code is ErrorCode.WRONG_PASSWORD
            reply = refused(people)
            assert (reply.code, reply.retryable) == (ErrorCode.TOO_MANY_ATTEMPTS, True)
            assert reply.retry_after_ms is not None
            assert expected - 1 < reply.retry_after_ms / 1000 <= expected
            link = people.come("ann", ann.token)
            link.get(ChangePasswordResult, ChangePassword, old=GOOD, new=GOOD)
            clock.advance(expected)
        assert isinstance(log_in(people, "ann", GOOD), HelloResult)


def refused(people: People) -> Error:
    """What comes of a wrong password of Ann's."""
    reply = log_in(people, "ann", OTHER)
    assert isinstance(reply, Error)
    return reply
