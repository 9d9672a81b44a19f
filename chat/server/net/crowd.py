"""Who connects and says nothing: how many such links one address may have, and which of them go.

Nobody is counted on arrival, but after a moment, and who is too many is the one who waits longest. So forty
people behind one address who come at once, and a link that breaks again and again and leaves dead ones
behind, are let in all the same. The reader's thread only.
"""

from collections import defaultdict
from collections.abc import Iterable

from chat.server.domain.addresses import Counted, Network
from chat.server.net.link import Link
from chat.server.net.settings import NetSettings


class Crowd:
    """Finds who is too many.

    Args:
        settings: how many of one address, and after what time they count.
    """

    def __init__(self, settings: NetSettings) -> None:
        self._most = settings.links_before_login
        self._seconds = settings.count_after_seconds
        self._counted = Counted(settings.exempt)

    def too_many(self, links: Iterable[Link], now: float) -> list[Link]:
        """Return the links to close: of each address the oldest that did not log in."""
        by_network: dict[Network, list[Link]] = defaultdict(list)
        for link in links:
            if now - link.receiver.began < self._seconds or link.logged_in:
                continue
            whom = self._counted.as_whom(link.visitor.host)
            if whom is not None:
                by_network[whom].append(link)
        gone: list[Link] = []
        for silent in by_network.values():
            silent.sort(key=lambda link: link.receiver.began)
            gone += silent[: max(0, len(silent) - self._most)]
        return gone
