"""Passwords in the line mode: typed at the terminal, and nowhere to be found afterwards."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest

from chat.protocol import accounts
from chat.protocol.asking import Request
from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.replies import HelloResult
from chat.tui.asked.answer import Answer
from chat.tui.plain.secrets import NO_TERMINAL, carry_out
from chat.tui.slash.account_actions import AccountAction, ChangePassword, LogIn, Register, ShowDevices
from tests.support.frames import user

SECRET = "correct horse"


class Client:
    """Notes what it was asked; everything has the same outcome."""

    def __init__(self, outcome: object) -> None:
        self.asked: list[tuple[object, ...]] = []
        self._outcome = outcome

    def ask(self, request: type[Request], **fields: object) -> Future[Any]:
        return self._note(request, fields)

    def log_in(self, nick: str, password: str) -> Future[Any]:
        return self._note(nick, password)

    def _note(self, *asked: object) -> Future[Any]:
        self.asked.append(asked)
        future: Future[Any] = Future()
        if isinstance(self._outcome, Exception):
            future.set_exception(self._outcome)
        else:
            future.set_result(self._outcome)
        return future


def typing(*lines: str) -> Callable[[str], str]:
    """Somebody who types these at the prompts, then ends the input."""
    left = list(lines)

    def ask(prompt: str) -> str:
        assert prompt.endswith(": ")
        if not left:
            raise EOFError
        return left.pop(0)

    return ask


def answer(action: AccountAction, outcome: object, *lines: str) -> tuple[list[tuple[object, ...]], Answer]:
    """What was asked of the client, and what came of it."""
    client = Client(outcome)
    future = carry_out(client, action, typing(*lines))
    assert future is not None
    return client.asked, future.result(timeout=0)


def test_a_new_password_is_typed_twice() -> None:
    """And given to the server once."""
    reply = accounts.RegisterResult(id="1", user=user("bob"))
    asked, told = answer(Register(), reply, SECRET, SECRET)
    assert asked == [(accounts.Register, {"password": SECRET})]
    assert told.text.startswith("bob is yours now")


def test_the_old_password_is_asked_for_first() -> None:
    """As the server wants it."""
    asked, _ = answer(
        ChangePassword(), accounts.ChangePasswordResult(id="1", logged_out=0), "old", SECRET, SECRET
    )
    assert asked == [(accounts.ChangePassword, {"old": "old", "new": SECRET})]


def test_logging_in_takes_one_password() -> None:
    """The client connects anew with it."""
    reply = HelloResult(id="1", version=1, user=user("bob"), device="d1")
    asked, told = answer(LogIn("bob"), reply, SECRET)
    assert (asked, told.text.startswith("You are bob now")) == ([("bob", SECRET)], True)


@pytest.mark.parametrize("lines", [(SECRET, "correct house"), ("",), (SECRET, ""), (), (SECRET,)])
def test_who_slips_or_thinks_better_of_it_changes_nothing(lines: tuple[str, ...]) -> None:
    """Ctrl+D and an empty line leave it."""
    asked, told = answer(Register(), None, *lines)
    assert asked == []
    assert told.failed
    assert told.text.endswith("Nothing was changed.")
    assert SECRET not in told.text


def test_a_refusal_is_told_in_the_servers_words() -> None:
    """With the wait, should there be one."""
    refused = Refused(ErrorCode.WEAK_PASSWORD, "That one is common.")
    assert answer(Register(), refused, SECRET, SECRET)[1] == Answer("That one is common.", failed=True)


def test_without_a_terminal_nobody_is_asked() -> None:
    """A program that pipes lines in has no password to type."""
    future = carry_out(Client(None), Register(), None)
    assert future is not None
    assert future.result(timeout=0) == Answer(NO_TERMINAL, failed=True)


def test_what_takes_no_password_is_left_to_others() -> None:
    """It is one request."""
    assert carry_out(Client(None), ShowDevices(), typing()) is None
