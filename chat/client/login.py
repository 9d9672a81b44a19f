"""A wish to be an account, by nick and password, from being made to being answered. A value; any thread."""

from concurrent.futures import Future
from dataclasses import dataclass, field

from chat.protocol.replies import HelloResult


@dataclass(frozen=True)
class Login:
    """Who to be from the next greeting on; kept nowhere, and never shown."""

    nick: str
    password: str = field(repr=False)
    done: "Future[HelloResult]" = field(default_factory=Future, repr=False)
    """Fails with a sentence where one stays who one was."""
