"""What the threads share of one link: how far it has come, what waits to be run, what waits to be told.

One lock guards it all, and is also held around every call of the wire. Knows no selector and no command.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from chat.protocol.codec import encode
from chat.protocol.codes import CLOSES, CloseReason
from chat.protocol.events import Goodbye
from chat.protocol.framing import LineSplitter
from chat.protocol.replies import AnyReply, HelloResult, QuitResult
from chat.protocol.states import LinkState
from chat.server.net.answers import Answers, Slot
from chat.server.net.entrance import Visitor
from chat.server.net.inbox import Held, Inbox, Item
from chat.server.net.terms import Terms
from chat.server.state.locks import Rank, RankedLock
from chat.server.state.refusals import Excess
from chat.server.state.session import Session
from chat.transport.wire import Wire


@dataclass(frozen=True)
class Bells:
    """How to tell each thread that there is something for it to do for this link; any thread rings."""

    reader: Callable[[], None]
    """It paused, and may have to go on."""
    workers: Callable[[], None]
    """Something may run."""
    writer: Callable[[], None]
    """There is something to send, or the end."""
    closer: Callable[[], None]
    """The last words are out: close the wire."""
    later: Callable[[float], None]
    """After so many seconds the link is to go on."""


class Pushed(NamedTuple):
    """Lines for this client alone, as the writer takes them."""

    before: list[bytes]
    """Up to the one that says who the client is: these go out before anything that is shared."""
    after: list[bytes]
    """These go out after what was shared before them."""


class LinkCore:
    """The shared state of one link.

    Attributes:
        visitor: who is at the other end.
        session: who it is; set once, before the first line.
        state: how far the link has come; like all below it changes under the lock only, and whoever reads it
            without the lock gets what was true a moment ago.
        opened: whether the client was told who it is, be the link over by now or not.
        over: whether nothing more is run and nothing more is taken for this client: it is closing or closed.
        outgoing: bytes that the wire did not take at the last flush.
        paused: whether the reader waits to be rung.
        waits_for_outbox: whether a line waits because too much is to be sent first.
        reason: why the link is over; None also when it was lost.
        last_words: what is told then, behind everything else.
        lost: whether nothing can be told any more.
        closing_since: the clock's time when it was over.
    """

    session: Session

    def __init__(self, wire: Wire, terms: Terms, bells: Bells, visitor: Visitor) -> None:
        settings, limits = terms.settings, terms.limits
        self.wire = wire
        self.visitor = visitor
        self.terms = terms
        self.bells = bells
        self.lock = RankedLock(Rank.LINK)
        self.splitter = LineSplitter(limits.line_bytes_before_hello - 1)
        self.answers = Answers(limits.sends_in_flight)
        self.inbox = Inbox(self.answers, settings.inbox_lines, settings.inbox_bytes)
        self.state = LinkState.WELCOME_AWAITED
        self.opened = False
        self.over = False
        self.outgoing = 0
        self.paused = False
        self.waits_for_outbox = False
        self.reason: CloseReason | None = None
        self.last_words = b""
        self.lost = False
        self.closing_since = 0.0
        self._pushed = Pushed([], [])
        self._pushed_bytes = 0
        self._claimed = False
        self._in_turn = False
        self._ring_later = False
        self._end_told = False
        self._leaving: CloseReason | None = None

    # ------------------------------------------------------------------ any thread, the lock not held

    def push(self, line: bytes) -> None:
        """Add a line for this client alone; dropped when the link is over."""
        with self.lock:
            ring = self.append([line])
        if ring:
            self.bells.writer()

    def end_turn(self) -> None:
        """Let the writer have what was answered in a worker's turn; the worker calls."""
        with self.lock:
            ring = self._ring_later
            self._in_turn = self._ring_later = False
        if ring:
            self.bells.writer()

    def answer(self, slot: Slot, reply: AnyReply) -> None:
        """Take the reply to a request; it goes out when all earlier ones did."""
        line = encode(reply)
        with self.lock:
            due = self.answers.answer(slot, line)
            ring = bool(due) and self.append(due)
            if due and isinstance(reply, HelloResult) and self.state is LinkState.GREETING:
                self.state = LinkState.OPEN
                self.opened = True
                self.splitter.limit = self.terms.limits.line_bytes - 1
            run = self.claim()
            reason = CloseReason.QUIT if isinstance(reply, QuitResult) else self._leaving
            leaves = not len(self.answers)
        if ring:
            self.bells.writer()
        if run:
            self.bells.workers()
        if reason is not None and leaves:
            self.close(reason)

    def resume(self) -> None:
        """Let what was refused for want of room begin again."""
        with self.lock:
            self.inbox.resume()
            run = self.claim()
        if run:
            self.bells.workers()

    def wait(self, seconds: float) -> None:
        """Let nothing of this link begin for so many seconds; `go_on` ends that."""
        with self.lock:
            self.inbox.waits = True
        self.bells.later(seconds)

    def go_on(self) -> None:
        """Let what waited begin."""
        with self.lock:
            self.inbox.waits = False
            run = self.claim()
        if run:
            self.bells.workers()

    def close(self, reason: CloseReason, sentence: str = "") -> None:
        """End the link with a goodbye, in the words of the reason unless there are better ones."""
        rule = CLOSES[reason]
        if rule.wait_ms and not self.over:
            self.terms.refusals.note(Excess.LINKS, self.visitor.host)
        goodbye = Goodbye(
            reason=reason,
            message=sentence or rule.meaning,
            reconnect=rule.reconnect,
            retry_after_ms=rule.wait_ms,
        )
        self.end(reason, encode(goodbye))

    def leave(self, reason: CloseReason) -> None:
        """End the link with a goodbye as soon as what is in flight is answered."""
        with self.lock:
            self._leaving = reason
            now = not len(self.answers)
        if now:
            self.close(reason)

    def lose(self) -> None:
        """End the link without a word: the stream broke, or there was time enough for last words."""
        with self.lock:
            self.lost = True
        self.end(None, b"")
        self.bells.writer()

    def end(self, reason: CloseReason | None, last_words: bytes) -> None:
        """Let nothing more run, and nothing more be told but these words; the first call counts."""
        with self.lock:
            if self.over:
                return
            self.state = LinkState.CLOSING
            self.over = True
            self.reason = reason
            self.last_words = last_words
            self.closing_since = self.terms.clock.monotonic()
            self.session.closed = True
            self.inbox.clear()
            run = self.claim()
        self.bells.writer()
        if run:
            self.bells.workers()

    # ------------------------------------------------------------------ under the lock

    def append(self, lines: list[bytes]) -> bool:
        """Add lines for this client alone; returns whether the writer must be told.

        Dropped when the link is over, and when its session is dead: a newer one took its place.
        """
        if self.over or self.session.closed:
            return False
        pushed = self._pushed.after if self.state is LinkState.OPEN else self._pushed.before
        ring = not pushed
        pushed += lines
        self._pushed_bytes += sum(map(len, lines))
        if ring and self._in_turn:
            self._ring_later = True  # one call of the writer for all answers of a turn
            return False
        return ring

    def take_pushed(self) -> Pushed:
        """Take the lines for this client alone; they count as unsent until `moved`."""
        taken, self._pushed = self._pushed, Pushed([], [])
        return taken

    def moved(self, lines: list[bytes]) -> None:
        """Note that lines taken are in the writer's outbox now."""
        self._pushed_bytes -= sum(map(len, lines))

    def claim(self) -> bool:
        """Return whether the workers must be told that something may run; then they are to be told."""
        if self._claimed:
            return False
        self._claimed = self._may_run()
        return self._claimed

    def keep_claim(self) -> bool:
        """For the worker that runs this link: return whether something may run, else it is done."""
        self._claimed = self._in_turn = self._may_run()
        return self._claimed

    def take(self) -> Item | Held | None:
        """Take what is to run; None is the end, which is given once and leaves nothing to run for ever."""
        if not self.over:
            return self.inbox.take()
        self._end_told = True
        return None

    def _may_run(self) -> bool:
        if self.over:
            return not self._end_told
        if self.session.closed or not self.inbox.ready():
            return False
        self.waits_for_outbox = self._pushed_bytes + self.outgoing >= self.terms.settings.park_bytes
        return not self.waits_for_outbox
