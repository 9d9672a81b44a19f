"""The folder that a server keeps its data in: made for its eyes only, and held by one server at a time.

Knows file names, not what is in the files. Opened and closed by one thread.
"""

import os
import sys
from pathlib import Path

from chat.errors import BadConfig

DATABASE = "chat.db"
LOCK = "server.lock"

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        """Lock one byte far behind the text, for nobody else may read the bytes that are locked."""
        os.lseek(descriptor, 1 << 20, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        """Lock the file as long as the descriptor is open, however its process ends."""
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


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
            self._descriptor = os.open(path / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise BadConfig(
                f"The data folder {path} can't be used ({error.strerror}): choose one that you may write to, "
                "or make this one yours."
            ) from error
        try:
            self._hold()
        except BaseException:
            self.close()
            raise

    @property
    def database(self) -> Path:
        """The file of the database."""
        return self.path / DATABASE

    def close(self) -> None:
        """Let another server have the folder; closing again does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _hold(self) -> None:
        """Lock the folder, and write down by which process."""
        try:
            _lock(self._descriptor)
        except OSError as error:
            holder = (self.path / LOCK).read_text(errors="replace").strip()
            raise DataInUse(
                f"A server already runs on the data in {self.path} (process {holder or 'unknown'}): join it, "
                "stop it, or choose another data folder."
            ) from error
        os.ftruncate(self._descriptor, 0)
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        os.write(self._descriptor, f"{os.getpid()}\n".encode())
