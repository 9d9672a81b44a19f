"""A client's and a server's core of the protocol joined without a socket.

What one emits waits in a pipe until the other takes it, whole or in pieces as a test likes.
"""

from chat.protocol.codec import BadLine, Frame
from chat.protocol.connection import Connection
from chat.protocol.states import Role

LINE_BYTES = 64 * 1024


class Pair:
    """Both cores of one link and the bytes under way between them."""

    def __init__(self, line_bytes: int = LINE_BYTES) -> None:
        self.client = Connection(Role.CLIENT, line_bytes, line_bytes)
        self.server = Connection(Role.SERVER, line_bytes, line_bytes)
        self.to_server = bytearray()
        self.to_client = bytearray()

    def ask(self, frame: Frame) -> None:
        """Let the client say something; it is under way."""
        self.to_server += self.client.emit(frame)

    def tell(self, frame: Frame) -> None:
        """Let the server say something; it is under way."""
        self.to_client += self.server.emit(frame)

    def arrive_at_server(self, piece: int = LINE_BYTES) -> list[Frame | BadLine]:
        """Deliver what is under way to the server, in pieces of that many bytes."""
        return _deliver(self.to_server, self.server, piece)

    def arrive_at_client(self, piece: int = LINE_BYTES) -> list[Frame | BadLine]:
        """Deliver what is under way to the client, in pieces of that many bytes."""
        return _deliver(self.to_client, self.client, piece)


def _deliver(under_way: bytearray, side: Connection, piece: int) -> list[Frame | BadLine]:
    arrived: list[Frame | BadLine] = []
    while under_way:
        arrived += side.receive_data(bytes(under_way[:piece]))
        del under_way[:piece]
    return arrived
