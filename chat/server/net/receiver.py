"""The reader's part of one link: receive, cut lines, greet, notice silence.

The reader's thread only. Knows nothing of what the lines say, but for a first one that is HTTP.
"""

from enum import Enum, auto

from chat.protocol.codes import CloseReason
from chat.protocol.states import LinkState
from chat.server.net.core import LinkCore
from chat.server.net.http_page import http_page, looks_like_http
from chat.server.net.inbox import End, Item


class Reading(Enum):
    """How reading a link goes on."""

    WAIT = auto()
    """Nothing more is there now."""
    AGAIN = auto()
    """There may be more; the others have their turn first."""
    PAUSE = auto()
    """Not before the link rings."""


class Receiver:
    """Reads one link.

    Attributes:
        began: the clock's time when the link was there.
    """

    def __init__(self, core: LinkCore) -> None:
        self._core = core
        self.began = self._heard = core.terms.clock.monotonic()
        self._first_byte = b""

    def greet(self) -> None:
        """Say welcome, unless that was done."""
        core = self._core
        if core.state is not LinkState.WELCOME_AWAITED:
            return
        if core.visitor.refused:
            core.close(CloseReason.NOT_ENCRYPTED)
            return
        welcome = core.terms.welcome(core.visitor.encrypted)
        with core.lock:
            if ring := core.append([welcome]):
                core.state = LinkState.GREETING
        if ring:
            core.bells.writer()

    def receive(self, now: float) -> Reading:
        """Take what is there, within bounds; `now` is the clock's time in seconds."""
        core, settings = self._core, self._core.terms.settings
        if core.over:
            self._drain()
            return Reading.PAUSE
        for _ in range(settings.receives_a_turn):
            try:
                with core.lock:
                    data = core.wire.receive(settings.receive_bytes)
            except OSError:
                core.lose()
                return Reading.PAUSE
            self._heard = now
            if self._keep(data):
                return Reading.PAUSE
            if data is None:
                return Reading.WAIT
        return Reading.AGAIN

    def may_go_on(self) -> bool:
        """Return whether a link that paused is to be read again."""
        core = self._core
        with core.lock:
            if core.paused and not core.over:
                core.paused = not core.inbox.has_room or core.wire.wants_write
                return not core.paused
            return False

    def overdue(self, now: float) -> CloseReason | None:
        """Return why this link must be closed for what it did not do in time."""
        core, settings = self._core, self._core.terms.settings
        if core.state is not LinkState.OPEN and now - self.began > core.terms.limits.login_seconds:
            return CloseReason.LOGIN_TIMEOUT
        if core.paused or core.inbox.waits:
            self._heard = now  # the silence is ours
        if now - self._heard > settings.heartbeat_seconds + settings.grace_seconds:
            return CloseReason.SILENT
        return None

    def shut(self) -> None:
        """Close the wire; the writer must be done with it.

        Bytes that nobody took would make the system reset the connection, and last words could be lost.
        """
        self._drain()
        with self._core.lock:
            self._core.state = LinkState.CLOSED
            self._core.wire.close()

    def _keep(self, data: bytes | None) -> bool:
        """Put what was received into the inbox; returns whether to pause."""
        core = self._core
        items: list[Item] = []
        if data:
            items += core.splitter.feed(data)
            if core.state is LinkState.WELCOME_AWAITED:
                self._answer_first(data, items)
        elif data is not None:
            items.append(End.END)
        with core.lock:
            if not core.over:
                core.inbox.add(items)
            run = core.claim()
            stuck = core.wire.wants_write
            core.paused = stuck or core.inbox.full
            pause = core.paused or core.over or data == b""
        if run:
            core.bells.workers()
        if stuck:
            core.bells.writer()
        return pause

    def _answer_first(self, data: bytes, items: list[Item]) -> None:
        """Greet back, or show who speaks HTTP a page; that is known by a whole line, and gets no welcome."""
        self._first_byte = self._first_byte or data[:1]
        first = items[0] if items else b""
        if isinstance(first, bytes) and looks_like_http(first):
            self._core.end(CloseReason.BAD_FRAMING, http_page(self._core.terms.join_command))
        elif items or not self._first_byte.isupper():
            self.greet()

    def _drain(self) -> None:
        core, settings = self._core, self._core.terms.settings
        try:
            for _ in range(settings.receives_a_turn):
                with core.lock:
                    if not core.wire.receive(settings.receive_bytes):
                        return
        except OSError:
            return
