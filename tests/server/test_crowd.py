"""Fifty threads at once on a real server: at the end every member list and every log agrees."""

import random
import threading
from collections.abc import Callable, Iterable

from chat.protocol.entries import AnyEntry, Joined, Left
from chat.protocol.replies import Error, HistoryResult, JoinResult, MembersResult, PartResult, SendResult
from chat.protocol.requests import History, Join, Members, Part, Send
from tests.support.server import RunningServer, running_server
from tests.support.wire_client import WireClient

THREADS = 50
STEPS = 20
CHANNELS = ("#one", "#two", "#three")


class Visitor:
    """A client that joins, parts and talks at random."""

    def __init__(self, server: RunningServer, number: int) -> None:
        self.link = WireClient(server.address, patience=30)
        self.user = self.link.hello(f"visitor{number}").user.id
        self.link.sync()
        self.member_of: set[str] = set()
        self.acknowledged: dict[tuple[str, int], str] = {}
        self._random = random.Random(number)
        self._number = number

    def wander(self) -> None:
        """Do as many steps as there are."""
        for step in range(STEPS):
            channel = self._random.choice(CHANNELS)
            send_id = f"{self._number:04}-{step:04}"
            choose: Callable[[str, str], None] = self._random.choice(
                (self._join, self._part, self._send, self._send)
            )
            choose(channel, send_id)

    def _join(self, channel: str, send_id: str) -> None:
        reply = self.link.ask(Join(id=send_id, send_id=send_id, target=channel))
        assert isinstance(reply, JoinResult), reply
        self.member_of.add(channel)

    def _part(self, channel: str, send_id: str) -> None:
        reply = self.link.ask(Part(id=send_id, send_id=send_id, target=channel))
        assert isinstance(reply, PartResult if channel in self.member_of else Error), reply
        self.member_of.discard(channel)

    def _send(self, channel: str, send_id: str) -> None:
        reply = self.link.ask(Send(id=send_id, send_id=send_id, target=channel, text=send_id))
        if channel in self.member_of:
            assert isinstance(reply, SendResult), reply
            self.acknowledged[reply.conversation, reply.number] = send_id
        else:
            assert isinstance(reply, Error), reply


def test_fifty_threads_that_join_part_and_send_at_once_agree_on_everything() -> None:
    """Members as listed, as remembered by each client and as folded from the log are the same people."""
    with running_server() as server:
        visitors = [Visitor(server, number) for number in range(THREADS)]
        threads = [threading.Thread(target=visitor.wander) for visitor in visitors]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for channel in CHANNELS:
            reader = visitors[0]
            joined = reader.link.ask(Join(id=channel, send_id=f"last-{channel[1:]}", target=channel))
            assert isinstance(joined, JoinResult)
            reader.member_of.add(channel)
            log = _log(reader.link, channel)
            expected = {visitor.user for visitor in visitors if channel in visitor.member_of}
            assert expected == _listed(reader.link, channel)
            assert expected == _folded(log)
            assert [entry.number for entry in log] == list(range(1, len(log) + 1))
            told = {
                number: text
                for visitor in visitors
                for (conversation, number), text in visitor.acknowledged.items()
                if conversation == log[0].conversation
            }
            stored = {entry.number: getattr(entry, "text", "") for entry in log}
            assert told.items() <= stored.items()
        for visitor in visitors:
            visitor.link.close()


def _log(link: WireClient, channel: str) -> list[AnyEntry]:
    entries: list[AnyEntry] = []
    while True:
        request = History(id=link.new_id(), target=channel, after=entries[-1].number if entries else 0)
        page = link.ask(request)
        assert isinstance(page, HistoryResult), page
        entries.extend(page.entries)
        if not page.entries:
            return entries


def _listed(link: WireClient, channel: str) -> set[str]:
    users: set[str] = set()
    after = ""
    while True:
        page = link.ask(Members(id=link.new_id(), target=channel, after=after))
        assert isinstance(page, MembersResult), page
        users.update(member.user.id for member in page.members)
        after = page.next
        if not after:
            return users


def _folded(log: Iterable[AnyEntry]) -> set[str]:
    users: set[str] = set()
    for entry in log:
        if isinstance(entry, Joined):
            users.add(entry.user)
        elif isinstance(entry, Left):
            users.remove(entry.user)
    return users
