"""Two people at two real terminals, and a server that is killed while they talk."""

import re
from pathlib import Path

import pytest

from chat.protocol.entries import Message
from chat.protocol.replies import HistoryResult
from chat.protocol.requests import History
from tests.support.commands import CHAT_TUI
from tests.support.server import ServerProcess
from tests.support.terminal import SECONDS, Terminal
from tests.support.waiting import wait_until
from tests.support.wire_client import WireClient

pytestmark = pytest.mark.e2e

_NUMBERED = re.compile(r"\b(before|while|after) (\d+)\b")


def someone(server: ServerProcess, nick: str, home: Path) -> Terminal:
    """Somebody at a full screen, tall enough for the whole talk."""
    host, port = server.address
    return Terminal([*CHAT_TUI, f"{host}:{port}", "--nick", nick], home / nick, rows=40)


def seen(terminal: Terminal) -> list[str]:
    """The numbered messages on a screen, from top to bottom."""
    return [found[0] for line in terminal.lines() if (found := _NUMBERED.search(line))]


def under_way(terminal: Terminal) -> list[str]:
    """The numbered messages that the screen shows as not stored yet."""
    return [
        found[0]
        for line in terminal.lines()
        if (found := _NUMBERED.search(line)) and re.search("sending|waiting", line)
    ]


def wait_seen(terminal: Terminal, expected: list[str]) -> None:
    """Wait until the screen shows exactly these messages, none of them still under way."""
    wait_until(
        lambda: seen(terminal) == expected and not under_way(terminal),
        SECONDS,
        f"{expected} on the screen",
    )


def stored(server: ServerProcess) -> list[str]:
    """The texts in the log of the lobby, read by a stranger."""
    with WireClient(server.address, patience=SECONDS) as reader:
        reader.hello("reader")
        lobby = reader.sync()[0].conversations[0].conversation
        page = reader.ask(History(id=reader.new_id(), target=lobby, after=0))
        assert isinstance(page, HistoryResult), page
        return [entry.text for entry in page.entries if isinstance(entry, Message)]


def test_two_people_talk_on_through_a_killed_server(tmp_path: Path) -> None:
    """Both are told that it is gone; what is typed meanwhile waits, and arrives once and in order."""
    before = [f"before {number}" for number in range(4)]
    meanwhile = [f"while {number}" for number in range(6)]
    after = [f"after {number}" for number in range(2)]
    with (
        ServerProcess(tmp_path / "data") as server,
        someone(server, "ann", tmp_path) as ann,
        someone(server, "bob", tmp_path) as bob,
    ):
        for each, nick in ((ann, "ann"), (bob, "bob")):
            each.wait_for(f"connected as {nick}")
            each.wait_for("2 of 2 here")
        ann.type(*before[:2])
        wait_seen(bob, before[:2])
        bob.type(*before[2:])
        wait_seen(ann, before)

        ann.type(*meanwhile[:2])  # these may be under way, stored or not, at the kill
        server.kill()
        ann.type(*meanwhile[2:])
        for each in (ann, bob):
            each.wait_for("reconnecting")
        ann.wait_for("waiting to be sent")
        wait_until(lambda: len(under_way(ann)) >= len(meanwhile[2:]), SECONDS, "what waits to be shown")
        wait_until(lambda: seen(ann) == before + meanwhile, SECONDS, "all that was typed, in order")
        assert set(meanwhile[2:]) <= set(under_way(ann))
        assert not set(meanwhile[2:]) & set(seen(bob))

        server.start()
        for each in (ann, bob):
            wait_seen(each, before + meanwhile)
        ann.wait_for("connected as ann")
        bob.wait_for("connected as bob")
        assert not ann.shows("waiting to be sent")
        bob.type(*after)
        for each in (ann, bob):
            wait_seen(each, before + meanwhile + after)
        assert stored(server) == before + meanwhile + after
