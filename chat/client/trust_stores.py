"""Where a client keeps whom it trusts: in a small file of the user's own, or nowhere beyond this process.

The file is 0600 and replaced whole under a lock, so that clients of one home do not lose each other's
entries. Knows no socket and no screen. Called on the link's thread, which may wait for the disk here.
"""

from pathlib import Path

import msgspec

from chat.client.identity_stores import make_private_folder, state_folder, write_private
from chat.client.trust import Pin, Seen, with_pin
from chat.errors import BadConfig
from chat.file_lock import FileLock

_LOCK_SECONDS = 1.0


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


def _last_at(pins: dict[str, Pin], address: str) -> tuple[str, Pin] | None:
    found = [item for item in pins.items() if address in item[1].addresses]
    return found[0] if found else None
