"""Who was accepted and is no link yet: how many may be at that stage, all together and of each address.

Of too many the one who waits longest goes, of one address its own. The entrance's thread only.
"""

import socket
from collections import defaultdict
from collections.abc import Iterator

from chat.server.domain.addresses import Network
from chat.server.net.settings import NetSettings
from chat.transport.tls import Handshake


class Newcomer:
    """A socket that was accepted, until it is admitted.

    Attributes:
        whom: as whom its address counts; None when it is not counted.
        since: when it came, by the clock's monotonic seconds.
    """

    def __init__(self, sock: socket.socket, host: str, whom: Network | None, since: float) -> None:
        self.sock = sock
        self.host = host
        self.whom = whom
        self.since = since
        self.handshake: Handshake | None = None

    def fileno(self) -> int:
        """The descriptor to wait on."""
        return self.handshake.fileno() if self.handshake else self.sock.fileno()

    def close(self) -> None:
        """Give up."""
        if self.handshake:
            self.handshake.close()
        self.sock.close()


class Newcomers:
    """All of them, in the order in which they came.

    Args:
        settings: how many there may be.
    """

    def __init__(self, settings: NetSettings) -> None:
        self._most = settings.newcomers
        self._most_each = settings.newcomers_each
        self._all: dict[Newcomer, None] = {}
        self._of: defaultdict[Network, dict[Newcomer, None]] = defaultdict(dict)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._all)

    def __iter__(self) -> Iterator[Newcomer]:
        """Those who wait longest first; of who is here now, whoever goes meanwhile."""
        return iter(tuple(self._all))

    def in_the_way(self, whom: Network | None) -> Newcomer | None:
        """Return who is to go before one more of these comes; None when there is room."""
        if whom is not None and len(self._of.get(whom, ())) >= self._most_each:
            return next(iter(self._of[whom]))
        return next(iter(self._all)) if len(self._all) >= self._most else None

    def add(self, newcomer: Newcomer) -> None:
        """Take in one more."""
        self._all[newcomer] = None
        if newcomer.whom is not None:
            self._of[newcomer.whom][newcomer] = None

    def remove(self, newcomer: Newcomer) -> None:
        """Forget one of them."""
        del self._all[newcomer]
        if newcomer.whom is not None:
            mine = self._of[newcomer.whom]
            del mine[newcomer]
            if not mine:
                del self._of[newcomer.whom]
