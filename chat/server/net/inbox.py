"""What one link said and what of it may run next.

Values only: no lock, no decoding, no thread. Whoever shares one among threads holds the link's lock around
each call.
"""

from collections import deque
from collections.abc import Sequence
from enum import Enum, auto
from typing import NamedTuple

from chat.protocol.codec import BadLine
from chat.protocol.framing import FramingError
from chat.protocol.requests import AnyRequest
from chat.server.net.answers import Answers, Slot


class End(Enum):
    """Stands behind the last line: the client says no more."""

    END = auto()


Item = bytes | FramingError | End
"""What was received, in order."""

Asked = AnyRequest | BadLine | End
"""What an item turned out to be."""


class Held(NamedTuple):
    """Something asked that may have to wait before it begins."""

    asked: Asked
    pipelined: bool
    counted: bool = False
    """Whether it was counted on a budget, so that it is not counted again when it is held."""


class Inbox:
    """The items of one link and the one of them that waits for its turn.

    Args:
        answers: the requests of this link that are in flight.
        most_lines: full with so many items.
        most_bytes: full with so many bytes.
    """

    def __init__(self, answers: Answers, most_lines: int, most_bytes: int) -> None:
        self._answers = answers
        self._most_lines = most_lines
        self._most_bytes = most_bytes
        self._items: deque[Item] = deque()
        self._bytes = 0
        self._held: Held | None = None
        self._parked = False
        self._resumed = False
        self.waits = False
        """Whether nothing of this link may begin, since it was too hasty."""

    def add(self, items: Sequence[Item]) -> None:
        """Add what was received."""
        self._items.extend(items)
        self._bytes += sum(map(_size, items))

    @property
    def full(self) -> bool:
        """Whether so much waits that no more should be received."""
        return len(self._items) >= self._most_lines or self._bytes >= self._most_bytes

    @property
    def has_room(self) -> bool:
        """Whether it is time to receive again: half empty, so that reading does not stutter."""
        return len(self._items) * 2 <= self._most_lines and self._bytes * 2 <= self._most_bytes

    def ready(self) -> bool:
        """Return whether `take` would give something that may begin, as far as that is known unread."""
        if self._parked or self.waits:
            return False
        if self._held is not None:
            return self._answers.may_begin(pipelined=self._held.pipelined)
        return bool(self._items) and self._answers.may_begin(pipelined=True)

    def take(self) -> Item | Held:
        """Take what is next; only when `ready`."""
        if self._held is not None:
            held, self._held = self._held, None
            return held
        item = self._items.popleft()
        self._bytes -= _size(item)
        return item

    def begin(self, what: Held) -> Slot | None:
        """Take a slot for what was taken, or hold it until it may begin."""
        if not self._answers.may_begin(pipelined=what.pipelined):
            self._held = what
            return None
        self._resumed = False
        return self._answers.begin(pipelined=what.pipelined)

    def put_back(self, slot: Slot, what: Held) -> None:
        """Park: what began a moment ago found no room. It begins again after `resume`.

        Room may have come before this is called; then it is parked no more.
        """
        self._answers.withdraw(slot)
        self._held = what
        self._parked = not self._resumed

    def resume(self) -> None:
        """Note that there is room for what is parked."""
        self._resumed = True
        self._parked = False

    def clear(self) -> None:
        """Forget everything: nothing of this link runs any more."""
        self._items.clear()
        self._bytes = 0
        self._held = None
        self._parked = self.waits = False


def _size(item: Item) -> int:
    return len(item) if isinstance(item, bytes) else 0
