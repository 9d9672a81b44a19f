"""Under which address other machines of the network reach this one. Sends nothing; any thread."""

import socket
from contextlib import suppress

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
