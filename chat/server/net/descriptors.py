"""How many descriptors this process may have, and how many of them links may take.

Asks and tells the system; called at the start, on the main thread.
"""

import resource
from contextlib import suppress
from typing import NamedTuple

_ENOUGH = 65_536
"""More than so many are not asked for."""


class Room(NamedTuple):
    """Where people may be, in numbers."""

    links: int
    newcomers: int
    """Those whose handshake is not done."""


def raise_limit() -> None:
    """Have as many descriptors as the system allows, within reason."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _ENOUGH if hard == resource.RLIM_INFINITY else min(hard, _ENOUGH)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(ValueError, OSError):  # macOS has a bound of its own below the one that it tells
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def room(newcomers: int) -> Room:
    """Return how many may come, with at most so many at the door; a fifth of the descriptors stays free.

    The database, the log and backups need some, and an operator may have to look.
    """
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = (_ENOUGH if soft == resource.RLIM_INFINITY else soft) * 4 // 5
    newcomers = min(newcomers, most // 8)
    return Room(most - newcomers, newcomers)
