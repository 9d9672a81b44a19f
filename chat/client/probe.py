"""A quick look at who answers at an address: connects, reads the welcome, and leaves.

Keeps nothing and says nothing about who looks. Takes up to its seconds: for threads that may wait.
"""

import selectors
from contextlib import closing

from chat.client.stream import LINE_BYTES
from chat.deadline import Deadline
from chat.errors import NoConnection
from chat.protocol.connection import OPENING, Connection
from chat.protocol.events import Welcome
from chat.protocol.states import Role
from chat.transport.address import Address
from chat.transport.sockets import CONNECT_SECONDS, dial, wait_ready
from chat.transport.wire import PlainWire


def welcome_at(address: Address, seconds: float = CONNECT_SECONDS) -> Welcome | None:
    """The welcome of the chat server at an address; None when nobody answers, or something else does."""
    deadline = Deadline(seconds)
    connection = Connection(Role.CLIENT, LINE_BYTES, LINE_BYTES)
    try:
        with closing(dial(address, seconds)) as sock:
            wire = PlainWire(sock)
            wire.send(OPENING)
            while wait_ready(sock, selectors.EVENT_READ, deadline.remaining()):
                data = wire.receive(LINE_BYTES)
                if data == b"":
                    return None
                for frame in connection.receive_data(data or b""):
                    return frame if isinstance(frame, Welcome) else None
    except (OSError, NoConnection):
        return None
    return None
