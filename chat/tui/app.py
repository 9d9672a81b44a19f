"""The full screen: joins client, screens and theme, and leaves the terminal as it was, whatever ends it.

The screen's thread, which is the main one. Nothing here waits for the network while the screen is shown.
"""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from rich.segment import Segments
from textual import on
from textual.app import App
from textual.driver import Driver
from textual.filter import LineFilter
from textual.timer import Timer

from chat.client.changes import OutboxItem, Phase, SendState, ServerMet
from chat.client.silenced import Silenced
from chat.client.trust import Verdict
from chat.errors import ChatError, NoConnection
from chat.protocol.codes import Refused
from chat.protocol.records import Presence
from chat.transport.address import Address, parse_addresses
from chat.tui.alt_keys import separate_alt_keys
from chat.tui.config import ClientConfig
from chat.tui.driver import is_terminal_gone, outliving
from chat.tui.keys import Place, bindings, mac_option_digits, sections
from chat.tui.receiver import Receiver
from chat.tui.screens.board import Board
from chat.tui.screens.chat import ChatScreen
from chat.tui.screens.confirm import ConfirmScreen
from chat.tui.screens.connect import ConnectChoice, ConnectScreen
from chat.tui.screens.help import HelpScreen, command_sections
from chat.tui.screens.showing import leaving_question
from chat.tui.screens.trust import AlarmScreen, ContactScreen, trust_screen
from chat.tui.session import Begun, Session
from chat.tui.styles.sheets import SHEETS
from chat.tui.styles.theme import install
from chat.tui.widgets.safety import Backstop

FIRST_SECONDS = 0.05
"""How often to look whether the server that was chosen lets one in."""
COUNT_SECONDS = 2.0
"""How long to ask who else is connected, before a hosted server is stopped."""
TERMINAL_SECONDS = 1.0
"""How often to look whether the terminal is still there: not every one that vanishes says so by a signal."""
LOBBY = "#general"
"""The channel that everybody is in at first."""


