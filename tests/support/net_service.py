"""The TCP service with commands that are made by hand: enough chat to see what the service does with it."""

import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from queue import SimpleQueue
from typing import NamedTuple

import msgspec

from chat.clock import Clock, SystemClock
from chat.ids import DeviceId, UserId
from chat.protocol.codec import VERSION, encode, error_frame
from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.events import Welcome
from chat.protocol.records import Limits
from chat.protocol.replies import (
    AnyReply,
    HelloResult,
    MembersResult,
    PingResult,
    QuitResult,
    SendResult,
    SyncResult,
    TypingResult,
)
from chat.protocol.requests import AnyRequest, Hello, Members, Ping, Quit, Send, Sync, Typing, Whois
from chat.server.net.entrance import Door
from chat.server.net.link import Link
from chat.server.net.reader import Tick
from chat.server.net.sender import Sender
from chat.server.net.service import TcpService
from chat.server.net.settings import NetSettings
from chat.server.net.terms import Reply, Terms
from chat.server.net.wakeup import Wakeup
from chat.server.net.workers import Workers
from chat.server.state.fanout import Fanout, Stream
from chat.server.state.session import Session
from chat.transport.address import Address
from chat.transport.sockets import listen
from chat.transport.wire import PlainWire, Wire
from tests.support.frames import LIMITS, WHEN, message, user
from tests.support.wire_client import WireClient

LONG_LINE = 60_000
"""About how many bytes the answer to `members` has."""


class Ended(NamedTuple):
    """The end of a session, as the commands were told it."""

    session: Session
    at_once: bool


class _Change(NamedTuple):
    request: Send
    reply: Reply


class HandMadeCommands:
    """A dispatcher with one channel and a journal that forgets.

    `hello` is answered at once, for the nick "early" after being let into the channel; `sync` lets one into
    it; a `send` is published and answered by a thread of its own as long as `flows` is set; `typing` is never
    accepted until `room` is set; `members` answers with a very long line; `whois` raises; everything else is
    refused. What stands in `hasty` is what the next lines of anybody are refused for; None lets one pass.
    """

    def __init__(self, fanout: Fanout) -> None:
        self.fanout = fanout
        self.channel = Stream()
        self.flows = threading.Event()
        self.flows.set()
        self.room = threading.Event()
        self.lock = threading.Lock()
        self.hasty: deque[Refused | None] = deque()
        self.requests: list[AnyRequest] = []
        """Everything that was dispatched, in order, what was not accepted too."""
        self.sessions: list[Session] = []
        self.ended_sessions: SimpleQueue[Ended] = SimpleQueue()
        self.last = 0
        self.answered = 0
        """How many sends the journal answered."""
        self.overlaps = 0
        """How often a link's request was run beside another of the same link; must stay 0."""
        self._running: set[Session] = set()
        self._changes: SimpleQueue[_Change | None] = SimpleQueue()
        self._journal = threading.Thread(target=self._run, name="journal")
        self._journal.start()

    def stop(self) -> None:
        """Answer what is in flight and join the thread."""
        self.flows.set()
        self._changes.put(None)
        self._journal.join()

    # ------------------------------------------------------------------ Dispatcher

    def too_hasty(self, session: Session, request: AnyRequest | None) -> Refused | None:
        return self.hasty.popleft() if session.identified and self.hasty else None

    def dispatch(self, session: Session, request: AnyRequest, reply: Reply) -> bool:
        with self.lock:
            self.requests.append(request)
            self.overlaps += session in self._running
            self._running.add(session)
        try:
            return self._dispatch(session, request, reply)
        finally:
            with self.lock:
                self._running.discard(session)

    def _dispatch(self, session: Session, request: AnyRequest, reply: Reply) -> bool:
        if isinstance(request, Send):
            self._changes.put(_Change(request, reply))
            return True
        if isinstance(request, Typing) and not self.room.is_set():
            return False
        reply(self._answer(session, request))
        return True

    def pipelined(self, request: AnyRequest) -> bool:
        return isinstance(request, Send)

    def ended(self, session: Session, *, at_once: bool) -> None:
        self.ended_sessions.put(Ended(session, at_once))

    # ------------------------------------------------------------------ for tests

    def count(self, kind: type[AnyRequest]) -> int:
        """How many requests of a type were dispatched so far."""
        with self.lock:
            return sum(isinstance(request, kind) for request in self.requests)

    def session(self, nick: str) -> Session:
        """The newest session of somebody."""
        with self.lock:
            return next(each for each in reversed(self.sessions) if each.user == f"u-{nick}")

    def publish(self, text: str) -> None:
        """Say something in the channel, as if the server did."""
        with self.lock:
            self.last += 1
            self.fanout.append(self.channel, encode(message(self.last, text)))

    def _run(self) -> None:
        while (change := self._changes.get()) is not None:
            self.flows.wait()
            self.publish(change.request.text)
            change.reply(
                SendResult(
                    id=change.request.id,
                    conversation="c-general",
                    number=self.last,
                    timestamp=WHEN,
                    text=change.request.text,
                    send_id=change.request.send_id,
                )
            )
            self.answered += 1

    def _answer(self, session: Session, request: AnyRequest) -> AnyReply:
        if isinstance(request, Hello):
            return self._hello(session, request)
        if isinstance(request, Sync):
            self.fanout.fence(self.channel, session, enters=True)
        if isinstance(request, Whois):
            raise RuntimeError("whois is broken")
        return self._plain_answer(request.id, request)

    def _plain_answer(self, request_id: str, request: AnyRequest) -> AnyReply:
        match request:
            case Sync():
                return SyncResult(id=request_id, conversations=())
            case Ping():
                return PingResult(id=request_id, time=WHEN)
            case Quit():
                return QuitResult(id=request_id)
            case Typing():
                return TypingResult(id=request_id)
            case Members():
                return MembersResult(id=request_id, conversation="c" * LONG_LINE, last=0, members=())
        return error_frame(request_id, Refused(ErrorCode.UNKNOWN_CONVERSATION))

    def _hello(self, session: Session, request: Hello) -> HelloResult:
        with self.lock:
            self.sessions.append(session)
            session.identify(UserId(f"u-{request.nick}"), DeviceId(f"d{len(self.sessions)}"))
        if request.nick == "early":
            self.fanout.fence(self.channel, session, enters=True)
            self.publish("you are early")
        return HelloResult(id=request.id, version=VERSION, user=user(request.nick), device=session.device)


