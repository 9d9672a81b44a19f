"""From a request to its handler and back: the checks that are the same for all. Any worker.

Knows no socket. `dispatch` waits for no other thread; it may read the store.
"""

import threading

from chat.ids import SendId
from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.replies import AnyReply
from chat.protocol.requests import AnyRequest, Ping, Quit, Send
from chat.server.commands.spec import Reply, Services, reading
from chat.server.commands.table import COMMANDS
from chat.server.state.journal.change import Change
from chat.server.state.session import Session


class Dispatcher:
    """Runs requests of sessions."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._stopping = threading.Event()

    def dispatch(self, session: Session, request: AnyRequest, reply: Reply) -> bool:
        """Run a request; `reply` is called exactly once, from any thread, perhaps before this returns.

        Returns false when it was not accepted because the journal's queue is full: run it again after
        `session.peer.resume()` was called.
        """
        result = reading(request, lambda: self._handle(session, request, reply))
        if isinstance(result, Change):
            return self._services.queue.offer(result, session.peer.resume)
        reply(result)
        return True

    @staticmethod
    def pipelined(request: AnyRequest) -> bool:
        """Return whether several requests of this type may be in flight on one link."""
        return COMMANDS[type(request)].pipelined

    def ended(self, session: Session, *, at_once: bool) -> None:
        """Note that a link is over; `at_once` when it was cut as too slow."""
        self._services.presence.ended(session, at_once=at_once)

    def refuse_new(self) -> None:
        """From now on answer new requests with `stopping`; what is in flight goes on."""
        self._stopping.set()

    def _handle(self, session: Session, request: AnyRequest, reply: Reply) -> AnyReply | Change:
        self._refuse_when_stopping(session, request)
        return COMMANDS[type(request)].handle(self._services, session, request, reply)

    def _refuse_when_stopping(self, session: Session, request: AnyRequest) -> None:
        if self._stopping.is_set() and not isinstance(request, Ping | Quit):
            if isinstance(request, Send):
                session.order.refused(SendId(request.send_id))
            raise Refused(ErrorCode.STOPPING, retry_after_ms=1000)
