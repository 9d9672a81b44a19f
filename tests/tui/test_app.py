"""The app around the screens: from choosing a server to the main screen, and back with a reason."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from chat.client.client import ChatClient, ClientSettings
from chat.client.identity import IdentityStore
from chat.client.identity_stores import MemoryIdentities
from chat.client.probe import welcome_at
from chat.client.secured import Security
from chat.client.trust import Seen, TrustStore
from chat.client.trust_stores import MemoryTrust
from chat.errors import BadConfig
from chat.protocol.accounts import AddDevice
from chat.server.config import ServerConfig
from chat.transport.address import Address
from chat.tui.app import ChatApp
from chat.tui.config import ClientConfig
from chat.tui.screens.chat import ChatScreen
from chat.tui.screens.connect import ConnectScreen
from chat.tui.screens.password import PasswordScreen
from chat.tui.screens.trust import AlarmScreen, ContactScreen
from chat.tui.session import Session
from tests.support.server import RunningServer, running_server
from tests.support.stage import screen_lines, until
from tests.support.tls import certificates

P = Pilot[Any]


def closed_port() -> Address:
    """An address of this machine where nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return Address("127.0.0.1", taken.getsockname()[1])


def choosing(folder: Path, host: Callable[[], Address] | None = None) -> ChatApp:
    """The app of somebody who named no server."""
    session = Session("maria", identities=MemoryIdentities(), remembered=folder / "servers.json", outbox=None)
    return ChatApp(session, ClientConfig(), host=host)


def run(app: ChatApp, deed: Callable[[P], Any]) -> Any:
    """Run the app, do a deed, leave the server."""

    async def played() -> Any:
        async with app.run_test(size=(100, 24), notifications=True) as pilot:
            await pilot.pause()
            return await deed(pilot)

    try:
        return asyncio.run(played())
    finally:
        if app.begun is not None:
            app.begun.client.stop()


def test_without_a_server_the_app_asks_where_to_go(tmp_path: Path) -> None:
    """As whom is proposed already."""
    app = choosing(tmp_path)

    async def deed(_: P) -> tuple[bool, str]:
        return isinstance(app.screen, ConnectScreen), "\n".join(screen_lines(app))

    asks, screen = run(app, deed)
    assert asks
    assert "maria" in screen


def test_a_chosen_server_is_gone_to(tmp_path: Path) -> None:
    """The main screen says how that goes, also when nothing answers."""
    app = choosing(tmp_path)
    address = closed_port()

    async def deed(pilot: P) -> str:
        await pilot.press(*str(address), "enter")
        await until(pilot, lambda: isinstance(app.screen, ChatScreen))
        await until(pilot, lambda: "reconnecting" in screen_lines(app)[-1])
        return screen_lines(app)[-1]

    assert str(address.port) in run(app, deed)


def meeting(
    folder: Path, server: RunningServer, trust: TrustStore, identities: IdentityStore | None = None
) -> ChatApp:
    """The app of somebody who named a server and is asked whether to believe it."""
    session = Session(
        "maria",
        identities=identities or MemoryIdentities(),
        remembered=folder / "servers.json",
        outbox=None,
        cache=None,
        security=Security(trust, asks=True),
    )
    return ChatApp(session.at([Address(*server.address)]), ClientConfig(bell=False))


@pytest.fixture
def far_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningServer]:
    """A server that counts as one on another machine."""
    monkeypatch.setattr("chat.client.secured.is_near", lambda _: False)
    with running_server(certificates=certificates()) as running:
        yield running


async def join(pilot: P) -> None:
    """Join the server that is proposed."""
    await pilot.press("tab", "enter")


def test_a_server_is_met_believed_and_known_the_next_time(tmp_path: Path, far_server: RunningServer) -> None:
    """Enter is enough, once; the status line says that it is encrypted."""
    trust, identities = MemoryTrust(), MemoryIdentities()

    async def believe(pilot: P) -> str:
        await join(pilot)
        await until(pilot, lambda: isinstance(pilot.app.screen, ContactScreen))
        assert far_server.app.people_here == 0
        await pilot.press("enter")
        await until(pilot, lambda: "· TLS" in screen_lines(pilot.app)[-1])
        return "believed"

    async def come_again(pilot: P) -> str:
        await join(pilot)
        await until(pilot, lambda: "· TLS" in screen_lines(pilot.app)[-1])
        return type(pilot.app.screen).__name__

    assert run(meeting(tmp_path, far_server, trust, identities), believe) == "believed"
    assert run(meeting(tmp_path, far_server, trust, identities), come_again) == "ChatScreen"


