"""The example bot, run as anybody would run it, against a real server."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chat.client.changes import EntriesAdded
from chat.client.client import ChatClient, ClientSettings
from chat.client.hosting import HostedServer, HostOptions, host
from chat.client.identity_stores import MemoryIdentities
from chat.protocol.entries import AnyEntry, Joined, Message
from tests.support.recorder import Recorder

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "echo_bot.py"

pytestmark = pytest.mark.e2e


@pytest.fixture
def server(tmp_path: Path) -> Iterator[HostedServer]:
    """A real server."""
    server = host(HostOptions(("127.0.0.1:0",), data=str(tmp_path / "data")), tmp_path / "state")
    yield server
    assert server.stop()


@pytest.fixture
def bot(server: HostedServer) -> Iterator[None]:
    """The example as a process, from before the test to after it."""
    command = [sys.executable, str(EXAMPLE), str(server.address), "#tea"]
    with subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(ROOT)}) as process:
        yield
        process.terminate()


def bot_joined(entries: tuple[AnyEntry, ...], conversation: str) -> bool:
    """Whether one of the entries says that the bot joined."""
    return any(
        isinstance(entry, Joined) and entry.nick == "echo" and entry.conversation == conversation
        for entry in entries
    )


@pytest.mark.usefixtures("bot")
def test_the_example_bot_echoes(server: HostedServer) -> None:
    """It joins the channel, answers what is meant for it, and nothing else."""
    told = Recorder()
    settings = ClientSettings(identities=MemoryIdentities())
    with ChatClient([server.address], "ann", told, settings) as client:
        assert client.wait_open(10)
        tea = client.join("#tea").result(10).conversation.conversation
        told.wait(EntriesAdded, lambda added: bot_joined(added.entries, tea), seconds=20)
        for text in ("nothing to echo", "!echo hello", "!echo again"):
            client.say("#tea", text)
        told.wait(EntriesAdded, lambda added: getattr(added.entries[-1], "text", "") == "again")
    said = [entry.text for entry in told.entries() if isinstance(entry, Message) and entry.nick == "echo"]
    assert said == ["hello", "again"]


def test_the_example_is_as_short_as_promised() -> None:
    """Ten lines after the imports."""
    lines = EXAMPLE.read_text().splitlines()
    body = lines[lines.index("from chat.client.bot import Bot") + 1 :]
    assert len([line for line in body if line.strip()]) <= 10
