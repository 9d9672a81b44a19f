"""The stale snapshot with what was told since is the fresh snapshot, at every moment, whatever happened.

People with several devices ask anything at any time, answers and events are under way at any time, commits
fail at any time. Each session keeps what it was told; in the end that must be what the server says.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from chat.protocol.answering import Reply
from chat.protocol.asking import Request
from chat.protocol.codec import decode_server_frame
from chat.protocol.entries import AnyEntry
from chat.protocol.order import (
    ArchiveChannel,
    BanUsers,
    DeleteChannel,
    Grant,
    Invite,
    Kick,
    Mute,
    Revoke,
    SetMode,
    Unban,
    Unmute,
)
from chat.protocol.records import Status
from chat.protocol.requests import (
    AnyRequest,
    ChangeNick,
    CreateChannel,
    Delete,
    Edit,
    History,
    Join,
    MarkRead,
    Members,
    OpenDirect,
    Part,
    Pin,
    React,
    Send,
    SetStatus,
    SetTopic,
    Sync,
    Typing,
    Unpin,
    Watch,
    Whois,
)
from chat.server.domain.model import Decision
from chat.server.state.journal.change import Change
from chat.server.state.session import Session
from tests.support.agreement import assert_published_equals_stored
from tests.support.faulty_store import Fault
from tests.support.hub import Answer, Hub, peer_of
from tests.support.replica import Replica

CHANNELS = ("#general", "#tea")
TARGETS = (*CHANNELS, "@ann", "@bob", "@eve", "c1", "c2", "c3")


@dataclass
class Seat:
    """One device, its link of the moment, and what its client keeps."""

    session: Session
    replica: Replica
    requests: dict[str, AnyRequest] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)

    @property
    def busy(self) -> bool:
        """Whether an answer is still to come."""
        self.answers = [answer for answer in self.answers if not answer.replies]
        return bool(self.answers)


class Table:
    """Ann with two devices, bob and eve, at one server."""

    def __init__(self) -> None:
        self.hub = Hub()
        ann, bob, eve = (self.hub.guest(nick, sync=False) for nick in ("ann", "bob", "eve"))
        phone = self.hub.second_device(ann, sync=False)
        self.seats = [Seat(session, Replica(session.user)) for session in (ann, phone, bob, eve)]
        self.does: dict[str, Callable[[], object]] = {
            "work": self.hub.work,
            "run": self.hub.run_deferred,
            "write": self.write,
            "fail": partial(self.hub.store.switch.fail_next, Fault.REFUSED),
            "lose": partial(self.hub.store.switch.fail_next, Fault.OUTCOME_UNKNOWN),
        }

    def run(self, steps: list[tuple[Any, ...]]) -> None:
        """Do the steps, let everything settle, and compare."""
        for what, *arguments in steps:
            if what == "ask":
                self.ask(*arguments)
            elif what == "break":
                self.break_link(*arguments)
            else:
                self.does[what]()
        self.finish()
        self.check()

    def ask(self, at: int, kind: type[Request], fields: dict[str, Any]) -> None:
        """Dispatch a request, where its link would begin it now."""
        seat = self.seats[at]
        if seat.busy and kind is not Send:
            return
        request = self.hub.request(kind, **fields)
        seat.requests[request.id] = request
        seat.replica.asks(request)
        seat.answers.append(self.hub.give(seat.session, request))

    def break_link(self, at: int) -> None:
        """Lose a link; the device dials again at once, and its client begins afresh."""
        seat = self.seats[at]
        old = seat.session
        old.closed = True
        self.hub.dispatcher.ended(old, at_once=at % 2 == 0)
        new = self.hub.connect()
        self.hub.roster.register(new, old.user, old.device)
        self.hub.fanout.fence(self.hub.fanout.everyone, new, enters=True)
        self.hub.presence.came(old.user)
        self.seats[at] = Seat(new, Replica(new.user))

    def write(self) -> None:
        """Let the writer take a turn, and every client hear what came."""
        self.hub.write()
        for seat in self.seats:
            for line in peer_of(seat.session).take():
                frame = decode_server_frame(line)
                request = seat.requests.get(frame.id or "") if isinstance(frame, Reply) else None
                seat.replica.hears(frame, request)

    def settle(self) -> None:
        """Let everything happen that is under way."""
        while self.hub.work() or self.hub.run_deferred():
            pass
        self.write()

    def finish(self) -> None:
        """Settle, and let every seat say sync that never did; the others must know everything without.

        What was stored though its commit seemed to fail is published before the next batch: so there is one.
        """
        self.settle()
        self.hub.queue.put(Change(decide=lambda _: Decision(), answer=lambda _: None))
        self.settle()
        for at, seat in enumerate(self.seats):
            if not seat.replica.synced:
                self.ask(at, Sync, {})
                self.settle()

    def check(self) -> None:
        """Compare what every client keeps with what the server says now."""
        for seat in self.seats:
            fresh = self.hub.give(seat.session, self.hub.request(Sync)).reply.conversations
            keys = {record.conversation for record in fresh} | seat.replica.kept.keys()
            seat.replica.check(list(fresh), {key: self._log(seat, key) for key in keys})
            for key in keys:
                members = self.hub.give(seat.session, self.hub.request(Members, target=key)).reply.members
                seat.replica.check_members(key, list(members))
            for user in seat.replica.users.values():
                known = self.hub.world.directory.user(user.id)  # type: ignore[arg-type]
                assert known is not None
                assert known.record() == user

    def _log(self, seat: Seat, key: str) -> list[AnyEntry]:
        reply = self.hub.give(seat.session, self.hub.request(History, target=key, after=0)).reply
        assert [entry.number for entry in reply.entries] == list(range(1, reply.last + 1))
        return list(reply.entries)


def _request(kind: type[Request], **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.tuples(st.just("ask"), st.integers(0, 3), st.just(kind), st.fixed_dictionaries(fields))


_TARGET, _CHANNEL = st.sampled_from(TARGETS), st.sampled_from(CHANNELS)
_WHERE = st.sampled_from(("#general", "#general", "#tea", "@ann", "c3"))
_NUMBER = st.integers(2, 12)
CHANGES = (
    _request(Edit, target=_WHERE, message=_NUMBER, text=st.sampled_from(("new", "newer", "@ann new"))),
    _request(Delete, target=_WHERE, message=_NUMBER),
    _request(
        React, target=_WHERE, message=_NUMBER, emoji=st.sampled_from(("👍", "no")), remove=st.booleans()
    ),
    _request(Pin, target=_WHERE, message=_NUMBER),
    _request(Unpin, target=_WHERE, message=_NUMBER),
    _request(History, target=_WHERE, around=st.one_of(st.none(), _NUMBER), limit=st.integers(1, 9)),
)
"""What is done to messages, and what shows them."""
_WORDS = st.sampled_from(("", "green", "@bob look"))
STEPS = st.one_of(
    st.sampled_from(("work", "run", "write")).map(lambda what: (what,)),
    st.sampled_from(("work", "run", "write", "fail", "lose")).map(lambda what: (what,)),
    st.tuples(st.just("break"), st.integers(0, 3)),
    _request(Sync),
    _request(Join, target=st.one_of(_CHANNEL, _TARGET)),
    _request(Part, target=_CHANNEL),
    _request(CreateChannel, name=_CHANNEL, topic=_WORDS),
    _request(SetTopic, target=_CHANNEL, topic=_WORDS),
    _request(Send, target=_TARGET, text=st.sampled_from(("hello", "@ann hello", "bob: hi"))),
    _request(OpenDirect, target=_TARGET),
    _request(MarkRead, target=_TARGET, number=st.integers(0, 9), private=st.booleans()),
    *CHANGES,
    _request(Members, target=_TARGET),
    _request(Watch, targets=st.lists(_CHANNEL, max_size=2)),
    _request(Typing, target=_TARGET),
    _request(Whois, target=_TARGET),
    _request(ChangeNick, nick=st.sampled_from(("ann", "anna", "bob", "rob"))),
    _request(SetStatus, status=st.sampled_from(Status), text=_WORDS),
)


AT_HOME: tuple[tuple[type[Request], dict[str, Any]], ...] = (
    (Sync, {}),
    (Join, {"target": "#tea"}),
    (Watch, {"targets": ["#tea", "#general"]}),
    (Members, {"target": "#tea"}),
    (Members, {"target": "#general"}),
    (Send, {"target": "#general", "text": "here I am"}),
)
"""What a client asks when it shows a channel, and something to change."""


_AMONG, _HERE = st.sampled_from(("#general", "c2")), st.sampled_from((4, 5, 6))
_MOMENT = st.sampled_from(("work", "work", "work", "work", "write", "write", "run", "fail", "lose"))
MESSAGES_CHANGE = st.one_of(
    *(_MOMENT.map(lambda what: (what,)),) * 8,
    st.tuples(st.just("break"), st.integers(0, 3)),
    _request(Sync),
    _request(History, target=_AMONG, around=st.one_of(st.none(), _HERE), limit=st.integers(1, 9)),
    _request(MarkRead, target=_AMONG, number=st.integers(3, 9), private=st.booleans()),
    _request(Send, target=_AMONG, text=st.sampled_from(("hello", "@ann hello"))),
    _request(Edit, target=_AMONG, message=_HERE, text=st.sampled_from(("new", "newer"))),
    _request(Edit, target=st.just("#general"), message=st.just(5), text=st.sampled_from(("newest", "old"))),
    _request(Delete, target=_AMONG, message=_HERE),
    _request(React, target=_AMONG, message=_HERE, emoji=st.just("👍"), remove=st.booleans()),
    _request(Pin, target=_AMONG, message=_HERE),
    _request(Unpin, target=_AMONG, message=_HERE),
)
"""Steps that mostly find something to change: the first messages of one channel, and of one pair."""


_PERSON = st.sampled_from(("@ann", "@bob", "@eve", "u2"))
_TEA = st.sampled_from(("#tea", "#tea", "#tea", "c3"))
_SECONDS = st.one_of(st.none(), st.just(60))


def _keeps(kind: type[Request], **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    """Ask by one of ann's devices, mostly: she made the channel."""
    seat = st.sampled_from((0, 0, 1, 2))
    return st.tuples(st.just("ask"), seat, st.just(kind), st.fixed_dictionaries(fields))


