"""Fifty threads that join, part and send at once: afterwards every member list and every log agrees."""

import random
import threading
from collections.abc import Iterator
from typing import Any

from chat.protocol.codes import ErrorCode
from chat.protocol.entries import AnyEntry, Entry, Left, Message
from chat.protocol.events import ConversationAdded, ConversationRemoved
from chat.protocol.replies import Error, JoinResult, MembersResult, PartResult, SendResult, SyncResult
from chat.protocol.requests import AnyRequest, Join, Members, Part, Ping, Send, Sync
from chat.server.domain.evolve import evolve
from chat.server.domain.model import ConversationState
from chat.server.state.session import Session
from tests.support.hub import Hub
from tests.support.running_hub import RunningHub, running

THREADS, REQUESTS = 50, 40
CHANNELS = ("#general", "#tea", "#sea")
REFUSALS = (ErrorCode.NOT_MEMBER, ErrorCode.UNKNOWN_CONVERSATION)


class Ear:
    """What one session hears, put together strictly: per conversation one dense stream while it is in."""

    def __init__(self, me: str) -> None:
        self.me = me
        self.last: dict[str, int] = {}
        self.heard: dict[str, dict[int, Entry]] = {}
        self.lists: list[MembersResult] = []
        self._early: dict[str, list[Entry]] = {}
        self._gone: dict[str, int] = {}

    def hear(self, frames: list[Any]) -> None:
        """Take what came, in order."""
        for frame in frames:
            if isinstance(frame, Entry):
                self._live(frame)
            elif isinstance(frame, SyncResult):
                for record in frame.conversations:
                    self._begin(record.conversation, record.last)
            elif isinstance(frame, JoinResult | ConversationAdded):
                self._begin(frame.conversation.conversation, frame.conversation.last)
            elif isinstance(frame, PartResult | ConversationRemoved):
                self._gone[frame.conversation] = frame.number

    def _begin(self, conversation: str, last: int) -> None:
        if last < self._gone.get(conversation, 0) or conversation in self.last:
            return
        self.last[conversation] = last
        for entry in self._early.pop(conversation, []):
            self._live(entry)

    def _live(self, entry: Entry) -> None:
        last = self.last.get(entry.conversation)
        if last is None:
            self._early.setdefault(entry.conversation, []).append(entry)
            return
        assert entry.number == last + 1, f"{entry.conversation}: {entry.number} after {last}"
        self.last[entry.conversation] = entry.number
        self.heard.setdefault(entry.conversation, {})[entry.number] = entry
        if isinstance(entry, Left) and entry.user == self.me:
            # an answer of before may still come behind it
            self._gone[entry.conversation] = entry.number
            del self.last[entry.conversation]


def _plan(hub: Hub, seed: int) -> list[AnyRequest]:
    dice = random.Random(seed)
    plan: list[AnyRequest] = []
    for _ in range(REQUESTS):
        kind, target = dice.choice((Join, Part, Send, Send, Send, Members)), dice.choice(CHANNELS)
        fields = {"text": f"{seed}"} if kind is Send else {}
        plan.append(hub.request(kind, target=target, **fields))
    return plan


def _take_part(at_work: RunningHub, session: Session, plan: list[AnyRequest], ear: Ear) -> None:
    for request in plan:
        reply = at_work.ask(session, request)
        assert not isinstance(reply, Error) or reply.code in REFUSALS, reply
        if isinstance(request, Send) and isinstance(reply, SendResult):
            assert (reply.send_id, reply.text) == (request.send_id, request.text)
        if isinstance(reply, MembersResult):
            ear.lists.append(reply)
    ear.hear(at_work.hear_up_to(session, at_work.ask(session, at_work.hub.request(Ping))))


def test_fifty_threads_that_join_part_and_send_at_once_agree() -> None:
    """Logs are dense, each session heard exactly its part of them, and each list was true at its number."""
    hub = Hub()
    sessions = [hub.guest(f"guest-{number}", sync=False) for number in range(THREADS)]
    ears = [Ear(session.user) for session in sessions]
    plans = [[hub.request(Sync), *_plan(hub, seed)] for seed in range(THREADS)]
    failures: list[BaseException] = []
    start = threading.Barrier(THREADS)

    def run(at_work: RunningHub, at: int) -> None:
        start.wait()
        try:
            _take_part(at_work, sessions[at], plans[at], ears[at])
        except BaseException as failure:  # noqa: BLE001 - shown by the test's own thread
            failures.append(failure)

    with running(hub) as at_work:
        threads = [threading.Thread(target=run, args=(at_work, at)) for at in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert failures == []
    for session, ear in zip(sessions, ears, strict=True):
        ear.hear(hub.frames(session))
    assert hub.fanout.wait_for_room(1, 0)
    restarted = Hub(hub.store.inside, hub.clock)
    for name in CHANNELS:
        key = hub.world.channel_named(name)
        assert key is not None
        state = hub.world.conversation(key)
        assert state is not None
        assert restarted.world.conversation(key) == state
        _check_that_all_agree(state, hub.store.page(key, limit=1_000_000, limit_bytes=1 << 30), ears)


def _check_that_all_agree(state: ConversationState, log: list[AnyEntry], ears: list[Ear]) -> None:
    assert [entry.number for entry in log] == list(range(1, state.last + 1))
    sends = [entry.send_id for entry in log if isinstance(entry, Message)]
    assert len(set(sends)) == len(sends)
    members = [state.members.keys() for state in _states(log)]
    for ear in ears:
        heard = ear.heard.get(state.id, {})
        assert all(log[number - 1] == entry for number, entry in heard.items())
        assert ear.last.get(state.id) == (state.last if ear.me in state.members else None)
        for told in ear.lists:
            if told.conversation == state.id:
                assert {member.user.id for member in told.members} == members[told.last - 1]


def _states(log: list[AnyEntry]) -> Iterator[ConversationState]:
    """Yield the state behind each entry."""
    state: ConversationState | None = None
    for entry in log:
        state = evolve(state, entry)
        yield state
