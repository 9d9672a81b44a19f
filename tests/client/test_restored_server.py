"""A client whose server was restored from a backup: it never mixes both lives, and loses nothing unsent."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chat.client.changes import ConversationRemoved, EntriesAdded, IdentityLost, Phase, WelcomeSeen
from chat.client.client import ChatClient, ClientSettings
from chat.client.identity_stores import MemoryIdentities
from chat.client.link_thread import Route
from chat.clock import SystemClock
from chat.protocol.entries import AnyEntry, Message
from chat.server.app import ServerApp
from chat.server.backup.making import Origin, make_backup
from chat.server.backup.restoring import restore
from chat.server.config import ServerConfig
from chat.transport.address import Address
from tests.support.connecting import no_pauses
from tests.support.recorder import Recorder
from tests.support.server import RunningServer


class RestorableServer:
    """A server on a folder that can be backed up, stopped, and restored on the same port."""

    def __init__(self, folder: Path) -> None:
        self._place = Origin(folder / "data", folder / "config.toml")
        self._backup = folder / "b.tar"
        self._port = 0
        self.start()

    def start(self) -> None:
        """Serve."""
        settings = ServerConfig(data=str(self._place.data), name="test-server")
        app = ServerApp(settings, [Address("127.0.0.1", self._port)], SystemClock())
        self.running = RunningServer(app)
        self._port = self.address.port

    @property
    def address(self) -> Address:
        """Where it listens."""
        return Address(*self.running.address)

    def back_up(self) -> None:
        """While it runs."""
        make_backup(self._place, self._backup, SystemClock())

    def restore(self) -> str:
        """Once it was stopped; gives the new epoch."""
        return restore(self._backup, self._place, SystemClock(), force=True).epoch


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RestorableServer]:
    """A server that runs."""
    restorable = RestorableServer(tmp_path)
    yield restorable
    restorable.running.stop()


Join = Callable[[str], tuple[ChatClient, Recorder]]


@pytest.fixture
def join(server: RestorableServer) -> Iterator[Join]:
    """Let people come who try again at once when they lose the server."""
    clients: list[ChatClient] = []

    def come(nick: str) -> tuple[ChatClient, Recorder]:
        recorder = Recorder()
        settings = ClientSettings(identities=MemoryIdentities())
        client = ChatClient([], nick, recorder, settings, route=Route([server.address], pauses=no_pauses))
        clients.append(client)
        client.start()
        assert client.wait_open(5)
        return client, recorder

    yield come
    for client in clients:
        client.stop()


def _say(client: ChatClient, *texts: str) -> None:
    for text in texts:
        client.say("#general", text)
    assert client.wait_idle(5)


def _log(client: ChatClient) -> list[AnyEntry]:
    """All that a client knows of #general, once it has asked for all of it."""
    client.fill("#general", after=0).result(5)
    assert client.wait_idle(5)
    with client.reading() as state:
        general = state.conversations.find("#general")
        assert general is not None
        return list(general.timeline.newest(1000))


def _texts(entries: list[AnyEntry]) -> list[str]:
    return [entry.text for entry in entries if isinstance(entry, Message)]


def test_a_client_of_a_restored_server_has_the_restored_log_and_sends_what_it_kept(
    server: RestorableServer, join: Join
) -> None:
    """What came after the backup is gone from its memory too; what it could not send goes out once."""
    ann, told = join("ann")
    _say(ann, "before one", "before two")
    server.back_up()
    _say(ann, "after the backup", "after it too")
    assert _texts(_log(ann))[2:] == ["after the backup", "after it too"]
    server.running.stop()
    kept = [ann.say("#general", text) for text in ("kept one", "kept two")]
    epoch = server.restore()
    server.start()
    seen = told.wait(WelcomeSeen, lambda change: change.new_epoch)
    assert seen.welcome.epoch == epoch
    assert ann.wait_idle(5)
    log = _log(ann)
    assert _texts(log) == ["before one", "before two", "kept one", "kept two"]
    assert [entry.number for entry in log] == list(range(1, len(log) + 1))
    assert [entry.send_id for entry in log if isinstance(entry, Message)][2:] == kept
    assert ann.unsent() == ()
    assert told.all(ConversationRemoved), "what was known is dropped, and said to be"
    ben, _ = join("ben")
    assert _texts(_log(ben)) == _texts(log)


def test_who_came_after_the_backup_comes_as_a_new_guest_and_sends_what_was_kept(
    server: RestorableServer, join: Join
) -> None:
    """The restored server never heard of them; under their old nick they lose nothing unsent."""
    server.back_up()
    ben, told = join("ben")
    _say(ben, "gone")
    server.running.stop()
    ben.say("#general", "kept")
    server.restore()
    server.start()
    told.wait(IdentityLost)
    told.wait(EntriesAdded, lambda change: _texts(list(change.entries)) == ["kept"])
    assert ben.wait_idle(5)
    assert _texts(_log(ben)) == ["kept"]


def test_a_restart_without_a_restore_keeps_what_is_known(server: RestorableServer, join: Join) -> None:
    """The epoch is the database's, not the process's."""
    ann, told = join("ann")
    _say(ann, "before")
    server.running.stop()
    server.start()
    told.wait_phase(Phase.OPEN, times=2)
    _say(ann, "after")
    assert [seen.new_epoch for seen in told.all(WelcomeSeen)] == [False, False]
    assert told.all(ConversationRemoved) == []
    assert _texts(_log(ann)) == ["before", "after"]
