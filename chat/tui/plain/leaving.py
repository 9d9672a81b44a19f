"""What speaks against leaving: that the server ends with this client while others use it.

Any thread; waits for nothing.
"""

from collections.abc import Iterable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from typing import Any, Protocol

from chat.client.state import ClientState
from chat.protocol import requests
from chat.protocol.asking import Request
from chat.protocol.records import Member, Presence

LOBBY = "#general"
"""The channel that everybody is in at first."""


class Asking(Protocol):
    """What is asked of the client."""

    def ask(self, request: type[Request], **fields: object) -> Future[Any]:
        """Send a request."""

    def reading(self) -> AbstractContextManager[ClientState]:
        """Give the client's state under its lock."""


class Leaving:
    """Finds out who would lose the server.

    Args:
        client: whom to ask.
        ends_server: whether a server on this machine ends with this client.
    """

    def __init__(self, client: Asking, *, ends_server: bool) -> None:
        self._client = client
        self._ends_server = ends_server

    def objection(self) -> Future[str]:
        """Give a sentence about the others who are connected; empty when nothing speaks against leaving."""
        objection: Future[str] = Future()
        if not self._ends_server:
            objection.set_result("")
            return objection

        def settled(asked: Future[Any]) -> None:
            # who can't be counted is no reason to stay
            members = () if asked.exception() else asked.result().members
            objection.set_result(self._sentence(members))

        self._client.ask(requests.Members, target=LOBBY).add_done_callback(settled)
        return objection

    def _sentence(self, members: Iterable[Member]) -> str:
        with self._client.reading() as state:
            me = state.me.id if state.me else ""
        others = sum(each.presence is not Presence.OFFLINE and each.user.id != me for each in members)
        if not others:
            return ""
        who = "1 other person is" if others == 1 else f"{others} others are"
        return f"{who} connected to the server on this machine, which ends with you."
