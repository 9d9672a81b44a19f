"""The server as a whole: puts the parts together, starts them in order and stops them in order.

The only place that knows all parts. Called on the main thread.
"""

import contextlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

import msgspec
import structlog

from chat import __version__
from chat.clock import Clock
from chat.deadline import Deadline
from chat.ids import token_hash
from chat.protocol.codec import VERSION, encode
from chat.protocol.events import Welcome
from chat.protocol.records import Gate, Limits
from chat.server.commands.dispatch import Dispatcher
from chat.server.commands.spec import Facts, Services
from chat.server.config import ServerConfig
from chat.server.console import keep_key, reached_at
from chat.server.domain.accounts import admits_guests
from chat.server.domain.limits import default_limits
from chat.server.domain.model import moment
from chat.server.net.certificates import Certificates
from chat.server.net.descriptors import room
from chat.server.net.entrance import Door
from chat.server.net.reader import Tick
from chat.server.net.service import TcpService
from chat.server.net.settings import NetSettings
from chat.server.net.terms import Terms
from chat.server.net.wakeup import Wakeup
from chat.server.net.workers import Workers
from chat.server.passwords import PasswordPool
from chat.server.ports import Loaded, Store
from chat.server.state import housekeeping
from chat.server.state.attempts import Attempts
from chat.server.state.budgets import AddressRate, Budgets
from chat.server.state.device_codes import DeviceCodes
from chat.server.state.fanout import Fanout
from chat.server.state.journal.journal import Journal
from chat.server.state.journal.queue import JournalQueue
from chat.server.state.presence import PresenceTeller
from chat.server.state.published import Published
from chat.server.state.refusals import EVERY_SECONDS, Refusals
from chat.server.state.retaining import Retaining
from chat.server.state.roster import Roster
from chat.server.storage import open_store
from chat.server.storage.checkpoints import Checkpoints
from chat.transport.address import Address
from chat.transport.sockets import listen
from chat.transport.wire import Wire

JOURNAL_SECONDS = 5.0
"""How long the journal may take to decide what is queued, at the stop."""
DRAIN_SECONDS = 2.0
"""How long what waits for clients may take to go out, at the stop."""
STOP_SECONDS = 9.5
"""How long all of the stop may take, before what still hangs is left behind."""
WATCHDOG_SECONDS = 0.5
HEAL_SECONDS = 5.0
"""How often a store in trouble is looked at, while nobody asks for anything that would do so."""
ROSTER_SECONDS = 0.5


class Stopped(Enum):
    """How a server ended."""

    IN_ORDER = auto()
    BY_FAULT = auto()
    HELD_UP = auto()
    """Threads hang in a disk that stalls: only the end of the process ends them."""


@dataclass(frozen=True)
class Secrets:
    """What a server has that others must not have."""

    certificates: Callable[[], Certificates] | None = None
    """Gives what encrypted links are offered, once the data folder is held; without it there are none."""
    passwords: PasswordPool | None = None
    """Makes and compares hashes; tests give one that is quick."""
    console: Path | None = None
    """Where the key is kept by which commands of the operator reach the server; without it they can't."""