class ChatApp(App[None]):
    """The client on a whole terminal.

    Args:
        session: where to go and as whom.
        config: looks and habits.
        begun: a client that was started already; without one the first screen asks where to go.
        words: what to say first on the server at an address.
        host: starts a server on this machine and tells where it listens; takes seconds, called on a thread.
        owns_server: whether a server on this machine ends with this client.
    """

    CSS_PATH = list(SHEETS)
    BINDINGS = bindings(Place.EVERYWHERE)
    ENABLE_COMMAND_PALETTE = False
    TITLE = "chat"

    def __init__(
        self,
        session: Session,
        config: ClientConfig,
        begun: Begun | None = None,
        *,
        words: Callable[[Address], str] = lambda _: "",
        host: Callable[[], Address] | None = None,
        owns_server: Callable[[], bool] = lambda: False,
    ) -> None:
        super().__init__()
        self.session = session
        self.begun = begun
        self._config = config
        self._words = words
        self._host = host
        self._owns_server = owns_server
        self._backstop = Backstop()
        self._first_watch: Timer | None = None
        install(self, config.theme)
        if config.mac_option_digits:
            self.update_keymap(mac_option_digits())

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Close whatever slipped past the sanitizer; always the same filter, as Textual caches by it."""
        return [*super().get_line_filters(), self._backstop]

    def get_driver_class(self) -> type[Driver]:
        """Work on terminals that may vanish."""
        return outliving(super().get_driver_class())

    def on_load(self) -> None:
        """End in order when the system says so, from before the terminal is changed at all."""
        loop = asyncio.get_running_loop()
        for name in ("SIGTERM", "SIGHUP"):
            if number := getattr(signal, name, None):
                with contextlib.suppress(NotImplementedError):  # on Windows
                    loop.add_signal_handler(number, self.exit)

    def on_mount(self) -> None:
        """Show the first screen; end when the terminal vanishes."""
        self.set_interval(TERMINAL_SECONDS, self._leave_a_closed_window)
        if self.begun is not None:
            self._show_chat(self.begun, asks_again=bool(self.session.code))
        else:
            self._ask_where()

    def _leave_a_closed_window(self) -> None:
        if is_terminal_gone(self._driver):
            self.exit()

    # ------------------------------------------------------------------ where to go

    def _ask_where(self, error: str = "") -> None:
        session = self.session
        screen = ConnectScreen(session.known_servers(), session.nick, session.place, error, session.code)
        self.push_screen(screen, self._chosen)

    def _chosen(self, choice: ConnectChoice | None) -> None:
        if choice is None:
            self.exit()
            return
        self.session = replace(self.session, nick=choice.nick, nick_given=True, code=choice.code)
        if choice.host:
            self.run_worker(self._start_hosting())
        else:
            self._join(*parse_addresses(choice.address))

    async def _start_hosting(self) -> None:
        assert self._host is not None
        self.notify("Starting a server on this machine…", markup=False)
        try:
            address = await asyncio.to_thread(self._host)
        except ChatError as error:
            self._ask_where(str(error))
        else:
            self._join(address)

    def _join(self, *addresses: Address) -> None:
        self.session = self.session.at(addresses)
        receiver = Receiver()
        begun = Begun(self.session.client(receiver), receiver)
        begun.client.start()
        self.begun = begun
        self._show_chat(begun, asks_again=True)

    def _show_chat(self, begun: Begun, *, asks_again: bool) -> None:
        session = self.session
        words = self._words(session.address) if session.address else ""
        screen = ChatScreen(
            begun.client,
            begun.receiver.drain,
            session.clock,
            words=words,
            bell=self._config.bell,
            silenced=Silenced(session.silenced),
        )
        self.push_screen(screen)
        if asks_again:
            self._first_watch = self.set_interval(FIRST_SECONDS, self._look_after_first)

    def _look_after_first(self) -> None:
        """Forget a code that was used; ask again, with all that was typed, where there is no way in.

        Where logging in is the way, the line is where one does that.
        """
        assert self.begun is not None
        link = self.begun.client.link
        if link.phase not in {Phase.OPEN, Phase.ENDED} or link.doubted:
            return
        if link.phase is Phase.OPEN or link.wants_login:
            self._stop_watching()
            self.session = replace(self.session, code="")
        else:
            self._choose_again(link.cause)

    def _choose_again(self, why: str) -> None:
        """Leave what never began, or has no way on, and ask where to go instead."""
        assert self.begun is not None
        self._stop_watching()
        self.begun.client.stop()
        self.begun = None
        while len(self.screen_stack) > 1:
            self.pop_screen()
        self._ask_where(why)

    def _stop_watching(self) -> None:
        if self._first_watch is not None:
            self._first_watch.stop()

    @on(Board.Doubted)
    def _doubted(self, event: Board.Doubted) -> None:
        """Ask whether the server is to be believed; nothing is said to it before."""
        if not isinstance(self.screen, ContactScreen | AlarmScreen):
            self.push_screen(trust_screen(event.met), partial(self._judged, event.met))

    def _judged(self, met: ServerMet, believed: bool | None) -> None:
        if self.begun is None:
            return
        if believed:
            self.begun.client.believe(met)
            return
        self._choose_again("" if met.verdict is Verdict.NEW and not met.known_as else met.sentence)

    # ------------------------------------------------------------------ keys that work everywhere

    def action_help(self) -> None:
        """Show all keys of this place and all commands."""
        if isinstance(self.screen, HelpScreen):
            return
        place = getattr(self.screen, "PLACE", Place.TALK)
        places = [Place.TALK, Place.LINE, Place.MESSAGE, Place.MEMBERS] if place is Place.TALK else [place]
        commands = command_sections() if place is Place.TALK else ()
        self.push_screen(HelpScreen([*sections(*places, Place.EVERYWHERE), *commands]))

    def action_redraw(self) -> None:
        """Draw the screen again, as after something else wrote on the terminal."""
        self.screen.refresh(layout=True, repaint=True)

    def action_offer_quit(self) -> None:
        """Ask whether to quit."""
        self.run_worker(self._leave(always_ask=True), exclusive=True, group="leave")

    async def action_quit(self) -> None:
        """Quit; ask first when something would be lost."""
        self.run_worker(self._leave(), exclusive=True, group="leave")

    async def _leave(self, *, always_ask: bool = False) -> None:
        unsent = [item for item in self.begun.client.unsent() if _under_way(item)] if self.begun else []
        others = await self._others() if self._owns_server() else 0
        if question := leaving_question(unsent, others):
            self._ask_to_leave(*question)
        elif always_ask:
            self._ask_to_leave("Quit?", "")
        else:
            self.exit()

    def _ask_to_leave(self, question: str, detail: str) -> None:
        if not isinstance(self.screen, ConfirmScreen):
            screen = ConfirmScreen(question, detail, yes="Quit", no="Stay")
            self.push_screen(screen, lambda sure: self.exit() if sure else None)

    async def _others(self) -> int:
        """Count the people who are connected to the server that ends with this client."""
        if self.begun is None:
            return 0
        client = self.begun.client
        try:
            asked = asyncio.wrap_future(client.members(LOBBY))
            members = (await asyncio.wait_for(asked, COUNT_SECONDS)).members
        except (TimeoutError, ChatError, Refused):
            return 0
        with client.reading() as state:
            me = state.me.id if state.me else ""
        return sum(each.presence is not Presence.OFFLINE and each.user.id != me for each in members)

    def _fatal_error(self) -> None:
        """Show what went wrong without the values of variables: they hold what people wrote, and tokens."""
        # here, not at the top: it takes a tenth of the time that the screen needs to start
        from rich.traceback import Traceback  # noqa: PLC0415

        self.bell()
        traceback = Traceback(show_locals=False)
        self._exit_renderables.append(Segments(self.console.render(traceback, self.console.options)))
        self._close_messages_no_wait()


def run_full_screen(app: ChatApp, *, mouse: bool) -> int:
    """Run the app until it ends, then leave the server; returns the exit code.

    The terminal is restored before anything else is waited for.
    """
    separate_alt_keys()
    app.run(mouse=mouse)
    if app.begun is None:
        return app.return_code or 0
    client = app.begun.client
    app.session.remember(client)
    with client.reading() as state:
        ever_joined = state.welcome is not None and state.me is not None
    client.stop()
    if app.return_code:
        return app.return_code
    return 0 if ever_joined else NoConnection.exit_code


def _under_way(item: OutboxItem) -> bool:
    return item.state in {SendState.WAITING, SendState.SENT}
