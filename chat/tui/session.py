"""Where to go and as whom: what the command hands over to the full screen or to the line mode.

Both make their client here, so both are known to a server in the same way. Knows no screen. Values, safe on
any thread.
"""

import getpass
import secrets
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from chat import __version__
from chat.client.cache import NothingCached
from chat.client.cache_store import SqliteCache
from chat.client.catch_up import CatchUpPolicy, NewestFirst
from chat.client.changes import Change
from chat.client.client import ChatClient, ClientSettings
from chat.client.identity import IdentityStore, nick_key
from chat.client.identity_stores import FileIdentities, state_folder
from chat.client.outbox import NothingKept
from chat.client.outbox_store import SqliteOutbox
from chat.client.remembered import KnownServer, load_servers, remember_server
from chat.client.secured import Security
from chat.clock import Clock, SystemClock
from chat.names import BadName, parse_nick
from chat.protocol.requests import CLIENT_CHARACTERS
from chat.text import sanitize_line
from chat.transport.address import Address, show_addresses
from chat.tui.receiver import Receiver


@dataclass(frozen=True, slots=True)
class Session:
    """One run of the client."""

    nick: str
    """Who to be, or whom to propose."""
    nick_given: bool = False
    """Whether somebody asked for this nick by an option, not only a habit of this machine."""
    address: Address | None = None
    """The server to join; None when nobody has said which."""
    others: tuple[Address, ...] = ()
    """Further addresses at which the same server may be, tried in this order."""
    identities: IdentityStore = field(default_factory=FileIdentities)
    remembered: Path = field(default_factory=lambda: state_folder() / "servers.json")
    """The file of servers that were joined before."""
    outbox: Path | None = field(default_factory=lambda: state_folder() / "outbox.sqlite")
    """The file of unsent messages; None keeps them in memory alone."""
    cache: Path | None = field(default_factory=lambda: state_folder() / "cache.sqlite")
    """The file of what is known, for the next start; None keeps nothing."""
    silenced: Path | None = field(default_factory=lambda: state_folder() / "silenced.json")
    """The file of channels that call only when one is mentioned; None keeps them in memory alone."""
    code: str = field(default="", repr=False)
    """From another device, to be the same user as there; used once and kept nowhere."""
    security: Security | None = None
    """How one is protected from others on the network; None for no encryption."""
    tell_read: bool = True
    """Whether the other side of a direct conversation is told how far one has read."""
    clock: Clock = field(default_factory=SystemClock)

    @property
    def place(self) -> str:
        """All addresses as they are typed; empty when there is none."""
        return show_addresses(self.addresses)

    @property
    def addresses(self) -> tuple[Address, ...]:
        """All addresses, the first one first."""
        return () if self.address is None else (self.address, *self.others)

    def at(self, addresses: Sequence[Address]) -> "Session":
        """The same on the server at these addresses, or on none."""
        return replace(self, address=addresses[0] if addresses else None, others=tuple(addresses[1:]))

    def known_servers(self) -> tuple[KnownServer, ...]:
        """The servers that were joined before, the last one first."""
        return load_servers(self.remembered)

    def client(
        self,
        listener: Callable[[Change], None],
        policy: CatchUpPolicy | None = None,
        *,
        shows_cache: bool = True,
    ) -> ChatClient:
        """Make the client of this session, not started yet; the session names an address by then.

        `shows_cache` tells whether it begins with what the last run knew.
        """
        assert self.address is not None
        # whatever stands behind the first address, so that a longer list finds what waits
        place, who = str(self.address), nick_key(self.nick)
        cache = (
            SqliteCache(self.cache, place, who, shows=shows_cache, clock=self.clock) if self.cache else None
        )
        settings = ClientSettings(
            identities=self.identities,
            numbered=not self.nick_given,
            policy=policy or NewestFirst(),
            outbox=SqliteOutbox(self.outbox, place, who) if self.outbox else NothingKept(),
            cache=cache or NothingCached(),
            security=self.security,
            code=self.code,
            tell_read=self.tell_read,
            client_name=client_name(socket.gethostname()),
        )
        return ChatClient(self.addresses, self.nick, listener, settings, clock=self.clock)

    def remember(self, client: ChatClient) -> None:
        """Propose this server first from now on; without effect before it was joined."""
        with client.reading() as state:
            welcome, me = state.welcome, state.me
        if welcome is None or me is None or self.address is None:
            return
        # a second client of the same person is nick2 for a while, which is nothing to propose later
        is_numbered = me.nick.removeprefix(self.nick).isdecimal()
        nick = self.nick if is_numbered else me.nick
        joined = KnownServer(self.place, welcome.name, nick, self.clock.now())
        remember_server(self.remembered, joined)


def client_name(host: str) -> str:
    """Return what this client says of itself: the program and, where it has a name, the machine.

    One's own devices are told apart by it.
    """
    program, machine = f"chat-tui {__version__}", sanitize_line(host.partition(".")[0]).strip()
    return (
        f"{program} on {machine}"[:CLIENT_CHARACTERS].rstrip()
        if machine not in ("", "localhost")
        else program
    )


def proposed_nick(habit: str, place: str, known: Sequence[KnownServer]) -> str:
    """Return who to be when nobody says: by habit, as last time, by the login name, or some guest.

    Args:
        habit: the nick of the config file, if it has one.
        place: the addresses of the server that is to be joined, as typed; empty when nobody named one.
        known: the servers that were joined before, the last one first.
    """
    there = [server.nick for server in known if server.address == place]
    anywhere = [server.nick for server in known]
    for nick in (habit, *there, *anywhere, _login_name()):
        with suppress(BadName):
            return parse_nick(nick).text
    return f"guest-{1000 + secrets.randbelow(9000)}"


def _login_name() -> str:
    """Return the name that the system knows the user by; empty when it knows none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # which of them depends on the system and on Python's version
        return ""


@dataclass(frozen=True, slots=True)
class Begun:
    """A client that was started early, while the screen was still being loaded."""

    client: ChatClient
    receiver: Receiver
    """Where its changes wait."""
