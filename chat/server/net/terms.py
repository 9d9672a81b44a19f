"""What all links of one service have in common, and the door to the commands.

Frozen values and protocols; starts no thread and opens no socket.
"""

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from chat.clock import Clock, SystemClock
from chat.protocol.codes import Refused
from chat.protocol.records import Limits
from chat.protocol.replies import AnyReply
from chat.protocol.requests import AnyRequest
from chat.server.net.entrance import Door
from chat.server.net.settings import NetSettings
from chat.server.state.refusals import Refusals
from chat.server.state.session import Session
from chat.transport.wire import PlainWire, Wire

Reply = Callable[[AnyReply], None]
"""Takes the reply to one request; any thread, once."""


class Dispatcher(Protocol):
    """The door to the commands."""

    def too_hasty(self, session: Session, request: AnyRequest | None) -> Refused | None:
        """Count a request, or a line that is none (None); a worker calls, once for each before it runs.

        Returns why it may not run now; where that is `rate_limited`, the link is not to run anything until
        the wait is over.
        """

    def dispatch(self, session: Session, request: AnyRequest, reply: Reply) -> bool:
        """Run a request without waiting for any other thread; a worker calls.

        `reply` is called exactly once, from any thread, perhaps before this returns. Returns false when the
        request was not accepted for want of room: it is to be given again after `Peer.resume`.
        """

    def pipelined(self, request: AnyRequest) -> bool:
        """Return whether several such requests of one link may be in flight at once; a worker calls."""

    def ended(self, session: Session, *, at_once: bool) -> None:
        """Take note that a link is over; `at_once` when it was cut as too slow.

        A worker calls, once for each link, when no line of it runs any more.
        """


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What all links of a service have in common."""

    dispatcher: Dispatcher
    limits: Limits
    """What clients are told."""
    welcome: Callable[[bool], bytes]
    """Gives the first line, LF included, for a link that is encrypted or not; the reader calls."""
    join_command: str
    """What to type to join, for those who come with a web browser."""
    settings: NetSettings = field(default_factory=NetSettings)
    """What clients need not know."""
    clock: Clock = field(default_factory=SystemClock)
    wrap: Callable[[socket.socket], Wire] = PlainWire
    """Makes the wire of an accepted socket, where there is no door."""
    around: Callable[[Wire], Wire] = lambda wire: wire
    """Puts something around the wire of every link, as tests do."""
    door: Door | None = None
    """Who may come in encrypted or not; without it everybody comes unencrypted."""
    refusals: Refusals = field(default_factory=Refusals)
    """Counts whom there were too many of."""
    stopping: threading.Event = field(default_factory=threading.Event)
    """Set when new requests are refused."""
