"""Requests from being made to being answered: they get ids, wait, are given up after a time, are repeated.

A request that changes a conversation has a `send_id`, so it is repeated once when the connection was lost
before its answer: the server does it once at most. All others fail with the connection. Pure but for the
clock; a part of the client's core, under whose lock every call is made.
"""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import count
from typing import Any

from chat.clock import Clock
from chat.errors import NoConnection
from chat.ids import new_send_id
from chat.protocol.asking import Change, Request
from chat.protocol.codes import Refused
from chat.protocol.replies import AnyReply
from chat.protocol.requests import AnyRequest, Send

REQUEST_SECONDS = 10.0
"""How long an answer may take."""


class Offline(NoConnection):
    """What was asked needs a connection, and there is none, or it was lost before the answer."""


class NoAnswer(NoConnection):
    """The server did not answer in time; what was asked may happen all the same."""


Outcome = AnyReply | Refused | NoConnection
"""An answer, a refusal, or why there is neither."""

Then = Callable[[Outcome], None]


@dataclass(slots=True)
class Unanswered:
    """A request that waits for its answer.

    Attributes:
        request: as it was sent.
        future: what the one who asked holds; None for what the client asks of its own accord.
        then: called once with the outcome, after the state has taken it in.
        deadline: until when the answer is waited for, on the monotonic clock.
        given_up: whether the one who asked was told that no answer came.
        repeated: whether it was sent a second time.
    """

    request: AnyRequest
    future: Future[Any] | None
    then: Then
    deadline: float
    given_up: bool = False
    repeated: bool = False

    @property
    def place(self) -> int:
        """Its place among all requests, in the order they were first sent."""
        return int(self.request.id)

    @property
    def may_be_repeated(self) -> bool:
        """Whether to send it again on the next connection; for `send` the outbox does that."""
        is_change = isinstance(self.request, Change) and not isinstance(self.request, Send)
        return is_change and not self.repeated and not self.given_up


class Requester:
    """All requests that wait: for being sent, for their answer, or for being repeated."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ids = count(1)
        self._outgoing: deque[AnyRequest] = deque()
        self._unanswered: dict[str, Unanswered] = {}
        self._cut: list[Unanswered] = []
        self._places: dict[str, int] = {}

    @property
    def busy(self) -> bool:
        """Whether an answer is still waited for, or something is to be repeated."""
        return bool(self._cut) or any(not waiting.given_up for waiting in self._unanswered.values())

    def new_send_id(self) -> str:
        """Name one change, unique for ever."""
        return new_send_id(int(self._clock.now().timestamp() * 1000))

    def send(
        self, request: type[Request], then: Then, fields: dict[str, Any], future: Future[Any] | None = None
    ) -> None:
        """Make a request, give it its ids, and let it wait to be sent and answered."""
        if issubclass(request, Change):
            fields.setdefault("send_id", self.new_send_id())
        frame: Any = request(id=str(next(self._ids)), **fields)
        self._wait_for(Unanswered(frame, future, then, deadline=0.0))

    def take_outgoing(self) -> list[AnyRequest]:
        """Give the requests to send now, in order."""
        outgoing = list(self._outgoing)
        self._outgoing.clear()
        return outgoing

    def answer_to(self, request_id: str | None) -> Unanswered | None:
        """An answer is here: give what it answers, even when that was given up."""
        return self._unanswered.pop(request_id, None) if request_id is not None else None

    def next_deadline(self) -> float | None:
        """When the next one is overdue, on the monotonic clock."""
        waiting = (each.deadline for each in self._unanswered.values() if not each.given_up)
        return min(waiting, default=None)

    def give_up(self) -> list[Unanswered]:
        """Mark and give those whose time is over; their answers are still understood when they come late."""
        now = self._clock.monotonic()
        overdue = [
            waiting
            for waiting in self._unanswered.values()
            if waiting.deadline <= now and not waiting.given_up
        ]
        for waiting in overdue:
            waiting.given_up = True
        return overdue

    def link_lost(self) -> list[Unanswered]:
        """Nothing will be answered on this link: give what fails by that; the rest is kept to be repeated."""
        waiting = list(self._unanswered.values())
        self._unanswered.clear()
        self._outgoing.clear()
        self._places = {
            each.request.send_id: each.place for each in waiting if isinstance(each.request, Change)
        }
        self._cut += [each for each in waiting if each.may_be_repeated]
        return [each for each in waiting if not each.may_be_repeated]

    def place_of(self, send_id: str) -> float:
        """Where a change stood among the requests of the last link; behind all when it was not sent there."""
        return self._places.get(send_id, float("inf"))

    def take_cut(self) -> list[Unanswered]:
        """Give what is to be repeated, in order; `send_again` each, or tell that it failed."""
        cut, self._cut = self._cut, []
        return cut

    def send_again(self, waiting: Unanswered) -> None:
        """Send a request once more, unchanged."""
        waiting.repeated = True
        self._wait_for(waiting)

    def _wait_for(self, waiting: Unanswered) -> None:
        waiting.deadline = self._clock.monotonic() + REQUEST_SECONDS
        self._unanswered[waiting.request.id] = waiting
        self._outgoing.append(waiting.request)