ORDER_CHANGES = st.one_of(
    *(_MOMENT.map(lambda what: (what,)),) * 20,
    st.tuples(st.just("break"), st.integers(0, 3)),
    _request(Sync),
    *(_request(Join, target=_TEA),) * 3,
    _request(Part, target=_TEA),
    _request(Send, target=_TEA, text=st.just("hello")),
    _request(Members, target=_TEA),
    _request(History, target=_TEA, limit=st.integers(1, 9)),
    _request(CreateChannel, name=st.just("#tea"), topic=_WORDS),
    _keeps(Invite, target=_TEA, user=_PERSON),
    _keeps(Kick, target=_TEA, user=_PERSON),
    _keeps(BanUsers, target=_TEA, mask=st.sampled_from(("@bob", "e*", "127.0.0.0/8")), seconds=_SECONDS),
    _keeps(Unban, target=_TEA, ban=st.sampled_from(("@bob", "e*", "127.0.0.0/8"))),
    _keeps(Mute, target=_TEA, user=_PERSON, seconds=_SECONDS),
    _keeps(Unmute, target=_TEA, user=_PERSON),
    *(_keeps(Grant, target=_TEA, user=_PERSON),) * 2,
    _keeps(Revoke, target=_TEA, user=_PERSON),
    _keeps(SetMode, target=_TEA, private=st.booleans()),
    _keeps(SetMode, target=_TEA, slow_seconds=st.sampled_from((0, 30)), read_only=st.booleans()),
    _keeps(ArchiveChannel, target=_TEA, archived=st.booleans()),
    _keeps(DeleteChannel, target=_TEA),
)
"""Steps that mostly change who is in one channel, and what is allowed there."""


