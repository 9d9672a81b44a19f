"""The server without wires: commands, state, journal and fan-out, worked by hand, with peers that record.

One thread does everything, when a test says so; see `running_hub` for the same with threads.
"""

from collections import deque
from collections.abc import Callable
from itertools import count
from typing import Any, TypeVar

from chat.clock import Clock
from chat.ids import SendId, new_token
from chat.protocol.answering import Reply
from chat.protocol.asking import Change, Request
from chat.protocol.codec import VERSION, Frame, decode_server_frame, encode
from chat.protocol.codes import CloseReason
from chat.protocol.events import AnyEvent
from chat.protocol.replies import AnyReply, HelloResult
from chat.protocol.requests import AnyRequest, Hello, Sync
from chat.server.commands.dispatch import Dispatcher
from chat.server.commands.spec import Facts, Services
from chat.server.domain.addresses import Counted
from chat.server.domain.limits import default_limits
from chat.server.domain.rate import Rate, Rates
from chat.server.domain.retention import Retention
from chat.server.ports import Store
from chat.server.state.attempts import Attempts
from chat.server.state.budgets import AddressRate, Budgets
from chat.server.state.device_codes import DeviceCodes
from chat.server.state.fanout import Fanout
from chat.server.state.housekeeping import founding
from chat.server.state.journal.journal import Journal
from chat.server.state.journal.queue import JournalQueue
from chat.server.state.presence import PresenceTeller
from chat.server.state.published import Published
from chat.server.state.refusals import Refusals
from chat.server.state.retaining import Retaining
from chat.server.state.roster import Roster
from chat.server.state.session import Session
from chat.server.storage.memory import MemoryStore
from tests.support.clock import FakeClock
from tests.support.faulty_store import FaultyStore
from tests.support.passwords import PasswordsByHand
from tests.support.recording_peer import RecordingPeer

_Frame = TypeVar("_Frame")


