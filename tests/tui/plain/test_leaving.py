"""What speaks against leaving."""

from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

import pytest

from chat.client.requester import Offline
from chat.client.state import ClientState
from chat.protocol import requests
from chat.protocol.asking import Request
from chat.protocol.records import Member, Presence
from chat.protocol.replies import HelloResult, MembersResult
from chat.tui.plain.leaving import LOBBY, Leaving
from tests.support.frames import user


class Counted:
    """A client whose question is answered by the test."""

    def __init__(self) -> None:
        self.state = ClientState()
        self.state.apply(HelloResult(id="1", version=1, user=user("ann"), device="d1"))
        self.answer: Future[Any] = Future()
        self.targets: list[str] = []

    @contextmanager
    def reading(self) -> Iterator[ClientState]:
        yield self.state

    def ask(self, request: type[Request], **fields: Any) -> Future[Any]:
        assert request is requests.Members
        self.targets.append(fields["target"])
        return self.answer

    def tell(self, **presence: Presence) -> None:
        """Answer with these members."""
        members = tuple(Member(user=user(nick), presence=here) for nick, here in presence.items())
        self.answer.set_result(MembersResult(id="2", conversation="c-general", members=members, last=3))


@pytest.mark.parametrize(
    ("others", "sentence"),
    [
        ({}, ""),
        ({"bob": Presence.OFFLINE}, ""),
        ({"bob": Presence.ONLINE}, "1 other person is connected to the server on this machine"),
        ({"bob": Presence.AWAY, "carol": Presence.BUSY}, "2 others are connected"),
    ],
)
def test_those_who_would_lose_the_server_are_counted(others: dict[str, Presence], sentence: str) -> None:
    """Oneself and who is away from the server are not."""
    client = Counted()
    objection = Leaving(client, ends_server=True).objection()
    assert not objection.done()
    client.tell(ann=Presence.ONLINE, **others)
    assert objection.result(0).startswith(sentence)
    assert bool(objection.result(0)) is bool(sentence)
    assert client.targets == [LOBBY]


def test_nobody_is_counted_where_the_server_goes_on() -> None:
    """Nothing is even asked."""
    client = Counted()
    assert Leaving(client, ends_server=False).objection().result(0) == ""
    assert client.targets == []


def test_who_can_not_be_counted_keeps_nobody() -> None:
    """As when the connection is lost."""
    client = Counted()
    objection = Leaving(client, ends_server=True).objection()
    client.answer.set_exception(Offline("There is no connection."))
    assert objection.result(0) == ""
