"""What a client knows, kept on disk without anybody waiting for it.

A change is only noted here; the thread `cache` writes what came within half a second in one transaction, and
only what changed. So being killed at any instant loses that half second at most and leaves a file that fits
together. Trouble with the disk is told once, and everything goes on. Knows no socket. `note`, `keep_draft`
and `heard` on any thread, the rest on the link's.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from chat.client.cache import Cached
from chat.client.cache_notes import CacheNotes
from chat.client.changes import Change
from chat.client.disk_thread import DiskThread
from chat.client.identity import Owner
from chat.client.people import People
from chat.clock import Clock, SystemClock

if TYPE_CHECKING:
    from chat.client.cache_file import CacheFile

PAUSE_SECONDS = 0.5
"""How long to wait for more before writing."""


class SqliteCache:
    """What one client keeps of what it knows.

    Args:
        path: the file, which all clients of a home share.
        address: where the server is looked for.
        nick: who it is looked for as; equal spellings are equal here.
        shows: whether what is kept is given back, not only whether it was thrown away.
        clock: the time.
    """

    def __init__(
        self, path: Path, address: str, nick: str, *, shows: bool = True, clock: Clock | None = None
    ) -> None:
        self._place = (path, address, nick)
        self._shows = shows
        self._clock = clock or SystemClock()
        self._thread = DiskThread("cache", self._write, PAUSE_SECONDS)
        self._opened: CacheFile | None = None
        """Under the thread's `disk`."""
        self._notes = CacheNotes()
        """Under the thread's `news`, as the next."""
        self._owner: Owner | None = None

    def begin(self, tell: Callable[[str], None]) -> None:
        """See `CacheStore.begin`."""
        self._thread.begin(tell)

    def last_server(self) -> str:
        """See `CacheStore.last_server`."""
        found: list[str] = []
        with self._thread.disk:
            self._thread.attempt(lambda: found.append(self._file().last_server()))
        return "".join(found)

    def load(self, owner: Owner | None) -> Cached:
        """See `CacheStore.load`."""
        found: list[Cached] = []
        with self._thread.disk:
            self._write()
            if owner is not None:
                self._thread.attempt(lambda: found.append(self._file().load(owner, talks=self._shows)))
            cached = found[0] if found else Cached()
            with self._thread.news:
                self._owner = owner
                self._notes.begin(cached)
        return cached

    def note(self, changes: Iterable[Change], people: People) -> None:
        """See `CacheStore.note`."""
        with self._thread.news:
            if self._notes.note(changes, people):
                self._notes.batch.seen_at = self._clock.now()
                self._thread.wake()

    def keep_draft(self, conversation: str, text: str) -> None:
        """See `CacheStore.keep_draft`."""
        with self._thread.news:
            self._notes.batch.drafts[conversation] = text
            self._thread.wake()

    def heard(self) -> None:
        """See `CacheStore.heard`."""
        with self._thread.news:
            self._notes.batch.seen_at = self._clock.now()
            self._thread.wake()

    def close(self) -> None:
        """See `CacheStore.close`."""
        self._thread.close()

    # ------------------------------------------------------------------ while the disk is held

    def _write(self) -> None:
        """Write what there is."""
        with self._thread.news:
            owner = self._owner
            if owner is None:
                return
            if self._thread.file_is_new:
                self._notes.repeat()
            batch = self._notes.take()
        if batch.is_empty:
            return
        if self._thread.attempt(lambda: self._file().write(owner, batch)):
            with self._thread.news:
                self._thread.file_is_new = False
        else:
            with self._thread.news:
                self._notes.put_back(batch)

    def _file(self) -> "CacheFile":
        """The file."""
        # here, not at the top: SQLite takes 14 ms to import, and the first paint does not wait for it
        from chat.client.cache_file import CacheFile  # noqa: PLC0415

        if self._opened is None:
            self._opened = CacheFile(*self._place)
        return self._opened
