"""The log of one conversation: its rows in order, and the place where one reads.

The owner of a conversation puts rows in and changes them here, whether the log is shown or not; a
widget that shows it listens for changes. Rules between days are set by the log itself, by the dates
of the rows as they stand; rows are never put in order by a clock. Knows no widget. Belongs to the
screen's thread.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from enum import Enum, auto

from chat.tui.render.columns import Columns, columns_for
from chat.tui.render.message import Look, look
from chat.tui.render.row_cursor import RowCursor
from chat.tui.render.row_store import RowStore, Splice
from chat.tui.render.rows import NEW_KEY, Row, RowKind, RowStatus, day_row, new_row
from chat.tui.render.viewport import Place, Viewport

_FIRST_WIDTH = 80  # until a widget tells the real one


class Older(Enum):
    """What is known about messages before the first row."""

    NONE = auto()
    """The log is whole, or nothing can be fetched."""
    AVAILABLE = auto()
    """There are more; whoever shows the log asks for them when they come near."""
    ASKED = auto()
    """They are on their way; asking again would fetch them twice."""


class LogModel:
    """Rows, heights and the reader's place. Keys are unknown: KeyError; put in twice: ValueError."""

    def __init__(self, older: Older = Older.NONE) -> None:
        self.store = RowStore(columns_for(_FIRST_WIDTH))
        self.viewport = Viewport(self.store)
        self.cursor = RowCursor(self.store)
        self.older = older
        self.listener: Callable[[Splice | None], None] | None = None
        """Called after every change; None stands for a change of the place alone."""
        self._newest_own: int | None = None
        self._year = 0

    def __len__(self) -> int:
        return len(self.store)

    def __contains__(self, key: str) -> bool:
        return key in self.store

    def row(self, key: str) -> Row:
        """The row with a key."""
        return self.store[self.store.index_of(key)]

    def append(self, rows: Iterable[Row]) -> None:
        """Put rows behind the last one.

        What the server tells goes before one's own messages that are still under way, so that they
        stay at the bottom.
        """
        new = list(rows)
        if not new:
            return
        at = len(self.store)
        if new[0].kind is not RowKind.NOTICE and not new[0].under_way:
            while at > 0 and self.store[at - 1].under_way:
                at -= 1
        if not self.viewport.following:
            self.viewport.new_below += sum(row.said and not row.own for row in new)
        self._splice(at, 0, new)

    def prepend(self, rows: Iterable[Row]) -> None:
        """Put older rows before the first one; an answer without rows means that there are no more."""
        new = list(rows)
        if self.older is Older.ASKED:
            self.older = Older.AVAILABLE if new else Older.NONE
        self._splice(0, 0, new)

    def insert(self, before: str, rows: Iterable[Row]) -> None:
        """Put rows before the row with a key."""
        self._splice(self.store.index_of(before), 0, list(rows))

    def fill(self, gap: str, rows: Iterable[Row]) -> None:
        """Put rows in the place of one, such as a page of history in that of a gap.

        A gap that is not closed by them is given again as one of the rows.
        """
        self._splice(self.store.index_of(gap), 1, list(rows))

    def replace(self, key: str, row: Row) -> None:
        """Put another row in the place of one; its key may be another too."""
        self._splice(self.store.index_of(key), 1, [row])

    def remove(self, key: str) -> None:
        """Take a row out."""
        self._splice(self.store.index_of(key), 1, [])

    def drop_first(self, count: int) -> None:
        """Take so many rows at the top out, all but one's own messages that are not stored."""
        first = (self.store[at] for at in range(count))
        self._splice(0, count, [row for row in first if row.own and row.status is not RowStatus.STORED])

    def mark_new(self, before: str | None) -> None:
        """Set the rule of what is new before the row with a key, or take it away."""
        if before is not None and before not in self.store:
            raise KeyError(before)
        if NEW_KEY in self.store:
            self.remove(NEW_KEY)
        if before is not None:
            self.insert(before, [new_row()])

    def offer_older(self) -> None:
        """Let what did not come when it was asked for be asked for again."""
        self.older = Older.AVAILABLE
        self._tell(None)

    def follow(self) -> None:
        """Go to the bottom and stay there, as after sending; no message stays selected."""
        self.cursor.clear()
        self.viewport.follow()
        self._tell(None)

    def selected(self, height: int) -> None:
        """The selection moved: bring it into a window of `height` lines, which stands still from then on."""
        index = self.cursor.index
        if index is not None:
            self.viewport.hold_still(height)
            self.viewport.reveal(index, height)
        self._tell(None)

    def deselect(self) -> None:
        """Leave the selected message, where one is; what is seen stays."""
        self.cursor.clear()
        self.viewport.release()
        self._tell(None)

    def resize(self, width: int) -> Columns:
        """Lay out for a log of so many cells; the reader's place stays."""
        self.store.resize(columns_for(width))
        return self.store.columns

    def look(self, place: Place, *, top: bool) -> Look:
        """What a line shows beside its text; the top line of the screen always says who speaks when."""
        index, line = place
        newest = self.store.ordinal(index) == self._newest_own
        if index == self.cursor.index:
            return Look(time=line == 0 or top, nick=line == 0 or top, newest=newest, selected=True)
        if top or line:
            return Look(time=top, nick=top, newest=newest)
        return look(self.store[index - 1] if index else None, self.store[index], newest=newest)

    def _splice(self, at: int, removed: int, rows: list[Row]) -> None:
        """The one way in which rows change."""
        at, removed, rows = self._without_same(*self._with_days(at, removed, rows))
        change = self.store.splice(at, removed, rows)
        self.viewport.shift(change)
        self.cursor.shift(change)
        self._note_newest(change, at, rows)
        self._tell(change)
        self._settle_day(at + len(rows))

    def _settle_day(self, index: int) -> None:
        """Set or take out the rule of a day before which, from here on, only rows without a time stand."""
        behind = index
        while behind < len(self.store) and self.store[behind].time is None:
            behind += 1
        if index == behind or behind == len(self.store):
            return
        before, row = self._nearest_dated(range(behind - 1, -1, -1)), self.store[behind]
        same = bool(before and before.time and row.time and before.time.date() == row.time.date())
        if same == (row.kind is RowKind.DAY):
            self._splice(behind, int(same), [])

    def _tell(self, change: Splice | None) -> None:
        if self.listener is not None:
            self.listener(change)

    def _with_days(self, at: int, removed: int, rows: list[Row]) -> tuple[int, int, list[Row]]:
        """Put a rule before every row whose date is not that of the dated row before it.

        The rules at both edges of the change belong to it, as it may make them superfluous.
        """
        end = at + removed
        if at > 0 and self.store[at - 1].kind is RowKind.DAY:
            at -= 1
        if end < len(self.store) and self.store[end].kind is RowKind.DAY:
            end += 1
        self._year = max(self._year, *(row.time.year for row in rows if row.time is not None), 0)
        before = self._nearest_dated(range(at - 1, -1, -1))
        day = before.time.date() if before and before.time else None
        done: list[Row] = []
        for row in rows:
            if row.time is not None and row.time.date() != day:
                day = row.time.date()
                done.append(self._day_before(row, row.time))
            done.append(row)
        behind = self.store[end] if end < len(self.store) else None
        if behind and behind.time and behind.kind is not RowKind.DAY and behind.time.date() != day:
            done.append(self._day_before(behind, behind.time))
        return at, end - at, done

    def _without_same(self, at: int, removed: int, rows: list[Row]) -> tuple[int, int, list[Row]]:
        """Leave out of a change what stays as it is at its edges, so that nothing seems to move."""
        first, last = 0, len(rows)
        while removed and first < last and self.store[at] == rows[first]:
            at, removed, first = at + 1, removed - 1, first + 1
        while removed and first < last and self.store[at + removed - 1] == rows[last - 1]:
            removed, last = removed - 1, last - 1
        return at, removed, rows[first:last]

    def _nearest_dated(self, indices: range) -> Row | None:
        """The first row with a time on the way."""
        return next((self.store[index] for index in indices if self.store[index].time is not None), None)

    def _day_before(self, row: Row, time: datetime) -> Row:
        """The rule for a row's day; it names the year when that is not the newest one."""
        return day_row(f"d{row.key}", time, with_year=time.year != self._year)

    def _note_newest(self, change: Splice, at: int, rows: Sequence[Row]) -> None:
        """Keep track of the newest own message that is stored."""
        newest = self._newest_own
        if newest is not None and change.at <= newest < change.at + change.removed:
            newest = self._last_own(range(at + len(rows)))
        elif newest is not None:
            newest = change.moved(newest)
        added = self._last_own(range(at, at + len(rows)))
        self._newest_own = added if newest is None else newest if added is None else max(newest, added)

    def _last_own(self, indices: range) -> int | None:
        """The ordinal of the last own stored message on the way, None when there is none."""
        for index in reversed(indices):
            row = self.store[index]
            if row.own and row.said and row.status is RowStatus.STORED:
                return self.store.ordinal(index)
        return None