@settings(max_examples=50)
@given(steps=st.lists(ORDER_CHANGES, min_size=50, max_size=120))
def test_channels_are_what_those_who_keep_order_made_of_them(steps: list[tuple[Any, ...]]) -> None:
    """Whoever is taken out, let in, raised or lowered; channels may close, go and come again.

    And what is published is what a restart would load, and what the entries alone make.
    """
    table = Table()
    for at in range(4):
        table.ask(at, Sync, {})
        table.settle()
    for at in (0, 2, 3):
        table.ask(at, Join, {"target": "#tea"})
        table.settle()
    table.run(steps)
    assert_published_equals_stored(table.hub)


@settings(max_examples=60)
@given(steps=st.lists(MESSAGES_CHANGE, min_size=40, max_size=80))
def test_messages_and_pins_are_what_their_changes_made_of_them(steps: list[tuple[Any, ...]]) -> None:
    """For who heard every change, and for who took a page at any moment and heard the rest."""
    table = Table()
    for at in range(4):
        table.ask(at, Sync, {})
        table.settle()
    for at in (0, 2, 3):
        table.ask(at, Send, {"target": "#general", "text": "here I am"})
        for text in ("psst", "hey"):
            table.ask(at, Send, {"target": "@bob" if at == 0 else "@ann", "text": text})
        table.settle()
    table.run(steps)


@settings(max_examples=300)
@given(ready=st.lists(st.integers(0, 3)), steps=st.lists(STEPS, max_size=80))
def test_what_a_client_keeps_is_what_the_server_says(ready: list[int], steps: list[tuple[Any, ...]]) -> None:
    """Conversations, topics, pins, logs, messages, read positions, counts, members, people, presence."""
    table = Table()
    for at in ready:
        for kind, fields in AT_HOME:
            table.ask(at, kind, fields)
            table.settle()
    table.run(steps)
