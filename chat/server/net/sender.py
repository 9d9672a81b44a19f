"""The writer's part of one link: what waits for the client, and how it goes out.

The writer's thread only; others may read `stalled_since`.
"""

from collections.abc import Callable
from enum import Enum, auto
from typing import NamedTuple

from chat.protocol.codes import CloseReason
from chat.server.net.core import LinkCore
from chat.server.net.outbox import Outbox


class Flushed(Enum):
    """How far sending came."""

    EMPTY = auto()
    """All is sent."""
    MORE = auto()
    """The wire takes more; the others have their turn first."""
    BLOCKED = auto()
    """Wait until the wire can write."""
    FINISHED = auto()
    """The last words are out, or can't be: the wire may be closed."""


class Collected(NamedTuple):
    """Lines for one client alone that wait for what was shared before them."""

    lines: list[bytes]
    ends: bool
    """Whether they are the last ones."""


class Sender:
    """Sends what is shared, and what is for one client alone.

    Args:
        core: what the threads share of the link.
        touch: puts this sender on the writer's list, to be flushed at the end of the turn.

    Attributes:
        scheduled: whether it is on that list, or waits until its wire can write.
        watched: whether the writer waits until the wire can write.
        stalled_since: when the wire last took something, while something waits; else None.
    """

    def __init__(self, core: LinkCore, touch: Callable[["Sender"], None]) -> None:
        self._core = core
        self._touch = touch
        self._lock = core.lock
        self._wire = core.wire
        self._outbox = Outbox(core.terms.settings.send_bytes)
        self._early: list[bytes] | None = []
        """What is shared waits here until the client was told who it is; None from then on."""
        self._ending = False
        """Whether the last words were collected."""
        self._ended = False
        """Whether they are in the outbox, so that nothing may follow."""
        self._most_bytes = core.terms.settings.outbox_bytes
        self._sends_a_turn = core.terms.settings.sends_a_turn
        self._monotonic = core.terms.clock.monotonic
        self.scheduled = False
        self.watched = False
        self.stalled_since: float | None = None

    def fileno(self) -> int:
        """The wire's descriptor, to wait on."""
        return self._wire.fileno()

    def finish(self) -> None:
        """Have the wire closed."""
        self._core.bells.closer()

    def stream(self, lines: bytes) -> bool:
        """See `Peer.stream`. One call for each line and member: here every call counts.

        A link that is over still gets what was shared before its last words.
        """
        if self._ended:
            return False
        if self._early is None:
            self._outbox.add(lines)
        else:
            self._early.append(lines)
        if not self.scheduled:
            self.scheduled = True
            self._touch(self)
        elif self.overfull:
            self._touch(self)
        return True

    @property
    def overfull(self) -> bool:
        """Whether too much waits while the wire takes nothing, so that only a flush now would notice."""
        return self.watched and self._outbox.size > self._most_bytes

    def collect(self) -> Collected:
        """Take the lines for this client alone, at the beginning of a turn.

        Those that go before anything shared are added at once.
        """
        core = self._core
        with self._lock:
            pushed = core.take_pushed()
            core.moved(pushed.before)
            opened, over, lost = core.opened, core.over, core.lost
        self._add(pushed.before)
        if opened:
            self._open()
        if lost:
            self._give_up()
        elif over and not self._ending:
            self._ending = True
            pushed.after.append(core.last_words)
            if core.reason is CloseReason.TOO_SLOW:
                self._outbox.abandon()
                self._add([core.last_words])
                self._ended = True
        return Collected(pushed.after, self._ending)

    def release(self, collected: Collected) -> None:
        """Add the collected lines, after what was shared before them."""
        with self._lock:
            self._core.moved(collected.lines)
        self._add(collected.lines)
        self._ended |= collected.ends

    def flush(self) -> Flushed:
        """Send what the wire takes, within bounds. Nearly always one call of it takes everything."""
        core, outbox, wire = self._core, self._outbox, self._wire
        data = outbox.front()
        try:
            with self._lock:
                sent = wire.send(data) if data else 0
                waits = wire.wants_write
            outbox.sent(sent)
            if outbox.size or waits or core.outgoing or core.waits_for_outbox or core.paused or self._ended:
                return self._flush_on(waits=waits, moved=sent > 0)
        except OSError:
            self._give_up()
            core.lose()
            return Flushed.FINISHED
        self.scheduled = False
        return Flushed.EMPTY

    def _flush_on(self, *, waits: bool, moved: bool) -> Flushed:
        """Go on where the usual way ended: not all is sent, or somebody waits for it."""
        core, outbox, wire = self._core, self._outbox, self._wire
        blocked = False
        if core.lost:  # whatever the wire may still want to write
            self.scheduled = False
            return Flushed.FINISHED
        for _ in range(self._sends_a_turn):
            data = outbox.front()
            with self._lock:
                if waits:
                    wire.flush()
                sent = wire.send(data) if data else 0
                waits = wire.wants_write
                core.outgoing = outbox.size - sent
            outbox.sent(sent)
            moved |= sent > 0
            blocked = waits or sent < len(data)
            if blocked or not outbox.size:
                break
        self._ring()
        self.scheduled = blocked or outbox.size > 0
        if not self.scheduled:
            self.stalled_since = None
            return Flushed.FINISHED if self._ended else Flushed.EMPTY
        if moved or self.stalled_since is None:
            self.stalled_since = self._monotonic()
        if outbox.size > self._most_bytes:
            core.close(CloseReason.TOO_SLOW)
        return Flushed.BLOCKED if blocked else Flushed.MORE

    def _add(self, lines: list[bytes]) -> None:
        if lines and not self._ended:
            self._outbox.add(b"".join(lines) if len(lines) > 1 else lines[0])

    def _open(self) -> None:
        if self._early is not None:
            for lines in self._early:
                self._outbox.add(lines)
            self._early = None

    def _give_up(self) -> None:
        self._outbox.clear()
        self._ending = self._ended = True

    def _ring(self) -> None:
        """Tell the others that what they wait for may have come."""
        core = self._core
        if not (core.waits_for_outbox or core.paused):
            return
        with self._lock:
            run = core.waits_for_outbox and core.claim()
            read = core.paused and core.inbox.has_room and not core.wire.wants_write
        if run:
            core.bells.workers()
        if read:
            core.bells.reader()
