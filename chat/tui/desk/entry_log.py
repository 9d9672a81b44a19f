"""The entries of one conversation in its log, whatever order they arrive in: live, page by page, twice.

What is shown in the end is what would be shown had they all come in order; what is missing between them is a
gap that can be filled. Entries that change a message have no row, but are here. Knows no widget; belongs to
the screen's thread.
"""

from collections.abc import Iterable
from itertools import groupby
from typing import NamedTuple

from msgspec.structs import replace

from chat.protocol.entries import AnyEntry, Message
from chat.tui.desk.entry_rows import (
    Piece,
    Reader,
    Shown,
    goes_on,
    is_coming_or_going,
    key_of,
    number_of,
    pieces_of,
    row_of,
    shown,
)
from chat.tui.render.log_model import LogModel
from chat.tui.render.rows import Row, RowKind, gap_row, gone_row


class Gap(NamedTuple):
    """Numbers that exist and are not here."""

    first: int
    last: int


class EntryLog:
    """Puts entries into a log.

    Attributes:
        first: the oldest number that is here; 0 when none is.
        last: the newest number that is here; 0 when none is.
    """

    def __init__(self, model: LogModel, reader: Reader) -> None:
        self.model = model
        self.reader = reader
        self.first = 0
        self.last = 0
        self._pins: frozenset[int] = frozenset()
        self._gaps: dict[str, Gap] = {}
        self._begins = 1
        self._crowds: dict[str, Piece] = {}
        self._revisions: dict[int, int] = {}
        """The state in which messages are shown, of those that were changed."""

    def knows(self, number: int) -> bool:
        """Return whether the entry of a number is here."""
        inside = self.first <= number <= self.last
        return inside and not any(gap.first <= number <= gap.last for gap in self._gaps.values())

    def missing(self, newest: int) -> list[Gap]:
        """Return the numbers up to the newest one that are not here."""
        around = [Gap(1, self.first - 1), Gap(self.last + 1, newest)] if self.last else [Gap(1, newest)]
        return [gap for gap in (*around, *self._gaps.values()) if gap.first <= gap.last]

    def gap(self, key: str) -> Gap | None:
        """Return the numbers that the gap with a key stands for, if they can be fetched."""
        gap = self._gaps.get(key)
        return gap if gap and gap.last >= self._begins else None

    def begin_at(self, number: int) -> None:
        """The server keeps nothing below a number: no gap there can be closed any more."""
        if number <= self._begins:
            return
        cut = {key: gap for key, gap in self._gaps.items() if gap.last >= self._begins and gap.first < number}
        self._begins = number
        for key, gap in cut.items():
            del self._gaps[key]
            self.model.fill(key, self._gap_rows(gap))

    def add(self, entries: Iterable[AnyEntry]) -> list[AnyEntry]:
        """Put entries, ascending, where they belong; return those that were not here.

        Of the others, those that come in a later state than before show it.
        """
        new: list[AnyEntry] = []
        for entry in entries:
            if not self.knows(entry.number):
                new.append(entry)
            elif isinstance(entry, Message) and entry.revision > self._revisions.get(entry.number, 0):
                self.revise((entry,))
        for _, run in groupby(enumerate(new), key=lambda pair: pair[1].number - pair[0]):
            self._place([entry for _, entry in run])
        return new

    def revise(self, entries: Iterable[AnyEntry]) -> None:
        """Show entries as they stand now."""
        for entry in shown(entries):
            key = key_of(entry.number)
            if key in self.model and not is_coming_or_going(entry):
                self.model.replace(key, self._row((entry,)))

    def forget_below(self, number: int) -> None:
        """Have the entries below a number no more, with their rows; the newest one always stays.

        So do the others of a crowd that reaches across.
        """
        number = min(number, self.last)
        across = (crowd for crowd in self._crowds.values() if crowd[0].number < number <= crowd[-1].number)
        number = next((crowd[0].number for crowd in across), number)
        number = next(
            (gap.last + 1 for gap in self._gaps.values() if gap.first <= number <= gap.last), number
        )
        if number <= self.first:
            return
        old = {key for key, gap in self._gaps.items() if gap.first < number}
        store = self.model.store
        gone = (at for at in reversed(range(len(store))) if self._is_below(store[at].key, number, old))
        self.model.drop_first(next(gone, -1) + 1)
        self.first = number
        self._gaps = {key: gap for key, gap in self._gaps.items() if key not in old}
        self._crowds = {key: crowd for key, crowd in self._crowds.items() if crowd[0].number >= number}
        self._revisions = {at: revision for at, revision in self._revisions.items() if at >= number}

    def pin(self, numbers: Iterable[int]) -> None:
        """Show these messages as pinned, and no others."""
        pins = frozenset(numbers)
        changed, self._pins = self._pins ^ pins, pins
        for number in changed:
            key = key_of(number)
            if key in self.model:
                self.model.replace(key, replace(self.model.row(key), pinned=number in pins))

    def _place(self, run: list[AnyEntry]) -> None:
        """Put entries without a hole among them behind, before or between the others."""
        first, last = run[0].number, run[-1].number
        if self.last == 0:
            self.first, self.last = first, last
            self._append(shown(run))
        elif first > self.last:
            if first > self.last + 1:
                self.model.append(self._gap_rows(Gap(self.last + 1, first - 1)))
            self.last = last
            self._append(shown(run))
        elif last < self.first:
            above, self.first = self.first - 1, first
            self._prepend(shown(run), Gap(last + 1, above))
        else:
            self._fill(shown(run), Gap(first, last))

    def _append(self, run: list[Shown]) -> None:
        """Put entries behind the newest; a crowd that goes on stays one line."""
        pieces = list(pieces_of(run, self.reader))
        newest = next((row for row in reversed(self.model.store) if not row.under_way), None)
        crowd = self._crowds.get(newest.key, ()) if newest else ()
        if run and crowd and goes_on(crowd, run[0], self.reader):
            self._replace(crowd, (*crowd, *pieces.pop(0)))
        self.model.append(self._rows(pieces))

    def _prepend(self, run: list[Shown], hole: Gap) -> None:
        """Put entries before the oldest; `hole` is what is missing between, unless it is empty."""
        pieces = list(pieces_of(run, self.reader))
        crowd = self._crowd_from(0)
        holes = self._gap_rows(hole)
        if run and not holes and crowd and goes_on(run, crowd[0], self.reader):
            self._replace(crowd, (*pieces.pop(), *crowd))
        self.model.prepend([*self._rows(pieces), *holes])

    def _fill(self, run: list[Shown], filled: Gap) -> None:
        """Put entries into the gap that they are from; what is still missing stays a gap."""
        first, last = filled
        key = next(key for key, gap in self._gaps.items() if gap.first <= first <= gap.last)
        gap = self._gaps.pop(key)
        at = self.model.store.index_of(key)
        above = self._crowds.get(self.model.store[at - 1].key, ()) if gap.first == first else ()
        below = self._crowd_from(at + 1) if gap.last == last else ()
        nearest = run[:1] or below[:1]
        if above and nearest and goes_on(above, nearest[0], self.reader):
            run = [*self._taken_out(above), *run]
        if below and run and goes_on(run, below[0], self.reader):
            run = [*run, *self._taken_out(below)]
        rows = self._rows(list(pieces_of(run, self.reader)))
        holes_above = self._gap_rows(Gap(gap.first, first - 1))
        holes_below = self._gap_rows(Gap(last + 1, gap.last))
        self.model.fill(key, [*holes_above, *rows, *holes_below])

    @staticmethod
    def _is_below(key: str, number: int, old_gaps: set[str]) -> bool:
        """Return whether the row with a key shows an entry below a number, or one of these gaps."""
        return 0 < number_of(key) < number or key in old_gaps

    def _gap_rows(self, gap: Gap) -> list[Row]:
        """Return the rows of what is missing: of what is gone, and of what can be fetched."""
        gone, rest = (
            Gap(gap.first, min(gap.last, self._begins - 1)),
            Gap(max(gap.first, self._begins), gap.last),
        )
        rows = []
        for part, row in ((gone, gone_row), (rest, gap_row)):
            if part.first <= part.last:
                key = f"g{part.first}"
                self._gaps[key] = part
                rows.append(row(key, part.last - part.first + 1))
        return rows

    # ------------------------------------------------------------------ people who came and went

    def _rows(self, pieces: Iterable[Piece]) -> list[Row]:
        """Return the rows of pieces, and remember which of them are crowds."""
        rows = []
        for piece in pieces:
            row = self._row(piece)
            rows.append(row)
            if is_coming_or_going(piece[0]):
                self._crowds[row.key] = piece
        return rows

    def _row(self, piece: Piece) -> Row:
        """Return the row of a piece as it is with the pins there are now."""
        row, entry = row_of(piece, self.reader), piece[0]
        if isinstance(entry, Message) and entry.revision:
            self._revisions[entry.number] = entry.revision
        return replace(row, pinned=True) if entry.number in self._pins and row.said else row

    def _crowd_from(self, index: int) -> Piece:
        """Return the crowd in the row at an index, or after the rule of a day there; else nothing."""
        store = self.model.store
        rows = (store[at] for at in range(index, len(store)) if store[at].kind is not RowKind.DAY)
        row = next(rows, None)
        return self._crowds.get(row.key, ()) if row else ()

    def _replace(self, crowd: Piece, grown: Piece) -> None:
        """Show a crowd that has grown in the place of the old one, whatever its key is now."""
        key = key_of(crowd[0].number)
        del self._crowds[key]
        self.model.replace(key, self._rows([grown])[0])

    def _taken_out(self, crowd: Piece) -> Piece:
        """Take the row of a crowd out, for it to be put in again with others."""
        key = key_of(crowd[0].number)
        del self._crowds[key]
        self.model.remove(key)
        return crowd
