"""A wire that must write in order to read, as an encrypted one may have to.

Both ways go records: a kind, a length, a payload. The client may say one record for each token it was given,
so the server's wire has to write a token before it can read on; and it takes over slices of what it is to
send, as large as it likes, and finishes them by itself.
"""

import socket
import struct

from chat.deadline import Deadline
from chat.protocol.connection import OPENING
from chat.transport.wire import PlainWire
from tests.support.wire_client import WireClient

_HEAD = struct.Struct("!cH")
_TOKEN = _HEAD.pack(b"T", 0)
_SLICE = 1000


class Records:
    """Bytes in, records out."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def feed(self, data: bytes) -> list[tuple[bytes, bytes]]:
        """Return kind and payload of those that are complete."""
        self._bytes += data
        found = []
        while len(self._bytes) >= _HEAD.size:
            kind, length = _HEAD.unpack_from(self._bytes)
            if len(self._bytes) < _HEAD.size + length:
                break
            found.append((kind, bytes(self._bytes[_HEAD.size : _HEAD.size + length])))
            del self._bytes[: _HEAD.size + length]
        return found


def data_record(payload: bytes) -> bytes:
    """Return a record with bytes of the stream."""
    return _HEAD.pack(b"D", len(payload)) + payload


class TokenWire:
    """The server's end; fails when its owner breaks the rules of a wire."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        self._wire = PlainWire(sock)
        self._records = Records()
        self._received = bytearray()
        self._out = bytearray(_TOKEN)
        self._token_is_out = True
        self._refused = b""

    def fileno(self) -> int:
        return self._wire.fileno()

    @property
    def wants_write(self) -> bool:
        return bool(self._out)

    def receive(self, size: int) -> bytes | None:
        if not self._received and not self._out:
            data = self._wire.receive(size)
            if not data:
                return data
            for _, payload in self._records.feed(data):
                self._received += payload
                self._token_is_out = False
        taken = bytes(self._received[:size])
        del self._received[:size]
        if not self._received and not self._token_is_out:
            self._out += _TOKEN
            self._token_is_out = True
        return taken or None

    def send(self, data: bytes | memoryview) -> int:
        assert bytes(data[: len(self._refused)]) == self._refused, "after 0 the same bytes must come first"
        if self._out:
            self._refused = bytes(data[:_SLICE])
            return 0
        self._refused = b""
        taken = bytes(data[:_SLICE])
        self._out += data_record(taken)
        self._write()
        return len(taken)

    def flush(self) -> None:
        self._write()

    def close(self) -> None:
        self._wire.close()

    def _write(self) -> None:
        del self._out[: self._wire.send(bytes(self._out))]


class TokenClient(WireClient):
    """The client's end: says nothing without a token."""

    def __init__(self, address: tuple[str, int], *, receive_buffer: int | None = None) -> None:
        self._records = Records()
        self._tokens = 0
        self._unsaid = bytearray()
        self._heard = bytearray()
        super().__init__(address, opening=b"", receive_buffer=receive_buffer)
        self.send_bytes(OPENING)

    def send_bytes(self, data: bytes) -> None:
        """Say these bytes as soon as tokens allow."""
        self._unsaid += data
        self._spend()

    def _spend(self) -> None:
        while self._tokens and self._unsaid:
            self._tokens -= 1
            super().send_bytes(data_record(bytes(self._unsaid[:_SLICE])))
            del self._unsaid[:_SLICE]

    def _receive(self, deadline: Deadline) -> bytes:
        while not self._heard:
            data = super()._receive(deadline)
            if not data:
                return b""
            for kind, payload in self._records.feed(data):
                self._tokens += kind == b"T"
                self._heard += payload
            self._spend()
        heard = bytes(self._heard)
        self._heard.clear()
        return heard
