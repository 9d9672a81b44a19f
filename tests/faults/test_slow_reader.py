"""P5 on a whole server: who stops reading is cut, seen to be gone, harms nobody, and gets everything later.

The system would hide megabytes between two sockets of one machine, so their buffers are small on both sides.
"""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from msgspec.structs import replace

from chat.client.catch_up import Forwards
from chat.client.changes import Change, EntriesAdded, LinkChanged
from chat.client.client import ChatClient, ClientSettings
from chat.client.identity_stores import MemoryIdentities
from chat.client.link_thread import Route
from chat.deadline import Deadline
from chat.protocol.codes import CLOSES, CloseReason
from chat.protocol.entries import Message
from chat.protocol.events import PresenceChanged
from chat.protocol.records import Presence
from chat.protocol.replies import HistoryResult, SendResult, WatchResult
from chat.protocol.requests import History, Send, Watch
from chat.server.net.settings import NetSettings
from chat.server.state.roster import OFFLINE_AFTER
from chat.transport.address import Address
from chat.transport.wire import PlainWire, Wire
from tests.support.connecting import no_pauses
from tests.support.people import People, Person
from tests.support.recorder import Recorder
from tests.support.server import RunningServer, running_server

SMALL = 4096
"""Bytes that a socket's buffer may hold, as far as the system keeps to it."""
STALL_SECONDS = 0.5
IMPATIENT = NetSettings(sweep_seconds=0.05, stall_seconds=STALL_SECONDS, outbox_bytes=1 << 30)
"""Cuts who takes nothing for so long, however much waits."""
FRUGAL = replace(IMPATIENT, outbox_bytes=64 * 1024)
"""Cuts who lets too much wait, however short the time."""
TEXT = "x" * 3000


def narrow(wire: Wire) -> Wire:
    """A wire of which the system sends little ahead."""
    with socket.socket(fileno=os.dup(wire.fileno())) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL)
    return wire


def sipping(sock: socket.socket) -> Wire:
    """A wire of which the system takes little in advance."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
    return PlainWire(sock)


@contextmanager
def served(net: NetSettings) -> Iterator[tuple[RunningServer, People]]:
    """Run a server with narrow wires, and people on it."""
    with running_server(net=net, around=narrow) as server, People(server.address) as people:
        yield server, people


class Crowd:
    """Ann, who talks, and Ben, who watches."""

    def __init__(self, people: People) -> None:
        self.ann, self.ben = people.come("ann"), people.come("ben")
        self.ben.get(WatchResult, Watch, targets=["#general"])
        self.ben.news()
        self.heard: list[int] = []
        self.gone: list[str] = []
        self.said = 0

    def talk(self) -> None:
        """Say one thing and let Ben hear it."""
        reply = self.ann.get(SendResult, Send, target="#general", text=TEXT)
        self.said += 1
        for event in self.ben.news():
            if isinstance(event, Message):
                self.heard.append(event.number)
            elif isinstance(event, PresenceChanged) and event.presence is Presence.OFFLINE:
                self.gone.append(event.nick)
        assert self.heard[-1] == reply.number, "everything is delivered at once, whoever reads slowly"

    def talk_until_gone(self, nick: str) -> None:
        """Talk until somebody is seen to be gone, which is sooner than of who only lost the link."""
        deadline = Deadline(STALL_SECONDS + OFFLINE_AFTER - 1)
        while nick not in self.gone:
            assert not deadline.expired, f"{nick} is not gone after {self.said} messages"
            self.talk()
        assert self.heard == list(range(self.heard[0], self.heard[0] + self.said))


def _log(person: Person) -> list[int]:
    """Return the numbers of all messages."""
    numbers: list[int] = []
    after = 0
    while True:
        page = person.get(HistoryResult, History, target="#general", after=after)
        numbers += [entry.number for entry in page.entries if isinstance(entry, Message)]
        after = page.entries[-1].number
        if after == page.last:
            return numbers


@pytest.mark.parametrize("net", [IMPATIENT, FRUGAL])
def test_who_stops_reading_is_cut_and_gone_at_once_and_the_others_hear_all(net: NetSettings) -> None:
    """The reason waits for it behind what the system held; back again, it can get all that it missed."""
    with served(net) as (_, people):
        crowd = Crowd(people)
        slow = people.come("slow", receive_buffer=SMALL)
        crowd.talk_until_gone("slow")
        goodbye = slow.link.goodbye()
        assert (goodbye.reason, goodbye.reconnect) == (CloseReason.TOO_SLOW, True)
        missed = [frame.number for frame in slow.link.frames if isinstance(frame, Message)]
        assert missed == crowd.heard[: len(missed)]
        assert len(missed) < crowd.said
        back = people.come("slow", slow.token)
        assert _log(back) == crowd.heard


class Dreamer:
    """A listener that stops in the middle, and with it the client's thread and all reading."""

    def __init__(self) -> None:
        self.told = Recorder()
        self.awake = threading.Event()

    def __call__(self, change: Change) -> None:
        self.told(change)
        if isinstance(change, EntriesAdded) and any(isinstance(entry, Message) for entry in change.entries):
            assert self.awake.wait(20)


def test_a_client_that_was_too_slow_says_why_and_gets_everything_once() -> None:
    """It reads the reason, reconnects by itself, and fills what it missed."""
    dreamer = Dreamer()
    settings = ClientSettings(identities=MemoryIdentities(), policy=Forwards())
    with ExitStack() as resources:
        server, people = resources.enter_context(served(FRUGAL))
        route = Route([Address(*server.address)], wrap=sipping, pauses=no_pauses)
        client = resources.enter_context(ChatClient([], "slow", dreamer, settings, route=route))
        crowd = Crowd(people)
        assert client.wait_open(5)
        crowd.talk_until_gone("slow")
        dreamer.awake.set()
        dreamer.told.wait(LinkChanged, lambda link: link.cause == CLOSES[CloseReason.TOO_SLOW].meaning)
        dreamer.told.wait(EntriesAdded, lambda added: added.entries[-1].number == crowd.heard[-1])
        assert client.wait_idle(5)
        told = [entry.number for entry in dreamer.told.entries() if isinstance(entry, Message)]
        assert sorted(told) == crowd.heard, "everything once"
