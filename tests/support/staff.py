"""Administrators of a server under test, made as its operator does: by the key of the console."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from chat.clock import Clock
from chat.protocol.accounts import Register, RegisterResult
from chat.protocol.requests import Quit
from chat.protocol.staff import SetAdmin, SetAdminResult, Stats, StatsResult
from chat.server.console import key_file, read_key
from chat.server.net.certificates import Certificates
from chat.server.net.settings import NetSettings
from chat.server.ports import Store
from chat.server.storage import MemoryStore
from tests.support.passwords import GOOD
from tests.support.server import RunningServer, running_server
from tests.support.waiting import wait_until
from tests.support.wire_client import WireClient


class StaffedServer:
    """A server in this process whose console is at hand.

    Attributes:
        server: the server.
    """

    def __init__(self, server: RunningServer, key: Path) -> None:
        self.server = server
        self._key = key

    @property
    def address(self) -> tuple[str, int]:
        """Host and port, as sockets take them."""
        return self.server.address

    def make_admin(self, link: WireClient, nick: str) -> None:
        """Give a guest an account with the password `GOOD` and all rights.

        The console has left when this returns, and nothing of it waits to be told.
        """
        assert isinstance(link.ask(Register(id=link.new_id(), password=GOOD)), RegisterResult)
        with WireClient(self.address) as console:
            console.hello("console", read_key(self._key).token, new=False)
            assert isinstance(console.ask(SetAdmin(id="a", user=f"@{nick}", admin=True)), SetAdminResult)
            console.ask(Quit(id="q"))
        wait_until(lambda: _console_is_gone(link))
        link.barrier()


@contextlib.contextmanager
def staffed_server(
    *,
    clock: Clock | None = None,
    store: Callable[[], Store] = MemoryStore,
    net: NetSettings | None = None,
    certificates: Certificates | None = None,
) -> Iterator[StaffedServer]:
    """Run a server with a console; see `running_server`."""
    with TemporaryDirectory() as folder:
        key = key_file(Path(folder))
        with running_server(
            net=net, clock=clock, store=store, certificates=certificates, console=key
        ) as server:
            yield StaffedServer(server, key)


def _console_is_gone(link: WireClient) -> bool:
    """Ask until only the others are connected, and all that was to be written is."""
    stats = link.ask(Stats(id=link.new_id()))
    assert isinstance(stats, StatsResult)
    return stats.links == stats.users_here and not stats.queue and not stats.pending_bytes
