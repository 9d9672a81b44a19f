"""A wire without a socket: takes what a test says, and keeps what it took."""


class RecordingWire:
    """A `Wire`.

    Attributes:
        incoming: what the next calls of `receive` give; None once it is empty.
        closed: whether it was closed, at which time nothing was incoming any more.
        takes: how many bytes the next sends take; everything once it is empty.
        calls: what each send took, nothing left out.
        given: the objects that were given to `send`.
        owes: how many times it must be flushed before anything can be sent.
        flushes: how often it was.
        broken: whether every call fails.
    """

    def __init__(self) -> None:
        self.incoming: list[bytes] = []
        self.closed = False
        self.takes: list[int] = []
        self.calls: list[bytes] = []
        self.given: list[bytes | memoryview] = []
        self.owes = 0
        self.flushes = 0
        self.broken = False

    def fileno(self) -> int:
        return -1

    @property
    def wants_write(self) -> bool:
        return self.owes > 0

    def receive(self, size: int) -> bytes | None:
        if self.broken:
            raise ConnectionResetError
        return self.incoming.pop(0) if self.incoming else None

    def send(self, data: bytes | memoryview) -> int:
        if self.broken:
            raise ConnectionResetError
        if self.owes:
            return 0
        self.given.append(data)
        count = min(len(data), self.takes.pop(0)) if self.takes else len(data)
        if count:
            self.calls.append(bytes(data[:count]))
        return count

    def flush(self) -> None:
        self.flushes += 1
        self.owes = max(0, self.owes - 1)

    def close(self) -> None:
        assert not self.incoming, "bytes that nobody took reset the connection"
        self.closed = True
