"""A client that is nothing but a socket: tests say lines by it and read the server's, each one validated.

Both what it says and what it reads is held against the published schema; malformed lines go out by
`send_line` and `send_bytes`. It knows no chat: no timeline, no reconnecting. One thread at a time may use it.
"""

import itertools
import select
import socket
import ssl
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar

import msgspec

from chat.deadline import Deadline
from chat.ids import new_token
from chat.protocol.answering import Reply
from chat.protocol.codec import VERSION, ServerFrame, decode_server_frame, encode
from chat.protocol.connection import OPENING
from chat.protocol.events import Goodbye, Welcome
from chat.protocol.replies import AnyReply, HelloResult, PingResult, SyncResult
from chat.protocol.requests import AnyRequest, Hello, Ping, Sync
from chat.transport.tls import unverified_context
from tests.support.schema import validate_client_line, validate_server_line

PATIENCE_SECONDS = 5.0
"""How long a test waits for a line before it fails."""

_PIECE = 64 * 1024
_F = TypeVar("_F", bound=msgspec.Struct)


class WireClient:
    """One link to a server under test.

    Args:
        address: host and port.
        opening: what is sent at once; a plain client begins with an empty line, an encrypted one not.
        encrypt: whether to talk TLS, with anybody.
        receive_buffer: SO_RCVBUF, set before connecting, to make a reader whose buffers are full soon.
        patience: seconds until a missing line fails the test.

    Attributes:
        frames: every frame that was read, in order.
        socket: the socket itself, for tests that mistreat it.
    """

    def __init__(
        self,
        address: tuple[str, int],
        *,
        opening: bytes | None = None,
        encrypt: bool = False,
        receive_buffer: int | None = None,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self.patience = patience
        self.frames: list[ServerFrame] = []
        self._begun = bytearray()
        self._ids = itertools.count(1)
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.socket: socket.socket = socket.socket(family, socket.SOCK_STREAM)
        try:
            if receive_buffer is not None:
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            self.socket.settimeout(patience)
            self.socket.connect(address)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if encrypt:
                self.socket = unverified_context().wrap_socket(self.socket)
            self.socket.sendall((b"" if encrypt else OPENING) if opening is None else opening)
        except BaseException:
            self.socket.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Hang up without a word."""
        self.socket.close()

    # ------------------------------------------------------------------ saying

    def new_id(self) -> str:
        """A request id that this client did not use yet."""
        return f"r{next(self._ids)}"

    def send(self, frame: AnyRequest | Mapping[str, Any]) -> None:
        """Say a request, which must be one that the schema knows."""
        line = msgspec.json.encode(frame)
        validate_client_line(line)
        self.send_line(line)

    def send_line(self, line: bytes) -> None:
        """Say a line, whatever it holds, malformed or not; its LF is added."""
        self.send_bytes(line + b"\n")

    def send_bytes(self, data: bytes) -> None:
        """Say these bytes."""
        self.socket.settimeout(self.patience)
        self.socket.sendall(data)

    # ------------------------------------------------------------------ reading

    def read(self) -> ServerFrame:
        """Return the next frame.

        Raises:
            AssertionError: none came in time, the server hung up, or the line is off the schema or holds a
                field that the protocol does not know.
        """
        line = self.read_line()
        validate_server_line(line)
        frame = decode_server_frame(line)
        assert encode(frame) == line + b"\n", f"the server said more than the protocol knows: {line!r}"
        self.frames.append(frame)
        return frame

    def read_line(self) -> bytes:
        """Return the next line without its LF, not validated; raises as `read` does."""
        deadline = Deadline(self.patience)
        while (end := self._begun.find(b"\n")) < 0:
            data = self._receive(deadline)
            assert data, f"the server hung up after {bytes(self._begun)!r}"
            self._begun += data
        line = bytes(self._begun[:end])
        del self._begun[: end + 1]
        return line

    def read_until(self, wanted: Callable[[ServerFrame], bool]) -> ServerFrame:
        """Return the first frame that is wanted; those before it are in `frames`. Raises as `read` does."""
        while not wanted(frame := self.read()):
            pass
        return frame

    def expect(self, kind: type[_F]) -> _F:
        """Return the next frame, which must be of this type."""
        frame = self.read()
        assert isinstance(frame, kind), f"wanted {kind.__name__}, got {frame}"
        return frame

    def wait_for(self, kind: type[_F]) -> _F:
        """Return the next frame of this type; others before it are in `frames`."""
        frame = self.read_until(lambda frame: isinstance(frame, kind))
        assert isinstance(frame, kind)
        return frame

    def read_to_end(self) -> bytes:
        """Return all bytes until the server hangs up, not validated; a reset counts as its end."""
        deadline = Deadline(self.patience)
        try:
            while data := self._receive(deadline):
                self._begun += data
        except ConnectionError:
            pass
        rest = bytes(self._begun)
        self._begun.clear()
        return rest

    def has_more(self) -> bool:
        """Return whether anything arrived that was not read yet, without waiting for it."""
        if self._begun or (isinstance(self.socket, ssl.SSLSocket) and self.socket.pending()):
            return True
        return bool(select.select([self.socket], [], [], 0)[0])

    def goodbye(self) -> Goodbye:
        """Read on to the server's goodbye, after which it must hang up; returns it."""
        frame = self.wait_for(Goodbye)
        assert self.read_to_end() == b"", "something followed the goodbye"
        return frame

    # ------------------------------------------------------------------ asking

    def ask(self, request: AnyRequest) -> AnyReply:
        """Say a request and return its reply; frames before it are in `frames`."""
        self.send(request)
        return self.reply_to(request.id)

    def reply_to(self, request_id: str) -> AnyReply:
        """Read on to the reply to a request."""
        frame = self.read_until(lambda frame: isinstance(frame, Reply) and frame.id == request_id)
        assert isinstance(frame, Reply)
        return frame

    def barrier(self) -> None:
        """Return when everything that was asked before is answered, and every entry before it is read."""
        reply = self.ask(Ping(id=self.new_id()))
        assert isinstance(reply, PingResult), reply

    def hello(self, nick: str, token: str | None = None, *, new: bool = True, code: str = "") -> HelloResult:
        """Read the welcome and say who is here; without a token as a new device, with a code as its user."""
        self.wait_for(Welcome)
        reply = self.ask(
            Hello(
                id=self.new_id(),
                version_min=VERSION,
                version_max=VERSION,
                nick=nick,
                token=token or new_token(),
                new=new,
                code=code,
            )
        )
        assert isinstance(reply, HelloResult), reply
        return reply

    def sync(self) -> list[SyncResult]:
        """Ask for the state of all conversations, page by page."""
        pages: list[SyncResult] = []
        after = ""
        while not pages or after:
            page = self.ask(Sync(id=self.new_id(), after=after))
            assert isinstance(page, SyncResult), page
            pages.append(page)
            after = page.next
        return pages

    def _receive(self, deadline: Deadline) -> bytes:
        left = deadline.remaining()
        assert left > 0, f"no line within {self.patience:g} s after {bytes(self._begun)!r}"
        self.socket.settimeout(left)
        try:
            return self.socket.recv(_PIECE)
        except TimeoutError:
            raise AssertionError(
                f"no line within {self.patience:g} s after {bytes(self._begun)!r}, last {self.frames[-1:]}"
            ) from None
