"""A chat client without a screen: connects, stays connected, keeps what is known, loses nothing that is said.

    with ChatClient([parse_address("localhost")], "ann", listener=print) as client:
        client.wait_open(10)
        client.say("#general", "hello")
        client.wait_idle(10)

Every method may be called on any thread and none waits for the network, but for those that say how long. The
listener is called on the client's own thread, `link`, with one immutable change after the other; it must be
quick and must not wait for futures. Used by the screen, the line mode, bots, tests and benchmarks.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from chat import __version__
from chat.client.asking import Asking
from chat.client.cache import CacheStore, NothingCached
from chat.client.catch_up import CatchUpPolicy, NewestFirst
from chat.client.changes import Change, LinkChanged, OutboxItem, Phase, ServerMet
from chat.client.core import ClientCore
from chat.client.export import Exported, Progress, begin_export
from chat.client.greeting import Person
from chat.client.identity import IdentityStore
from chat.client.identity_stores import FileIdentities
from chat.client.link_thread import LinkThread, Route
from chat.client.login import Login
from chat.client.outbox import NothingKept, Outbox, OutboxStore
from chat.client.secured import Security
from chat.client.state import ClientState
from chat.client.waker import Waker
from chat.clock import Clock, SystemClock
from chat.errors import NoConnection
from chat.protocol.replies import HelloResult
from chat.transport.address import Address


@dataclass(frozen=True)
class ClientSettings:
    """What has a good default."""

    identities: IdentityStore = field(default_factory=FileIdentities)
    """Where it is kept who one is."""
    numbered: bool = True
    """Whether `nick2` and so on will do when another client of this home is this nick already."""
    policy: CatchUpPolicy = field(default_factory=NewestFirst)
    """Which missed entries to fetch by oneself."""
    outbox: OutboxStore = field(default_factory=NothingKept)
    """Where unsent messages are kept beyond this process."""
    cache: CacheStore = field(default_factory=NothingCached)
    """Where what is known is kept for the next start."""
    security: Security | None = None
    """How to be protected from others on the network; None for no encryption."""
    code: str = field(default="", repr=False)
    """From another device of somebody: be one more of theirs, whatever the nick. Used once, kept nowhere."""
    tell_read: bool = True
    """Whether the other side of a direct conversation is told how far one has read."""
    client_name: str = f"chat-client/{__version__}"
    """What it says of itself, by which one knows one's devices apart; best with the machine's name."""


class ChatClient(Asking):
    """One person's connection to one server, for as long as it is wanted.

    Args:
        addresses: where the server may be, tried in order.
        nick: who to be.
        listener: is told every change, on the client's thread.
        settings: what has a good default.
        route: instead of `addresses`, with more to say about the way.
        clock: the time.
    """

    def __init__(
        self,
        addresses: Sequence[Address],
        nick: str,
        listener: Callable[[Change], None] = lambda _: None,
        settings: ClientSettings | None = None,
        *,
        route: Route | None = None,
        clock: Clock | None = None,
    ) -> None:
        settings = settings or ClientSettings()
        clock = clock or SystemClock()
        self._waker = Waker()
        outbox, cache = Outbox(settings.outbox), settings.cache
        core = ClientCore(clock, outbox, settings.policy, self._waker.wake, cache)
        super().__init__(core, tell_read=settings.tell_read)
        person = Person(
            settings.identities,
            nick,
            numbered=settings.numbered,
            client_name=settings.client_name,
            code=settings.code,
        )
        way = route or Route(addresses, security=settings.security)
        self._thread = LinkThread(self._core, self._waker, way, person, listener, clock)

    def __enter__(self) -> "ChatClient":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Begin to connect; once."""
        self._thread.start()

    def stop(self, seconds: float = 5.0) -> bool:
        """Leave the server and end the thread; say whether that was done in time.

        It takes half a second at most, whatever the network does, unless the listener holds the thread,
        four more for a disk that stalls, or three for a keyring that does not answer. What is unsent stays in
        the outbox. May be called again; never call it inside the listener.
        """
        ended = self._thread.stop(seconds)
        if ended:
            self._waker.close()
        return ended

    def believe(self, met: ServerMet) -> None:
        """Trust a server that the client has met and not believed, and connect to it."""
        self._thread.believe(met.seen)

    def log_in(self, nick: str, password: str) -> Future[HelloResult]:
        """Connect anew and be the account of this nick, with one more device.

        What was known of who one was is dropped once the server agreed; where it does not, the future fails
        with a sentence (`Refused`, `NoConnection`) and one stays who one was. Kept is the device alone, never
        the password.
        """
        login = Login(nick, password)
        login.done.set_running_or_notify_cancel()
        self._thread.log_in(login)
        return login.done

    def export(self, path: Path, progress: Progress = lambda _: None) -> Future[Exported]:
        """Write all that one wrote on this server to a new file; `progress` is called on a thread of its own.

        See `chat.client.export.export` for the file, and for what the future fails with.
        """
        return begin_export(self, path, progress, time.sleep)

    def connect_now(self) -> None:
        """Do not wait for the next try; also tries again after the end."""
        self._thread.hurry()

    def say(self, target: str, text: str, *, action: bool = False) -> str:
        """Say something; give the id by which the outbox tells how far it came.

        Never waits and never fails: without a connection it is kept and goes out, once and in order, when the
        server is back.
        """
        return self._core.say(target, text, action)

    def drop(self, send_id: str) -> OutboxItem | None:
        """Take back a message that waits or has failed; None when it is under way or was stored."""
        return self._core.drop(send_id)

    def say_again(self, send_id: str) -> str | None:
        """Say a message anew that has failed: behind all that was said since, as a message of its own.

        Gives its new id; None when it has not failed, or is gone.
        """
        return self._core.say_again(send_id)

    def unsent(self) -> tuple[OutboxItem, ...]:
        """Messages that wait, are under way or have failed, oldest first."""
        return self._core.unsent()

    def keep_draft(self, conversation: str, text: str) -> None:
        """Have the next start find what one is writing in a conversation, by id; empty for nothing.

        Told as `Recalled` there. Never waits.
        """
        self._core.keep_draft(conversation, text)

    def show(self, *conversations: str) -> None:
        """Say which conversations, by id, are on the screen: members, presence, typing and the newest page.

        Holds until the next call, over all connections; the first sixteen count.
        """
        self._core.show(conversations)

    @property
    def link(self) -> LinkChanged:
        """How it stands with the connection now."""
        with self._core.guard:
            return self._core.link

    @contextmanager
    def reading(self) -> Iterator[ClientState]:
        """The state, which stands still inside; be quick, the client waits meanwhile."""
        with self._core.guard:
            yield self._core.state

    @property
    def token_place(self) -> str:
        """Where the token of this device is kept, as it stands behind "is"; empty before it was accepted."""
        with self._core.guard:
            return self._core.token_place.words

    def wait_open(self, seconds: float) -> bool:
        """Wait until the client is connected and in step; say whether that came true in time.

        Raises:
            NoConnection: it will not by itself; the text says why.
        """
        done = (Phase.OPEN, Phase.ENDED)
        with self._core.guard:
            self._core.guard.wait_for(lambda: self._core.link.phase in done, self._patience(seconds))
            if self._core.link.phase is Phase.ENDED:
                raise NoConnection(self._core.link.cause)
            return self._core.link.phase is Phase.OPEN

    def wait_idle(self, seconds: float) -> bool:
        """Wait until all that was said is stored and read back, all that was asked is answered, and all told.

        Messages that failed are not waited for. Says whether that came true in time.
        """
        with self._core.guard:
            return self._core.guard.wait_for(lambda: self._core.idle, self._patience(seconds))

    def _patience(self, seconds: float) -> float:
        """Waiting on the client's own thread would never end."""
        if self._thread.is_current():
            raise RuntimeError("a listener can't wait for the client that calls it")
        return seconds
