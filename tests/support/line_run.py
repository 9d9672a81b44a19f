"""One run of the line mode on a server without wires, with everything typed beforehand.

All but the reading of the input happens on the test's thread, so what comes when is the test's to say: `at`
does something just before a text is said, `while_away` when somebody looks whether there is a connection and
there is none, `while_waiting` when the end waits for what is not done.
"""

import io
from collections import deque
from collections.abc import Callable
from typing import Any

from chat.client.catch_up import Forwards
from chat.client.changes import LinkChanged, Phase
from chat.protocol.asking import Request
from chat.protocol.requests import Send
from chat.server.state.session import Session as ServerSession
from chat.tui.plain.mode import LineMode, Typing
from chat.tui.plain.paper import Paper
from chat.tui.receiver import Receiver
from tests.support.clock import FakeClock
from tests.support.hub import Hub
from tests.support.hub_client import HubClient

ME = "ann"


class TypedClient(HubClient):
    """A client that connects when it is started, and lets a test come between."""

    def __init__(self, hub: Hub, receiver: Receiver) -> None:
        super().__init__(hub, ME, receiver, Forwards())
        self.receiver = receiver
        self.begins: Callable[[], None] = self.connect
        self.at: dict[str, Callable[[], None]] = {}
        self.while_away: deque[Callable[[], None]] = deque()
        self.while_waiting: deque[Callable[[], None]] = deque()
        self.stopped = False

    def start(self) -> None:
        self.begins()

    def stop(self, seconds: float = 5.0) -> bool:
        self.stopped = True
        return super().stop(seconds)

    def say(self, target: str, text: str, *, action: bool = False) -> str:
        if then := self.at.pop(text, None):
            then()
        return super().say(target, text, action=action)

    @property
    def link(self) -> LinkChanged:
        if self.while_away and super().link.phase is not Phase.OPEN:
            self.while_away.popleft()()
        return super().link

    def wait_idle(self, seconds: float) -> bool:
        if self.while_waiting and not super().wait_idle(seconds):
            self.while_waiting.popleft()()
        return super().wait_idle(seconds)

    def is_told(self, link: LinkChanged) -> None:
        """Let the connection stand so."""
        self._core.set_link(link)
        self.settle()


class LineRun:
    """A server, the line mode of one person on it, and others.

    Attributes:
        hub: the server.
        client: the person's own.
        talk: what was written on standard output.
        notes: what was written on standard error.
    """

    def __init__(self, **options: Any) -> None:
        self.clock = FakeClock()
        self.hub = Hub(clock=self.clock)
        self.client = TypedClient(self.hub, Receiver())
        self._talk = io.StringIO()
        self._notes = io.StringIO()
        self._options = options
        self._people: dict[str, ServerSession] = {}

    @property
    def talk(self) -> list[str]:
        """The lines of standard output."""
        return self._talk.getvalue().splitlines()

    @property
    def notes(self) -> list[str]:
        """The lines of standard error."""
        return self._notes.getvalue().splitlines()

    def run(self, *lines: str, by_hand: bool = False) -> list[str]:
        """Type these lines, end the input, and return what was written on standard output."""
        self.mode(*lines, by_hand=by_hand).run()
        return self.talk

    def mode(self, *lines: str, by_hand: bool = False) -> LineMode:
        """The line mode with these lines typed."""
        source = io.BytesIO("".join(f"{line}\n" for line in lines).encode())
        paper = Paper(self._talk, self._notes)
        typing = Typing(source, by_hand=by_hand)
        return LineMode(self.client, self.client.receiver, paper, typing, self.clock, **self._options)

    def person(self, nick: str) -> ServerSession:
        """Somebody's session, made when missing."""
        if nick not in self._people:
            self._people[nick] = self.hub.guest(nick)
        return self._people[nick]

    def says(self, nick: str, text: str, target: str = "#general") -> None:
        """Have somebody say something."""
        self.asks(nick, Send, target=target, text=text)

    def asks(self, nick: str, request: type[Request], /, **fields: Any) -> None:
        """Have somebody ask the server for something."""
        self.hub.ask(self.person(nick), request, **fields)
        self.client.settle()

    def stamped(self, line: str) -> str:
        """A line with the time of now before it."""
        return f"{self.clock.now().astimezone():%H:%M} {line}"