class ServerApp:
    """One server.

    Args:
        settings: what the operator chose.
        addresses: where to listen.
        clock: the time.
        store: opens the store; that of the data folder when not given.
        around: puts something around the wire of every link, as tests do.
        net: the numbers of the TCP side; made of the settings when not given.
        secrets: what it has that others must not have.
    """

    def __init__(
        self,
        settings: ServerConfig,
        addresses: Sequence[Address],
        clock: Clock,
        *,
        store: Callable[[], Store] | None = None,
        around: Callable[[Wire], Wire] = lambda wire: wire,
        net: NetSettings | None = None,
        secrets: Secrets = Secrets(),
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._around = around
        self._counted = settings.counted()
        self._kept = settings.kept()
        self._passwords = secrets.passwords or PasswordPool(self._limits(), counted=self._counted)
        self._console = secrets.console
        self._started = clock.now()
        self._net = net or net_settings(settings, encrypted=secrets.certificates is not None)
        self._log = structlog.get_logger("server")
        self._fault: BaseException | None = None
        # sockets first: a port in use is found before the database is touched
        self._listeners = [listener for address in addresses for listener in listen(address)]
        with contextlib.ExitStack() as undone:
            for listener in self._listeners:
                undone.callback(listener.close)
            self._store = store() if store else open_store(settings.data_folder(), clock)
            undone.callback(self._store.close)
            self._certificates = secrets.certificates() if secrets.certificates else None
            undone.pop_all()
        self._on_fault: Callable[[], None] = lambda: None

    def start(self, on_fault: Callable[[], None]) -> None:
        """Load the state and serve; `on_fault` is called, on any thread, when the server must be stopped."""
        self._on_fault = on_fault
        loaded = self._store.load()
        wakeup = Wakeup()
        fanout = Fanout(wakeup.wake)
        self._queue = JournalQueue(self._clock)
        self._world = Published(loaded, Roster(self._clock), guests=self._settings.guests)
        self._journal = Journal(self._store, self._world, fanout, self._queue, self._clock, loaded.last_batch)
        self._journal.work([housekeeping.founding()])
        if self._console:
            self._seat_console(self._console)
        self._workers = Workers(self._net)
        self._retaining = Retaining(
            self._world, self._store, self._queue, self._clock, self._kept, self._workers.defer
        )
        self._service = self._tcp_service(loaded, fanout, wakeup)
        self._checkpoints = Checkpoints(self._store)
        self._checkpoints.start()
        self._journal.start(self._died)
        self._passwords.start()
        self._workers.start()
        self._service.start()
        self._retaining.begin()
        self._log.info("serving", addresses=[str(each) for each in self.addresses], version=__version__)

    @property
    def addresses(self) -> list[Address]:
        """Where the server listens, ports resolved; after the start."""
        return [Address(address[0], address[1]) for address in self._service.addresses]

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the certificate, as 64 hexadecimal digits; empty when nothing is encrypted."""
        return self._certificates.fingerprint if self._certificates else ""

    @property
    def people_here(self) -> int:
        """How many sessions there are; any thread, after the start."""
        return len(self._world.roster.everyone())

    def stop(self) -> Stopped:
        """Refuse what is new, decide what is queued, send what waits, say goodbye, close; within 10 s."""
        deadline = Deadline(STOP_SECONDS)
        self._log.info("stopping")
        self._service.refuse_new()
        for user in {session.user for session in self._world.roster.everyone()}:
            self._queue.put(housekeeping.departure(user, moment(self._clock.now())))
        if not self._journal.stop(JOURNAL_SECONDS):
            self._log.error("the journal did not finish in time", seconds=JOURNAL_SECONDS)
            self._fault = self._fault or TimeoutError("journal")
        self._service.drain(DRAIN_SECONDS)
        self._service.stop()
        self._passwords.stop()
        readers_ended = self._workers.stop(deadline.remaining())
        writers_ended = self._checkpoints.stop(deadline.remaining()) and self._journal.ended
        if not (readers_ended and writers_ended and self._close_store(deadline)):
            self._log.error("the disk stalls: ended without closing the database, which loses nothing")
            return Stopped.HELD_UP
        self._log.info("stopped")
        return Stopped.BY_FAULT if self._fault else Stopped.IN_ORDER

    def _close_store(self, deadline: Deadline) -> bool:
        """Close the store on a thread of its own, as its last checkpoint may hang; returns whether it did."""
        closing = threading.Thread(target=self._store.close, name="closing")
        closing.start()
        closing.join(deadline.remaining())
        return not closing.is_alive()

    def _died(self, death: BaseException) -> None:
        """A thread that nothing works without has ended: stop the server rather than serve half."""
        self._fault = death
        self._log.critical("a thread died", thread=threading.current_thread().name, exc_info=death)
        self._on_fault()

    def _tcp_service(self, loaded: Loaded, fanout: Fanout, wakeup: Wakeup) -> TcpService:
        limits, refusals = self._limits(), Refusals()
        presence = PresenceTeller(self._world, self._queue, self._clock)
        services = Services(
            world=self._world,
            fanout=fanout,
            queue=self._queue,
            presence=presence,
            codes=DeviceCodes(self._clock, limits.device_code_seconds),
            budgets=Budgets(self._clock, self._settings.rates),
            new_devices=AddressRate(self._clock, self._settings.new_device_rate(), self._counted),
            passwords=self._passwords,
            attempts=Attempts(self._clock, self._counted),
            refusals=refusals,
            store=self._store,
            retaining=self._retaining,
            clock=self._clock,
            limits=limits,
            facts=lambda: Facts(__version__, self._started, self._service.open_links),
            defer=self._workers.defer,
        )
        port = self._listeners[0].getsockname()[1]
        terms = Terms(
            dispatcher=Dispatcher(services),
            limits=limits,
            welcome=lambda encrypted: encode(self._welcome(loaded, limits, encrypted=encrypted)),
            join_command=f"chat-tui HOST:{port}",
            settings=self._net,
            clock=self._clock,
            around=self._around,
            door=self._door(),
            refusals=refusals,
        )
        ticks = (*self._ticks(), (ROSTER_SECONDS, presence.tick), (EVERY_SECONDS, refusals.tell))
        return TcpService(self._listeners, terms, self._workers, fanout, wakeup, self._died, ticks)

    def _ticks(self) -> Sequence[Tick]:
        return (
            (WATCHDOG_SECONDS, self._watch_queue),
            (HEAL_SECONDS, self._look_after_store),
            (housekeeping.EVERY_SECONDS, self._look_after_guests),
            (housekeeping.EVERY_SECONDS, self._retaining.begin),
        )

    def _seat_console(self, file: Path) -> None:
        """Let the operator's commands in: keep the key where only they can read it."""
        host, port = self._listeners[0].getsockname()[:2]
        hashed = token_hash(keep_key(file, Address(reached_at(host), port)))
        self._journal.work([housekeeping.seating_console(hashed)])

    def _watch_queue(self) -> None:
        """Take back what waited too long for the journal."""
        if refused := self._queue.take_back():
            self._log.warning("the journal is behind; changes were refused", refused=refused)

    def _look_after_store(self) -> None:
        """Have the journal find out whether trouble is over, and what became of a failed batch."""
        if self._journal.may_heal:
            self._queue.put(housekeeping.probing())

    def _look_after_guests(self) -> None:
        housekeeping.look_after_guests(self._world, self._queue, self._clock)
        housekeeping.look_after_devices(self._world, self._queue, self._clock)

    def _limits(self) -> Limits:
        return default_limits(login_seconds=self._settings.login_seconds)

    def _door(self) -> Door | None:
        if self._certificates is None:
            return None
        return Door(self._certificates.context, self._settings.plain_everywhere)

    def _welcome(self, loaded: Loaded, limits: Limits, *, encrypted: bool) -> Welcome:
        return Welcome(
            server_id=loaded.server_id,
            epoch=loaded.epoch,
            version_min=VERSION,
            version_max=VERSION,
            name=self._settings.name,
            software=f"chat-server {__version__}",
            time=self._clock.now(),
            heartbeat_seconds=self._settings.heartbeat_seconds,
            grace_seconds=self._settings.grace_seconds,
            limits=msgspec.structs.replace(
                limits,
                guests=admits_guests(self._world.gate()),
                registration=self._world.gate() is Gate.OPEN,
            ),
            message_of_the_day=self._settings.message_of_the_day,
            encrypted=encrypted,
        )


def net_settings(settings: ServerConfig, *, encrypted: bool = False) -> NetSettings:
    """Return the numbers of the TCP side that an operator's settings mean."""
    places = room(NetSettings().newcomers)
    return NetSettings(
        # a client that encrypts has more to do before its first byte, and must not be taken for a silent one
        greet_seconds=1.0 if encrypted else 0.25,
        heartbeat_seconds=settings.heartbeat_seconds,
        grace_seconds=settings.grace_seconds,
        stall_seconds=settings.slow_reader_seconds,
        workers=settings.workers,
        links=places.links,
        newcomers=places.newcomers,
        links_before_login=settings.links_before_login,
        exempt=settings.exempt,
    )
