"""Under which address other machines of the network reach this one.

Sends nothing to any of them. Any thread that may wait a moment.
"""

import socket
from contextlib import suppress

from chat.transport.address import Address
from chat.transport.sockets import CannotConnect, dial

LOOK_SECONDS = 0.5
"""How long a server on this machine may take to accept a connection."""

_ELSEWHERE = (
    (socket.AF_INET, ("192.0.2.1", 9)),
    (socket.AF_INET6, ("2001:db8::1", 9)),
)
"""Addresses that are kept for documentation, so nobody has them; the way to them leads out of the machine."""


def own_address() -> str:
    """Return the IP address that this machine has towards the network, or its name where it has none."""
    for family, elsewhere in _ELSEWHERE:
        # connecting a datagram socket only chooses a way and an own address
        with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.connect(elsewhere)
            return str(sock.getsockname()[0])
    return socket.gethostname()


def reachable_address(port: int) -> Address | None:
    """Return where other machines reach the server on a port of this one; None when only this one does."""
    address = Address(own_address(), port)
    try:
        dial(address, LOOK_SECONDS).close()
    except CannotConnect:
        return None
    return address