def test_who_does_not_believe_a_server_chooses_again(tmp_path: Path, far_server: RunningServer) -> None:
    """The server was told nothing, and nothing is pinned."""
    trust = MemoryTrust()
    app = meeting(tmp_path, far_server, trust)

    async def leave(pilot: P) -> str:
        await join(pilot)
        await until(pilot, lambda: isinstance(app.screen, ContactScreen))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, ConnectScreen))
        return "\n".join(screen_lines(app))

    assert str(far_server.address[1]) in run(app, leave)
    assert app.begun is None
    assert far_server.app.people_here == 0
    assert trust.last_at(f"127.0.0.1:{far_server.address[1]}") is None


def test_a_server_that_changed_is_an_alarm(tmp_path: Path, far_server: RunningServer) -> None:
    """Esc leads back with the reason; typing the digits goes on."""
    trust = MemoryTrust()
    there = Address(*far_server.address)
    welcome = welcome_at(there)
    assert welcome is not None
    trust.keep(Seen(welcome.server_id, "attic", str(there), "0" * 64))

    async def flee(pilot: P) -> str:
        await join(pilot)
        await until(pilot, lambda: isinstance(pilot.app.screen, AlarmScreen))
        await pilot.press("enter", "escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConnectScreen))
        return "\n".join(screen_lines(pilot.app))

    async def go_on(pilot: P) -> str:
        await join(pilot)
        await until(pilot, lambda: isinstance(pilot.app.screen, AlarmScreen))
        await pilot.press(*certificates().fingerprint[-4:], "enter")
        await until(pilot, lambda: "· TLS" in screen_lines(pilot.app)[-1])
        return "on"

    assert "another certificate than before" in " ".join(
        run(meeting(tmp_path, far_server, trust), flee).split()
    )
    assert far_server.app.people_here == 0
    assert run(meeting(tmp_path, far_server, trust), go_on) == "on"


def test_while_a_server_starts_the_screen_says_so(tmp_path: Path) -> None:
    """It may take seconds; then one joins it."""
    ready = threading.Event()
    address = closed_port()

    def host() -> Address:
        ready.wait(20)
        return address

    app = choosing(tmp_path, host)

    async def deed(pilot: P) -> str:
        await pilot.press("ctrl+n")
        await until(pilot, lambda: any("Starting a server" in line for line in screen_lines(app)))
        ready.set()
        await until(pilot, lambda: isinstance(app.screen, ChatScreen))
        assert app.session.address == address
        return "joined"

    try:
        assert run(app, deed) == "joined"
    finally:
        ready.set()


def test_a_server_that_does_not_start_leads_back_with_the_reason(tmp_path: Path) -> None:
    """One can choose another one."""

    def host() -> Address:
        raise BadConfig("The data folder can't be written.")

    app = choosing(tmp_path, host)

    async def deed(pilot: P) -> str:
        await pilot.press("ctrl+n")
        await until(pilot, lambda: any("can't be written" in line for line in screen_lines(app)))
        return type(app.screen).__name__

    assert run(app, deed) == "ConnectScreen"


def test_a_wrong_code_leads_back_with_the_form_filled(tmp_path: Path) -> None:
    """Another code, and one is in: as the user who made it, and the code is forgotten."""
    with (
        running_server() as server,
        ChatClient(
            [Address(*server.address)], "ann", settings=ClientSettings(identities=MemoryIdentities())
        ) as ann,
    ):
        assert ann.wait_open(10)
        code = ann.ask(AddDevice).result(5).code
        address = "{}:{}".format(*server.address)
        app = choosing(tmp_path)

        async def deed(pilot: P) -> tuple[str, str]:
            await pilot.press(*address, "tab", "tab", *"WRONG", "enter")
            await until(pilot, lambda: any("code is wrong" in line for line in screen_lines(app)))
            back = "\n".join(screen_lines(app))
            await pilot.press(*["backspace"] * 5, *code.lower(), "enter")
            await until(pilot, lambda: app.begun is not None and not app.session.code)
            assert app.begun is not None
            with app.begun.client.reading() as state:
                return back, state.me.nick if state.me else ""

        back, nick = run(app, deed)
    assert address in back
    assert "maria" in back
    assert "WRONG" in back
    assert nick == "ann"


def test_where_guests_are_not_let_in_the_line_is_where_one_logs_in(tmp_path: Path) -> None:
    """The screen that asks where to go would be a dead end."""
    with running_server(ServerConfig(guests=False)) as server:
        app = choosing(tmp_path)

        async def deed(pilot: P) -> str:
            await pilot.press(*"{}:{}".format(*server.address), "enter")
            await until(pilot, lambda: any("Guests are not let in" in line for line in screen_lines(app)))
            shown = "\n".join(screen_lines(app))
            await pilot.press(*"/login ann", "enter")
            await until(pilot, lambda: isinstance(app.screen, PasswordScreen))
            return shown

        assert "/login NICK asks for the password." in run(app, deed)
