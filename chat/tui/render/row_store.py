"""The rows of one log: found by key and by place, with their heights at the present width.

Every change is one splice. A row's *ordinal* stays when rows are put before the first or behind the
last one, so selections and scroll positions speak of ordinals; a splice in the middle moves the
ordinals of the smaller side, and says so. Belongs to the screen's thread.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from chat.tui.render.columns import Columns
from chat.tui.render.heights import HeightIndex
from chat.tui.render.message import Body, body_of
from chat.tui.render.rows import Row

_BODIES_KEPT = 1024


@dataclass(frozen=True, slots=True)
class Splice:
    """What a change did: `added` rows stand where `removed` ones stood from ordinal `at` on."""

    at: int
    removed: int
    added: int
    upwards: bool
    """Whether the rows before the place moved rather than those behind it."""

    def moved(self, ordinal: int) -> int:
        """The ordinal of the same row after the change.

        A row that was exchanged for one other stays itself; for any other removed row it is the
        row behind the change.
        """
        grown = self.added - self.removed
        if ordinal < self.at:
            return ordinal - grown if self.upwards else ordinal
        if ordinal < self.at + self.removed:
            return ordinal if grown == 0 else self.at + self.removed + (0 if self.upwards else grown)
        return ordinal if self.upwards else ordinal + grown


class RowStore:
    """Rows in order. Heights are estimates until `body` is asked for, exact from then on."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.heights = HeightIndex()
        self._rows: list[Row] = []
        self._first = 0  # ordinal of the first row
        self._ordinals: dict[str, int] = {}
        self._cells: array[int] = array("I")
        self._breaks: array[int] = array("I")
        self._bodies: dict[str, Body] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> Row:
        return self._rows[index]

    def __contains__(self, key: str) -> bool:
        return key in self._ordinals

    def index_of(self, key: str) -> int:
        """The index of the row with this key; raises KeyError."""
        return self._ordinals[key] - self._first

    def ordinal(self, index: int) -> int:
        """The ordinal of the row at an index."""
        return self._first + index

    def index(self, ordinal: int) -> int:
        """The index of the row with an ordinal, or of the nearest row there is."""
        return max(0, min(ordinal - self._first, len(self._rows) - 1))

    def splice(self, at: int, removed: int, rows: Sequence[Row]) -> Splice:
        """Put rows in the place of `removed` ones from index `at` on; raises ValueError for a key twice."""
        end = at + removed
        upwards = at < len(self._rows) - end
        change = Splice(self.ordinal(at), removed, len(rows), upwards)
        self._exchange_keys(self._rows[at:end], rows)
        measured = [_about(row.text) for row in rows]
        breaks = [row.text.count("\n") + bool(row.reactions) for row in rows]
        self._rows[at:end] = rows
        self._cells[at:end] = array("I", measured)
        self._breaks[at:end] = array("I", breaks)
        self.heights.splice(at, removed, self._estimates(measured, breaks))
        self._number(at, removed, len(rows), upwards=upwards)
        return change

    def resize(self, columns: Columns) -> None:
        """Lay out for other columns: all heights become estimates again."""
        if columns == self.columns:
            return
        self.columns = columns
        self._bodies.clear()
        self.heights.reset(self._estimates(self._cells, self._breaks))

    def body(self, index: int) -> Body:
        """The wrapped text of a row; its height is exact from now on."""
        row = self._rows[index]
        body = self._bodies.get(row.key)
        if body is None:
            if len(self._bodies) >= _BODIES_KEPT:
                self._bodies.clear()
            body = self._bodies[row.key] = body_of(row, self.columns)
        self.heights.set(index, len(body.lines))
        return body

    def _estimates(self, measured: Sequence[int], breaks: Sequence[int]) -> list[int]:
        """Heights as they are if words could be cut anywhere: nearly right, and 100,000 take no time."""
        width = self.columns.text
        return [
            1 if wide <= width and not broken else -(-wide // width) + broken
            for wide, broken in zip(measured, breaks, strict=True)
        ]

    def _exchange_keys(self, gone: Sequence[Row], rows: Sequence[Row]) -> None:
        """Forget rows that go; refuse a key that would be there twice before anything is changed."""
        left = {row.key for row in gone}
        keys = {row.key for row in rows}
        if len(keys) < len(rows) or any(key in self._ordinals for key in keys - left):
            raise ValueError("two rows of a log have the same key")
        for key in left:
            del self._ordinals[key]
            self._bodies.pop(key, None)

    def _number(self, at: int, removed: int, added: int, *, upwards: bool) -> None:
        """Note the ordinals of new rows and of those that moved."""
        if upwards:
            self._first -= added - removed
            changed = range(at + added) if added != removed else range(at, at + added)
        else:
            changed = range(at, len(self._rows) if added != removed else at + added)
        for index in changed:
            self._ordinals[self._rows[index].key] = self._first + index


def _about(text: str) -> int:
    """Nearly the width of a text: a wide letter takes three bytes. Measuring takes fifty times as long."""
    return len(text) if text.isascii() else (len(text) + len(text.encode("utf-8", "replace"))) // 2
