"""Where a server is, as people write it: `host`, `host:port`, `[v6]:port` or `:port`, or several of them.

Text in, a value out: looks nothing up and opens nothing. Safe on any thread.
"""

import re
from collections.abc import Iterable

from msgspec import Struct

from chat.errors import UsageError

DEFAULT_PORT = 7420
"""Where a server listens when nobody says otherwise."""

_BRACKETED = re.compile(r"\[([^][]*)\](?::(.*))?")
_NO_HOST = re.compile(r"[\s/@\[\],]")


class Address(Struct, frozen=True):
    """A host and a port; no promise that anything is there."""

    host: str
    """A name or an IP address without brackets; empty for this machine, or for all its interfaces."""
    port: int = DEFAULT_PORT

    def __str__(self) -> str:
        """As `parse_address` reads it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_address(text: str) -> Address:
    """Read an address.

    Raises:
        UsageError: it is none; the sentence says what is wrong with it.
    """
    text = text.strip()
    if not text:
        raise UsageError("An address is empty; write it as host, host:port or [IPv6 address]:port.")
    if "//" in text:
        raise UsageError(f"Write the address without what stands before //, as host:port, not {text!r}.")
    host, port = _parts(text)
    if _NO_HOST.search(host):
        raise UsageError(f"{text!r} is no address: a host can't contain {_NO_HOST.search(host)[0]!r}.")  # type: ignore[index]
    return Address(host, DEFAULT_PORT if port is None else _port(port, text))


def parse_addresses(text: str) -> tuple[Address, ...]:
    """Read one address, or several of one server with commas between them: `a:7420,b:7420`.

    Raises:
        UsageError: one of them is none, is empty or stands there twice; the sentence says which.
    """
    addresses: list[Address] = []
    for part in text.split(","):
        if not part.strip() and "," in text:
            raise UsageError(
                f"An address is missing beside a comma in {text!r}; write them as host:port,host:port."
            )
        address = parse_address(part)
        if address in addresses:
            raise UsageError(f"{address} stands twice in {text!r}; name each address once.")
        addresses.append(address)
    return tuple(addresses)


def as_typed(address: Address) -> str:
    """Write an address as briefly as it can be typed."""
    if address.port != DEFAULT_PORT:
        return str(address)
    return f"[{address.host}]" if ":" in address.host else address.host or "localhost"


def show_addresses(addresses: Iterable[Address]) -> str:
    """Write addresses as `parse_addresses` reads them."""
    return ",".join(map(str, addresses))


def _parts(text: str) -> tuple[str, str | None]:
    """Divide into host and port, which may be missing."""
    if text.startswith("["):
        found = _BRACKETED.fullmatch(text)
        if found is None or ":" not in found[1]:
            raise UsageError(f"{text!r} is no address: in brackets stands an IPv6 address, as in [::1]:7420.")
        return found[1], found[2]
    if text.count(":") > 1:
        raise UsageError(f"Put an IPv6 address in brackets, as in [::1]:7420, not {text!r}.")
    host, colon, port = text.partition(":")
    return host, port if colon else None


def _port(text: str, whole: str) -> int:
    """Read a port."""
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= 65535):
        raise UsageError(f"The port in {whole!r} must be a number from 0 to 65535.")
    return int(text)
