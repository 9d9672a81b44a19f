"""A thread that writes to a file what others only note, so that nobody waits for a disk.

What was noted is written at once, or after a pause in which more of it may come, all in one go. Trouble is
told once; what could not be written is tried again until it can. Knows neither the file nor what stands in
it: its owner gives the job, which raises `NotKept`. Any thread wakes it; the rest is the link's.
"""

import threading
from collections.abc import Callable

AGAIN_SECONDS = 1.0
"""How long after a failure it is tried again."""
CLOSE_SECONDS = 2.0
"""How long the end waits for a disk."""


class NotKept(Exception):
    """Nothing was written or read; the text is a sentence that says why and what that means."""


class Damaged(NotKept):
    """The file could not be read, and was put aside: the next call begins a new one."""


class DiskThread:
    """A thread and what it shares with its owner.

    Args:
        name: the thread's.
        write: writes all there is; called on the thread, and by it alone, while `disk` is held.
        pause: how many seconds to wait for more before writing.

    Attributes:
        disk: held while the file is used, and outside of `news`.
        news: guards what is to be written; nobody waits for a disk inside.
        file_is_new: whether the file was damaged, so that all has to be written again; under `news`.
    """

    def __init__(self, name: str, write: Callable[[], object], pause: float = 0.0) -> None:
        self.disk = threading.Lock()
        self.news = threading.Condition()
        self.file_is_new = False
        self._write = write
        self._pause = pause
        self._is_fresh = False
        self._in_trouble = False
        self._closing = False
        self._tell: Callable[[str], None] = lambda _: None
        self._thread = threading.Thread(target=self._run, name=name)

    def begin(self, tell: Callable[[str], None]) -> None:
        """Begin to write; once. `tell` is called with what goes wrong, on any thread."""
        self._tell = tell
        self._thread.start()

    def wake(self) -> None:
        """There is something to write; to be called under `news`."""
        if not self._is_fresh:
            self._is_fresh = True
            self.news.notify()

    def attempt(self, job: Callable[[], None]) -> bool:
        """Use the file, while `disk` is held; say whether that could be done. What is wrong is told once."""
        try:
            job()
        except Damaged as damaged:
            self._tell(str(damaged))
            with self.news:
                self.file_is_new = True
                self.wake()
            return False
        except NotKept as trouble:
            if not self._set_trouble(True):
                self._tell(str(trouble))
            return False
        self._set_trouble(False)
        return True

    def close(self) -> None:
        """Write what there is and end; waits a little for the disk."""
        with self.news:
            self._closing = True
            self.news.notify()
        if self._thread.ident is not None:
            self._thread.join(CLOSE_SECONDS)

    def _run(self) -> None:
        """What the thread does."""
        closing = False
        while not closing:
            closing = self._wait()
            with self.disk:
                self._write()
                if self.file_is_new:  # it was damaged: the new one takes it at once, also at the end
                    self._write()

    def _wait(self) -> bool:
        """Wait for something to write, or to try again; say whether the end has come."""
        with self.news:
            again = AGAIN_SECONDS if self._in_trouble else None
            self.news.wait_for(lambda: self._is_fresh or self._closing, again)
            if self._pause and not self._closing:
                self.news.wait_for(lambda: self._closing, self._pause)
            self._is_fresh = False
            return self._closing

    def _set_trouble(self, now: bool) -> bool:
        """Note whether there is trouble; return whether there was."""
        with self.news:
            before, self._in_trouble = self._in_trouble, now
        return before
