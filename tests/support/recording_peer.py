"""A peer without a wire that keeps every line, in the order in which a link would send them."""

import threading

from chat.protocol.codes import CloseReason
from chat.server.state.session import Session


class RecordingPeer:
    """The other end of a session.

    Attributes:
        session: whose peer it is; set once.
        reason: why the server closed it.
        sentence: what more the person is told of that.
        resumed: how often it was told that there is room again.
        sends: how many times the writer handed it shared lines.
    """

    session: Session

    def __init__(self) -> None:
        self.reason: CloseReason | None = None
        self.sentence = ""
        self.resumed = 0
        self.sends = 0
        self._lock = threading.Lock()
        self._pushed: list[bytes] = []
        self._collected: list[bytes] = []
        self._sent: list[bytes] = []

    def push(self, line: bytes) -> None:
        with self._lock:
            if not self.session.closed:
                self._pushed.append(line)

    def stream(self, lines: bytes) -> bool:
        if self.session.closed:
            return False
        with self._lock:
            self.sends += 1
            self._sent += lines.splitlines(keepends=True)
        return True

    def resume(self) -> None:
        with self._lock:
            self.resumed += 1

    def close(self, reason: CloseReason, sentence: str = "") -> None:
        with self._lock:
            if self.reason is None:
                self.reason, self.sentence = reason, sentence
        self.session.closed = True

    # ------------------------------------------------------------------ the writer's turn, and the test

    def collect(self) -> None:
        """Take what was pushed before the shared lines of this turn."""
        with self._lock:
            self._collected += self._pushed
            self._pushed = []

    def release(self) -> bool:
        """Send what was collected, behind the shared lines; returns whether there was any."""
        with self._lock:
            any_sent = bool(self._collected)
            self._sent += self._collected
            self._collected = []
            return any_sent

    def take(self) -> list[bytes]:
        """Return the lines that were sent since the last look."""
        with self._lock:
            taken, self._sent = self._sent, []
            return taken
