"""Puts restored files in the place of present ones, so that a start finds the old or the new, never a mix.

What is to come is staged in a folder beside the database first. Renaming that folder is the one step that
decides: a process that is killed before it has changed nothing, and what one that is killed after it left
undone is done by whoever opens the data folder next. No file is deleted: what stood in the way gets another
name. Knows files, not what is in them. Called by the thread that holds the data folder.
"""

import errno
import os
import shutil
from pathlib import Path

import msgspec
from msgspec import Struct

from chat.errors import BadConfig
from chat.server.storage.folder import DATABASE, DataFolder

_STAGED = "restore.staged"
_DECIDED = "restore.decided"
_PLAN = "plan.json"


class Plan(Struct, frozen=True):
    """Where staged files go."""

    suffix: str
    """What is put behind the names of files that stand in the way; unique for each restore."""
    places: dict[str, str]
    """The names of staged files with the paths they go to, in the order in which that is done."""


def stage(held: DataFolder) -> Path:
    """Return an empty folder for what is to come, on the disk of the database; raises `OSError`."""
    unstage(held)
    staged = held.path / _STAGED
    staged.mkdir(mode=0o700)
    return staged


def unstage(held: DataFolder) -> None:
    """Forget what was staged and not decided; raises `OSError`."""
    if (held.path / _STAGED).exists():
        shutil.rmtree(held.path / _STAGED)


def decide(held: DataFolder, plan: Plan) -> None:
    """Let what is staged take its place from now on, whatever happens; `finish` does it.

    Raises:
        OSError: the disk refused; nothing has changed then.
    """
    staged = held.path / _STAGED
    (staged / _PLAN).write_bytes(msgspec.json.encode(plan))
    for path in (*(each for each in staged.rglob("*") if each.is_file()), staged):
        flush(path)
    staged.rename(held.path / _DECIDED)


def finish(held: DataFolder) -> bool:
    """Do what was decided and is not done yet; say whether there was anything.

    Raises:
        BadConfig: a file can't be put in its place; the next call tries again.
    """
    decided = held.path / _DECIDED
    if not decided.exists():
        return False
    try:
        flush(held.path)  # the decision first
        if (decided / _PLAN).exists():
            plan = msgspec.json.decode((decided / _PLAN).read_bytes(), type=Plan)
            for name, place in plan.places.items():
                _put(decided / name, Path(place), plan.suffix)
        shutil.rmtree(decided)
        flush(held.path)
    except OSError as error:
        raise BadConfig(
            f"A restore into {held.path} can't be completed ({error.strerror}: {error.filename}): "
            "make that place the server's own, then start it again."
        ) from error
    return True


def flush(path: Path) -> None:
    """Wait until the disk has a file, or the names in a folder; raises `OSError`."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _put(staged: Path, target: Path, suffix: str) -> None:
    """Move one file to its place, and what stands there aside; done before, it is left as it is."""
    if not staged.exists():
        return
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # a log that is left behind would be read as part of the restored database
    ends = ("-wal", "-shm", "") if target.name == DATABASE else ("",)
    for end in ends:
        present, aside = Path(f"{target}{end}"), Path(f"{target}{suffix}{end}")
        if present.exists() and not aside.exists():
            present.rename(aside)
    _move(staged, target)
    flush(target.parent)


def _move(staged: Path, target: Path) -> None:
    """Rename a file, onto another disk too."""
    try:
        staged.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        beside = target.with_name(f"{target.name}.restoring")
        shutil.copyfile(staged, beside)
        beside.chmod(0o600)
        flush(beside)
        beside.replace(target)
        staged.unlink()
