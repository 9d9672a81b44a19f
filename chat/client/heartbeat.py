"""When to say something so that the server knows of us, and when the server must be taken for dead.

Pure: times are given, on the monotonic clock. Belongs to the link's thread.
"""


class Heartbeat:
    """The silence of both sides on one link.

    Args:
        now: when the link began.
        seconds: say something at least this often.
        grace: how much longer the server may be silent than we.
    """

    def __init__(self, now: float, seconds: float, grace: float) -> None:
        self._seconds = seconds
        self._grace = grace
        self._said = now
        self._heard = now

    def said(self, now: float) -> None:
        """We said something."""
        self._said = now

    def heard(self, now: float) -> None:
        """Bytes came."""
        self._heard = now

    def ping_is_due(self, now: float) -> bool:
        """Whether we were silent for so long that a ping must be sent."""
        return now >= self._said + self._seconds

    def is_dead(self, now: float) -> bool:
        """Whether nothing came for so long that the link must be dead."""
        return now >= self._heard + self._seconds + self._grace

    def silence(self, now: float) -> float:
        """For how long nothing came."""
        return now - self._heard

    def next_look(self) -> float:
        """When to ask the two questions again."""
        return min(self._said + self._seconds, self._heard + self._seconds + self._grace)
