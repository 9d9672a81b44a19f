"""What is known to go wrong when chat clients come back, as it is seen on the full screen.

The rest of the R tests stand in `test_reconnect.py`.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from chat.client.changes import Phase
from chat.client.identity_stores import MemoryIdentities
from chat.protocol.codes import ErrorCode
from chat.protocol.records import Status
from chat.protocol.requests import Hello
from chat.tui.app import ChatApp
from chat.tui.config import ClientConfig
from chat.tui.receiver import Receiver
from chat.tui.screens.chat import ChatScreen
from chat.tui.screens.connect import ConnectScreen
from chat.tui.session import Begun, Session
from tests.support.far_server import SECONDS, FarServer, far_server
from tests.support.fault_links import Way
from tests.support.fault_proxy import FaultProxy
from tests.support.frames import welcome
from tests.support.scripted_server import ScriptedServer
from tests.support.stage import screen_lines, until
from tests.support.waiting import wait_until

P = Pilot[Any]
Deed = Callable[[P, ChatApp], Awaitable[None]]


@pytest.fixture
def far() -> Iterator[FarServer]:
    """A server behind a network that a test can break."""
    with far_server() as made:
        yield made


def play(far: FarServer, folder: Path, deed: Deed, *others: FaultProxy) -> None:
    """Show Ann's screen at the far server, do the deed once she is connected, and leave."""
    addresses = [far.proxy.address, *(proxy.address for proxy in others)]
    session = Session(
        "ann",
        identities=MemoryIdentities(),
        remembered=folder / "servers.json",
        outbox=None,
        cache=None,
        clock=far.clock,
    ).at(addresses)
    receiver = Receiver()
    client = session.client(receiver)
    app = ChatApp(session, ClientConfig(), Begun(client, receiver))

    async def run() -> None:
        async with app.run_test(size=(140, 24)) as pilot:
            await until(pilot, lambda: shows(app, "connected as ann"), SECONDS)
            await deed(pilot, app)

    client.start()
    try:
        asyncio.run(run())
    finally:
        assert client.stop()


def shows(app: ChatApp, text: str) -> bool:
    """Whether a text stands in a line of the screen."""
    return any(re.search(text, line) for line in screen_lines(app))


async def enter(pilot: P, app: ChatApp, line: str) -> None:
    """Type a line and press Enter."""
    screen = app.screen
    assert isinstance(screen, ChatScreen)
    screen.front.composer.load_text(line)
    await pilot.press("enter")


def lost(app: ChatApp) -> bool:
    """Whether the client knows of no connection."""
    assert app.begun is not None
    return app.begun.client.link.phase is not Phase.OPEN


def test_r2_the_screen_says_since_when_there_is_no_connection(far: FarServer, tmp_path: Path) -> None:
    """A link that died without a word is noticed, and the last line tells how long one is deaf already."""
    far.come("ben", near=True)

    async def deed(pilot: P, app: ChatApp) -> None:
        assert app.begun is not None
        far.lose_all(app.begun.client)
        far.proxy.refuse()
        far.clock.advance(45)
        app.begun.client.connect_now()
        await until(pilot, lambda: shows(app, r"disconnected since \d\d:\d\d"), SECONDS)
        far.proxy.restore()
        app.begun.client.connect_now()
        await until(pilot, lambda: shows(app, "into the void"), SECONDS)
        assert shows(app, "connected as ann")
        assert not shows(app, "disconnected since")

    play(far, tmp_path, deed)


def test_r10_who_quits_does_not_come_back(far: FarServer, tmp_path: Path) -> None:
    """The server closes the link after the farewell, and that is no reason to dial."""

    async def deed(pilot: P, app: ChatApp) -> None:
        await enter(pilot, app, "/quit")
        await until(pilot, lambda: not app.is_running, SECONDS)

    play(far, tmp_path, deed)
    wait_until(lambda: far.proxy.links == 0, what="the end of the link")
    assert far.proxy.accepted == 1


def test_r11_tabs_nick_and_status_are_as_before(far: FarServer, tmp_path: Path) -> None:
    """The order of the tabs and the one in front too; a channel left while the link died stays left."""

    async def deed(pilot: P, app: ChatApp) -> None:
        assert app.begun is not None
        client = app.begun.client
        for title in ("#tea", "#garden"):
            await enter(pilot, app, f"/join {title}")
            await until(pilot, lambda title=title: title in screen_lines(app)[0], SECONDS)  # type: ignore[misc]
        client.set_status(Status.AWAY, "at lunch").result(SECONDS)
        cut = far.proxy.cut_at(Way.TO_CLIENT, b'"part_result"')
        await enter(pilot, app, "/part")
        await until(pilot, lambda: cut.cuts == 1 and "#garden" not in screen_lines(app)[0], SECONDS)
        await until(pilot, lambda: shows(app, "connected as ann"), SECONDS)
        before = screen_lines(app)[0]
        far.proxy.cut()
        await until(pilot, lambda: far.proxy.accepted == 3 and not lost(app), SECONDS)
        await until(pilot, lambda: shows(app, "connected as ann"), SECONDS)
        assert screen_lines(app)[0] == before
        with client.reading() as state:
            assert state.me is not None
            assert (state.me.nick, state.me.status) == ("ann", Status.AWAY)

    play(far, tmp_path, deed)


