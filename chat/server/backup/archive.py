"""The file of a backup: an uncompressed tar of the parts, and last a manifest that tells what they must be.

    chat.db          the database, in one piece
    config.toml      the settings, where there were any
    tls/NAME         certificates and keys, where there were any
    manifest.json    whose, when, how many rows, and the SHA-256 of every part

Since the manifest stands last, a file that was cut off has none. With a passphrase all of it is encrypted,
see `sealing`. Knows no database. One thread at a time.
"""

import hashlib
import io
import os
import re
import tarfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import IO, ClassVar

import msgspec
from msgspec import Struct

from chat.errors import BadConfig, ChatError
from chat.server.backup.sealing import BadSeal, Passphrase, Sealer, Unsealed, is_sealed

FORMAT = 1
DATABASE_PART = "chat.db"
CONFIG_PART = "config.toml"
TLS_PARTS = "tls/"

_MANIFEST = "manifest.json"
_LARGEST_MANIFEST = 1 << 20
_PIECE = 1 << 20
_FLUSHED_AT_ONCE = 8 << 20
_KNOWN_PART = re.compile(r"chat\.db|config\.toml|tls/(?!\.\.?$)[^/\0]+")


class BadBackup(ChatError):
    """A file is no backup, or none that can be used."""

    exit_code: ClassVar[int] = 65


class Part(Struct, frozen=True):
    """What one file in a backup must be."""

    bytes: int
    sha256: str


class Manifest(Struct, frozen=True, kw_only=True):
    """What a backup holds."""

    format: int = FORMAT
    software: str
    server_id: str
    epoch: str
    """The life of the database that was backed up; a restore begins a new one."""
    revision: str
    """Of the tables."""
    taken: datetime
    """When, by the clock of that machine."""
    rows: dict[str, int]
    """How many each table has."""
    parts: dict[str, Part]


class _Format(Struct):
    format: int


def write_archive(
    path: Path,
    files: Mapping[str, Path],
    describe: Callable[[dict[str, Part]], Manifest],
    passphrase: Passphrase | None = None,
) -> Manifest:
    """Write a backup of these files by their names in it, for its owner's eyes only, and flush it.

    Args:
        path: replaced when it exists.
        files: the parts.
        describe: makes the manifest of what was written.
        passphrase: encrypts it; without one it is not encrypted.

    Raises:
        OSError: a file can't be read or written.
    """
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        paced = _Paced(file)
        sealer = Sealer(paced, passphrase) if passphrase else None
        with tarfile.open(fileobj=sealer or paced, mode="w") as tar:  # type: ignore[call-overload]  # it only writes
            manifest = describe({name: _add(tar, name, source) for name, source in files.items()})
            content = msgspec.json.format(msgspec.json.encode(manifest))
            member = _member(_MANIFEST, len(content), manifest.taken.timestamp())
            tar.addfile(member, io.BytesIO(content))
        if sealer:
            sealer.finish()
        file.flush()
        os.fsync(file.fileno())
    return manifest


def is_encrypted(path: Path) -> bool:
    """Return whether a file is a backup that needs a passphrase; raises `BadBackup` when there is none."""
    with _explained(path):
        return is_sealed(path)


def read_manifest(path: Path, passphrase: Passphrase | None = None) -> Manifest:
    """Return what a backup says of itself, unchecked; raises `BadBackup`."""
    with _opened(path, passphrase) as tar:
        return _manifest_of(path, _members(path, tar), tar)


def unpack(path: Path, folder: Path, passphrase: Passphrase | None = None) -> Manifest:
    """Write all parts of a backup into a folder under their names, each held against its sum.

    Raises:
        BadBackup: it is not what was backed up.
        OSError: the folder can't take it.
    """
    with _opened(path, passphrase) as tar:
        members = _members(path, tar)
        manifest = _manifest_of(path, members, tar)
        strays = set(members) - set(manifest.parts) - {_MANIFEST}
        if strays or not all(_KNOWN_PART.fullmatch(name) for name in manifest.parts):
            raise BadBackup(f"{path} holds what no backup of chat-server does: take another one.")
        for name, part in manifest.parts.items():
            if name not in members or _unpacked(tar, members[name], folder / name) != part:
                raise BadBackup(f"{path} is damaged: its {name} is not what was backed up. Take another one.")
    return manifest


