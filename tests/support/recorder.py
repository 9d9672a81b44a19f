"""A listener that remembers what it was told, for tests to wait for."""

import threading
from collections.abc import Callable
from typing import TypeVar

from chat.client.changes import Change, EntriesAdded, LinkChanged, OutboxChanged, Phase, SendState
from chat.protocol.entries import AnyEntry, Message

C = TypeVar("C")

SECONDS = 5.0


class Recorder:
    """All changes so far; called on the client's thread, asked on the test's."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._changes: list[Change] = []
        self._fails_at: type[Change] | None = None
        self._then: Callable[[Change], None] = lambda _: None

    def __call__(self, change: Change) -> None:
        if self._fails_at is not None and isinstance(change, self._fails_at):
            raise ValueError("this listener fails")
        self._then(change)
        with self._changed:
            self._changes.append(change)
            self._changed.notify_all()

    def fail_at(self, kind: type[Change]) -> None:
        """Raise at every change of this kind from now on, instead of remembering it."""
        self._fails_at = kind

    def then(self, action: Callable[[Change], None]) -> None:
        """Do this too at every change from now on, before it is remembered."""
        self._then = action

    def all(self, kind: type[C]) -> list[C]:
        """All changes of a kind so far."""
        with self._changed:
            return [change for change in self._changes if isinstance(change, kind)]

    def wait(self, kind: type[C], where: Callable[[C], bool] = lambda _: True, seconds: float = SECONDS) -> C:
        """The first change of a kind for which `where` holds, as soon as it was told."""
        with self._changed:
            found: list[C] = []

            def is_there() -> bool:
                found[:] = [each for each in self._changes if isinstance(each, kind) and where(each)][:1]
                return bool(found)

            assert self._changed.wait_for(is_there, seconds), f"no such {kind.__name__}; {self._summary()}"
            return found[0]

    def wait_phase(self, phase: Phase, times: int = 1) -> LinkChanged:
        """The connection came to this phase so often."""
        with self._changed:

            def seen() -> list[LinkChanged]:
                return [c for c in self._changes if isinstance(c, LinkChanged) and c.phase is phase]

            assert self._changed.wait_for(lambda: len(seen()) >= times, SECONDS), self._summary()
            return seen()[times - 1]

    def _summary(self) -> str:
        """What was told, in short, for the message of a failure."""
        return "told were: " + ", ".join(
            change.phase.name if isinstance(change, LinkChanged) else type(change).__name__
            for change in self._changes
        )

    def wait_sent(self, send_id: str, state: SendState) -> OutboxChanged:
        """A message came to this state."""
        return self.wait(
            OutboxChanged, lambda change: change.item.send_id == send_id and change.item.state is state
        )

    def entries(self) -> list[AnyEntry]:
        """All entries told so far, in the order they were told."""
        return [entry for change in self.all(EntriesAdded) for entry in change.entries]

    def texts(self) -> list[str]:
        """The texts of all messages told so far."""
        return [entry.text for entry in self.entries() if isinstance(entry, Message)]
