"""How long one must wait still before one may speak again in channels in slow mode.

Counted from one's own last message there, by this machine's clock; where the server says more, that counts.
The screen's thread.
"""

from collections.abc import Iterable

from chat.client.changes import OutboxItem, SendState
from chat.clock import Clock
from chat.protocol.entries import AnyEntry, Message
from chat.protocol.records import Conversation


class Slowness:
    """By conversation."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._spoke: dict[str, float] = {}
        self._held: dict[str, float] = {}

    def heard(self, entries: Iterable[AnyEntry], me: str, *, live: bool) -> None:
        """Take entries; of those from history it counts how old they are."""
        for entry in entries:
            if isinstance(entry, Message) and entry.user == me:
                age = 0.0 if live else (self._clock.now() - entry.timestamp).total_seconds()
                spoke = self._clock.monotonic() - max(0.0, age)
                self._spoke[entry.conversation] = max(spoke, self._spoke.get(entry.conversation, spoke))

    def refused(self, item: OutboxItem, conversation: str) -> None:
        """Take how long the server wants a message to wait that was said in a conversation."""
        if item.state is SendState.WAITING and item.wait_seconds:
            self._held[conversation] = self._clock.monotonic() + item.wait_seconds

    def left(self, record: Conversation, queued: int = 0) -> float:
        """Return the seconds until one may speak again; 0 for now, and where there is no slow mode.

        `queued` is how many messages to it wait for the same, which go out before.
        """
        if not record.mode.slow_seconds:
            return 0.0
        never = float("-inf")
        may = self._spoke.get(record.conversation, never) + record.mode.slow_seconds
        left = max(may, self._held.get(record.conversation, never)) - self._clock.monotonic()
        return left + queued * record.mode.slow_seconds if left > 0 else 0.0
