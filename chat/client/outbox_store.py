"""Unsent messages kept on disk, without anybody waiting for it.

Saying something only notes it here; the thread `outbox` writes it at once, all that has come meanwhile in one
flushed transaction. So no key press and no connection ever waits for a disk, and what is typed, with or
without a connection, is on disk some milliseconds later. A message may be on its way before that: being
killed in between neither loses it (the server has it, or it is as if the key had been pressed a moment later)
nor doubles it (what is not on disk is not sent again). What is acknowledged is removed in the same way: being
killed before that repeats it under its id, and the server stores it once.

Trouble with the disk is told once, and everything goes on from memory; what could not be written is tried
again until it can. Knows no socket. `put` and `remove` on any thread, the rest on the link's.
"""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from chat.client.changes import OutboxItem
from chat.client.outbox import NotKept

if TYPE_CHECKING:
    from chat.client.outbox_file import OutboxFile, Owner

AGAIN_SECONDS = 1.0
"""How long after a failure it is tried again."""
CLOSE_SECONDS = 2.0
"""How long the end waits for a disk."""


class SqliteOutbox:
    """What one client keeps of what it has said.

    Args:
        path: the file, which all clients of a home share.
        address: where the server is looked for.
        nick: who it is looked for as; equal spellings are equal here.
    """

    def __init__(self, path: Path, address: str, nick: str) -> None:
        self._place = (path, address, nick)
        self._opened: OutboxFile | None = None
        self._owner: Owner | None = None
        self._disk = threading.Lock()
        """Held while the file is used, and outside of the next; it guards what stands above."""
        self._news = threading.Condition()
        """Guards all below; nobody waits for a disk inside."""
        self._alive: dict[str, OutboxItem] = {}
        self._pending: dict[str, OutboxItem | None] = {}
        self._is_fresh = False
        self._in_trouble = False
        self._file_is_new = False
        self._closing = False
        self._tell: Callable[[str], None] = lambda _: None
        self._thread = threading.Thread(target=self._run, name="outbox")

    def begin(self, tell: Callable[[str], None]) -> None:
        """See `OutboxStore.begin`."""
        self._tell = tell
        self._thread.start()

    def put(self, item: OutboxItem) -> None:
        """See `OutboxStore.put`."""
        with self._news:
            self._alive[item.send_id] = item
            self._note(item.send_id, item)

    def remove(self, send_id: str) -> None:
        """See `OutboxStore.remove`."""
        with self._news:
            self._alive.pop(send_id, None)
            self._note(send_id, None)

    def load(self, server_id: str, box: str) -> list[OutboxItem] | None:
        """See `OutboxStore.load`."""
        # here, not at the top: SQLite takes 14 ms to import, and the first paint does not wait for it
        from chat.client.outbox_file import Owner  # noqa: PLC0415

        owner = Owner(server_id, box)
        with self._disk:
            kept = self._load(owner)
            if kept is None and self._file_is_new:
                kept = self._load(owner)
            self._owner = owner
        return kept

    def close(self) -> None:
        """See `OutboxStore.close`."""
        with self._news:
            self._closing = True
            self._news.notify()
        self._thread.join(CLOSE_SECONDS)

    def _note(self, send_id: str, item: OutboxItem | None) -> None:
        self._pending[send_id] = item
        self._is_fresh = True
        self._news.notify()

    def _run(self) -> None:
        """What the thread does."""
        closing = False
        while not closing:
            closing = self._wait()
            with self._disk:
                self._write()

    def _wait(self) -> bool:
        """Wait for something to write, or to try again; say whether the end has come."""
        with self._news:
            again = AGAIN_SECONDS if self._in_trouble else None
            self._news.wait_for(lambda: self._is_fresh or self._closing, again)
            self._is_fresh = False
            return self._closing

    # ------------------------------------------------------------------ while the disk is held

    def _load(self, owner: "Owner") -> list[OutboxItem] | None:
        kept: list[OutboxItem] = []
        if not self._write():
            return None
        with self._news:
            own = [item for item in self._alive.values() if item.send_id not in self._pending]
        if not self._attempt(lambda file: kept.extend(file.load(owner, own))):
            return None
        with self._news:
            loaded = {item.send_id: item for item in kept if self._pending.get(item.send_id, item)}
            self._alive = {**loaded, **self._alive, **loaded}
        return kept

    def _write(self) -> bool:
        """Write what there is; say whether that was done."""
        with self._news:
            changes: dict[str, OutboxItem | None] = {**self._alive} if self._file_is_new else self._pending
            self._pending = {}
        done = not changes or self._attempt(lambda file: file.write(changes, self._owner))
        with self._news:
            if done:
                self._file_is_new = False
            else:
                self._pending = {**changes, **self._pending}  # in the first order, the last word
        return done

    def _attempt(self, job: "Callable[[OutboxFile], None]") -> bool:
        """Use the file; say whether that could be done. What is wrong is told once."""
        from chat.client.outbox_file import Damaged, OutboxFile  # noqa: PLC0415  # see `load`

        if self._opened is None:
            self._opened = OutboxFile(*self._place)
        try:
            job(self._opened)
        except Damaged as damaged:
            self._tell(str(damaged))
            with self._news:
                self._is_fresh = self._file_is_new = True
            return False
        except NotKept as trouble:
            if not self._set_trouble(True):
                self._tell(str(trouble))
            return False
        self._set_trouble(False)
        return True

    def _set_trouble(self, now: bool) -> bool:
        """Note whether there is trouble; return whether there was."""
        with self._news:
            before, self._in_trouble = self._in_trouble, now
        return before
