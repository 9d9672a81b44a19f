"""A wire that holds every line of both sides against the published schema, and notes what is off it.

What the server says must be in the schema; of what clients say, all that the server takes for a request must.
"""

from chat.protocol.codec import BadLine, decode_request
from chat.transport.wire import Wire
from tests.support.schema import validate_client_line, validate_server_line


class CheckedWire:
    """Stands around a wire of a server, on the threads of that server.

    Args:
        inside: the wire.
        off: takes what is wrong with each bad line; whoever runs the server looks at it in the end.
    """

    def __init__(self, inside: Wire, off: list[str]) -> None:
        self._inside = inside
        self._off = off
        self._heard = bytearray()
        self._said = bytearray()
        self._speaks_http = False

    def fileno(self) -> int:
        return self._inside.fileno()

    @property
    def wants_write(self) -> bool:
        return self._inside.wants_write

    def receive(self, size: int) -> bytes | None:
        data = self._inside.receive(size)
        for line in _lines(self._heard, data or b""):
            self._check_heard(line)
        return data

    def send(self, data: bytes | memoryview) -> int:
        count = self._inside.send(data)
        self._speaks_http = self._speaks_http or bytes(data[:5]) == b"HTTP/"
        if not self._speaks_http:
            for line in _lines(self._said, bytes(data[:count])):
                self._check_said(line)
        return count

    def flush(self) -> None:
        self._inside.flush()

    def close(self) -> None:
        self._inside.close()

    def _check_heard(self, line: bytes) -> None:
        try:
            decode_request(line)
        except BadLine:
            return
        try:
            validate_client_line(line)
        except AssertionError as wrong:
            self._off.append(f"the server took what is {wrong}")

    def _check_said(self, line: bytes) -> None:
        try:
            validate_server_line(line)
        except (AssertionError, ValueError) as wrong:
            self._off.append(f"the server said what is {wrong}")


def _lines(begun: bytearray, data: bytes) -> list[bytes]:
    """Add what came to what was begun; return the lines that are whole now."""
    begun += data
    if b"\n" not in data:
        return []
    *whole, rest = bytes(begun).split(b"\n")
    begun[:] = rest
    return [line for line in whole if line.strip()]
