"""Where identities are kept: in files of the user's own, or nowhere beyond this process.

A file holds one identity, 0600 in folders that are 0700, and is replaced whole; the lock is a file beside
it. Names of files are hashes, since neither a server's id nor a nick can be trusted as one. The token alone
may be in the desktop's keyring instead; then the file says under which name. It leaves the file once it was
read back from there, and the keyring once it is in the file. Each file has an entry of its own. Called on
the link's thread.
"""

import hashlib
import logging
import os
import tempfile
import threading
from enum import Enum, auto
from pathlib import Path

import msgspec
from msgspec.structs import replace
from platformdirs import user_state_path

from chat.client.desktop_keyring import DesktopKeyring, KeyringAway, NoKeyring
from chat.client.identity import Place, Secret, Slot, TokenAway
from chat.errors import BadConfig
from chat.file_lock import FileLock

_LOG_IN = "log in with your password"

log = logging.getLogger(__name__)


def state_folder() -> Path:
    """Where the client keeps what is neither settings nor cache."""
    return user_state_path("chat-tui", appauthor=False)


class Keep(Enum):
    """Where tokens are to be kept."""

    KEYRING = auto()
    """In the keyring, where there is one."""
    FILE = auto()
    """In the file alone; what is in the keyring comes back when it was given."""
    WHERE_IT_IS = auto()
    """As it was found, and in the file what is new."""


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

    def token(self) -> str:
        secret = self.read()
        return secret.token if secret else ""

    def write(self, secret: Secret) -> None:
        self._store.write(self._place, secret)

    def place(self) -> Place:
        return Place("in this process alone")

    def release(self) -> None:
        self._store.release(self._place, self)


class FileIdentities:
    """Kept in the user's state folder, the tokens perhaps in a keyring.

    Args:
        folder: it is made when the first identity is; without one it is the usual place.
        keep: where tokens are to be; wherever they are, they are found.
        keyring: what to ask; shared by all who use one.
    """

    def __init__(
        self,
        folder: Path | None = None,
        keep: Keep = Keep.WHERE_IT_IS,
        keyring: DesktopKeyring | None = None,
    ) -> None:
        self._folder = folder or state_folder() / "identities"
        self._keep = keep
        self._keyring = keyring or DesktopKeyring()

    def lock(self, server_id: str, nick_key: str) -> Slot | None:
        """See `IdentityStore.lock`."""
        folder = self._folder / _hashed(server_id)
        try:
            make_private_folder(folder)
            path = folder / f"{_hashed(nick_key)}.json"
            lock = FileLock.take(path.with_suffix(".lock"))
        except OSError as error:
            raise _unusable(folder, error) from None
        return _FileSlot(path, lock, self._keep, self._keyring, f"{nick_key} {server_id}") if lock else None


class _FileSlot:
    """A file, the lock beside it, and its entry in the keyring, which is named for whoever looks there."""

    def __init__(self, path: Path, lock: FileLock, keep: Keep, keyring: DesktopKeyring, label: str) -> None:
        self._path = path
        self._lock = lock
        self._keep = keep
        self._keyring = keyring
        self._label = label
        self._place = Place()
        self._tried = False

    def read(self) -> Secret | None:
        try:
            secret = msgspec.json.decode(self._path.read_bytes(), type=Secret)
        except (FileNotFoundError, msgspec.DecodeError):
            return None  # damaged is as good as gone: a new identity takes its place
        except OSError as error:
            raise _unusable(self._path, error) from None
        return secret if secret.token or secret.entry else None

    def token(self) -> str:
        kept = self.read()
        if kept is None or kept.token:
            return kept.token if kept else ""
        try:
            token = self._keyring.get(kept.entry)
        except KeyringAway as away:
            why = f"the keyring has the token of {kept.nick}, and {away}"
            sentence = f"{away.advice.format(self._named())}, or {_LOG_IN}: {why}."
            raise TokenAway(sentence, passing=away.passing) from None
        if token is None or replace(kept, token=token).mark != kept.mark:
            why = f"the {self._named()} does not have the token of {kept.nick} any more"
            raise TokenAway(f"Be somebody else (--nick), or {_LOG_IN}: {why}.")
        return token

    def write(self, secret: Secret) -> None:
        before = self.read()
        entry = before.entry if before and before.mark == secret.mark else ""
        now = replace(secret, token="", box=secret.owner, entry=entry) if entry else replace(secret, entry="")
        if now != before:
            self._replace(now)
        if before and before.entry and not entry:
            self._forget(before.entry)  # of a token that is no use any more
            self._keep = Keep.KEYRING if self._keep is Keep.WHERE_IT_IS else self._keep
        self._place = self._settled(now, secret)

    def place(self) -> Place:
        return self._place

    def release(self) -> None:
        self._lock.release()

    def _settled(self, now: Secret, secret: Secret) -> Place:
        """Move the token where it is to be, unless that was tried before; say where it is."""
        if now.entry and self._keep is Keep.FILE:
            self._replace(replace(secret, entry=""))
            self._forget(now.entry)
        elif now.entry:
            return Place(f"in the keyring ({self._keyring.name})")
        elif now.known and self._keep is Keep.KEYRING and not self._tried:
            self._tried = True
            return self._moved_in(now)
        return replace(self._place, words=self._in_file())

    def _moved_in(self, secret: Secret) -> Place:
        """Give the token to the keyring; only when it is there for sure it leaves the file."""
        entry = f"{self._label} {secret.mark}"
        try:
            self._keyring.put(entry, secret.token)
        except NoKeyring:
            return Place(self._in_file())
        except KeyringAway as away:
            where = self._in_file()
            return Place(where, f"The {self._named()} {away}: the token of this device stays {where}.")
        self._replace(replace(secret, token="", box=secret.owner, entry=entry))
        return Place(f"in the keyring ({self._keyring.name})")

    def _forget(self, entry: str) -> None:
        try:
            self._keyring.delete(entry)
        except KeyringAway as away:
            log.warning("the keyring %s; it still has %r, which is no use any more", away, entry)

    def _replace(self, secret: Secret) -> None:
        try:
            write_private(self._path, msgspec.json.encode(secret))
        except OSError as error:
            raise _unusable(self._path, error) from None

    def _in_file(self) -> str:
        return f"in a file only you can read: {self._path}"

    def _named(self) -> str:
        return f"keyring ({self._keyring.name})" if self._keyring.name else "keyring"


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