class Answer:
    """The place of one reply."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.replies: list[AnyReply] = []
        self.accepted = True
        """False when the queue was full: `Hub.again` gives the request a second time."""

    def __call__(self, reply: AnyReply) -> None:
        """Take the reply and send it, as a link does."""
        self.replies.append(reply)
        self._session.peer.push(encode(reply))

    @property
    def reply(self) -> Any:
        """The one reply."""
        assert len(self.replies) == 1, f"{len(self.replies)} replies"
        return self.replies[0]


class Hub:
    """A server in pieces.

    Attributes:
        store: may be made to fail; `store.inside` is what it stands around.
        deferred: what workers were asked to do later.
    """

    def __init__(
        self,
        store: Store | None = None,
        clock: Clock | None = None,
        rates: Rates | None = None,
        retention: Retention | None = None,
    ) -> None:
        """Found a server on a store, in memory and new unless given."""
        self.store = FaultyStore(store or MemoryStore())
        self.clock = clock or FakeClock()
        self.woken = 0
        self.deferred: deque[Callable[[], None]] = deque()
        self._defer: Callable[[Callable[[], None]], None] = self.deferred.append
        self._on_wake: Callable[[], None] = lambda: None
        self.peers: list[RecordingPeer] = []
        loaded = self.store.load()
        self.roster = Roster(self.clock)
        self.world = Published(loaded, self.roster)
        self.fanout = Fanout(self._wake)
        self.queue = JournalQueue(self.clock)
        self.presence = PresenceTeller(self.world, self.queue, self.clock)
        self.journal = Journal(self.store, self.world, self.fanout, self.queue, self.clock, loaded.last_batch)
        self.passwords = PasswordsByHand()
        self.refusals = Refusals()
        self.retaining = Retaining(
            self.world, self.store, self.queue, self.clock, (retention or Retention()).kept(), self._later
        )
        self.services = Services(
            world=self.world,
            fanout=self.fanout,
            queue=self.queue,
            presence=self.presence,
            codes=DeviceCodes(self.clock, default_limits().device_code_seconds),
            budgets=Budgets(self.clock, rates or Rates()),
            new_devices=AddressRate(self.clock, Rate(64, 64 / 600), Counted()),
            passwords=self.passwords,
            attempts=Attempts(self.clock, Counted()),
            refusals=self.refusals,
            store=self.store,
            retaining=self.retaining,
            clock=self.clock,
            limits=default_limits(),
            facts=lambda: Facts("0", self.clock.now(), len(self.peers)),
            defer=self._later,
        )
        self.dispatcher = Dispatcher(self.services)
        self._ids = count(1)
        self._found()

    @property
    def fake_clock(self) -> FakeClock:
        """The clock, where it is one that a test moves."""
        assert isinstance(self.clock, FakeClock)
        return self.clock

    # ------------------------------------------------------------------ who is there

    def connect(self) -> Session:
        """Return the session of a new link that said nothing yet."""
        peer = RecordingPeer()
        session = Session(peer)
        peer.session = session
        self.peers.append(peer)
        return session

    def guest(self, nick: str, token: str = "", *, sync: bool = True, code: str = "") -> Session:
        """Return a session of a guest who said hello, and sync unless told otherwise; no frames are left."""
        session = self.connect()
        hello = self.ask(session, Hello, **hello_fields(nick, token or new_token()), new=True, code=code)
        assert isinstance(hello, HelloResult), hello
        if sync:
            self.sync(session)
        self.frames(session)
        return session

    def second_device(self, session: Session, *, sync: bool = True) -> Session:
        """Return a session of another device of the same user."""
        return self.guest("", sync=sync, code=self.services.codes.issue(session.user, session.device))

    def sync(self, session: Session) -> None:
        """Say sync, page by page."""
        after = ""
        while True:
            after = self.ask(session, Sync, after=after).next
            if not after:
                return

    def drop(self, session: Session, *, at_once: bool = False) -> None:
        """End a link, as the network does."""
        session.closed = True
        self.dispatcher.ended(session, at_once=at_once)
        self.settle()

    # ------------------------------------------------------------------ asking

    def request(self, kind: type[Request], **fields: Any) -> AnyRequest:
        """Return a request with an id, and a send id where it has one, of its own."""
        number = next(self._ids)
        fields.setdefault("id", f"r{number}")
        if issubclass(kind, Change):
            fields.setdefault("send_id", f"send-{number:08}")
        made: AnyRequest = kind(**fields)  # type: ignore[assignment]
        return made

    def submit(self, session: Session, kind: type[Request], **fields: Any) -> Answer:
        """Dispatch a request and do nothing more: what it changes waits in the queue."""
        return self.give(session, self.request(kind, **fields))

    def give(self, session: Session, request: AnyRequest) -> Answer:
        """Dispatch a request that was made before."""
        answer = Answer(session)
        answer.accepted = self.dispatcher.dispatch(session, request, answer)
        return answer

    def ask(self, session: Session, kind: type[Request], **fields: Any) -> Any:
        """Dispatch a request once everything before it has settled, as a link does, and return the reply."""
        self.settle()
        answer = self.submit(session, kind, **fields)
        self.settle()
        return answer.reply

    def ask_again(self, session: Session, request: AnyRequest) -> Any:
        """As `ask`, for a request that was made before."""
        answer = self.give(session, request)
        self.settle()
        return answer.reply

    # ------------------------------------------------------------------ letting it happen

    def settle(self) -> None:
        """Let journal, workers and writer do all there is to do."""
        while self.passwords.work() or self.work() or self.run_deferred() or self.write():
            pass

    def work(self) -> bool:
        """Let the journal do one batch; returns whether there was one."""
        if not self.queue.waiting:
            return False
        self.journal.work(self.queue.take())
        return True

    def run_deferred(self) -> bool:
        """Let workers do what they were asked to do later; returns whether there was any."""
        ran = bool(self.deferred)
        while self.deferred:
            self.deferred.popleft()()
        return ran

    def write(self) -> bool:
        """Let the writer send everything: first what is shared, then what was pushed before that turn."""
        for peer in self.peers:
            peer.collect()
        while self.fanout.deliver():
            pass
        return sum(peer.release() for peer in self.peers) > 0

    # ------------------------------------------------------------------ what was told

    def frames(self, session: Session) -> list[Frame]:
        """Return what was sent to a session since the last look."""
        self.settle()
        return [decode_server_frame(line) for line in peer_of(session).take()]

    def forget(self, *sessions: Session) -> None:
        """Let the next look begin here."""
        for session in sessions:
            self.frames(session)

    def events(self, session: Session) -> list[AnyEvent]:
        """Return the events among what was sent since the last look."""
        return [frame for frame in self.frames(session) if not isinstance(frame, Reply)]  # type: ignore[misc]

    def events_of(self, session: Session, kind: type[_Frame]) -> list[_Frame]:
        """Return the events of one kind among what was sent since the last look."""
        return [event for event in self.events(session) if isinstance(event, kind)]

    def running(self, wake: Callable[[], None], defer: Callable[[Callable[[], None]], None]) -> None:
        """From now on wake a writer that way, and have workers do things later that way."""
        self._on_wake = wake
        self._defer = defer

    def _later(self, call: Callable[[], None]) -> None:
        self._defer(call)

    def _wake(self) -> None:
        self.woken += 1
        self._on_wake()

    def _found(self) -> None:
        self.queue.put(founding())
        self.settle()


def hello_fields(nick: str, token: str) -> dict[str, Any]:
    """Return the fields of a hello that every server of this version accepts."""
    return {"version_min": VERSION, "version_max": VERSION, "nick": nick, "token": token}


def peer_of(session: Session) -> RecordingPeer:
    """Return the peer that records for a session."""
    assert isinstance(session.peer, RecordingPeer)
    return session.peer


def closed_for(session: Session) -> CloseReason | None:
    """Return why the server closed a session, or None."""
    return peer_of(session).reason


def send_id_of(request: AnyRequest) -> SendId:
    """Return the send id of a change."""
    assert isinstance(request, Change)
    return SendId(request.send_id)
