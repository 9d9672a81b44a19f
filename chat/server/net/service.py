"""The TCP port as a whole: reader, writer and the links between them and the workers.

The application makes one, starts it when the state is loaded, and stops it in steps: refuse what is new, let
the journal finish, drain, stop.
"""

import socket
from collections.abc import Callable, Sequence

from chat.protocol.codes import CloseReason
from chat.server.net.entrance import Entrance, Visitor
from chat.server.net.link import Link
from chat.server.net.reader import Reader, Tick
from chat.server.net.sender import Sender
from chat.server.net.terms import Terms
from chat.server.net.wakeup import Wakeup
from chat.server.net.workers import Workers
from chat.server.net.writer import Writer
from chat.server.state.fanout import Fanout
from chat.transport.wire import Wire

LAST_WORDS_SECONDS = 0.5
"""How long a stop waits for goodbyes to those who could not be answered in time."""


class TcpService:
    """Serves clients on listening sockets.

    Args:
        listeners: listening, non-blocking sockets; the service owns them from now on.
        terms: what all links have in common.
        workers: who runs requests; whoever made them starts them before and stops them after the service.
        fanout: what is shared; it rings `wakeup`.
        wakeup: the writer's doorbell; the service closes it.
        on_death: called when reader or writer died, with the reason; on that thread.
        ticks: what the reader calls regularly.

    Attributes:
        addresses: where it listens: host, port and, for IPv6, more.
        touch: see `Crew.touch`; the writer's own, without a call between.
    """

    def __init__(
        self,
        listeners: Sequence[socket.socket],
        terms: Terms,
        workers: Workers,
        fanout: Fanout,
        wakeup: Wakeup,
        on_death: Callable[[BaseException], None],
        ticks: Sequence[Tick] = (),
    ) -> None:
        self.addresses = [listener.getsockname() for listener in listeners]
        self._terms = terms
        self._workers = workers
        self._wakeup = wakeup
        self._entrance: Entrance | None = None
        if terms.door:
            self._entrance = Entrance(
                terms.door, terms.settings, terms.clock, terms.refusals, self._admit, on_death
            )
        self._reader = Reader(listeners, self._take, terms.settings, terms.clock, ticks, on_death)
        self._writer = Writer(fanout, wakeup, on_death)
        self.touch = self._writer.touch

    def start(self) -> None:
        """Begin to serve; called once."""
        self._writer.start()
        if self._entrance:
            self._entrance.start()
        self._reader.start()

    @property
    def open_links(self) -> int:
        """How many clients are connected, whether they said hello or not; any thread."""
        return self._reader.open_links

    def refuse_new(self) -> None:
        """Accept nobody any more, and answer new requests with `stopping`; any thread."""
        self._terms.stopping.set()
        self._reader.stop_accepting()

    def drain(self, seconds: float) -> bool:
        """Let every link finish what is in flight and read all that waits for it, then say goodbye and close.

        Waits at most so many seconds, then says goodbye to those who still wait for an answer as well, which
        takes a moment more; returns whether all links are closed. Any thread but the service's own.
        """
        self._reader.leave_all(CloseReason.STOPPING)
        if self._reader.wait_until_empty(seconds):
            return True
        self._reader.dismiss_all(CloseReason.STOPPING)
        return self._reader.wait_until_empty(LAST_WORDS_SECONDS)

    def stop(self) -> None:
        """Close everything that is left and join the threads; called once, by the one who started."""
        self._reader.stop_accepting()
        if self._entrance:
            self._entrance.stop()
        self._reader.lose_all()
        self._reader.wait_until_empty(1.0)
        self._writer.stop()
        self._reader.stop()
        self._wakeup.close()

    def _take(self, sock: socket.socket) -> None:
        """Take an accepted socket on its way to a link; the reader calls."""
        if self._entrance:
            self._entrance.take(sock)
        else:
            host = sock.getpeername()[0]
            self._admit(self._terms.wrap(sock), Visitor(host))

    def _admit(self, wire: Wire, visitor: Visitor) -> None:
        self._reader.admit(Link(self._terms.around(wire), self._terms, self, visitor))

    # ------------------------------------------------------------------ as the crew of its links

    def to_read(self, link: Link) -> None:
        """See `Crew.to_read`."""
        self._reader.go_on(link)

    def to_run(self, link: Link) -> None:
        """See `Crew.to_run`."""
        self._workers.submit(link)

    def to_run_later(self, link: Link, seconds: float) -> None:
        """See `Crew.to_run_later`."""
        self._reader.later(seconds, link.go_on)

    def to_send(self, sender: Sender) -> None:
        """See `Crew.to_send`."""
        self._writer.call(sender)

    def to_close(self, link: Link) -> None:
        """See `Crew.to_close`."""
        self._reader.close(link)
