"""Makes one backup of a server that may be running; a file of that name is whole, or not there.

Works in a folder beside the file, so that the last step is a rename; what a killed backup left there is
cleared by the next one. One thread at a time; a second process is refused.
"""

import errno
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from msgspec import Struct

from chat import __version__
from chat.clock import Clock
from chat.errors import BadConfig
from chat.file_lock import FileLock
from chat.server.backup.archive import (
    CONFIG_PART,
    DATABASE_PART,
    TLS_PARTS,
    BadBackup,
    Manifest,
    write_archive,
)
from chat.server.backup.contents import Contents, contents_of
from chat.server.backup.live_copy import copy_database
from chat.server.backup.sealing import Passphrase
from chat.server.storage.folder import DATABASE
from chat.server.storage.replacing import flush

TLS_FOLDER = "tls"
"""Of certificates and keys, in the data folder."""


class Origin(Struct, frozen=True):
    """What is backed up."""

    data: Path
    """The server's data folder."""
    config: Path
    """Its config file, which may be missing."""


def make_backup(
    origin: Origin,
    target: Path,
    clock: Clock,
    *,
    series: Path | None = None,
    passphrase: Passphrase | None = None,
) -> Manifest:
    """Back a server up into a file, which is replaced when it exists, and flushed before it counts.

    Args:
        origin: what to back up.
        target: the file, made for its owner's eyes only.
        clock: tells when it was taken.
        series: the name that the target's was made of, if it is one of many; two of a series at once are
            refused.
        passphrase: encrypts it; without one it is not encrypted.

    Raises:
        BadConfig: something can't be read, or the target can't be written.
        LogGrewTooMuch: the target is too slow.
    """
    place = target.parent
    if target.is_dir() or not place.is_dir():
        raise BadConfig(f"{target} can't be written: name a file in a folder that is there.")
    with _explained(place), _workplace(place / f".{(series or target).name}.partial") as work:
        database = work / DATABASE
        _require_room(origin.data / DATABASE, place)
        taken = clock.now()
        copy_database(origin.data / DATABASE, database)
        found = _contents(database, origin.data / DATABASE)
        finished = work / "finished"
        manifest = write_archive(
            finished,
            {DATABASE_PART: database, **_settings_and_keys(origin)},
            lambda parts: Manifest(
                software=f"chat-server {__version__}",
                server_id=found.server_id,
                epoch=found.epoch,
                revision=found.revision,
                taken=taken,
                rows=found.rows,
                parts=parts,
            ),
            passphrase,
        )
        finished.replace(target)
        flush(place)
    return manifest


def _contents(copy: Path, database: Path) -> Contents:
    try:
        return contents_of(copy)
    except BadBackup as bad:
        raise BadConfig(f"{database} can't be backed up. {bad}") from bad


def _settings_and_keys(origin: Origin) -> Mapping[str, Path]:
    """The parts that are small files, as far as there are any."""
    files = {CONFIG_PART: origin.config} if origin.config.is_file() else {}
    keys = origin.data / TLS_FOLDER
    if keys.is_dir():
        files |= {f"{TLS_PARTS}{path.name}": path for path in sorted(keys.iterdir()) if path.is_file()}
    return files


def _require_room(database: Path, place: Path) -> None:
    """Refuse to begin what would fill the disk, which may be the server's own."""
    with suppress(FileNotFoundError):  # told by who copies it
        log = database.with_name(f"{database.name}-wal")
        size = database.stat().st_size + (log.stat().st_size if log.exists() else 0)
        free = shutil.disk_usage(place).free
        if free < 2 * size:
            raise BadConfig(
                f"There is no room for a backup in {place}: making it takes up to {2 * size} bytes, "
                f"{free} are free. Make room, or choose another place."
            )


@contextmanager
def _workplace(work: Path) -> Iterator[Path]:
    """An empty folder for one process; gone afterwards, or cleared by the next one if this is killed."""
    work.mkdir(mode=0o700, exist_ok=True)
    lock = FileLock.take(work / "lock")
    if lock is None:
        raise BadConfig(f"Another backup is being written under this name in {work.parent}: let it end.")
    try:
        for leftover in work.iterdir():
            if leftover.name != "lock":
                leftover.unlink()
        yield work
    finally:
        with suppress(OSError):
            shutil.rmtree(work)
        lock.release()


@contextmanager
def _explained(place: Path) -> Iterator[None]:
    """Raise `BadConfig` for what the disk refuses within."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise BadConfig(f"There is no room for a backup in {place}: make room.") from error
        named = f": {os.fsdecode(error.filename)}" if error.filename else ""
        raise BadConfig(f"The backup can't be made in {place} ({error.strerror}{named}).") from error
