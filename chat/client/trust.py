"""Which servers are believed to be who they say: trust on first use, pinned by server id.

Values and rules alone: no socket, no screen, no file; where pins are kept is in `trust_stores`. Safe on any
thread.
"""

import re
from enum import Enum, auto
from ipaddress import ip_address
from typing import Protocol

import msgspec
from msgspec import Struct

from chat.errors import UsageError

_ADDRESSES_KEPT = 8


class Seen(Struct, frozen=True):
    """What a server showed of itself before anything was told to it."""

    server_id: str
    name: str
    address: str
    fingerprint: str = ""
    """SHA-256 of its certificate, 64 hexadecimal digits; empty when the link is not encrypted."""
    verified: bool = False
    """Whether an authority that this system believes in has signed it for this host name."""
    near: bool = False
    """Whether it is on this machine, so that nobody can be in between."""


class Pin(Struct, frozen=True):
    """What is kept of a server."""

    fingerprint: str
    """Empty for one that was only ever met on this machine or without encryption."""
    name: str
    addresses: tuple[str, ...] = ()
    """Where it answered, the newest last."""
    verified: bool = False
    """Whether an authority vouched for it the last time, so that its certificate may change."""


class Verdict(Enum):
    """What is to be thought of a server."""

    TRUSTED = auto()
    """It is who it was, or an authority says so."""
    NEW = auto()
    """It was never met."""
    CHANGED = auto()
    """It was met with another certificate: it is somebody else, or was made anew."""
    UNENCRYPTED = auto()
    """It was met encrypted, and now it is not: somebody may be in between."""
    UNEXPECTED = auto()
    """It is not the one whose fingerprint was given beforehand."""


def judge(seen: Seen, pin: Pin | None, expected: str = "") -> Verdict:
    """Return what to think of a server, given what is kept of its id.

    Args:
        seen: what it showed.
        pin: what is kept of it.
        expected: the fingerprint that it must have, which then says it all; empty for any.
    """
    if expected:
        return Verdict.TRUSTED if seen.fingerprint == expected else Verdict.UNEXPECTED
    if seen.verified:
        return Verdict.TRUSTED
    if pin is None or not pin.fingerprint:
        return Verdict.TRUSTED if seen.near or (pin is not None and not seen.fingerprint) else Verdict.NEW
    if not seen.fingerprint:
        return Verdict.TRUSTED if seen.near else Verdict.UNENCRYPTED
    return Verdict.TRUSTED if seen.fingerprint == pin.fingerprint else Verdict.CHANGED


class TrustStore(Protocol):
    """Where pins are kept."""

    def pin_of(self, server_id: str) -> Pin | None:
        """Return what is kept of a server."""

    def last_at(self, address: str) -> tuple[str, Pin] | None:
        """Return the id and what is kept of the server that answered at this address last, if one did."""

    def keep(self, seen: Seen) -> None:
        """Trust a server as it was seen, from now on; raises `BadConfig` when that can't be kept."""


def with_pin(pins: dict[str, Pin], seen: Seen) -> dict[str, Pin]:
    """Return the pins with a server as it was seen; an address leads to the server that answered there last.

    Meeting it unencrypted on its own machine does not forget its certificate; believing it so elsewhere does.
    """
    known = pins.get(seen.server_id)
    others = {
        key: msgspec.structs.replace(pin, addresses=tuple(at for at in pin.addresses if at != seen.address))
        for key, pin in pins.items()
    }
    addresses = others[seen.server_id].addresses if known else ()
    fingerprint = seen.fingerprint or (known.fingerprint if known and seen.near else "")
    pin = Pin(fingerprint, seen.name, (*addresses, seen.address)[-_ADDRESSES_KEPT:], seen.verified)
    return {**others, seen.server_id: pin}


def read_fingerprint(text: str) -> str:
    """Read a fingerprint as people copy it, with spaces or colons between its digits or without.

    Raises:
        UsageError: it is none.
    """
    digits = re.sub(r"[\s:]", "", text).casefold()
    if not re.fullmatch(r"[0-9a-f]{64}", digits):
        raise UsageError(
            f"{text!r} is no fingerprint: those have 64 digits, 0 to 9 and a to f; a server shows its own at "
            "its start."
        )
    return digits


def is_near(host: str) -> bool:
    """Return whether a host, as it was dialled, is this machine."""
    if host in {"", "localhost"}:
        return True
    try:
        return ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False
