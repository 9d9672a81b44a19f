"""A server that does exactly what a test says, on a real socket of this machine.

The test is the server: it accepts, says frames, and expects requests, each with a deadline. Nothing happens
behind its back, so it has no thread.
"""

import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from types import TracebackType
from typing import IO, TypeVar

from chat.protocol.asking import Request
from chat.protocol.codec import Frame, decode_request, encode
from chat.protocol.codes import CLOSES, ERRORS, CloseReason, ErrorCode
from chat.protocol.entries import AnyEntry
from chat.protocol.events import Goodbye
from chat.protocol.records import Conversation, User
from chat.protocol.replies import (
    Error,
    HelloResult,
    HistoryResult,
    PingResult,
    QuitResult,
    SendResult,
    SyncResult,
)
from chat.protocol.requests import AnyRequest, Hello, History, Ping, Quit, Send, Sync
from chat.transport.address import Address
from tests.support.frames import WHEN, user, welcome
from tests.support.schema import validate_client_line, validate_server_line

SECONDS = 5.0

R = TypeVar("R", bound=Request)


class _Unmasked(BytesIO):
    """Lines of a socket whose bytes are masked."""

    def __init__(self, sock: socket.socket, mask: Callable[[bytes], bytes]) -> None:
        super().__init__()
        self._sock = sock
        self._unmask = mask

    def readline(self, size: int | None = -1, /) -> bytes:
        line = b""
        while not line.endswith(b"\n") and (byte := self._sock.recv(1)):
            line += self._unmask(byte)
        return line


class ScriptedLink:
    """The server's end of one connection."""

    def __init__(self, sock: socket.socket, seconds: float = SECONDS) -> None:
        sock.settimeout(seconds)
        self.sock = sock
        self._lines: IO[bytes] = sock.makefile("rb")
        self._mask: Callable[[bytes], bytes] = bytes

    def say(self, *frames: Frame) -> None:
        """Send frames, in one piece; the schema must know them all. Anything else goes by `say_bytes`."""
        lines = [encode(frame) for frame in frames]
        for line in lines:
            validate_server_line(line)
        self.say_bytes(b"".join(lines))

    def say_bytes(self, data: bytes) -> None:
        """Send anything."""
        self.sock.sendall(self._mask(data))

    def unmask_by(self, mask: Callable[[bytes], bytes]) -> None:
        """Mask all that is said and heard from here on, byte for byte."""
        self._mask = mask
        self._lines = _Unmasked(self.sock, mask)

    def hear(self) -> AnyRequest:
        """The next request; fails when none comes in time, or one that the schema does not know."""
        while (line := self._lines.readline()) == b"\n":
            continue
        assert line, "the client closed the connection"
        validate_client_line(line)
        return decode_request(line.rstrip(b"\n"))

    def expect(self, kind: type[R]) -> R:
        """The next request, which must be of that kind."""
        request = self.hear()
        assert isinstance(request, kind), request
        return request

    def greet(self, *conversations: Conversation, me: User | None = None, **welcome_fields: object) -> Hello:
        """Say welcome, accept hello, and tell the conversations; give the hello."""
        self.say(welcome(**welcome_fields))
        hello = self.expect(Hello)
        self.say(HelloResult(id=hello.id, version=1, user=me or user(hello.nick), device="d1"))
        self.say(SyncResult(id=self.expect(Sync).id, conversations=conversations))
        return hello

    def store(self, request: Send, number: int, where: str = "c-general") -> None:
        """Answer a send as stored."""
        self.say(
            SendResult(
                id=request.id,
                conversation=where,
                number=number,
                timestamp=WHEN,
                text=request.text,
                send_id=request.send_id,
            )
        )

    def refuse(self, request: Request, code: ErrorCode, retry_after_ms: int | None = None) -> None:
        """Answer with an error."""
        rule = ERRORS[code]
        self.say(
            Error(
                id=request.id,
                code=code,
                message=rule.meaning,
                retryable=rule.retryable,
                retry_after_ms=retry_after_ms,
            )
        )

    def give_history(
        self, request: History, entries: tuple[AnyEntry, ...], last: int, first: int = 1
    ) -> None:
        """Answer a request for history."""
        self.say(
            HistoryResult(id=request.id, conversation=request.target, entries=entries, first=first, last=last)
        )

    def give_ping(self) -> None:
        """Expect a ping and answer it."""
        self.say(PingResult(id=self.expect(Ping).id, time=WHEN))

    def goodbye(self, reason: CloseReason) -> None:
        """Say goodbye and close."""
        rule = CLOSES[reason]
        self.say(
            Goodbye(
                reason=reason, message=rule.meaning, reconnect=rule.reconnect, retry_after_ms=rule.wait_ms
            )
        )
        self.close()

    def expect_quit(self) -> None:
        """Expect a quit, answer it and close."""
        self.say(QuitResult(id=self.expect(Quit).id))
        self.goodbye(CloseReason.QUIT)

    def expect_end(self) -> None:
        """The client closes without another word."""
        while (line := self._lines.readline()) == b"\n":
            continue
        assert line == b"", line

    def cut(self) -> None:
        """End the connection the hard way, as a network does."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self) -> None:
        """End the connection."""
        self._lines.close()
        self.sock.close()


class ScriptedServer:
    """A listening socket of this machine, and all its connections.

    Args:
        seconds: how long a connection or a request may be waited for.
    """

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(seconds)
        self.address = Address("127.0.0.1", self._listener.getsockname()[1])
        self._links: list[ScriptedLink] = []

    def __enter__(self) -> "ScriptedServer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def accept(self) -> ScriptedLink:
        """The next connection; fails when none comes in time."""
        sock, _ = self._listener.accept()
        link = ScriptedLink(sock, self._seconds)
        self._links.append(link)
        return link

    def expect_nobody(self, seconds: float) -> None:
        """Nobody connects for that long."""
        self._listener.settimeout(seconds)
        with suppress(TimeoutError):
            sock, peer = self._listener.accept()
            sock.close()
            raise AssertionError(f"somebody connected from {peer}")
        self._listener.settimeout(self._seconds)

    def close(self) -> None:
        """End everything."""
        self._listener.close()
        for link in self._links:
            link.close()
