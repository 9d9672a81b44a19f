"""A scripted server and clients on it, which are stopped whatever the test does."""

from collections.abc import Iterator
from typing import Any

import pytest

from chat.client.catch_up import CatchUpPolicy, NewestFirst
from chat.client.client import ChatClient, ClientSettings
from chat.client.identity import IdentityStore
from chat.client.identity_stores import MemoryIdentities
from chat.client.link_thread import Route
from chat.clock import Clock
from tests.support.connecting import Connect, no_pauses
from tests.support.recorder import Recorder
from tests.support.scripted_server import ScriptedServer


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """A server that the test plays."""
    with ScriptedServer() as scripted:
        yield scripted


@pytest.fixture
def connect(server: ScriptedServer) -> Iterator[Connect]:
    """Start clients of the scripted server; give each with what it tells."""
    clients: list[ChatClient] = []

    def start(
        nick: str = "ann",
        identities: IdentityStore | None = None,
        policy: CatchUpPolicy | None = None,
        route: Route | None = None,
        clock: Clock | None = None,
        **settings: Any,
    ) -> tuple[ChatClient, Recorder]:
        recorder = Recorder()
        chosen = ClientSettings(
            identities=identities or MemoryIdentities(),
            policy=policy or NewestFirst(),
            client_name="test/1",
            **settings,
        )
        way = route or Route([server.address], pauses=no_pauses)
        client = ChatClient(way.addresses, nick, recorder, chosen, route=way, clock=clock)
        clients.append(client)
        client.start()
        return client, recorder

    yield start
    server.close()  # nobody waits for a farewell that no test plays
    for client in clients:
        assert client.stop(), "the client's thread did not end"