def test_r13_an_answer_on_its_way_lands_in_its_own_conversation(far: FarServer, tmp_path: Path) -> None:
    """One goes elsewhere while a page is under way over a slow network."""
    ben = far.come("ben", near=True)
    for number in range(30):
        ben.client.say("#general", f"general {number}")
    assert ben.client.wait_idle(SECONDS)

    async def deed(pilot: P, app: ChatApp) -> None:
        await enter(pilot, app, "/join #tea")
        await until(pilot, lambda: "#tea" in screen_lines(app)[0], SECONDS)
        far.proxy.delay(0.2)
        assert app.begun is not None
        under_way = app.begun.client.fill("#general", after=0)
        assert not under_way.done()
        await pilot.press("ctrl+n")
        await pilot.press("ctrl+n")
        await until(pilot, under_way.done, SECONDS)
        await pilot.pause()
        assert isinstance(app.screen, ChatScreen)
        front = app.screen.desk.talk
        assert front is not None
        assert front.title == "#tea"
        assert not shows(app, "general 2")

    play(far, tmp_path, deed)


def test_r15_where_there_is_no_way_in_the_form_is_shown_again_as_it_was_filled(tmp_path: Path) -> None:
    """With the sentence that says what is wrong and who can do what about it."""
    session = Session(
        "ann", identities=MemoryIdentities(), remembered=tmp_path / "servers", outbox=None, cache=None
    )
    app = ChatApp(session, ClientConfig())
    with ScriptedServer() as server:

        async def run() -> None:
            async with app.run_test(size=(160, 24)) as pilot:
                await until(pilot, lambda: shows(app, "Address"), SECONDS)
                await pilot.press(*str(server.address), "enter")
                server.accept().say(welcome(version_min=0, version_max=0))
                await until(pilot, lambda: shows(app, "! This server is too old"), SECONDS)
                assert isinstance(app.screen, ConnectScreen)
                for text in ("operator", re.escape(str(server.address)), "ann"):
                    assert shows(app, text)

        asyncio.run(run())
    assert app.begun is None


def test_r15_a_server_whose_disk_is_full_is_waited_for_and_says_so(tmp_path: Path) -> None:
    """It can not make a guest now; the client comes back by itself."""
    with ScriptedServer() as server:
        file = tmp_path / "servers.json"
        session = Session("ann", identities=MemoryIdentities(), remembered=file, outbox=None, cache=None)
        session = session.at([server.address])
        receiver = Receiver()
        client = session.client(receiver)
        app = ChatApp(session, ClientConfig(), Begun(client, receiver))

        async def run() -> None:
            async with app.run_test(size=(160, 24)) as pilot:
                link = server.accept()
                link.say(welcome())
                link.refuse(link.expect(Hello), ErrorCode.STORAGE_TROUBLE, retry_after_ms=60_000)
                await until(pilot, lambda: shows(app, "reconnecting in 60 s: .*(store|disk)"), SECONDS)

        client.start()
        asyncio.run(run())
        server.close()
        assert client.stop()


def test_r15_a_server_that_is_too_old_is_named_with_what_to_do(tmp_path: Path) -> None:
    """The sentence says who has to update what; nothing is tried again by itself."""
    with ScriptedServer() as server:
        file = tmp_path / "servers.json"
        session = Session("ann", identities=MemoryIdentities(), remembered=file, outbox=None, cache=None)
        session = session.at([server.address])
        receiver = Receiver()
        client = session.client(receiver)
        app = ChatApp(session, ClientConfig(), Begun(client, receiver))

        async def run() -> None:
            async with app.run_test(size=(160, 24)) as pilot:
                server.accept().say(welcome(version_min=0, version_max=0))
                await until(pilot, lambda: shows(app, "This server is too old.*Ask its operator"), SECONDS)

        client.start()
        asyncio.run(run())
        server.close()
        assert client.stop()


def test_after_a_fail_over_the_screen_tells_where_one_is(far: FarServer, tmp_path: Path) -> None:
    """And what became of the address that was to be used first."""
    with FaultProxy(far.server.address) as standby:

        async def deed(pilot: P, app: ChatApp) -> None:
            far.proxy.refuse()
            far.proxy.cut()
            words = f"connected as ann to {standby.address}: {far.proxy.address} refused the connection"
            await until(pilot, lambda: shows(app, re.escape(words)), SECONDS)

        play(far, tmp_path, deed, standby)