def welcome() -> bytes:
    """The first line of every link."""
    return encode(
        Welcome(
            server_id="s",
            epoch="e",
            version_min=VERSION,
            version_max=VERSION,
            name="test",
            software="test",
            time=WHEN,
            heartbeat_seconds=30,
            grace_seconds=15,
            limits=LIMITS,
        )
    )


class Served(NamedTuple):
    """A running service and what a test reaches for."""

    service: TcpService
    commands: HandMadeCommands
    deaths: SimpleQueue[BaseException]

    @property
    def address(self) -> tuple[str, int]:
        host, port, *_ = self.service.addresses[0]
        return host, port

    def sender(self, nick: str) -> Sender:
        """What the writer does for the newest link of somebody."""
        link = self.commands.session(nick).peer
        assert isinstance(link, Link)
        return link.sender

    def client(self, **options: object) -> WireClient:
        """A client that said nothing yet."""
        return WireClient(self.address, **options)  # type: ignore[arg-type]

    def member(self, nick: str, **options: object) -> WireClient:
        """A client in the channel."""
        client = self.client(**options)
        client.hello(nick)
        client.sync()
        return client


@contextmanager
def serving(
    settings: NetSettings | None = None,
    limits: Limits | None = None,
    *,
    wrap: Callable[[socket.socket], Wire] = PlainWire,
    ticks: Sequence[Tick] = (),
    clock: Clock | None = None,
    door: Door | None = None,
) -> Iterator[Served]:
    """Run a service on a free port; afterwards no thread and no socket of it is left.

    The times of the settings given are the test's own; the limits are told in no welcome.
    """
    settings = settings or NetSettings()
    wakeup = Wakeup()
    fanout = Fanout(wakeup.wake)
    commands = HandMadeCommands(fanout)
    workers = Workers(settings)
    deaths: SimpleQueue[BaseException] = SimpleQueue()
    terms = Terms(
        dispatcher=commands,
        limits=limits or LIMITS,
        welcome=lambda _: welcome(),
        join_command="chat-tui example.org",
        settings=settings,
        clock=clock or SystemClock(),
        wrap=wrap,
        door=door,
    )
    listeners = listen(Address("127.0.0.1", 0))
    service = TcpService(listeners, terms, workers, fanout, wakeup, deaths.put, ticks)
    workers.start()
    service.start()
    try:
        yield Served(service, commands, deaths)
    finally:
        commands.stop()
        service.stop()
        workers.stop()
    assert deaths.empty(), deaths.get()
    assert not commands.overlaps


def send(client: WireClient, text: str) -> Send:
    """Make a send with an id of the client's."""
    request_id = client.new_id()
    return Send(id=request_id, send_id=f"send-{request_id:0>8}", target="#general", text=text)


def scaled(**fields: float) -> NetSettings:
    """The usual settings but for these."""
    return msgspec.structs.replace(NetSettings(), **fields)
