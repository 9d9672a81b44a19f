"""A server without its port, for commands of the operator while it is stopped: state, journal, commands.

The main thread makes it and stops it; it has the journal's thread and those of the passwords.
"""

from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue

import structlog

from chat import __version__
from chat.clock import Clock
from chat.server.commands.dispatch import Dispatcher
from chat.server.commands.spec import Facts, Services
from chat.server.domain.addresses import Counted
from chat.server.domain.limits import default_limits
from chat.server.domain.rate import Rate, Rates
from chat.server.domain.retention import Retention
from chat.server.passwords import PasswordPool
from chat.server.ports import Store
from chat.server.state import housekeeping
from chat.server.state.attempts import Attempts
from chat.server.state.budgets import AddressRate, Budgets
from chat.server.state.device_codes import DeviceCodes
from chat.server.state.fanout import Fanout
from chat.server.state.journal.journal import Journal
from chat.server.state.journal.queue import JournalQueue
from chat.server.state.presence import PresenceTeller
from chat.server.state.published import Published
from chat.server.state.refusals import Refusals
from chat.server.state.retaining import Retaining
from chat.server.state.roster import Roster

SECONDS = 10.0
"""How long the end may take."""


class Offline:
    """What answers requests on a store that no server holds.

    Attributes:
        dispatcher: takes the requests.
    """

    def __init__(self, store: Store, clock: Clock, *, guests: bool = True) -> None:
        """Load the state and begin; the store is closed by `stop`. `guests` is the setting of that name."""
        self._store = store
        loaded, limits = store.load(), default_limits()
        self._queue = JournalQueue(clock)
        world = Published(loaded, Roster(clock), guests=guests)
        fanout = Fanout(lambda: None)
        self._journal = Journal(store, world, fanout, self._queue, clock, loaded.last_batch)
        self._journal.work([housekeeping.founding()])
        self._passwords = PasswordPool(limits)
        self._later: SimpleQueue[Callable[[], None]] = SimpleQueue()
        kept = Retention().kept()
        self._retaining = Retaining(world, store, self._queue, clock, kept, self._later.put)
        services = Services(
            world=world,
            fanout=fanout,
            queue=self._queue,
            presence=PresenceTeller(world, self._queue, clock),
            codes=DeviceCodes(clock, limits.device_code_seconds),
            budgets=Budgets(clock, Rates()),
            new_devices=AddressRate(clock, Rate(64, 1), Counted()),
            passwords=self._passwords,
            attempts=Attempts(clock, Counted()),
            refusals=Refusals(),
            store=store,
            retaining=self._retaining,
            clock=clock,
            limits=limits,
            facts=lambda: Facts(__version__, clock.now(), 0),
            defer=_at_once,
        )
        self.dispatcher = Dispatcher(services)
        self._passwords.start()

    def seat_console(self, token_hash: str) -> None:
        """Let in who has this token, as the server's own user, and begin; called once, before all else."""
        self._journal.work([housekeeping.seating_console(token_hash)])
        self._journal.start(lambda death: structlog.get_logger("server").error("died", exc_info=death))

    def stop(self) -> None:
        """Store what is asked, erase what is to be erased, and close."""
        with suppress(Empty):  # it was given up; what is left is done by the server when it runs
            while self._retaining.under_way:
                self._later.get(timeout=SECONDS)()
        self._passwords.stop()
        self._journal.stop(SECONDS)
        self._store.close()


def _at_once(call: Callable[[], None]) -> None:
    call()
