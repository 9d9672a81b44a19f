"""P1 and P2 on a real server process that is killed while people talk: nothing lost, doubled or swapped."""

import os
import random
import signal
import threading
from pathlib import Path

from chat.client.changes import Change, OutboxChanged, SendState
from chat.client.client import ChatClient, ClientSettings
from chat.client.identity_stores import MemoryIdentities
from chat.protocol.entries import AnyEntry
from chat.protocol.replies import HistoryResult
from chat.transport.address import Address
from tests.support.account import account_of
from tests.support.server import ServerProcess
from tests.support.waiting import wait_until

SENDERS = 4
MESSAGES = 1000
KILLS = 6


class Killer:
    """Kills the server at the very moment when so many messages are acknowledged."""

    def __init__(self, server: ServerProcess) -> None:
        self._server = server
        self._lock = threading.Lock()
        self._acknowledged = 0
        self._goal = 0
        self._killed = threading.Event()

    def aim(self, goal: int) -> None:
        """Kill at the next acknowledgement from which on so many are there."""
        with self._lock:
            self._killed.clear()
            self._goal = goal

    def acknowledged(self) -> None:
        """Count one; called on the threads of all clients."""
        with self._lock:
            self._acknowledged += 1
            if self._goal and self._acknowledged >= self._goal:
                self._goal = 0
                os.kill(self._server.pid, signal.SIGKILL)
                self._killed.set()

    def wait(self, seconds: float) -> None:
        """Return when the server was killed."""
        assert self._killed.wait(seconds), f"only {self._acknowledged} acknowledged in {seconds} s"


class Talker:
    """A client that says numbered messages and notes what was acknowledged."""

    def __init__(self, address: tuple[str, int], nick: str, killer: Killer) -> None:
        self._killer = killer
        self.nick = nick
        self.sent = [f"{nick} {number}" for number in range(MESSAGES)]
        self.acknowledged: dict[str, int] = {}
        self._lock = threading.Lock()
        settings = ClientSettings(identities=MemoryIdentities())
        self.client = ChatClient([Address(*address)], nick, self._hear, settings)
        self.client.start()

    def say_all(self) -> None:
        """Put everything into the outbox; it goes out as the server takes it."""
        for text in self.sent:
            self.client.say("#general", text)

    @property
    def done(self) -> bool:
        """Whether all was acknowledged."""
        with self._lock:
            return len(self.acknowledged) == MESSAGES

    def _hear(self, change: Change) -> None:
        if isinstance(change, OutboxChanged) and change.item.state is SendState.STORED:
            with self._lock:
                assert change.item.text not in self.acknowledged, "acknowledged twice"
                self.acknowledged[change.item.text] = change.item.number
            self._killer.acknowledged()


def test_every_acknowledged_message_survives_kill_9_once_and_in_order(tmp_path: Path) -> None:
    """Four people talk while the server is killed six times at random; at the end the log has it all."""
    instants = random.Random(7)
    with ServerProcess(tmp_path / "data") as server:
        killer = Killer(server)
        talkers = [Talker(server.address, nick, killer) for nick in ("ann", "ben", "cem", "dora")]
        try:
            for talker in talkers:
                assert talker.client.wait_open(20)
            goals = sorted(instants.sample(range(1, SENDERS * MESSAGES), KILLS))
            killer.aim(goals[0])
            for talker in talkers:
                talker.say_all()
            for goal in [*goals[1:], 0]:
                killer.wait(30)
                server.kill()  # what is left to do of a process that is dead
                killer.aim(goal)
                server.start()
                for talker in talkers:
                    talker.client.connect_now()
            wait_until(lambda: all(talker.done for talker in talkers), 60, "everything acknowledged")
            log = _log(server.address)
        finally:
            for talker in talkers:
                talker.client.stop()
    account = account_of(
        {talker.nick: talker.sent for talker in talkers},
        {text: number for talker in talkers for text, number in talker.acknowledged.items()},
        log,
    )
    assert account.clean, account
    assert account.ok == SENDERS * MESSAGES
    assert [entry.number for entry in log] == list(range(1, len(log) + 1))


def _log(address: tuple[str, int]) -> list[AnyEntry]:
    """Read the whole log back, page by page, over a link that no kill has touched."""
    entries: list[AnyEntry] = []
    settings = ClientSettings(identities=MemoryIdentities())
    with ChatClient([Address(*address)], "reader", lambda _: None, settings) as client:
        assert client.wait_open(20)
        while True:
            after = entries[-1].number if entries else 0
            page: HistoryResult = client.fill("#general", after=after).result(20)
            entries.extend(page.entries)
            if entries and entries[-1].number >= page.last:
                return entries
