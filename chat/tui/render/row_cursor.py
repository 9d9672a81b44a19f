"""Which message of a log is selected, if any: what keys on a message mean.

It stays on its message while rows come and go; one that goes hands over to the nearest above it, as where an
own message turns from waiting to stored. Rows that nobody said are passed over. Knows no widget; belongs to
the screen's thread.
"""

from collections.abc import Iterable

from chat.tui.render.row_store import RowStore, Splice
from chat.tui.render.rows import Row


class RowCursor:
    """The selection in the rows of one log; a new one has none."""

    def __init__(self, store: RowStore) -> None:
        self._store = store
        self._ordinal: int | None = None

    @property
    def index(self) -> int | None:
        """Where the selected row stands; None when none is selected."""
        return None if self._ordinal is None else self._store.index(self._ordinal)

    @property
    def row(self) -> Row | None:
        """The selected row."""
        return None if self.index is None else self._store[self.index]

    def select(self, index: int) -> bool:
        """Select the message at an index; say whether one is there."""
        if 0 <= index < len(self._store) and self._store[index].said:
            self._ordinal = self._store.ordinal(index)
            return True
        return False

    def select_newest(self) -> bool:
        """Select the newest message; say whether there is any."""
        return self._select_first_of(range(len(self._store) - 1, -1, -1))

    def select_oldest(self) -> bool:
        """Select the oldest message here; say whether there is any."""
        return self._select_first_of(range(len(self._store)))

    def move(self, messages: int) -> bool:
        """Select the message so many further down, or up when negative; say whether it got that far."""
        step = 1 if messages > 0 else -1
        for _ in range(abs(messages)):
            if self.index is None or not self._select_first_of(self._onwards(step)):
                return False
        return True

    def move_page(self, step: int, height: int) -> None:
        """Select the message about `height` lines further down (`step` 1) or up (-1), as far as there is."""
        left = height - 1
        farthest = None
        for index in self._onwards(step):
            left -= len(self._store.body(index).lines)
            if left < 0 and farthest is not None:
                break
            farthest = index if self._store[index].said else farthest
        if farthest is not None:
            self.select(farthest)

    def clear(self) -> None:
        """Select none."""
        self._ordinal = None

    def shift(self, change: Splice) -> None:
        """Stay on the message after a change of rows; on the nearest above where it went."""
        if self._ordinal is None:
            return
        gone = change.at <= self._ordinal < change.at + change.removed and change.added != change.removed
        moved = change.moved(self._ordinal)
        self._ordinal = moved
        if gone:
            behind = moved - self._store.ordinal(0)
            self._ordinal = None
            above = range(min(behind, len(self._store)) - 1, -1, -1)
            self._select_first_of([*above, *range(max(behind, 0), len(self._store))])

    def _onwards(self, step: int) -> Iterable[int]:
        """The indices from the selected row on, without it."""
        if self.index is None:
            return ()
        return range(self.index + step, len(self._store) if step > 0 else -1, step)

    def _select_first_of(self, indices: Iterable[int]) -> bool:
        return any(self.select(index) for index in indices)
