"""The folder that a server keeps its data in: made for its eyes only, and held by one server at a time.

Knows file names, not what is in the files. Opened and closed by one thread.
"""

import os
from pathlib import Path

from chat.errors import BadConfig
from chat.file_lock import FileLock

DATABASE = "chat.db"
LOCK = "server.lock"


class DataInUse(BadConfig):
    """Another server runs on the data."""


class DataFolder:
    """A data folder that is held until it is closed, or its process ends."""

    def __init__(self, path: Path) -> None:
        """Make the folder where there is none, and hold it.

        Raises `DataInUse` when another server holds it, `BadConfig` when it can't be used.
        """
        self.path = path
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = FileLock.take(path / LOCK)
            if lock is not None:
                lock.note(f"{os.getpid()}\n")
        except OSError as error:
            raise BadConfig(
                f"The data folder {path} can't be used ({error.strerror}): choose one that you may write to, "
                "or make this one yours."
            ) from error
        if lock is None:
            raise self._in_use()
        self._lock = lock

    @property
    def database(self) -> Path:
        """The file of the database."""
        return self.path / DATABASE

    def close(self) -> None:
        """Let another server have the folder; closing again does nothing."""
        self._lock.release()

    def _in_use(self) -> DataInUse:
        """Say which process has the folder."""
        holder = (self.path / LOCK).read_text(errors="replace").strip()
        return DataInUse(
            f"A server already runs on the data in {self.path} (process {holder or 'unknown'}): join it, "
            "stop it, or choose another data folder."
        )
