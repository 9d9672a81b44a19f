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

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from chat.client.changes import OutboxItem
from chat.client.disk_thread import DiskThread
from chat.client.identity import Owner

if TYPE_CHECKING:
    from chat.client.outbox_file import OutboxFile


class SqliteOutbox:
    """What one client keeps of what it has said.

    Args:
        path: the file, which all clients of a home share.
        address: where the server is looked for.
        nick: who it is looked for as; equal spellings are equal here.
    """

    def __init__(self, path: Path, address: str, nick: str) -> None:
        self._place = (path, address, nick)
        self._thread = DiskThread("outbox", self._write)
        # under the thread's `disk`
        self._opened: OutboxFile | None = None
        self._owner: Owner | None = None
        # under the thread's `news`
        self._alive: dict[str, OutboxItem] = {}
        self._pending: dict[str, OutboxItem | None] = {}
        self._claim_is_due = False

    def begin(self, tell: Callable[[str], None]) -> None:
        """See `OutboxStore.begin`."""
        self._thread.begin(tell)

    def put(self, item: OutboxItem) -> None:
        """See `OutboxStore.put`."""
        with self._thread.news:
            self._alive[item.send_id] = item
            self._note(item.send_id, item)

    def remove(self, send_id: str) -> None:
        """See `OutboxStore.remove`."""
        with self._thread.news:
            self._alive.pop(send_id, None)
            self._note(send_id, None)

    def load(self, server_id: str, box: str) -> list[OutboxItem] | None:
        """See `OutboxStore.load`."""
        owner = Owner(server_id, box)
        with self._thread.disk:
            kept = self._load(owner)
            if kept is None and self._thread.file_is_new:
                kept = self._load(owner)
            self._owner = owner
            if kept is None:  # what stands there without an owner must not wait for another server
                with self._thread.news:
                    self._claim_is_due = True
                    self._thread.wake()
        return kept

    def peek(self, server_id: str, box: str) -> list[OutboxItem]:
        """See `OutboxStore.peek`."""
        seen: list[OutboxItem] = []
        with self._thread.disk:
            self._thread.attempt(lambda: seen.extend(self._file().peek(Owner(server_id, box))))
        return seen

    def close(self) -> None:
        """See `OutboxStore.close`."""
        self._thread.close()

    def _note(self, send_id: str, item: OutboxItem | None) -> None:
        self._pending[send_id] = item
        self._thread.wake()

    # ------------------------------------------------------------------ while the disk is held

    def _load(self, owner: Owner) -> list[OutboxItem] | None:
        kept: list[OutboxItem] = []
        if not self._write():
            return None
        with self._thread.news:
            own = [item for item in self._alive.values() if item.send_id not in self._pending]
        if not self._thread.attempt(lambda: kept.extend(self._file().load(owner, own))):
            return None
        with self._thread.news:
            loaded = {item.send_id: item for item in kept if self._pending.get(item.send_id, item)}
            self._alive = {**loaded, **self._alive, **loaded}
        return kept

    def _write(self) -> bool:
        """Write what there is; say whether that was done."""
        with self._thread.news:
            changes: dict[str, OutboxItem | None] = (
                {**self._alive} if self._thread.file_is_new else self._pending
            )
            self._pending = {}
            is_due = bool(changes) or self._claim_is_due
        done = not is_due or self._thread.attempt(lambda: self._file().write(changes, self._owner))
        with self._thread.news:
            if done:
                self._thread.file_is_new = self._claim_is_due = False
            else:
                self._pending = {**changes, **self._pending}  # in the first order, the last word
        return done

    def _file(self) -> "OutboxFile":
        """The file."""
        # here, not at the top: SQLite takes 14 ms to import, and the first paint does not wait for it
        from chat.client.outbox_file import OutboxFile  # noqa: PLC0415

        if self._opened is None:
            self._opened = OutboxFile(*self._place)
        return self._opened
