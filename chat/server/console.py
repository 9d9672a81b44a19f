"""The key of the console: how commands of this machine's operator reach a server that runs.

It is a file in the data folder that only its owner can read, with the token of a device of the server's own
user, and where the server listens. Knows files; no socket, no rule. The main thread.
"""

import contextlib
import os
from pathlib import Path

import msgspec

from chat.errors import BadConfig
from chat.ids import new_token
from chat.transport.address import Address

_NAME = "console.json"
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}


class Key(msgspec.Struct, frozen=True):
    """What the file holds."""

    token: str
    host: str
    port: int

    def __repr__(self) -> str:
        """Tell where, and not the token."""
        return f"Key({self.host!r}, {self.port})"


def key_file(folder: Path) -> Path:
    """Return where the key of a data folder is."""
    return folder / _NAME


def reached_at(host: str) -> str:
    """Return where this machine reaches what listens on an address."""
    return _EVERYWHERE.get(host, host)


def keep_key(file: Path, address: Address) -> str:
    """Write the key of a server that listens there, the token as before if there was one; returns the token.

    Raises:
        BadConfig: the file can't be written.
    """
    token = _token_of(file) or new_token()
    content = msgspec.json.encode(Key(token, address.host, address.port))
    fresh = file.with_suffix(".new")
    try:
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as written:
            written.write(content)
        fresh.replace(file)
    except OSError as error:
        raise BadConfig(f"The key of the console {file} can't be written ({error.strerror}).") from error
    return token


def read_key(file: Path) -> Key:
    """Return the key of a server that runs.

    Raises:
        BadConfig: there is none that can be read.
    """
    try:
        return msgspec.json.decode(file.read_bytes(), type=Key)
    except (OSError, msgspec.DecodeError) as error:
        raise BadConfig(
            f"The key of the console {file} can't be read: run this as the user that the server runs as, or "
            "start the server again."
        ) from error


def _token_of(file: Path) -> str:
    with contextlib.suppress(OSError, msgspec.DecodeError):
        return msgspec.json.decode(file.read_bytes(), type=Key).token
    return ""
