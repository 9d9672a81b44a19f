"""What waits to be sent to one client: pieces of bytes that are shared with others, and a position.

Values only: no lock, no socket. Belongs to the writer's thread.
"""

from collections import deque
from itertools import islice

KEPT_WHOLE = 16 * 1024
"""How many bytes from the position on a wire may hold half sent and must get again, the same ones."""


class Outbox:
    """A queue of bytes of which none is copied before it is sent.

    Args:
        join_bytes: small pieces are joined up to this size, so that one call of the system sends them.

    Attributes:
        size: bytes that wait.
    """

    __slots__ = ("_join_bytes", "_pieces", "_position", "size")

    def __init__(self, join_bytes: int) -> None:
        self._join_bytes = join_bytes
        self._pieces: deque[bytes] = deque()
        self._position = 0
        self.size = 0

    def add(self, piece: bytes) -> None:
        """Put a piece behind the others."""
        self._pieces.append(piece)
        self.size += len(piece)

    def front(self) -> bytes | memoryview:
        """Return what to send next: one piece or the rest of one, or several small ones joined."""
        pieces = self._pieces
        if len(pieces) == 1 and not self._position:  # nearly always
            return pieces[0]
        if not pieces:
            return b""
        first = memoryview(pieces[0])[self._position :]
        if len(pieces) == 1 or len(first) >= self._join_bytes:
            return first
        parts: list[bytes | memoryview] = [first]
        size = len(first)
        for piece in islice(pieces, 1, None):
            size += len(piece)
            if size > self._join_bytes:
                break
            parts.append(piece)
        return b"".join(parts) if len(parts) > 1 else first

    def sent(self, count: int) -> None:
        """Drop so many bytes from the front."""
        if count == self.size:  # nearly always
            self.clear()
            return
        self.size -= count
        count += self._position
        pieces = self._pieces
        while pieces and count >= len(pieces[0]):
            count -= len(pieces.popleft())
        self._position = count

    def abandon(self) -> None:
        """Drop all but what a wire may hold half sent, up to the end of a line: what is added then is whole.

        Pieces end with a line.
        """
        kept = bytearray()
        start = self._position
        for piece in self._pieces:
            missing = KEPT_WHOLE - len(kept)
            if missing <= 0:
                break
            end = piece.find(b"\n", start + missing - 1) + 1 or len(piece)
            kept += memoryview(piece)[start:end]
            start = 0
        self._pieces = deque([bytes(kept)] if kept else [])
        self._position = 0
        self.size = len(kept)

    def clear(self) -> None:
        """Drop everything: nothing can be sent any more."""
        self._pieces.clear()
        self._position = 0
        self.size = 0
