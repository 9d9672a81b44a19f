"""From published entries to the sessions that get them: one pending list per conversation.

An entry is appended once, as bytes, whoever reads it. The writer's thread swaps the list, joins it once
and gives every session of the audience the same bytes. The audience changes only where the writer meets a
fence in the list, so a joiner's stream starts exactly after the entry its reply names. Knows no socket.
"""

from collections import deque
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import NamedTuple

from chat.ids import DeviceId
from chat.server.state.locks import Rank, RankedCondition, RankedLock
from chat.server.state.session import Session

TURN_BYTES = 256 * 1024
"""How much of one stream goes out in one turn of the writer, so that others have theirs."""


class Fence(NamedTuple):
    """A place in a stream from which on a session belongs to the audience, or does no more."""

    session: Session
    enters: bool
    line: bytes = b""
    """What tells the session so, when no reply does: sent to it alone, exactly here."""


Item = bytes | Fence
"""What stands in a stream: a line, or a fence."""


class Stream:
    """The pending list and the audience of one conversation, or of everybody."""

    __slots__ = ("_bytes", "_lock", "_pending", "audience")

    def __init__(self) -> None:
        self._lock = RankedLock(Rank.PENDING)
        self._pending: deque[Item] = deque()
        self._bytes = 0
        self.audience: dict[DeviceId, Session] = {}
        """Read and changed by the writer's thread only. By device, so that a new session takes the old one's
        place and reconnecting leaves nothing behind."""

    def extend(self, items: Sequence[Item], size: int, dirty: "SimpleQueue[Stream]") -> None:
        """Add items with so many bytes of lines to the list, and the stream to `dirty` if the list was empty.

        Both under the lock: whoever returns from here may rely on the next turn finding the items.
        """
        with self._lock:
            if not self._pending:
                dirty.put(self)
            self._pending.extend(items)
            self._bytes += size

    def take(self, limit: int) -> tuple[list[Item], bool, int]:
        """Take from the front until the bytes reach the limit.

        Also returns whether anything is left, and how many bytes that is.
        """
        with self._lock:
            if self._bytes <= limit:
                taken = list(self._pending)
                self._pending.clear()
                self._bytes = 0
                return taken, False, 0
            return self._take_part(limit), True, self._bytes

    def _take_part(self, limit: int) -> list[Item]:
        taken: list[Item] = []
        size = 0
        while size < limit:
            item = self._pending.popleft()
            taken.append(item)
            size += _size(item)
        self._bytes -= size
        return taken


class Fanout:
    """All streams that have something pending, and how much that is."""

    def __init__(self, wake: Callable[[], None]) -> None:
        """`wake` is called, on any thread, when the writer has something to do."""
        self.wake = wake
        self._dirty: SimpleQueue[Stream] = SimpleQueue()
        self._room = RankedCondition(Rank.QUEUE)
        self._backlog = 0
        self.everyone = Stream()
        """What every session gets: nicks and statuses."""

    def append(self, stream: Stream, line: bytes) -> None:
        """Publish a line to a stream, and wake the writer."""
        self.extend(stream, [line])
        self.wake()

    def fence(self, stream: Stream, session: Session, *, enters: bool) -> None:
        """Let a session into the audience, or out of it, exactly here in the stream; wakes the writer."""
        self.extend(stream, [Fence(session, enters)])
        self.wake()

    def extend(self, stream: Stream, items: Sequence[Item]) -> None:
        """Add lines and fences to a stream in one step, under the conversation's lock.

        The writer is not woken: call `wake` once that lock is given back, since waking may be I/O.
        """
        if not items:
            return
        size = sum(map(_size, items))
        if size:
            with self._room:
                self._backlog += size
        stream.extend(items, size, self._dirty)

    def wait_for_room(self, limit: int, seconds: float) -> bool:
        """Wait until less than `limit` bytes are pending in all streams; returns whether that is so."""
        with self._room:
            return self._room.wait_for(lambda: self._backlog < limit, seconds)

    @property
    def backlog(self) -> int:
        """How many bytes are pending in all streams."""
        with self._room:
            return self._backlog

    def deliver(self) -> int:
        """Give the sessions what is pending; one turn of the writer's thread.

        Returns how many more turns it takes to deliver what is pending now: whatever was appended before this
        call is delivered after so many; 0 when nothing is left.
        """
        unfinished: list[Stream] = []
        turns = 0
        for _ in range(self._dirty.qsize()):  # what becomes dirty meanwhile wakes the writer again
            stream = self._dirty.get_nowait()
            items, more, left = stream.take(TURN_BYTES)
            if more:
                unfinished.append(stream)
                turns = max(turns, 1, -(-left // TURN_BYTES))  # rounded up; fences alone take a turn too
            self._deliver(stream, items)
        for stream in unfinished:
            self._dirty.put(stream)
        return turns

    def _deliver(self, stream: Stream, items: list[Item]) -> None:
        """Hand out runs of lines, and move the audience at the fences between them."""
        run: list[bytes] = []
        for item in items:
            if isinstance(item, bytes):
                run.append(item)
                continue
            self._hand_out(stream, run)
            run = []
            _pass(stream, item)
        self._hand_out(stream, run)

    def _hand_out(self, stream: Stream, run: list[bytes]) -> None:
        if not run:
            return
        lines = b"".join(run)
        gone = [device for device, session in stream.audience.items() if not session.peer.stream(lines)]
        for device in gone:
            del stream.audience[device]
        with self._room:
            self._backlog -= len(lines)
            self._room.notify_all()


def _size(item: Item) -> int:
    return len(item) if isinstance(item, bytes) else 0


def _pass(stream: Stream, fence: Fence) -> None:
    """Move the audience at a fence; one for a dead session adds nobody."""
    session = fence.session
    if not fence.enters and stream.audience.get(session.device) is session:
        del stream.audience[session.device]
    if session.closed or (fence.line and not session.peer.stream(fence.line)):
        return
    if fence.enters:
        stream.audience[session.device] = session
