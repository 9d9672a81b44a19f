"""Frames over a wire: what the link's thread uses while there is a connection.

Sends and receives without ever waiting for more than the next event, and gives frames whose texts are clean.
Knows neither what frames mean nor why they are sent. Used by the link's thread alone: one thread does all the
work on a wire, so nothing needs a lock and a wire that encrypts can write in order to read.
"""

import errno
import selectors

from chat.client.clean import clean, needs_cleaning
from chat.client.waker import Waker
from chat.errors import NoConnection
from chat.protocol.codec import BadLine, Frame
from chat.protocol.codes import ErrorCode
from chat.protocol.connection import OPENING, Connection
from chat.protocol.framing import FramingError
from chat.protocol.records import Limits
from chat.protocol.requests import AnyRequest
from chat.protocol.states import Role
from chat.transport.wire import Wire

LINE_BYTES = 64 * 1024
"""The longest line taken or sent before the server told its limits."""

_LINE_BYTES_AT_MOST = 1024 * 1024  # no server can make this client keep more of an unfinished line
_RECEIVE_BYTES = 64 * 1024
_RECEIVES_A_TURN = 16
_SEND_BYTES = 16 * 1024


class LinkLost(NoConnection):
    """The connection ended or never came to more than bytes; a new one may be tried.

    Attributes:
        retry_seconds: how long the server asks to wait before that.
        silent_seconds: for how long nothing had been heard when that was noticed, if that is why.
    """

    def __init__(self, sentence: str, retry_seconds: float = 0.0, *, silent_seconds: float = 0.0) -> None:
        super().__init__(sentence)
        self.retry_seconds = retry_seconds
        self.silent_seconds = silent_seconds


class FrameStream:
    """One connection to a server, from the client's side.

    Attributes:
        connection: the protocol's core.
        heard: whether the last turn brought any bytes.
    """

    def __init__(self, wire: Wire, waker: Waker) -> None:
        self.connection = Connection(Role.CLIENT, LINE_BYTES, LINE_BYTES)
        self.heard = False
        self._wire = wire
        self._waker = waker
        self._unsent = bytearray(OPENING)
        self._slice = b""  # what the wire was offered last: it must be offered the same again
        self._may_hold_more = False
        self._broken: OSError | None = None

    def say(self, request: AnyRequest) -> None:
        """Send a request with the next turns.

        Raises:
            BadLine: it is too long, or not allowed now.
        """
        self._unsent += self.connection.emit(request)

    def use_limits(self, limits: Limits, before_hello: bool) -> None:
        """Keep to what the server takes."""
        longest = limits.line_bytes_before_hello if before_hello else limits.line_bytes
        self.connection.sends_line_bytes = longest
        self.connection.splitter.limit = min(max(LINE_BYTES, limits.line_bytes), _LINE_BYTES_AT_MOST) - 1

    @property
    def drained(self) -> bool:
        """Whether all that was said has left."""
        return not self._unsent and not self._slice

    def turn(self, seconds: float | None) -> list[Frame | BadLine]:
        """Send what is to be sent, wait for something to come at most that long, and give what came.

        Gives nothing when it was woken, when time is over, or when a line is not complete yet.

        Raises:
            LinkLost: the stream ended or broke, or what comes is not this protocol.
        """
        self.heard = False
        self._write()
        events = selectors.EVENT_READ
        if not self.drained or self._wire.wants_write:
            events |= selectors.EVENT_WRITE
        try:
            ready, _ = self._waker.wait(self._wire, events, 0.0 if self._may_hold_more else seconds)
            if ready & selectors.EVENT_WRITE:
                self._wire.flush()
        except OSError as error:
            self._breaks(error)
        self._write()
        return self._read() if ready or self._may_hold_more else []

    def close(self) -> None:
        """End the connection."""
        self._wire.close()

    def _write(self) -> None:
        """Send as much as goes now."""
        while not self.drained:
            if not self._slice:
                self._slice = bytes(self._unsent[:_SEND_BYTES])
                del self._unsent[:_SEND_BYTES]
            try:
                sent = self._wire.send(self._slice)
            except OSError as error:
                self._breaks(error)
                return
            if not sent:
                return
            self._slice = self._slice[sent:]

    def _read(self) -> list[Frame | BadLine]:
        """Take what is there, bounded, so that a flood does not hold the thread."""
        frames: list[Frame | BadLine] = []
        self._may_hold_more = True
        for _ in range(_RECEIVES_A_TURN):
            data = self._receive()
            if data is None:
                self._may_hold_more = self._broken is not None
                break
            if not data:
                break
            self.heard = True
            frames += [self._frame(line) for line in self.connection.splitter.feed(data)]
        if self._broken is not None and not frames:  # what came last counts first, a goodbye above all
            raise LinkLost(f"The connection broke: {self._broken.strerror or self._broken}.")
        return frames

    def _receive(self) -> bytes | None:
        """Bytes, None for nothing now, or nothing at all at the end."""
        try:
            data = self._wire.receive(_RECEIVE_BYTES)
        except OSError as error:
            self._breaks(error)
            return b""
        if data == b"":
            self._breaks(ConnectionResetError(errno.ECONNRESET, "the server closed it"))
        return data

    def _breaks(self, error: OSError) -> None:
        """Remember what broke first, and send nothing more."""
        self._broken = self._broken or error
        self._may_hold_more = True
        self._unsent.clear()
        self._slice = b""

    def _frame(self, line: bytes | FramingError) -> Frame | BadLine:
        try:
            frame = self.connection.accept(line)
        except BadLine as bad:
            if bad.framing or bad.code is ErrorCode.NOT_ALLOWED_NOW:
                raise LinkLost("What answers there does not speak the chat's protocol.") from None
            return bad
        return clean(frame) if isinstance(line, bytes) and needs_cleaning(line) else frame
