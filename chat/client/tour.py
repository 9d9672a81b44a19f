"""In which order the addresses of one server are tried, and what to say of those that did not do.

A connection stays where it is while that works. When it is lost, the address it was at comes first, then the
others in the order in which they were given. Pure; belongs to the link's thread.
"""

from collections.abc import Sequence

from chat.transport.address import Address


class Tour:
    """The addresses at which one server may be."""

    def __init__(self, addresses: Sequence[Address]) -> None:
        self._addresses = tuple(dict.fromkeys(addresses))
        self._last: Address | None = None
        self._failures: dict[Address, str] = {}
        self._is_there = False

    def order(self) -> tuple[Address, ...]:
        """Begin another round: the addresses to try."""
        self._is_there = False
        first = [address for address in self._addresses if address == self._last]
        return (*first, *(address for address in self._addresses if address != self._last))

    def failed(self, address: Address, sentence: str) -> None:
        """There was no connection to be had at an address, for that reason."""
        named = (
            sentence if len(self._addresses) == 1 or str(address) in sentence else f"{address}: {sentence}"
        )
        self._failures[address] = named

    def reached(self, address: Address) -> str:
        """The server is at this address; give why it is none of those before it in the list."""
        self._last = address
        self._is_there = True
        self._failures.pop(address, None)
        before = self._addresses[: self._addresses.index(address)]
        return " ".join(self._failures[each] for each in before if each in self._failures)

    def why(self) -> str:
        """Why the server is nowhere; empty when this round has found it."""
        found = (self._failures.get(address, "") for address in self._addresses)
        return "" if self._is_there else " ".join(sentence for sentence in found if sentence)