# ---------------------------------------------------------------------- writing


class _Summing:
    """Reads a file and sums up what was read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.sum = hashlib.sha256()

    def read(self, size: int) -> bytes:
        data = self._file.read(size)
        self.sum.update(data)
        return data


class _Paced:
    """Writes a file and has it flushed bit by bit, lest one long flush holds up those of a running server."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._unflushed = 0

    def write(self, data: bytes) -> int:
        self._unflushed += len(data)
        if self._unflushed > _FLUSHED_AT_ONCE:
            self._unflushed = 0
            self._file.flush()
            os.fsync(self._file.fileno())
        return self._file.write(data)

    def tell(self) -> int:
        return self._file.tell()


def _add(tar: tarfile.TarFile, name: str, source: Path) -> Part:
    with source.open("rb") as file:
        status = os.fstat(file.fileno())
        summing = _Summing(file)
        tar.addfile(_member(name, status.st_size, status.st_mtime), summing)  # type: ignore[arg-type]  # it only reads
    return Part(status.st_size, summing.sum.hexdigest())


def _member(name: str, size: int, changed: float) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mtime, member.mode = size, int(changed), 0o600
    return member


# ---------------------------------------------------------------------- reading


@contextmanager
def _opened(path: Path, passphrase: Passphrase | None) -> Iterator[tarfile.TarFile]:
    """Open a backup; what is wrong with it within is told as `BadBackup`."""
    with _explained(path):
        encrypted = is_sealed(path)
        file = path.open("rb")
    if encrypted and passphrase is None:
        file.close()
        raise BadBackup(f"{path} is encrypted: give the passphrase.")
    with file:
        try:
            plain = Unsealed(file, passphrase) if encrypted and passphrase else file
            with tarfile.open(fileobj=plain, mode="r:") as tar:  # type: ignore[call-overload]  # it only reads
                yield tar
        except BadSeal as bad:
            raise BadBackup(f"{path} {bad}") from bad
        except tarfile.TarError as error:
            raise BadBackup(
                f"{path} is no backup of chat-server, or was cut off ({error}): take another one."
            ) from error


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Tell why a file can't be opened within."""
    try:
        yield
    except FileNotFoundError:
        raise BadBackup(f"There is no backup {path}.") from None
    except OSError as error:
        raise BadConfig(f"The backup {path} can't be read ({error.strerror}).") from error


def _members(path: Path, tar: tarfile.TarFile) -> dict[str, tarfile.TarInfo]:
    members = {member.name: member for member in tar.getmembers() if member.isreg()}
    if len(members) != len(tar.getmembers()):
        raise BadBackup(f"{path} holds what no backup of chat-server does: take another one.")
    return members


def _manifest_of(path: Path, members: Mapping[str, tarfile.TarInfo], tar: tarfile.TarFile) -> Manifest:
    member = members.get(_MANIFEST)
    if member is None or member.size > _LARGEST_MANIFEST:
        raise BadBackup(f"{path} is no backup of chat-server, or was cut off: take another one.")
    with suppress(msgspec.DecodeError):
        content = _content(tar, member).read()
        if msgspec.json.decode(content, type=_Format).format > FORMAT:
            raise BadBackup(f"{path} was made by a newer version of chat-server: update this one.")
        manifest = msgspec.json.decode(content, type=Manifest)
        if DATABASE_PART in manifest.parts:
            return manifest
    raise BadBackup(f"{path} is damaged: its {_MANIFEST} makes no sense. Take another one.")


def _unpacked(tar: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> Part:
    """Write a part to its place and say what it is."""
    target.parent.mkdir(mode=0o700, exist_ok=True)
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    summing = _Summing(_content(tar, member))
    with os.fdopen(handle, "wb") as file:
        while data := summing.read(_PIECE):
            file.write(data)
        return Part(file.tell(), summing.sum.hexdigest())


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    content = tar.extractfile(member)
    assert content is not None, "only regular files come here"
    return content
