"""Replies in the order of their requests, and how many requests of one link may be in flight.

Values only: no lock, no bytes sent. Whoever shares one among threads holds the link's lock around each call.
"""

from collections import deque


class Slot:
    """The place of one reply."""

    __slots__ = ("done", "line")

    def __init__(self) -> None:
        self.line: bytes | None = None
        """The reply, once it is known."""
        self.done = False
        """Whether it was answered or withdrawn: what comes later is dropped."""


class Answers:
    """The slots of one link's requests in flight.

    Up to `most` pipelined ones may be in flight together; any other request is alone.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._slots: deque[Slot] = deque()
        self._alone = False

    def __len__(self) -> int:
        """How many requests are in flight."""
        return len(self._slots)

    def may_begin(self, *, pipelined: bool) -> bool:
        """Return whether a request may begin now."""
        if not self._slots:
            return True
        return pipelined and not self._alone and len(self._slots) < self._most

    def begin(self, *, pipelined: bool) -> Slot:
        """Take the next slot; only when `may_begin`."""
        assert self.may_begin(pipelined=pipelined)
        slot = Slot()
        self._slots.append(slot)
        self._alone = not pipelined
        return slot

    def answer(self, slot: Slot, line: bytes) -> list[bytes]:
        """Note a reply; returns the replies that are due now, in order.

        A slot is answered once: later replies to it are dropped.
        """
        if slot.done:
            return []
        slot.done = True
        slot.line = line
        due: list[bytes] = []
        while self._slots and (first := self._slots[0].line) is not None:
            due.append(first)
            self._slots.popleft()
        return due

    def withdraw(self, slot: Slot) -> None:
        """Give the newest slot back: its request did not begin after all."""
        if not slot.done:
            slot.done = True
            self._slots.remove(slot)
