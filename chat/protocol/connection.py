"""One side's view of one link: bytes to frames and back, each allowed in the link's state or refused.

Knows no socket and starts no thread. A client gives it all bytes by `receive_data`; a server whose threads
share the work uses the parts: `splitter` cuts on the thread that reads, `accept` and `emit` run wherever
frames are handled. Calls of `accept` and `emit` must not overlap: the owner of the link sees to that.
"""

from chat.protocol.answering import Reply
from chat.protocol.asking import Request
from chat.protocol.codec import BadLine, Frame, decode_request, decode_server_frame, encode
from chat.protocol.codes import ErrorCode
from chat.protocol.framing import FramingError, LineSplitter
from chat.protocol.lenient import newer_frame
from chat.protocol.states import FROM_CLIENT, LinkState, Role, kind_of, next_state

FRAMING_FAULTS_ALLOWED = 2
"""One framing fault more closes the link."""

OPENING = b"\n"
"""What a client sends first: an empty line tells the server that this link is not encrypted by TLS."""

WHY_NOT = {
    LinkState.WELCOME_AWAITED: "Wait for the server's welcome.",
    LinkState.GREETING: "Say hello first.",
    LinkState.OPEN: "This was said already on this link.",
    LinkState.CLOSING: "You asked to leave; nothing more is answered.",
    LinkState.CLOSED: "The link is closed.",
}
"""Why a client may not say something, by state."""


class Connection:
    """The protocol of one link, as one side of it speaks.

    Args:
        role: which side this is.
        line_bytes: the longest line taken from the other side, LF included; see also `splitter`.
        sends_line_bytes: the longest line the other side takes, LF included; may be set later.

    Attributes:
        state: how far the link has come.
        splitter: cuts the other side's bytes into lines; its `limit` may be raised after hello.
        framing_faults: lines so far that were no JSON object at all.
    """

    def __init__(self, role: Role, line_bytes: int, sends_line_bytes: int) -> None:
        self.role = role
        self.state = LinkState.WELCOME_AWAITED
        self.splitter = LineSplitter(line_bytes - 1)
        self.sends_line_bytes = sends_line_bytes
        self.framing_faults = 0

    @property
    def hopeless(self) -> bool:
        """Whether there were so many framing faults that the other side can't be speaking this protocol."""
        return self.framing_faults > FRAMING_FAULTS_ALLOWED

    def receive_data(self, data: bytes) -> list[Frame | BadLine]:
        """Take received bytes; give the frames they complete, and in its place each line that is none."""
        return [self._accepted(line) for line in self.splitter.feed(data)]

    def accept(self, line: bytes | FramingError) -> Frame:
        """Give the frame on a line from the other side and move to the state after it.

        Raises:
            BadLine: the line is no valid frame, or (`not_allowed_now`) none that may be said in this state.
        """
        if isinstance(line, FramingError):
            self.framing_faults += 1
            raise BadLine(line.code, framing=True)
        frame = self._decoded(line)
        self._move(frame)
        return frame

    def emit(self, frame: Frame) -> bytes:
        """Give the line for a frame of this side and move to the state after it.

        Raises:
            BadLine: the line would be longer than the other side takes, or the frame may not be said in this
                state; nothing has moved.
            ValueError: this side never says such a frame.
        """
        if (kind_of(frame) in FROM_CLIENT) is not (self.role is Role.CLIENT):
            raise ValueError(f"a {self.role.name.lower()} never says {type(frame).__name__}")
        line = encode(frame)
        if len(line) > self.sends_line_bytes:
            raise BadLine(
                ErrorCode.LINE_TOO_LONG,
                f"This takes {len(line)} bytes, and a line may have {self.sends_line_bytes}; shorten it.",
                request_id=_id_of(frame),
            )
        self._move(frame)
        return line

    def _accepted(self, line: bytes | FramingError) -> Frame | BadLine:
        try:
            return self.accept(line)
        except BadLine as bad:
            return bad

    def _decoded(self, line: bytes) -> Frame:
        try:
            return decode_request(line) if self.role is Role.SERVER else decode_server_frame(line)
        except BadLine as bad:
            self.framing_faults += bad.framing
            newer = newer_frame(line) if self.role is Role.CLIENT else None
            if newer is None:
                raise
            return newer

    def _move(self, frame: Frame) -> None:
        """Go to the state after the frame, or refuse it."""
        kind = kind_of(frame)
        state = next_state(self.state, kind)
        if state is None:
            why = WHY_NOT[self.state] if kind in FROM_CLIENT else "A server can't say this now."
            raise BadLine(ErrorCode.NOT_ALLOWED_NOW, why, request_id=_id_of(frame))
        self.state = state


def _id_of(frame: Frame) -> str | None:
    return frame.id if isinstance(frame, Request | Reply) else None
