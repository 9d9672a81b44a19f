"""Names for things that no person chose: users, conversations, devices, sends, servers.

Everything random here comes from the system's generator. Knows no database: how a row's
number becomes an id is the server's matter. Safe on any thread.
"""

import hashlib
import os
from typing import NewType

UserId = NewType("UserId", str)
"""A user, for ever, whatever the nick; opaque to clients."""

ConversationId = NewType("ConversationId", str)
"""A channel or a direct conversation; opaque to clients."""

DeviceId = NewType("DeviceId", str)
"""One place a user is logged in from; opaque to clients."""

SendId = NewType("SendId", str)
"""A client's own name for one change it asks for, unique per user."""

_LAST_MILLISECOND = 2**48 - 1


def new_send_id(clock_ms: int) -> SendId:
    """Name a change: 32 hexadecimal digits, ordered by the millisecond they were made in.

    The order serves the server's index (random names made inserts 3 to 4 times slower in a
    large table); nothing else is ever ordered by it.

    Args:
        clock_ms: milliseconds since 1970.

    Raises:
        ValueError: the clock is before 1970 or beyond 48 bits.
    """
    if not 0 <= clock_ms <= _LAST_MILLISECOND:
        raise ValueError(f"milliseconds since 1970 must fit in 48 bits, not {clock_ms}")
    return SendId(f"{clock_ms:012x}{os.urandom(10).hex()}")


def new_token() -> str:
    """Make the secret by which a device is known: 256 random bits, as 64 hexadecimal digits."""
    return os.urandom(32).hex()


def token_hash(token: str) -> str:
    """Give what a server keeps instead of the token: its SHA-256, as 64 hexadecimal digits.

    A plain hash is enough for 256 random bits: there is nothing to guess.
    """
    return hashlib.sha256(token.encode()).hexdigest()


def new_server_id() -> str:
    """Name a server's database, once, when it is made: 32 hexadecimal digits."""
    return os.urandom(16).hex()


def new_epoch() -> str:
    """Name one life of a database; every restore from a backup begins a new one: 16 hexadecimal digits."""
    return os.urandom(8).hex()
