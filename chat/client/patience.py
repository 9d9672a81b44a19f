"""What a client asks for of its own accord and was too much at once is asked for again after the wait.

Nobody else would: no person waits for it, and what it brings would stay away. Pure but for `ask`, which it is
given; a part of the client's core, under whose lock every call is made.
"""

from typing import NamedTuple, Protocol

from chat.client.requester import Outcome, Then
from chat.protocol.asking import Request
from chat.protocol.codes import ERRORS, Refused

RETRY_SECONDS = 1.0
"""How long to wait after a refusal that names no wait."""


class Ask(Protocol):
    """Sends a request of the client's own; `then` gets the outcome after the state has taken it in."""

    def __call__(self, request: type[Request], then: Then, **fields: object) -> None:
        """`fields` are those of the request, without its ids."""


class _Later(NamedTuple):
    request: type[Request]
    then: Then
    fields: dict[str, object]


class Patience:
    """Asks until there is an answer that asking again would not change, or no connection any more."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._later: list[_Later] = []
        self._wait = 0.0
        self._not_before: float | None = None

    def ask(self, request: type[Request], then: Then, **fields: object) -> None:
        """Send a request; `then` gets its last outcome."""

        def answered(outcome: Outcome) -> None:
            if isinstance(outcome, Refused) and ERRORS[outcome.code].retryable:
                ms = outcome.retry_after_ms
                self._wait = max(self._wait, RETRY_SECONDS if ms is None else ms / 1000)
                self._later.append(_Later(request, then, fields))
            else:
                then(outcome)

        self._ask(request, answered, **fields)

    def pump(self, now: float) -> None:
        """Ask again for what may be asked again by now; to be called behind every answer."""
        if not self._later:
            return
        if self._not_before is None or self._wait:
            self._not_before = max(self._not_before or now, now + self._wait)
            self._wait = 0.0
        if now >= self._not_before:
            self._not_before = None
            later, self._later = self._later, []
            for request, then, fields in later:
                self.ask(request, then, **fields)

    def next_try(self) -> float | None:
        """When to pump again, on the monotonic clock."""
        return self._not_before

    def link_lost(self) -> None:
        """Everything is asked for anew on the next connection."""
        self._later.clear()
        self._wait = 0.0
        self._not_before = None
