"""Passwords in the line mode: asked for at the terminal, where nobody sees them, and kept nowhere.

Called on the main thread alone, which waits meanwhile for who types.
"""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol

from chat.protocol import accounts
from chat.protocol.asking import Request
from chat.tui.asked.account import changed, logged_in, registered
from chat.tui.asked.answer import Answer
from chat.tui.carrying import answered
from chat.tui.slash.account_actions import AccountAction, ChangePassword, LogIn, Register

Ask = Callable[[str], str]
"""Shows a prompt and gives what was typed, which nobody saw; raises `EOFError` at its end."""

NO_TERMINAL = "A password is typed at a terminal alone: start chat-tui there."
_LEFT = "Nothing was changed."
_DIFFERENT = "The two are not the same. Nothing was changed."


class Client(Protocol):
    """What is asked of the client."""

    def ask(self, request: type[Request], **fields: object) -> Future[Any]:
        """Send a request."""

    def log_in(self, nick: str, password: str) -> Future[Any]:
        """Connect anew and be an account."""


class _Left(Exception):
    """Somebody thought better of it; the text is a sentence."""


def carry_out(client: Client, action: AccountAction, ask: Ask | None) -> Future[Answer] | None:
    """Ask for passwords and then the server; None for an action that takes none.

    `ask` is None where there is no terminal.
    """
    if not isinstance(action, Register | LogIn | ChangePassword):
        return None
    try:
        return _asked(client, action, ask) if ask else _done(Answer(NO_TERMINAL, failed=True))
    except (_Left, EOFError) as left:
        return _done(Answer(str(left) or _LEFT, failed=True))


def _asked(client: Client, action: Register | LogIn | ChangePassword, ask: Ask) -> Future[Answer]:
    match action:
        case LogIn(nick):
            return answered(client.log_in(nick, _typed(ask, f"password of {nick}: ")), logged_in)
        case Register():
            return answered(client.ask(accounts.Register, password=_chosen(ask)), registered)
    old = _typed(ask, "old password: ")
    return answered(client.ask(accounts.ChangePassword, old=old, new=_chosen(ask)), changed)


def _chosen(ask: Ask) -> str:
    """Return a new password, typed twice."""
    new = _typed(ask, "new password: ")
    if _typed(ask, "once more: ") != new:
        raise _Left(_DIFFERENT)
    return new


def _typed(ask: Ask, prompt: str) -> str:
    text = ask(prompt)
    if not text:
        raise _Left(_LEFT)
    return text


def _done(answer: Answer) -> Future[Answer]:
    future: Future[Answer] = Future()
    future.set_result(answer)
    return future
