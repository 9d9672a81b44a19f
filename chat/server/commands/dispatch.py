"""From a request to its handler and back: the checks that are the same for all. Any worker.

Knows no socket. `dispatch` waits for no other thread; it may read the store.
"""

from chat.protocol.codes import Refused
from chat.protocol.requests import AnyRequest
from chat.server.commands.haste import too_hasty
from chat.server.commands.spec import Reply, Services, reading
from chat.server.commands.table import COMMANDS
from chat.server.state.journal.change import Change
from chat.server.state.session import Session


class Dispatcher:
    """Runs requests of sessions."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def too_hasty(self, session: Session, request: AnyRequest | None) -> Refused | None:
        """Count a request, or a line that is none (None), once, before it runs.

        Returns why it may not run now, with the wait; None when it may.
        """
        return too_hasty(self._services, session, request)

    def dispatch(self, session: Session, request: AnyRequest, reply: Reply) -> bool:
        """Run a request; `reply` is called exactly once, from any thread, perhaps before this returns.

        Returns false when it was not accepted because the journal's queue is full: run it again after
        `session.peer.resume()` was called. What a dead session asked is neither run nor answered.
        """
        if session.closed:
            return True
        handle = COMMANDS[type(request)].handle
        result = reading(request, lambda: handle(self._services, session, request, reply))
        if isinstance(result, Change):
            return self._services.queue.offer(result, session.peer.resume)
        if result is not None:
            reply(result)
        return True

    @staticmethod
    def pipelined(request: AnyRequest) -> bool:
        """Return whether several requests of this type may be in flight on one link."""
        return COMMANDS[type(request)].pipelined

    def ended(self, session: Session, *, at_once: bool) -> None:
        """Note that a link is over; `at_once` when it was cut as too slow."""
        self._services.presence.ended(session, at_once=at_once)
