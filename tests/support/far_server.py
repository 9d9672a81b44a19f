"""A real server behind a bad network, and real clients that come to it through that network or past it.

Both sides look at clocks that a test may put forward, so that half a minute of silence takes no time.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from chat.client.catch_up import CatchUpPolicy, Forwards
from chat.client.changes import EntriesAdded
from chat.client.client import ChatClient, ClientSettings
from chat.client.identity import IdentityStore
from chat.client.identity_stores import MemoryIdentities
from chat.client.link_thread import Route
from chat.clock import Clock
from chat.protocol.entries import Message
from chat.server.config import ServerConfig
from chat.server.net.settings import NetSettings
from chat.server.storage import MemoryStore
from chat.transport.address import Address
from tests.support.clock import HastyClock
from tests.support.connecting import no_pauses
from tests.support.fault_proxy import FaultProxy
from tests.support.net_service import scaled
from tests.support.recorder import Recorder
from tests.support.server import RunningServer, running_server
from tests.support.waiting import wait_until

SECONDS = 10.0


@dataclass(frozen=True)
class Guest:
    """Somebody's client, and what it was told."""

    client: ChatClient
    told: Recorder

    def texts(self, target: str = "#general") -> list[str]:
        """The texts of a conversation as the client holds them, in the order of the log."""
        with self.client.reading() as state:
            conversation = state.conversations.find(target)
            if conversation is None:
                return []
            last = conversation.record.last
            entries = conversation.timeline.between(1, last)
            return [entry.text for entry in entries if isinstance(entry, Message)]

    def told_texts(self) -> list[str]:
        """The texts of all messages, as often and in the order in which they were told."""
        return self.told.texts()

    def wait_texts(self, texts: Sequence[str], target: str = "#general") -> None:
        """Wait until a conversation holds exactly these messages."""
        wait_until(
            lambda: self.texts(target) == list(texts),
            SECONDS,
            f"{len(texts)} messages in {target}, not {self.texts(target)[-5:]}",
        )

    def numbers_told(self) -> list[tuple[str, int]]:
        """Each entry that was told, by conversation and number, as often as it was."""
        return [
            (change.conversation, entry.number)
            for change in self.told.all(EntriesAdded)
            for entry in change.entries
        ]


@dataclass
class FarServer:
    """The server, the way to it and who came."""

    server: RunningServer
    proxy: FaultProxy
    clock: HastyClock
    guests: list[Guest] = field(default_factory=list)
    began: float = 0.0
    """When it was made, on its clock."""

    def come(
        self,
        nick: str,
        *,
        near: bool = False,
        addresses: Sequence[Address] = (),
        identities: IdentityStore | None = None,
        policy: CatchUpPolicy | None = None,
        pauses: Callable[[], Iterator[float]] = no_pauses,
        clock: Clock | None = None,
    ) -> Guest:
        """Bring a client that is connected, through the bad network unless it is near."""
        told = Recorder()
        settings = ClientSettings(identities=identities or MemoryIdentities(), policy=policy or Forwards())
        place = Address(*self.server.address) if near else self.proxy.address
        route = Route(addresses or [place], pauses=pauses)
        client = ChatClient([], nick, told, settings, route=route, clock=clock or self.clock)
        guest = Guest(client, told)
        self.guests.append(guest)
        client.start()
        assert client.wait_open(SECONDS)
        return guest

    def lose_all(self, *clients: ChatClient) -> None:
        """Let the network lose what is said, both ways, on all links there are; new ones are good again.

        Somebody near must be there; `clients` are those on such links that did not come by `come`.
        """
        self.proxy.drop()
        for client in (*clients, *(guest.client for guest in self.guests)):
            client.ping()
        ways = 2 * self.proxy.links
        talker = next(guest for guest in self.guests if guest.client.link.address != str(self.proxy.address))
        talker.client.say("#general", "into the void")
        wait_until(lambda: self.proxy.dead_ways == ways, SECONDS, "the links to lose something")
        self.proxy.restore()

    def pass_time(self, seconds: float) -> None:
        """Put all clocks forward, and let everybody look at theirs."""
        self.clock.advance(seconds)
        for guest in self.guests:
            guest.client.connect_now()


@contextlib.contextmanager
def far_server(
    *, clock: Clock | None = None, config: ServerConfig | None = None, net: NetSettings | None = None
) -> Iterator[FarServer]:
    """Run a server, on a clock of its own if one is given, and a proxy before it; all is ended afterwards."""
    hasty = HastyClock()
    net = net or scaled(sweep_seconds=0.02)
    with (
        running_server(config, net=net, clock=clock or hasty, store=MemoryStore) as server,
        FaultProxy(server.address) as proxy,
    ):
        far = FarServer(server, proxy, hasty, began=hasty.monotonic())
        try:
            yield far
        finally:
            proxy.cut()
            proxy.refuse()
            for guest in far.guests:
                assert guest.client.stop(), "the client's thread did not end"
