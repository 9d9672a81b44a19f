"""The channels that somebody wants to hear nothing of but mentions, by server, in a small file of their own.

The file is a convenience: when it is missing, damaged or can't be written, everything calls again at the next
start. Called on one thread at a time.
"""

import contextlib
from pathlib import Path

import msgspec
from msgspec import Struct

from chat.client.identity_stores import make_private_folder, write_private


class _File(Struct, frozen=True):
    """What the file holds."""

    channels: dict[str, list[str]] = {}
    """Ids of conversations by that of their server."""


class Silenced:
    """The channels; `path` is the file, None keeps them in this object alone."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._channels: dict[str, frozenset[str]] | None = None

    def on(self, server_id: str) -> frozenset[str]:
        """Give the ids of the silenced channels of a server."""
        return self._read().get(server_id, frozenset())

    def change(self, server_id: str, conversation: str, *, silent: bool) -> None:
        """Silence a channel, or let it call again."""
        channels = self._read()
        others = channels.get(server_id, frozenset()) - {conversation}
        channels[server_id] = others | {conversation} if silent else others
        if self._path is not None:
            kept = {server: sorted(each) for server, each in channels.items() if each}
            with contextlib.suppress(OSError):
                make_private_folder(self._path.parent)
                write_private(self._path, msgspec.json.encode(_File(kept)))

    def _read(self) -> dict[str, frozenset[str]]:
        """Read the file, the first time."""
        if self._channels is None:
            self._channels = {}
            with contextlib.suppress(OSError, msgspec.DecodeError):
                stored = msgspec.json.decode(self._path.read_bytes(), type=_File) if self._path else _File()
                self._channels = {server: frozenset(each) for server, each in stored.channels.items()}
        return self._channels
