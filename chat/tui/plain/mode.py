"""The line mode at work: takes what is typed, writes what happens, ends in order.

One thread, the main one, does everything here, one job after the other: what came from the client, a line of
the input, an answer, a signal. The client's thread and the input's thread only put jobs into the queue, of
which a few can wait at most.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue
from typing import Protocol

from chat.client.changes import LinkChanged, Phase, SendState
from chat.clock import Clock
from chat.deadline import Deadline
from chat.errors import NoConnection, UsageError
from chat.protocol import requests
from chat.tui.plain import secrets
from chat.tui.plain.leaving import Leaving
from chat.tui.plain.log_writer import LogWriter
from chat.tui.plain.paper import Paper
from chat.tui.plain.telling import Outgoing, Teller
from chat.tui.plain.turns import Job, Speaking, Turns, Typist
from chat.tui.plain.typed_lines import Source, TypedLines
from chat.tui.receiver import Receiver

FAILURES_AT_FIRST = 3
"""After so many failures in a row the first connection is given up."""
ENDING_SECONDS = 10.0
"""How long the end waits for what was said to be stored and read back."""
AWAY_SECONDS = 60.0
"""How long the server may be away while lines of a pipe wait for it."""
LOG_IN = "Log in once on the full screen: chat-tui without --plain, then /login NICK."
"""What to do where one is not let in as who one was; the device that this makes is good here too."""

_LOOK_SECONDS = 0.5  # signals are seen so soon where waiting can't be interrupted, as on Windows
_POLL_SECONDS = 0.05
_COUNT_SECONDS = 2.0


class Client(Speaking, Outgoing, Protocol):
    """What the line mode asks of the client."""

    def start(self) -> None:
        """Begin to connect."""

    def stop(self) -> bool:
        """Leave and end."""

    def wait_idle(self, seconds: float) -> bool:
        """Wait until nothing is under way any more; say whether that came true in time."""


@dataclass(frozen=True, slots=True)
class Typing:
    """Where lines come from."""

    source: Source | None
    """None when there is no standard input."""
    encoding: str = "utf-8"
    by_hand: bool = False
    """Whether somebody types them and reads along, as at a terminal."""
    ask_secret: secrets.Ask | None = None
    """Asks for a password there; None where nobody can be asked."""


class LineMode:
    """One run.

    Args:
        client: not started yet; its changes go to the receiver.
        receiver: where the changes wait.
        paper: where to write.
        typing: the input.
        clock: the time.
        words: what to tell somebody who types, once connected.
        ends_server: whether a server on this machine ends with this run.
    """

    def __init__(
        self,
        client: Client,
        receiver: Receiver,
        paper: Paper,
        typing: Typing,
        clock: Clock,
        *,
        words: str = "",
        ends_server: bool = False,
    ) -> None:
        self._client = client
        self._receiver = receiver
        self._paper = paper
        self._by_hand = typing.by_hand
        self._clock = clock
        self._jobs: SimpleQueue[Job] = SimpleQueue()
        self._lines = TypedLines(typing.source, typing.encoding, self._post_line)
        self._log = LogWriter(client, paper, clock, self._fetch)
        self._teller = Teller(client, paper, self._log, words if typing.by_hand else "")
        self._leaving = Leaving(client, ends_server=ends_server)
        self._turns = Turns(
            client,
            paper,
            self._log,
            catch_up=self._take_changes,
            post=self._jobs.put,
            objection=self._leaving.objection,
            typist=Typist(typing.by_hand, typing.ask_secret),
        )
        self._connected = False
        self._ended = False
        self._line_wanted = False
        self._away: Deadline | None = None

    def end(self) -> None:
        """Take no further line and end in order; any thread, and inside a signal handler."""
        self._jobs.put(self._end)

    def run(self) -> None:
        """Connect, carry out the input to its end, see everything stored and read back, leave.

        Raises:
            NoConnection: it could not be done; the text says why, and how much did not get through.
            UsageError: lines of a pipe were refused; each was told of when it was.
        """
        self._receiver.connect(lambda: self._jobs.put(self._take_changes))
        self._client.start()
        try:
            self._work_until(lambda: self._connected)
            if not self._connected:
                raise NoConnection("Ended before there was a connection.")
            self._lines.start()
            self._want_line()
            self._work_until(lambda: False)
            self._finish()
            self._part()
        finally:
            self._lines.stop()
            self._client.stop()
        refused = self._turns.refused + self._teller.refused
        if refused and not self._by_hand:
            raise UsageError(f"{_lines(refused)} could not be carried out; the reasons stand above.")

    def _work_until(self, is_enough: Callable[[], bool]) -> None:
        """Do what there is to do until that is true or the end has come."""
        while not (is_enough() or self._ended or self._turns.quit or self._paper.torn):
            self._do_job(_LOOK_SECONDS)
            self._check_patience()

    def _do_job(self, seconds: float) -> None:
        """Wait for something to do, at most that long, and do it."""
        try:
            job = self._jobs.get(timeout=seconds)
        except Empty:
            return
        job()
        self._turns.advance()
        self._want_line()

    def _finish(self) -> None:
        """See that all that was said is stored and written.

        Each message that is stored, and each wait that the server asks for, if it is short, gives the others
        more time.

        Raises:
            NoConnection: that did not come true in time.
        """
        left, wait = self._unsent()
        deadline = Deadline(ENDING_SECONDS + wait, self._clock.monotonic)
        while not deadline.expired:
            if self._unsent()[0] < left or self._unsent()[1] > wait:
                left, wait = self._unsent()
                deadline = Deadline(ENDING_SECONDS + wait, self._clock.monotonic)
            for _ in range(self._jobs.qsize()):
                self._do_job(0)
            if self._turns.busy:
                self._do_job(_POLL_SECONDS)
            elif self._client.wait_idle(_POLL_SECONDS) and self._jobs.empty():
                return
        waits = next((item.sentence for item in self._client.unsent() if item.sentence), "")
        raise NoConnection(_sentences(waits or "The server did not answer in time.", self._not_through()))

    def _unsent(self) -> tuple[int, float]:
        """Return how many messages are under way, and for how long the server wants one of them to wait."""
        waits = (item.wait_seconds for item in self._client.unsent() if item.state is SendState.WAITING)
        return self._turns.under_way(), max((wait for wait in waits if wait <= AWAY_SECONDS), default=0.0)

    def _part(self) -> None:
        """Tell who loses the server now; whoever asked to leave by hand was told before."""
        if self._by_hand and self._turns.quit:
            return
        with suppress(TimeoutError):
            if objection := self._leaving.objection().result(_COUNT_SECONDS):
                self._paper.note(objection)

    def _end(self) -> None:
        self._ended = True
        self._turns.drop()

    # ------------------------------------------------------------------ what comes from the client

    def _take_changes(self) -> None:
        """Write what the client told, and see how it stands with the connection.

        Raises:
            NoConnection: there is none, and it is not worth waiting for one.
        """
        arrivals = self._receiver.drain()
        links = [each for each in arrivals if isinstance(each, LinkChanged)]
        link = links[-1] if links else self._client.link
        is_waiting = link.phase is Phase.WAITING
        if is_waiting and not self._connected and link.failures >= FAILURES_AT_FIRST:
            raise self._no_connection(link)
        self._teller.take(arrivals)
        if link.phase is Phase.ENDED:
            raise self._no_connection(link)
        if link.phase is Phase.OPEN and self._teller.is_open:  # what came before that is written
            self._connected = True
            self._away = None
        elif self._away is None:
            self._away = Deadline(AWAY_SECONDS, self._clock.monotonic)

    def _no_connection(self, link: LinkChanged) -> NoConnection:
        log_in = LOG_IN if link.wants_login else ""
        return NoConnection(_sentences(link.cause, link.advice, log_in, self._not_through()))

    def _check_patience(self) -> None:
        """Give up when the lines of a pipe wait too long for the server.

        Raises:
            NoConnection: they do.
        """
        overdue = self._away is not None and self._away.expired
        if overdue and not self._by_hand and (missing := self._not_through()):
            raise NoConnection(_sentences(self._client.link.cause, missing))

    def _fetch(self, conversation: str, before: int, limit: int) -> None:
        """Ask for the last entries of a conversation."""
        future = self._client.ask(requests.History, target=conversation, before=before, limit=limit)
        future.add_done_callback(lambda _: self._jobs.put(partial(self._fetched, conversation)))

    def _fetched(self, conversation: str) -> None:
        self._take_changes()
        self._log.looked_back(conversation)

    # ------------------------------------------------------------------ what is typed

    def _want_line(self) -> None:
        """Ask for a line, if there is room for one."""
        if self._connected and not self._line_wanted and not self._ended and self._turns.has_room:
            self._line_wanted = True
            self._lines.want()

    def _post_line(self, line: str | None) -> None:
        """Take a line, or None after the last; the input's thread."""
        self._jobs.put(partial(self._typed, line))

    def _typed(self, line: str | None) -> None:
        self._line_wanted = False
        if line is None:
            self._ended = True
        elif not self._ended:
            self._turns.take(line)

    def _not_through(self) -> str:
        """Say how much did not get through; empty when nothing is missing."""
        said = self._turns.under_way()
        missing = said + self._turns.busy
        kept = "What was said waits for the next start." if said else ""
        return _sentences(f"{_lines(missing)} did not get through." if missing else "", kept)


def _lines(number: int) -> str:
    return "1 line" if number == 1 else f"{number} lines"


def _sentences(*sentences: str) -> str:
    return " ".join(filter(None, sentences))
