"""Where identities are kept: in files of the user's own, or nowhere beyond this process.

A file holds one identity, 0600 in folders that are 0700, and is replaced whole; the lock is a file beside it.
Names of files are hashes, since neither a server's id nor a nick can be trusted as one. Called on the link's
thread.
"""

import hashlib
import os
import tempfile
import threading
from pathlib import Path

import msgspec
from platformdirs import user_state_path

from chat.client.identity import Secret, Slot
from chat.errors import BadConfig
from chat.file_lock import FileLock


def state_folder() -> Path:
    """Where the client keeps what is neither settings nor cache."""
    return user_state_path("chat-tui", appauthor=False)


class MemoryIdentities:
    """Kept in this object alone, for bots without a home and for tests; who shares it shares a home."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._secrets: dict[tuple[str, str], Secret] = {}
        self._in_use: dict[tuple[str, str], Slot] = {}

    def lock(self, server_id: str, nick_key: str) -> Slot | None:
        """See `IdentityStore.lock`."""
        place = (server_id, nick_key)
        slot = _MemorySlot(self, place)
        with self._guard:
            return slot if self._in_use.setdefault(place, slot) is slot else None

    def read(self, place: tuple[str, str]) -> Secret | None:
        """What is kept in a place."""
        with self._guard:
            return self._secrets.get(place)

    def write(self, place: tuple[str, str], secret: Secret) -> None:
        """Keep this in a place."""
        with self._guard:
            self._secrets[place] = secret

    def release(self, place: tuple[str, str], slot: Slot) -> None:
        """Free a place that this slot holds."""
        with self._guard:
            if self._in_use.get(place) is slot:
                del self._in_use[place]


class _MemorySlot:
    """A place in a dictionary."""

    def __init__(self, store: MemoryIdentities, place: tuple[str, str]) -> None:
        self._store = store
        self._place = place

    def read(self) -> Secret | None:
        return self._store.read(self._place)

    def write(self, secret: Secret) -> None:
        self._store.write(self._place, secret)

    def release(self) -> None:
        self._store.release(self._place, self)


class FileIdentities:
    """Kept in the user's state folder."""

    def __init__(self, folder: Path | None = None) -> None:
        """`folder` is made when the first identity is; without one it is the usual place."""
        self._folder = folder or state_folder() / "identities"

    def lock(self, server_id: str, nick_key: str) -> Slot | None:
        """See `IdentityStore.lock`."""
        folder = self._folder / _hashed(server_id)
        try:
            make_private_folder(folder)
            path = folder / f"{_hashed(nick_key)}.json"
            lock = FileLock.take(path.with_suffix(".lock"))
        except OSError as error:
            raise _unusable(folder, error) from None
        return _FileSlot(path, lock) if lock else None


class _FileSlot:
    """A file, and the lock beside it."""

    def __init__(self, path: Path, lock: FileLock) -> None:
        self._path = path
        self._lock = lock

    def read(self) -> Secret | None:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Secret)
        except (FileNotFoundError, msgspec.DecodeError):
            return None  # damaged is as good as gone: a new identity takes its place
        except OSError as error:
            raise _unusable(self._path, error) from None

    def write(self, secret: Secret) -> None:
        if self.read() == secret:
            return
        try:
            write_private(self._path, msgspec.json.encode(secret))
        except OSError as error:
            raise _unusable(self._path, error) from None

    def release(self) -> None:
        self._lock.release()


def make_private_folder(folder: Path) -> None:
    """Make a folder, and all that are missing above it, for its owner alone."""
    if not folder.is_dir():
        make_private_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def write_private(path: Path, content: bytes) -> None:
    """Replace a file whole, readable by its owner alone, and flushed to disk before it counts."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # made 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:32]


def _unusable(path: Path, error: OSError) -> BadConfig:
    return BadConfig(f"The identity can't be kept in {path}: {error.strerror}. Make that place writable.")
