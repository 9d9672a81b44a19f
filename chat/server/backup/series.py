"""Backups of one server that are made again and again: their names, their times, and how many are kept.

One thread at a time.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from chat.clock import Clock
from chat.errors import BadConfig, ChatError, UsageError
from chat.server.backup.archive import BadBackup, read_manifest
from chat.server.backup.sealing import Passphrase

_STAMP = "%Y%m%dT%H%M%SZ"
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"([1-9][0-9]{0,5})([smhd])")


def seconds_of(duration: str) -> int:
    """Return the seconds in `90s`, `30m`, `6h` or `1d`; raises `UsageError`."""
    found = _DURATION.fullmatch(duration)
    if found is None:
        raise UsageError(f"{duration!r} is no duration: write a number with s, m, h or d, as in 30m or 6h.")
    return int(found[1]) * _SECONDS[found[2]]


class Series:
    """The files whose names are one name with a time in it: of `chat.tar`, `chat-20260501T060000Z.tar`.

    Args:
        file: the name.
        passphrase: decrypts those that are encrypted; others are not looked into, and kept.
    """

    def __init__(self, file: Path, passphrase: Passphrase | None = None) -> None:
        self.file = file
        self._passphrase = passphrase
        name = re.escape(file.stem), re.escape(file.suffix)
        self._member = re.compile(rf"{name[0]}-([0-9]{{8}}T[0-9]{{6}}Z){name[1]}")

    def at(self, moment: datetime) -> Path:
        """Return the file of a moment."""
        return self.file.with_name(f"{self.file.stem}-{moment.astimezone(UTC):{_STAMP}}{self.file.suffix}")

    def members(self, server_id: str) -> list[Path]:
        """Return the files of this series that hold backups of this server, newest first."""
        found = [path for path in self.file.parent.iterdir() if self._is_member(path, server_id)]
        return sorted(found, key=lambda path: path.name, reverse=True)

    def keep(self, number: int, server_id: str) -> list[Path]:
        """Remove all members but the newest; return what was removed. Raises `BadConfig`."""
        older = self.members(server_id)[number:]
        for path in older:
            try:
                path.unlink()
            except OSError as error:
                raise BadConfig(f"The old backup {path} can't be removed ({error.strerror}).") from error
        return older

    def _is_member(self, path: Path, server_id: str) -> bool:
        """Whether it is surely one: somebody's own file is not, whatever its name."""
        if not self._member.fullmatch(path.name) or path.is_symlink() or not path.is_file():
            return False
        try:
            return read_manifest(path, self._passphrase).server_id == server_id
        except (BadBackup, BadConfig):
            return False


def repeat(
    job: Callable[[], None],
    every: int,
    clock: Clock,
    pause: Callable[[float], object],
    tell: Callable[[ChatError], None],
) -> None:
    """Do a job at once and then at regular times, until an exception that is no `ChatError` ends it.

    Args:
        job: when it fails the first time, so does this; later ones are told and tried again in time.
        every: seconds from the beginning of one to that of the next; what was missed is not made up for.
        clock: tells how long a job took.
        pause: waits for so many seconds.
        tell: hears of jobs that failed.
    """
    begun = clock.monotonic()
    job()
    while True:
        passed = clock.monotonic() - begun
        pause(every - passed % every)
        begun = clock.monotonic()
        try:
            job()
        except ChatError as error:
            tell(error)
