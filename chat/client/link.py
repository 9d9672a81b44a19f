"""One connection from its first byte to its last: welcome, greeting, frames both ways, heartbeat, farewell.

Runs on the link's thread, which owns it; knows neither how the connection came to be nor what follows it. How
it ends is an exception: `LinkLost` when another may be tried, `Hopeless` when not.
"""

from collections.abc import Callable
from concurrent.futures import Future
from functools import partial

from chat.client.changes import LatencyMeasured, LinkChanged
from chat.client.core import ClientCore
from chat.client.greeting import Greeting, Hopeless, Person, check_version
from chat.client.heartbeat import Heartbeat
from chat.client.requester import REQUEST_SECONDS
from chat.client.stream import FrameStream, LinkLost
from chat.clock import Clock
from chat.deadline import Deadline
from chat.errors import ChatError
from chat.protocol.codec import BadLine, Frame
from chat.protocol.events import Goodbye, Welcome
from chat.protocol.replies import PingResult
from chat.protocol.requests import Ping, Quit
from chat.protocol.states import LinkState

QUIT_SECONDS = 0.5
"""How long a farewell may take."""


class Link:
    """A connection that is talked on.

    Args:
        stream: frames over the connection.
        core: what the client keeps.
        clock: the time.
        attend: tells the listener what there is to tell; raises when the owner wants to stop.
    """

    def __init__(
        self, stream: FrameStream, core: ClientCore, clock: Clock, attend: Callable[[], None]
    ) -> None:
        self._stream = stream
        self._core = core
        self._clock = clock
        self._attend = attend
        self._heartbeat = Heartbeat(clock.monotonic(), REQUEST_SECONDS, 0.0)

    def greet(self, person: Person, believe: Callable[[Welcome], None]) -> None:
        """Get in step with the server; `believe` raises when it is not the server that is meant.

        Raises:
            LinkLost: it did not come to that; another try may help.
            Hopeless: another try would not help.
        """
        welcome = self._welcome(person, believe)
        self._stream.use_limits(welcome.limits, before_hello=True)
        self._heartbeat = Heartbeat(
            self._clock.monotonic(), max(1, welcome.heartbeat_seconds), welcome.grace_seconds
        )
        Greeting(self._core, person, self.turn).run(REQUEST_SECONDS)
        self._stream.use_limits(welcome.limits, before_hello=False)

    def serve(self, link: LinkChanged) -> None:
        """Talk until the connection ends; `link` is what the listener is told first."""
        self._core.opened(link)
        while True:
            self.turn(None)

    def farewell(self) -> None:
        """Ask to leave and wait a little for the answer; raises nothing."""
        if self._stream.connection.state not in (LinkState.GREETING, LinkState.OPEN):
            return
        deadline = Deadline(QUIT_SECONDS)
        try:
            self._core.ask(Quit, greeting=True)
            while not deadline.expired:
                self._exchange(deadline.remaining())
        except ChatError:
            return  # a goodbye, as asked for, or the end of a connection that was no good anyway

    def turn(self, seconds: float | None) -> None:
        """Send, receive and tell once, waiting at most that long; raises when the connection is over."""
        self._attend()
        self._exchange(seconds)
        now = self._clock.monotonic()
        if self._heartbeat.is_dead(now):
            raise LinkLost(
                "Nothing was heard from the server for too long; the connection must be dead.",
                silent_seconds=self._heartbeat.silence(now),
            )
        if self._heartbeat.ping_is_due(now):
            self._ping(now)
        self._core.tick()
        self._attend()

    def _exchange(self, seconds: float | None) -> None:
        """Send what is to be sent and take in what came."""
        seconds = self._patience(seconds)
        for request in self._core.take_outgoing():
            try:
                self._stream.say(request)
            except BadLine as bad:
                self._core.misunderstood(bad)
                seconds = 0.0  # there is something to tell
        if not self._stream.drained:
            self._heartbeat.said(self._clock.monotonic())
        frames = self._stream.turn(seconds)
        if self._stream.heard:
            self._heartbeat.heard(self._clock.monotonic())
        self._core.receive(frames)
        if frames and isinstance(frames[-1], Goodbye):
            raise _end_of(frames[-1])

    def _patience(self, seconds: float | None) -> float:
        """How long to wait for something to come before something else is due."""
        now = self._clock.monotonic()
        due = self._core.next_deadline()
        until = self._heartbeat.next_look() if due is None else min(due, self._heartbeat.next_look())
        return max(0.0, until - now if seconds is None else min(seconds, until - now))

    def _welcome(self, person: Person, believe: Callable[[Welcome], None]) -> Welcome:
        """Wait for the server's first frame, and see whether it is a server for us."""
        deadline = Deadline(REQUEST_SECONDS)
        frames: list[Frame | BadLine] = []
        while not frames:
            if deadline.expired:
                raise LinkLost("What answers there did not introduce itself as a chat server in time.")
            self._attend()
            frames = self._stream.turn(deadline.remaining())
        first = frames[0]
        if isinstance(first, Goodbye):
            raise _end_of(first)
        if not isinstance(first, Welcome):
            raise LinkLost("What answers there does not speak the chat's protocol.")
        known = self._core.state.welcome
        if known is not None and known.server_id != first.server_id:
            raise LinkLost("Another server answers at this address now; it was told nothing.")
        believe(first)
        check_version(first)
        self._core.recall(person.expected_on(first.server_id))
        self._core.receive(frames)
        return first

    def _ping(self, now: float) -> None:
        """Show that we are here, and measure how long the answer takes."""
        answer: Future[PingResult] = self._core.ask(Ping, greeting=True)
        answer.add_done_callback(partial(self._measured, now))

    def _measured(self, asked: float, answer: Future[PingResult]) -> None:
        if answer.exception() is None:
            self._core.tell(LatencyMeasured(self._clock.monotonic() - asked))


def _end_of(goodbye: Goodbye) -> ChatError:
    """What a goodbye means for the connections to come."""
    if not goodbye.reconnect:
        return Hopeless(goodbye.message)
    return LinkLost(goodbye.message, (goodbye.retry_after_ms or 0) / 1000)
