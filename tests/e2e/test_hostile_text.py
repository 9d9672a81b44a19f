"""What strangers write is shown letter by letter and obeyed by nobody: neither terminal nor screen.

Held against every byte that the full screen wrote, on a server that cleans what it stores and on one that
hands on whatever it is given.
"""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from chat.ids import new_send_id
from chat.protocol.records import Status
from chat.protocol.replies import Error
from chat.protocol.requests import AnyRequest, ChangeNick, CreateChannel, Part, Send, SetStatus, SetTopic
from tests.support.commands import CHAT_TUI
from tests.support.hostile import (
    BAD_CHANNEL,
    BAD_NICK,
    GOODBYE_SHOWN,
    LAST,
    LIVE_SHOWN,
    MARKUP_NICK,
    PAYLOADS,
    REASON,
    REFUSAL_SHOWN,
    STATUS,
    TOPIC,
    TOPIC_SHOWN,
    HostileHost,
)
from tests.support.scripted_server import ScriptedServer
from tests.support.server import RunningServer, running_server
from tests.support.terminal import CTRL_Q, PAGE_UP, SECONDS, Terminal
from tests.support.tls import certificates
from tests.support.wire_client import WireClient

pytestmark = pytest.mark.e2e

# all that the full screen itself may say to a terminal: places and colours, modes and questions on modes,
# keys, the shape of the pointer, addresses that stand in a text as links
_OWN = re.compile(
    rb"\x1b\]8;id=[0-9]+;https?://[!-~]+\x1b\\|\x1b\]8;;\x1b\\|"
    rb"\x1b\[[0-9;]*[Hm]|\x1b\[\?[0-9;]+[hl]|\x1b\[\?(?:2026|2048)\$p|\x1b\[>25u|\x1b\[<u|\x1b\]22;[a-z-]+\x07|\r\n"
)


def assert_harmless(terminal: Terminal) -> None:
    """Nothing but text and the screen's own sequences was written, and no stranger's sequence among them."""
    raw = terminal.raw
    rest = _OWN.sub(b"", raw).decode()
    assert [rest[at : at + 20] for at, character in enumerate(rest) if not character.isprintable()] == []
    assert b"\x1b[5;31;7m" not in raw


def wait_shown(terminal: Terminal) -> None:
    """Wait until every payload that fits is on the screen, as it is to be read."""
    terminal.wait_for(LAST)
    for shown in PAYLOADS.values():
        terminal.wait_for(shown)


def ann(address: tuple[str, int], home: Path, *options: str, rows: int = 40) -> Terminal:
    """Somebody who reads what strangers write."""
    host, port = address
    return Terminal([*CHAT_TUI, f"{host}:{port}", "--nick", "ann", *options], home, columns=120, rows=rows)


class Stranger(WireClient):
    """Somebody who writes whatever they like into the lobby."""

    def __init__(self, server: RunningServer, nick: str) -> None:
        super().__init__(server.address, patience=SECONDS)
        self.hello(nick)
        self.sync()

    def change(self, kind: type[AnyRequest], **fields: object) -> bool:
        """Ask for something; returns whether it was done."""
        named = {"send_id": new_send_id(0)} if "send_id" in kind.__struct_fields__ else {}
        reply = self.ask(kind(id=self.new_id(), **named, **fields))  # type: ignore[arg-type]
        return not isinstance(reply, Error)

    def write_everything(self) -> None:
        """Say all payloads, and try every other text that others see."""
        assert self.change(SetTopic, target="#general", topic=TOPIC)
        assert self.change(SetStatus, status=Status.AWAY, text=STATUS)
        assert not self.change(ChangeNick, nick=BAD_NICK)
        assert not self.change(CreateChannel, name=BAD_CHANNEL)
        for payload in [*PAYLOADS, LAST]:
            assert self.change(Send, target="#general", text=payload)


@pytest.fixture
def server() -> Iterator[RunningServer]:
    """A server in this process, encrypted as every real one."""
    with running_server(certificates=certificates()) as running:
        yield running


def test_a_server_of_ours_and_a_screen_of_ours_obey_nobody(server: RunningServer, tmp_path: Path) -> None:
    """Live, in another size, and again as history that is scrolled back to."""
    with Stranger(server, MARKUP_NICK) as eve, Stranger(server, "mallory") as mallory:
        with ann(server.address, tmp_path) as terminal:
            terminal.wait_for("connected as ann")
            eve.write_everything()
            wait_shown(terminal)
            terminal.wait_for(TOPIC_SHOWN)
            assert mallory.change(Part, target="#general", reason=REASON)
            terminal.wait_for("mallory left")
            terminal.resize(70, 20)
            terminal.wait_for("F1 all keys")
            assert eve.change(Send, target="#general", text="t98 still here?")
            terminal.wait_for("t98 still here?")
            terminal.press(CTRL_Q)
            assert terminal.wait() == 0
            assert_harmless(terminal)
        with ann(server.address, tmp_path, rows=12) as terminal:
            terminal.wait_for("t98 still here?")
            terminal.press(PAGE_UP * 2)
            terminal.wait_for(PAYLOADS["t05 \x1b]0;owned\x07"])
            terminal.press(CTRL_Q)  # else the last sequence may be here by half
            assert terminal.wait() == 0
            assert_harmless(terminal)


def test_a_server_that_hands_on_everything_changes_nothing(tmp_path: Path) -> None:
    """Not by what it stored, nor by names, live events, its refusals or its last words."""
    with ScriptedServer(SECONDS) as server, ThreadPoolExecutor(1, "hostile host") as elsewhere:
        address = (server.address.host, server.address.port)
        with ann(address, tmp_path, "--unencrypted") as terminal:
            served = elsewhere.submit(HostileHost(server.accept()).serve)
            wait_shown(terminal)
            terminal.wait_for("#a\ufffd[2J")
            terminal.type("hello")
            terminal.wait_for(LIVE_SHOWN)
            terminal.wait_for(REFUSAL_SHOWN)
            terminal.type("hello again")
            served.result()
            terminal.wait_for(GOODBYE_SHOWN)
            terminal.press(CTRL_Q)
            terminal.wait_for("Stay")
            terminal.press("y")
            assert terminal.wait() == 0
            assert terminal.disorder() == []
            assert_harmless(terminal)
