"""A lock on a file that other processes see, and that ends with its process whatever ends that.

Knows nothing of what it guards. A lock belongs to whoever took it, on any thread; a second taker is refused
in the same process too.
"""

import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO

from chat.deadline import Deadline

_FAR = 1 << 20  # behind whatever stands in such a file
_LOOK_AGAIN_SECONDS = 0.05  # no system can wait for such a lock and also give up

if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        file.seek(_FAR)  # nobody else may read the bytes that are locked
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


class FileLock:
    """A lock that is held from being taken until it is released."""

    def __init__(self, file: IO[bytes]) -> None:
        """Use `take`."""
        self._file = file

    @classmethod
    def take(cls, path: Path) -> "FileLock | None":
        """Take the lock on a file, which is made when missing and stays; None when somebody else holds it.

        Raises:
            OSError: the file can't be made or opened.
        """
        path.touch(mode=0o600)
        file = path.open("r+b")
        try:
            _lock(file)
        except OSError:
            file.close()
            return None
        return cls(file)

    @classmethod
    def wait(cls, path: Path, seconds: float) -> "FileLock | None":
        """Take the lock as soon as it is free; None when it is not within that time.

        Raises:
            OSError: the file can't be made or opened.
        """
        deadline = Deadline(seconds)
        pause = threading.Event()
        while (lock := cls.take(path)) is None and not deadline.expired:
            pause.wait(_LOOK_AGAIN_SECONDS)
        return lock

    def note(self, text: str) -> None:
        """Write down, for people who look into the file, who holds it; raises `OSError`."""
        self._file.seek(0)
        self._file.truncate()
        self._file.write(text.encode())
        self._file.flush()

    def release(self) -> None:
        """Let others have it; may be called twice."""
        with suppress(OSError):
            self._file.close()
