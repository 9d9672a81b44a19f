"""The operator's commands on the store of a server that is stopped."""

from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from chat.ids import new_token, token_hash
from chat.protocol.codes import ErrorCode
from chat.protocol.replies import Error, HelloResult
from chat.protocol.requests import AnyRequest, Hello
from chat.protocol.staff import AddUser, ListUsers, ListUsersResult
from chat.server.offline import Offline
from chat.server.state.session import Session
from chat.server.storage import open_store
from tests.support.clock import FakeClock
from tests.support.hub import hello_fields
from tests.support.passwords import GOOD
from tests.support.recording_peer import RecordingPeer

WITHIN = 10.0


class Console:
    """Asks an `Offline` on a data folder, one request after the other."""

    def __init__(self, folder: Path) -> None:
        self.offline = Offline(open_store(folder, FakeClock()), FakeClock())
        self.token = new_token()
        self.offline.seat_console(token_hash(self.token))
        self._session = Session(RecordingPeer())

    def ask(self, request: AnyRequest) -> Any:
        """Return the reply."""
        replies: SimpleQueue[Any] = SimpleQueue()
        self.offline.dispatcher.dispatch(self._session, request, replies.put)
        return replies.get(timeout=WITHIN)

    def hello(self, token: str) -> Any:
        """Return what comes of a hello with a token."""
        return self.ask(Hello(id="hello", **hello_fields("console", token)))


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    """One that said hello."""
    made = Console(tmp_path)
    assert isinstance(made.hello(made.token), HelloResult)
    yield made
    made.offline.stop()


def listed(console: Console) -> list[str]:
    """Return the nicks on the list of users."""
    answer = console.ask(ListUsers(id="list"))
    assert isinstance(answer, ListUsersResult)
    return [each.user.nick for each in answer.users]


def test_the_console_is_the_server_itself_and_an_administrator(tmp_path: Path) -> None:
    """Whoever has the token that was seated."""
    console = Console(tmp_path)
    try:
        answer = console.hello(console.token)
        assert isinstance(answer, HelloResult)
        assert (answer.user.nick, answer.user.admin) == ("server", True)
    finally:
        console.offline.stop()


def test_another_token_is_not_let_in(tmp_path: Path) -> None:
    """Being there is not enough."""
    console = Console(tmp_path)
    try:
        refused = console.hello(new_token())
        assert isinstance(refused, Error)
        assert refused.code == ErrorCode.UNKNOWN_DEVICE
    finally:
        console.offline.stop()


def test_what_was_done_is_stored_when_it_stops(console: Console, tmp_path: Path) -> None:
    """Who opens the folder next finds it, and the folder is free."""
    console.ask(AddUser(id="add", nick="ann", password=GOOD))
    console.offline.stop()
    again = Console(tmp_path)
    try:
        again.hello(again.token)
        assert "ann" in listed(again)
    finally:
        again.offline.stop()


def test_what_is_refused_changes_nothing(console: Console) -> None:
    """The rules are those of a server that runs."""
    before = listed(console)
    refused = [
        console.ask(AddUser(id="weak", nick="ann", password="short")),
        console.ask(AddUser(id="name", nick="root", password=GOOD)),
    ]
    assert all(isinstance(each, Error) for each in refused)
    assert listed(console) == before
