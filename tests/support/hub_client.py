"""The real core of a client joined to the real core of a server, without wires and threads.

What a screen is tested with: everything it asks for is really asked, decided, stored and told, at once and in
an order that never varies, with ids and times that do not either.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chat.client.asking import Asking
from chat.client.cache import CacheStore
from chat.client.catch_up import CatchUpPolicy, NewestFirst
from chat.client.changes import Change, LinkChanged, OutboxItem, Phase
from chat.client.core import ClientCore
from chat.client.export import Exported, Progress, export
from chat.client.identity import Owner
from chat.client.outbox import Outbox
from chat.client.state import ClientState
from chat.errors import ChatError
from chat.protocol.codec import VERSION
from chat.protocol.codes import Refused
from chat.protocol.events import Welcome
from chat.protocol.requests import Hello, Sync
from chat.server.state.session import Session
from tests.support.hub import Hub


class HubClient(Asking):
    """A client of a hub; offers what a `ChatClient` offers to a screen."""

    def __init__(
        self,
        hub: Hub,
        nick: str,
        listener: Callable[[Change], None],
        policy: CatchUpPolicy | None = None,
        cache: CacheStore | None = None,
    ) -> None:
        self.hub = hub
        self.nick = nick
        self._listener = listener
        self._session: Session | None = None
        self._busy = False
        self.held = False
        """While true nothing moves, as on a link that stalls."""
        self.logins: list[tuple[str, str]] = []
        self.login: Future[Any] = Future()
        super().__init__(ClientCore(hub.clock, Outbox(), policy or NewestFirst(), self.settle, cache))

    # ------------------------------------------------------------------ what a screen uses

    def say(self, target: str, text: str, *, action: bool = False) -> str:
        return self._core.say(target, text, action)

    def log_in(self, nick: str, password: str) -> Future[Any]:
        """Note it; the test answers by `login`."""
        self.logins.append((nick, password))
        return self.login

    def drop(self, send_id: str) -> OutboxItem | None:
        return self._core.drop(send_id)

    def say_again(self, send_id: str) -> str | None:
        return self._core.say_again(send_id)

    def unsent(self) -> tuple[OutboxItem, ...]:
        return self._core.unsent()

    def keep_draft(self, conversation: str, text: str) -> None:
        self._core.keep_draft(conversation, text)

    def show(self, *conversations: str) -> None:
        self._core.show(conversations)

    def export(self, path: Path, progress: Progress = lambda _: None) -> Future[Exported]:
        """Write the file at once; the server is never in haste."""
        done: Future[Exported] = Future()
        try:
            done.set_result(export(self, path, progress, lambda _: None))
        except (ChatError, Refused) as error:
            done.set_exception(error)
        return done

    @property
    def session(self) -> Session | None:
        """The server's side of the connection, while there is one."""
        return self._session

    @property
    def link(self) -> LinkChanged:
        return self._core.link

    @property
    def token_place(self) -> str:
        return self._core.token_place.words

    def wait_idle(self, seconds: float) -> bool:
        self.settle()
        return self._core.idle

    @contextmanager
    def reading(self) -> Iterator[ClientState]:
        with self._core.guard:
            yield self._core.state

    def stop(self, seconds: float = 5.0) -> bool:
        self.disconnect("you left")
        return True

    # ------------------------------------------------------------------ the network

    def recall(self) -> None:
        """Begin with what the cache has, as before the first connection."""
        self._core.recall(Owner("server", self.nick))
        self.settle()

    def connect(
        self,
        name: str = "lan-server",
        *,
        epoch: str = "e",
        message_of_the_day: str = "",
        encrypted: bool = True,
    ) -> None:
        """Come from nowhere to being in step with the server."""
        self._session = self.hub.connect()
        self._core.receive([_welcome(self.hub, name, epoch * 16, message_of_the_day)])
        token = (self.nick * 32)[:64]
        versions = {"version_min": VERSION, "version_max": VERSION}
        self._core.ask(Hello, greeting=True, nick=self.nick, token=token, new=True, **versions)
        self.settle()
        self._core.ask(Sync, greeting=True)
        self.settle()
        self._core.opened(LinkChanged(Phase.OPEN, "localhost:7420", encrypted=encrypted))
        self.settle()

    def disconnect(self, cause: str, retry_seconds: float = 4.0) -> None:
        """Lose the connection; the client tries again in so many seconds."""
        if self._session is not None:
            self.hub.drop(self._session)
            self._session = None
            self._core.link_lost()
        self._core.set_link(
            LinkChanged(Phase.WAITING, "localhost:7420", cause, failures=1, retry_seconds=retry_seconds)
        )
        self.settle()

    def tick(self) -> None:
        """Let the client look at its clock: what waited for its time goes out."""
        self._core.tick()
        self.settle()

    def settle(self) -> None:
        """Carry everything to and fro until nothing moves, and tell the listener."""
        if self._busy or self.held:
            return
        self._busy = True
        while self._carry() or self.tell():
            pass
        self._busy = False

    def _carry(self) -> bool:
        session = self._session
        requests = self._core.take_outgoing()
        if session is None:
            return False
        for request in requests:
            self.hub.give(session, request)
            self.hub.settle()
        frames = self.hub.frames(session)
        if frames:
            self._core.receive(frames)
        return bool(requests or frames)

    def tell(self) -> bool:
        """Tell the listener what is news by now; return whether there was any."""
        news = self._core.take_news()
        for item in news:
            if isinstance(item, tuple):
                future, outcome = item
                if isinstance(outcome, BaseException):
                    future.set_exception(outcome)
                else:
                    future.set_result(outcome)
            else:
                self._listener(item)
        self._core.told()
        return bool(news)


def _welcome(hub: Hub, name: str, epoch: str, message_of_the_day: str) -> Welcome:
    fields: dict[str, Any] = {
        "server_id": "s" * 32,
        "epoch": epoch,
        "message_of_the_day": message_of_the_day,
        "version_min": VERSION,
        "version_max": VERSION,
        "software": "chat-server",
        "heartbeat_seconds": 30,
        "grace_seconds": 15,
    }
    return Welcome(name=name, time=hub.clock.now(), limits=hub.services.limits, **fields)
