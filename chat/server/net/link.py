"""One client of the TCP port: the peer of a session, and the parts that its threads use.

Only the reader receives and closes, only the writer sends, one worker at a time runs what was asked. What
they share is in the core, under the link's lock. Knows nothing of chat: that is behind the dispatcher.
"""

from functools import partial
from typing import Protocol

import structlog

from chat.protocol.codes import CloseReason
from chat.server.net.core import Bells, LinkCore
from chat.server.net.entrance import Visitor
from chat.server.net.receiver import Receiver
from chat.server.net.runner import Runner
from chat.server.net.sender import Sender
from chat.server.net.terms import Terms
from chat.server.net.workers import Turn
from chat.server.state.session import Session
from chat.transport.wire import Wire

_log = structlog.get_logger()


class Crew(Protocol):
    """The threads that serve links."""

    def to_read(self, link: "Link") -> None:
        """Let the reader see whether this link, which paused, can go on; any thread."""

    def to_run(self, link: "Link") -> None:
        """Let a worker run what this link asked; any thread."""

    def to_run_later(self, link: "Link", seconds: float) -> None:
        """Let this link go on after so many seconds; any thread."""

    def to_send(self, sender: Sender) -> None:
        """Let the writer look at what there is for this link; any thread."""

    def touch(self, sender: Sender) -> None:
        """Flush this link at the end of this turn; the writer's thread only."""

    def to_close(self, link: "Link") -> None:
        """Let the reader close this link's wire; any thread."""


class Link:
    """One client.

    Attributes:
        visitor: who is at the other end.
        session: the one session that this link is the peer of.
        stream: see `Peer.stream`; without a call between, as this is called for each line and member.
        receiver: the reader's part.
        sender: the writer's part.
    """

    def __init__(self, wire: Wire, terms: Terms, crew: Crew, visitor: Visitor) -> None:
        self.sender: Sender
        bells = Bells(
            reader=partial(crew.to_read, self),
            workers=partial(crew.to_run, self),
            writer=lambda: crew.to_send(self.sender),
            closer=partial(crew.to_close, self),
            later=partial(crew.to_run_later, self),
        )
        self._core = LinkCore(wire, terms, bells, visitor)
        self.visitor = visitor
        self.session = self._core.session = Session(self, visitor.host, encrypted=visitor.encrypted)
        self.receiver = Receiver(self._core)
        self._runner = Runner(self._core)
        self.sender = Sender(self._core, crew.touch)
        self.stream = self.sender.stream

    def fileno(self) -> int:
        """The wire's descriptor, to wait on."""
        return self._core.wire.fileno()

    @property
    def logged_in(self) -> bool:
        """Whether nothing more is awaited of it: its client said who it is, or it is over."""
        return self._core.opened or self._core.over

    def push(self, line: bytes) -> None:
        """See `Peer.push`."""
        self._core.push(line)

    def resume(self) -> None:
        """See `Peer.resume`."""
        self._core.resume()

    def go_on(self) -> None:
        """Let what waited begin, as the link was too hasty; any thread."""
        self._core.go_on()

    def close(self, reason: CloseReason, sentence: str = "") -> None:
        """See `Peer.close`."""
        self._core.close(reason, sentence)

    def leave(self, reason: CloseReason) -> None:
        """Close as soon as what is in flight is answered; any thread."""
        self._core.leave(reason)

    def lose(self) -> None:
        """Close without a word; any thread."""
        self._core.lose()

    def run(self, turn: Turn) -> bool:
        """Run what was asked, as a job of the workers; returns whether something may be left."""
        try:
            return self._runner.run(turn)
        except Exception:  # noqa: BLE001 - a fault in serving one link must cost no other link anything
            _log.exception("a link failed")
            self.close(CloseReason.INTERNAL_ERROR)
            return True

    def check(self, now: float) -> None:
        """Close the link if it did not do something in time; the reader's thread, every now and then."""
        core, settings = self._core, self._core.terms.settings
        if core.over:
            slow = core.reason is CloseReason.TOO_SLOW and not core.terms.stopping.is_set()
            patience = settings.slow_linger_seconds if slow else settings.linger_seconds
            if now - core.closing_since > patience:
                core.lose()
            return
        stalled = self.sender.stalled_since
        if stalled is not None and now - stalled > settings.stall_seconds:
            core.close(CloseReason.TOO_SLOW)
        elif reason := self.receiver.overdue(now):
            core.close(reason)
