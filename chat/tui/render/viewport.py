"""Which lines of a log are seen: at the bottom and following it, or held at a place.

While held, the top line is remembered by its row and its first character, so it stays under the eye
whatever is put above or below and however the width changes. Only rows that are seen are measured,
and scrolling walks over measured rows, so a step is as long as it should be. Belongs to the screen's
thread.
"""

from bisect import bisect_right
from operator import itemgetter
from typing import NamedTuple

from chat.tui.render.row_store import RowStore, Splice

_NEAR = 3
"""A move of at most so many heights is walked line by line; a longer one may be estimated."""


class Place(NamedTuple):
    """A line of a log: the row it belongs to, by index, and its number in the row."""

    row: int
    line: int


class Frame(NamedTuple):
    """The lines that are seen, from the top; fewer than the height when there are no more."""

    top: int
    """How many lines are above, as far as is known."""
    places: tuple[Place, ...]


class Viewport:
    """The part of a log that is seen; a new one follows the bottom."""

    def __init__(self, store: RowStore) -> None:
        self._store = store
        self._ordinal = 0
        self._character = 0
        self.following = True
        """Whether the newest row is seen and the log moves on with the next."""
        self.new_below = 0
        """How many messages of others came below while something else was looked at."""
        self._still = False

    def frame(self, height: int) -> Frame:
        """The lines seen in a window of `height` lines."""
        if not len(self._store):
            return Frame(0, ())
        height = max(1, height)
        start = self._start(height)
        places: list[Place] = []
        index, line = start
        while len(places) < height and index < len(self._store):
            tall = self._tall(index)
            places.extend(Place(index, each) for each in range(line, min(tall, line + height - len(places))))
            index, line = index + 1, 0
        if index == len(self._store) and places[-1] == (index - 1, self._tall(index - 1) - 1):
            self.new_below = 0
        return Frame(self._store.heights.top_of(start.row) + start.line, tuple(places))

    def follow(self) -> None:
        """Go to the bottom and stay there."""
        self.following = True
        self.new_below = 0
        self._still = False

    def hold_still(self, height: int) -> None:
        """Stay at what is seen now even where that is the bottom, until `release` or `follow`."""
        if len(self._store) and not self._still:
            place = self._start(height)
            self._still = True
            self._hold(place, height)

    def release(self) -> None:
        """Follow the bottom again if it is seen."""
        self._still = False

    def reveal(self, index: int, height: int) -> None:
        """Move no further than it takes to see a row, its beginning at least."""
        start, first = self._start(height), Place(index, 0)
        lowest = min(first, self._walk(Place(index, self._tall(index) - 1), 1 - height))
        if start > first:
            self._hold(first, height)
        elif start < lowest:
            self._hold(lowest, height)

    def scroll_by(self, lines: int, height: int) -> None:
        """Move by exactly so many lines, down when positive, as far as there are any."""
        if len(self._store):
            self._hold(self._walk(self._start(height), lines), height)

    def scroll_to(self, top: int, height: int) -> None:
        """Move so that about `top` lines are above; the bottom and the top are met exactly."""
        heights = self._store.heights
        if not len(self._store) or top >= heights.total - height:
            self.follow()
        elif top <= 0:
            self._hold(Place(0, 0), height)
        else:
            start = self._start(height)
            distance = top - heights.top_of(start.row) - start.line
            if abs(distance) <= _NEAR * height:
                self._hold(self._walk(start, distance), height)
            else:
                self._hold(Place(*heights.locate(top)), height)

    def scroll_to_row(self, index: int, height: int) -> None:
        """Move so that a row begins a third below the top, with what was said before it above."""
        self._hold(self._walk(Place(index, 0), -(height // 3)), height)

    def shift(self, change: Splice) -> None:
        """Keep the place after a change of rows."""
        ordinal = change.moved(self._ordinal)
        if change.at <= self._ordinal < change.at + change.removed and change.added != change.removed:
            self._character = 0
        self._ordinal = ordinal

    def _start(self, height: int) -> Place:
        """The top line; a held place from which the bottom is seen begins to follow."""
        if not self.following:
            index = self._store.index(self._ordinal)
            lines = self._store.body(index).lines
            place = Place(index, max(0, bisect_right(lines, self._character, key=itemgetter(0)) - 1))
            if self._reaches(place, self._kept(height)):
                return place
            if not self._still:
                self.follow()
        return self._bottom(height)

    def _bottom(self, height: int) -> Place:
        """The top line when the last line is at the bottom."""
        left = height
        for index in range(len(self._store) - 1, -1, -1):
            tall = self._tall(index)
            if tall >= left:
                return Place(index, tall - left)
            left -= tall
        return Place(0, 0)

    def _hold(self, place: Place, height: int) -> None:
        """Stay at a place, or follow when the bottom is seen from there."""
        if not self._reaches(place, self._kept(height)):
            if not self._still:
                self.follow()
                return
            place = self._bottom(height)
        index, line = place
        body = self._store.body(index)
        self.following = False
        self._ordinal = self._store.ordinal(index)
        self._character = body.lines[min(line, len(body.lines) - 1)][0]

    def _kept(self, height: int) -> int:
        """How many lines there must be from the top line on for it to be held."""
        return height if self._still else height + 1

    def _reaches(self, place: Place, lines: int) -> bool:
        """Whether there are at least so many lines from a place on."""
        left = lines + place.line
        for index in range(place.row, len(self._store)):
            left -= self._tall(index)
            if left <= 0:
                return True
        return False

    def _walk(self, place: Place, lines: int) -> Place:
        """The place so many lines further down or up, within the log."""
        index, line = place.row, place.line + lines
        while line < 0 and index > 0:
            index -= 1
            line += self._tall(index)
        while line >= (tall := self._tall(index)) and index < len(self._store) - 1:
            index, line = index + 1, line - tall
        return Place(index, max(0, min(line, tall - 1)))

    def _tall(self, index: int) -> int:
        """The exact height of a row."""
        return len(self._store.body(index).lines)
