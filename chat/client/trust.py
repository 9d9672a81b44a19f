"""Which servers are believed to be who they say: trust on first use, pinned by server id.

The rule is `judge`, pure. What is known stands in a small file of the user's own, 0600, replaced whole under
a lock, so that clients of one home do not lose each other's entries. Knows no socket and no screen. Called on
the link's thread, which may wait for the disk here.
"""

import re
from enum import Enum, auto
from ipaddress import ip_address
from pathlib import Path
from typing import Protocol

import msgspec
from msgspec import Struct

from chat.client.identity_stores import make_private_folder, state_folder, write_private
from chat.errors import BadConfig, UsageError
from chat.file_lock import FileLock

_LOCK_SECONDS = 1.0
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


class MemoryTrust:
    """Kept in this object alone, for tests and for bots without a home."""

    def __init__(self) -> None:
        self._pins: dict[str, Pin] = {}

    def pin_of(self, server_id: str) -> Pin | None:
        """See `TrustStore.pin_of`."""
        return self._pins.get(server_id)

    def last_at(self, address: str) -> tuple[str, Pin] | None:
        """See `TrustStore.last_at`."""
        return _last_at(self._pins, address)

    def keep(self, seen: Seen) -> None:
        """See `TrustStore.keep`."""
        self._pins = with_pin(self._pins, seen)


class FileTrust:
    """Kept in a file of the user's own.

    Args:
        path: the file, `known_servers.json` of the state folder when not given.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or state_folder() / "known_servers.json"

    def pin_of(self, server_id: str) -> Pin | None:
        """See `TrustStore.pin_of`; raises `BadConfig` when the file is there and can't be understood.

        A file that can't be read must not make every server a new one.
        """
        return self._load().get(server_id)

    def last_at(self, address: str) -> tuple[str, Pin] | None:
        """See `TrustStore.last_at`."""
        return _last_at(self._load(), address)

    def keep(self, seen: Seen) -> None:
        """See `TrustStore.keep`."""
        try:
            make_private_folder(self._path.parent)
            lock = FileLock.wait(self._path.with_suffix(".lock"), _LOCK_SECONDS)
            if lock is None:
                raise BadConfig(f"{self._path} is held by another program; try again.")
            try:
                pins = with_pin(self._load(), seen)
                write_private(self._path, msgspec.json.format(msgspec.json.encode(pins), indent=2) + b"\n")
            finally:
                lock.release()
        except OSError as error:
            raise BadConfig(f"{self._path} can't be written: {error.strerror or error}.") from None

    def _load(self) -> dict[str, Pin]:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, Pin])
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.DecodeError) as error:
            raise BadConfig(
                f"{self._path}, which says whom to trust, can't be read: {error}. Mend it, or remove it and "
                "compare the fingerprints anew."
            ) from None


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
            f"{text!r} is no fingerprint: those have 64 digits of 0 to 9 and a to f. The server shows its own at "
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


def _last_at(pins: dict[str, Pin], address: str) -> tuple[str, Pin] | None:
    found = [item for item in pins.items() if address in item[1].addresses]
    return found[0] if found else None
