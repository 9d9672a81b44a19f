"""Puts a backup into a data folder that no server runs on: all of it, or nothing.

The restored database keeps its server id and gets a new epoch, so that clients which knew what came after the
backup do not mix both. One thread at a time.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from chat.clock import Clock
from chat.errors import BadConfig
from chat.ids import new_epoch
from chat.server.backup.archive import CONFIG_PART, DATABASE_PART, BadBackup, read_manifest
from chat.server.backup.checking import Checked, check_into
from chat.server.backup.making import Origin
from chat.server.backup.sealing import Passphrase
from chat.server.storage.connections import for_writing
from chat.server.storage.folder import DataFolder
from chat.server.storage.replacing import Plan, decide, finish, stage, unstage


class Restored(Struct, frozen=True):
    """What a restore did."""

    checked: Checked
    epoch: str
    """The new one."""
    placed: tuple[Path, ...]
    """Files that are those of the backup now."""
    kept: tuple[Path, ...]
    """Files that were there and stayed as they were."""
    aside: tuple[Path, ...]
    """What stood in the way, under its new name."""


def restore(
    file: Path, to: Origin, clock: Clock, *, force: bool = False, passphrase: Passphrase | None = None
) -> Restored:
    """Put a backup in place.

    Args:
        file: the backup.
        to: the data folder, which is made when missing, and the config file.
        clock: the time, for the names of files that stand in the way.
        force: whether to put a database, settings and keys that are there aside; else settings and keys stay,
            and a database is a reason to refuse.
        passphrase: decrypts an encrypted one.

    Raises:
        BadBackup: the file is none, or none that can be used.
        BadConfig: a folder can't be used or has a database already, or a server runs on it.
    """
    read_manifest(file, passphrase)  # nothing is made for what is no backup at all
    try:
        with closing(DataFolder(to.data)) as held, _cleared(held):
            finish(held)
            if held.database.exists() and not force:
                raise BadConfig(
                    f"There is a database in {to.data} already: name another folder with --data, or put it "
                    "aside with --force."
                )
            staged = stage(held)
            checked = check_into(file, staged, passphrase)
            return _placed(checked, (held, staged), to.config, clock.now(), force=force)
    except OSError as error:
        named = f": {os.fsdecode(error.filename)}" if error.filename else ""
        raise BadConfig(
            f"{file} can't be restored into {to.data} ({error.strerror}{named}). Nothing was changed."
        ) from error


@contextmanager
def _cleared(held: DataFolder) -> Iterator[None]:
    """Whatever comes of it, what was unpacked and not put in place is removed."""
    try:
        yield
    finally:
        with suppress(OSError):
            unstage(held)


def _placed(
    checked: Checked, folders: tuple[DataFolder, Path], config: Path, now: datetime, *, force: bool
) -> Restored:
    """Put what was unpacked and looked at in place."""
    held, staged = folders
    epoch = new_epoch()
    _begin_epoch(staged / DATABASE_PART, epoch)
    suffix = f".before-restore-{now.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}"
    places = {name: _place(name, held, config) for name in sorted(checked.manifest.parts)}
    places[DATABASE_PART] = places.pop(DATABASE_PART)  # the last: until then a start finds the old one
    there = [name for name, place in places.items() if place.exists()]
    kept = [] if force else there
    for name in kept:
        (staged / name).unlink()
    taken = {name: place for name, place in places.items() if name not in kept}
    for place in taken.values():
        _require_place(place)
    decide(held, Plan(suffix, {name: str(place) for name, place in taken.items()}))
    finish(held)
    return Restored(
        checked,
        epoch,
        placed=tuple(taken.values()),
        kept=tuple(places[name] for name in kept),
        aside=tuple(Path(f"{place}{suffix}") for name, place in taken.items() if name in there),
    )


def _place(name: str, held: DataFolder, config: Path) -> Path:
    """Where a part belongs; absolute, for who completes a restore may run elsewhere."""
    return (config if name == CONFIG_PART else held.path / name).absolute()


def _require_place(place: Path) -> None:
    """Raise `OSError` where a file could not be put: found out before anything is decided."""
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not os.access(place.parent, os.W_OK | os.X_OK):
        raise PermissionError(13, os.strerror(13), str(place.parent))


def _begin_epoch(database: Path, epoch: str) -> None:
    """Write a new epoch into a database that nobody uses, and leave it in one piece."""
    try:
        with closing(for_writing(database)()) as raw:
            raw.execute("update meta set epoch = ?", (epoch,))
            raw.commit()
            raw.execute("pragma wal_checkpoint(truncate)")
    except sqlite3.Error as error:
        raise BadBackup(f"The database in it can't be given a new epoch ({error}).") from error
