"""A list of one-line rows with a cursor, of which only those in view are drawn.

Textual's `OptionList` builds every row whenever one changes, which 5,000 members at 20 changes a
second can't afford, and tells the chosen row by colour alone. What a row looks like and what
choosing it means is up to a subclass. Called on the screen's thread.
"""

from textual import events
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

HERE = "›"
"""Stands before the row under the cursor, which has a ground of its own too."""


class RowList(ScrollView):
    """Rows below a head that does not scroll."""

    HEAD = 0
    """Lines of the head."""

    def __init__(self, *, id: str | None = None, can_focus: bool = True) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, can_focus=can_focus)
        self._count = 0
        self._cursor = 0

    def draw_head(self, y: int, width: int) -> Strip:
        """Line `y` of the head in exactly `width` cells."""
        raise NotImplementedError

    def draw_row(self, place: int, width: int) -> Strip:
        """The row at `place` in exactly `width` cells."""
        raise NotImplementedError

    def choose(self, place: int) -> None:
        """Somebody chose the row at `place`, by a key or by two clicks."""
        raise NotImplementedError

    def point(self, place: int) -> None:
        """Somebody clicked the row at `place` once; nothing, unless a subclass cares."""

    @property
    def cursor(self) -> int:
        """The place of the row under the cursor; 0 in an empty list."""
        return self._cursor

    def renew(self, count: int, cursor: int, top: int) -> None:
        """There are `count` rows now, with the cursor on one and another at the top of the view."""
        self._count = count
        self._cursor = max(0, min(cursor, count - 1))
        self.virtual_size = Size(self.scrollable_content_region.width, count + self.HEAD)
        if top != self.scroll_offset.y:
            self.scroll_to(y=top, animate=False)
        self.refresh()

    def move_to(self, place: int) -> None:
        """Put the cursor on a row, or on the nearest one there is, and bring it into view."""
        if not self._count:
            return
        self._cursor = max(0, min(place, self._count - 1))
        top, room = self.scroll_offset.y, self._rows_in_view
        if self._cursor < top:
            self.scroll_to(y=self._cursor, animate=False)
        elif self._cursor >= top + room:
            self.scroll_to(y=self._cursor - room + 1, animate=False)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line of the view: the head, a row, or nothing."""
        width = self.scrollable_content_region.width
        if y < self.HEAD:
            return self.draw_head(y, width)
        place = y - self.HEAD + self.scroll_offset.y
        return self.draw_row(place, width) if place < self._count else Strip.blank(width, self.rich_style)

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the mouse is; the second of two clicks chooses."""
        place = event.y - self.HEAD + self.scroll_offset.y
        if event.y < self.HEAD or place >= self._count:
            return
        self.move_to(place)
        if event.chain == 2:
            self.choose(place)
        else:
            self.point(place)

    def on_focus(self) -> None:
        """Draw the cursor."""
        self.refresh()

    def on_blur(self) -> None:
        """Draw the list without cursor, where the subclass hides it then."""
        self.refresh()

    def action_open(self) -> None:
        """Choose the row under the cursor."""
        if self._count:
            self.choose(self._cursor)

    def action_move(self, rows: int) -> None:
        """Move the cursor by some rows."""
        self.move_to(self._cursor + rows)

    def action_move_page(self, pages: int) -> None:
        """Move the cursor by what is seen at once."""
        self.move_to(self._cursor + pages * self._rows_in_view)

    def action_first(self) -> None:
        """Move the cursor to the first row."""
        self.move_to(0)

    def action_end(self) -> None:
        """Move the cursor to the last row."""
        self.move_to(self._count - 1)

    @property
    def _rows_in_view(self) -> int:
        return max(1, self.scrollable_content_region.height - self.HEAD)
