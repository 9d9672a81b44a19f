"""The servers somebody joined before, newest first, kept in a small file of the user's own.

The file is a convenience: when it is missing, damaged or can't be written, the client works all the
same, with fewer proposals. Knows no screen. Called on any one thread at a time.
"""

import contextlib
import os
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from chat.text import sanitize_line

KEPT = 20
"""How many servers are remembered; the oldest ones are forgotten first."""


class KnownServer(Struct, frozen=True):
    """A server that was joined."""

    address: str
    """As one types it: `host` or `host:port`. Names the server: of one address only the newest is kept."""
    name: str
    """What the server called itself then."""
    nick: str
    """Who one was there."""
    last_used: datetime
    """When it was joined last; aware, UTC."""


class _File(Struct, frozen=True):
    """What the file holds."""

    servers: list[KnownServer] = []


def load_servers(path: Path) -> tuple[KnownServer, ...]:
    """The remembered servers, the one used last first; none when the file is missing or damaged."""
    try:
        stored = msgspec.json.decode(path.read_bytes(), type=_File)
    except (OSError, msgspec.DecodeError):
        return ()
    aware = [_cleaned(server) for server in stored.servers if server.last_used.tzinfo is not None]
    return tuple(sorted(aware, key=lambda server: server.last_used, reverse=True)[:KEPT])


def remember_server(path: Path, joined: KnownServer) -> tuple[KnownServer, ...]:
    """Put a server in front of the list and write the list, readable for its owner alone.

    The file is replaced whole, so that a crash or a second client leaves the old or the new one.

    Returns:
        The list as it is now, also when it could not be written.
    """
    others = [server for server in load_servers(path) if server.address != joined.address]
    servers = (_cleaned(joined), *others)[:KEPT]
    with contextlib.suppress(OSError):
        _write(path, servers)
    return servers


def _write(path: Path, servers: Sequence[KnownServer]) -> None:
    """Replace the file at once by a new one of mode 0600."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = msgspec.json.format(msgspec.json.encode(_File(list(servers))), indent=2)
    handle, fresh = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # makes it with mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text + b"\n")
        Path(fresh).replace(path)
    except OSError:
        Path(fresh).unlink(missing_ok=True)
        raise


def _cleaned(server: KnownServer) -> KnownServer:
    """The same without anything that a terminal would obey: names come from servers."""
    return KnownServer(
        sanitize_line(server.address),
        sanitize_line(server.name),
        sanitize_line(server.nick),
        server.last_used,
    )
