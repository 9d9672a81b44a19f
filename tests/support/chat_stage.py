"""The whole full screen on a stage, played by the real core of a client and the real rules of the server.

The clock stands still unless a test moves it, so everything looks the same on every machine.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

from textual.events import AppBlur, AppFocus
from textual.pilot import Pilot

from chat.client.cache import CacheStore
from chat.client.client import ChatClient
from chat.client.identity_stores import MemoryIdentities
from chat.protocol.order import Grant
from chat.protocol.requests import Send
from chat.server.domain.permissions import Standing
from chat.server.state.session import Session as ServerSession
from chat.transport.address import Address
from chat.tui.app import ChatApp
from chat.tui.config import ClientConfig
from chat.tui.desk.entry_rows import Reader
from chat.tui.desk.talk import Talk
from chat.tui.receiver import Receiver
from chat.tui.screens.chat import ChatScreen
from chat.tui.session import Begun, Session
from chat.tui.widgets.talk_pane import TalkPane
from tests.support.clock import FakeClock
from tests.support.hub import Hub
from tests.support.hub_client import HubClient
from tests.support.stage import screen_lines
from tests.support.standing import make_admin, make_registered

ME = "you"

Result = TypeVar("Result")


class Stage:
    """A server with people, and the app of one of them.

    Attributes:
        app: one's own screen.
        client: one's own connection.
        people: sessions of the others by nick.
    """

    def __init__(
        self,
        *,
        me: str = ME,
        theme: str = "chat-dark",
        words: str = "",
        most_waiting: int = 5000,
        owns_server: bool = False,
        cache: CacheStore | None = None,
    ) -> None:
        self.me = me
        self.clock = FakeClock(datetime(2026, 11, 19, 17, 58, tzinfo=UTC))
        self.hub = Hub(clock=self.clock)
        self.receiver = Receiver(most_waiting)
        self.client = HubClient(self.hub, me, self.receiver, cache=cache)
        self.people: dict[str, ServerSession] = {}
        session = Session(
            me, address=Address("localhost"), identities=MemoryIdentities(), silenced=None, clock=self.clock
        )
        config = ClientConfig(theme=cast("Any", theme))
        begun = Begun(cast("ChatClient", self.client), self.receiver)
        self.app = ChatApp(session, config, begun, words=lambda _: words, owns_server=lambda: owns_server)

    @property
    def screen(self) -> ChatScreen:
        """The main screen."""
        return next(each for each in self.app.screen_stack if isinstance(each, ChatScreen))

    async def begin(self, pilot: Pilot[Any]) -> None:
        """Show the main screen in universal time."""
        await pilot.pause()
        self.screen.desk.be(Reader("", self.me, UTC))

    async def show(self, pilot: Pilot[Any]) -> None:
        """Carry what happened to the screen."""
        self.client.settle()
        self.screen.take()
        self.client.settle()
        self.screen.take()
        await pilot.pause()

    def person(self, nick: str) -> ServerSession:
        """Return somebody's session, made when missing."""
        if nick not in self.people:
            self.people[nick] = self.hub.guest(nick)
        return self.people[nick]

    def says(self, who: str, text: str, target: str = "#general", *, after: float = 40.0) -> None:
        """Have somebody say something, so many seconds after what happened before."""
        self.clock.advance(after)
        self.hub.ask(self.person(who), Send, target=target, text=text)

    def asks(self, who: str, request: type[Any], **fields: Any) -> None:
        """Have somebody ask the server for something."""
        self.hub.ask(self.person(who), request, **fields)

    def stand(self, standing: Standing) -> None:
        """Be of this standing, in the lobby."""
        session = self.client.session
        assert session is not None
        if standing is Standing.REGISTERED:
            make_registered(self.hub, session)
        elif standing is Standing.ADMINISTRATOR:
            make_admin(self.hub, session)
        elif standing is Standing.OPERATOR:
            make_admin(self.hub, self.person("ben"))
            self.asks("ben", Grant, target="#general", user=f"@{self.me}")

    # ------------------------------------------------------------------ doing

    async def enter(self, pilot: Pilot[Any], text: str, pane: TalkPane | None = None) -> None:
        """Put a line into a pane, the one in front unless another is given, and press Enter there."""
        composer = (pane or self.screen.front).composer
        composer.focus()
        composer.load_text(text)
        await pilot.press("enter")
        await self.show(pilot)

    async def look_away(self, pilot: Pilot[Any]) -> None:
        """Let the terminal lose the keys."""
        self.app.post_message(AppBlur())
        await pilot.pause()

    async def look_here(self, pilot: Pilot[Any]) -> None:
        """Let the terminal have the keys again."""
        self.app.post_message(AppFocus())
        await pilot.pause()
        await self.show(pilot)

    async def hurry(self, pilot: Pilot[Any]) -> None:
        """Carry to the screen what the client knows, while nothing moves between it and the server."""
        self.client.tell()
        self.screen.take()
        await pilot.pause()

    async def join(self, pilot: Pilot[Any], *channels: str) -> None:
        """Become a member of channels without going there."""
        for channel in channels:
            self.client.join(channel)
            await self.show(pilot)

    # ------------------------------------------------------------------ looking

    @property
    def front(self) -> Talk:
        """The talk in front."""
        talk = self.screen.desk.talk
        assert talk is not None, "nothing is in front"
        return talk

    def talk(self, title: str) -> Talk:
        """The talk with this title."""
        return next(talk for talk in self.screen.desk.talks.values() if talk.title == title)

    @property
    def lines(self) -> list[str]:
        """What stands on the screen, line by line."""
        return screen_lines(self.app)

    def pane_lines(self, pane: TalkPane | None = None) -> list[str]:
        """What stands in a pane's log, the one in front unless another is given."""
        region = (pane or self.screen.front).log_view.region
        return [line[region.x : region.right - 1].rstrip() for line in self.lines[region.y : region.bottom]]

    @property
    def tabs(self) -> str:
        """The strip of conversations."""
        return self.lines[0]

    @property
    def status(self) -> str:
        """The last line."""
        return self.lines[-1]


def play(
    deed: Callable[[Stage, Pilot[Any]], Awaitable[Result]],
    size: tuple[int, int] = (100, 24),
    *,
    connect: bool = True,
    **options: Any,
) -> Result:
    """Show the main screen, connected unless told otherwise, do the deed and give its result."""
    stage = Stage(**options)

    async def run() -> Result:
        async with stage.app.run_test(size=size, notifications=True) as pilot:
            await stage.begin(pilot)
            if connect:
                stage.client.connect()
                await stage.show(pilot)
            return await deed(stage, pilot)

    return asyncio.run(run())
