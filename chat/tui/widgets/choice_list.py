"""A list to choose one thing from, as in the switcher: a title at the left, a remark at the right.

The keys stay with the field one types in, whose screen moves the cursor; a click is told to it by
`ChoiceList.Pointed`, two by `ChoiceList.Taken`. Called on the screen's thread.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content
from textual.message import Message
from textual.strip import Strip
from textual.visual import Visual

from chat.tui.widgets.row_list import HERE, RowList

_BETWEEN = 2  # cells between title and remark
_NOTHING = Content()


@dataclass(frozen=True)
class Choice:
    """One row."""

    id: str
    title: Content
    remark: Content = _NOTHING


class ChoiceList(RowList):
    """Rows of which one is chosen, unless its owner says that none is."""

    COMPONENT_CLASSES = {"choice-list--cursor"}

    class Pointed(Message):
        """A row was clicked."""

        def __init__(self, chosen: str) -> None:
            super().__init__()
            self.chosen = chosen

    class Taken(Pointed):
        """A row was clicked twice."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - the name Textual has for it
        super().__init__(id=id, can_focus=False)
        self._choices: tuple[Choice, ...] = ()
        self._marked = True

    def show(self, choices: Sequence[Choice], cursor: int = 0) -> None:
        """Show these, from the first one on."""
        self._choices = tuple(choices)
        self._marked = True
        self.renew(len(self._choices), cursor, 0)

    @property
    def chosen(self) -> str | None:
        """The id of the row under the cursor; None when there is none."""
        return self._choices[self.cursor].id if self._choices and self._marked else None

    def mark(self, place: int | None) -> None:
        """Choose the row at `place`, or none; the next move of the cursor chooses again."""
        self._marked = place is not None
        if place is not None:
            self.move_to(place)
        self.refresh()

    def move_to(self, place: int) -> None:
        """Choose a row, or the nearest one there is, and bring it into view."""
        self._marked = True
        super().move_to(place)

    def point(self, place: int) -> None:
        """Tell which row was clicked."""
        self.post_message(self.Pointed(self._choices[place].id))

    def choose(self, place: int) -> None:
        """Tell which row was clicked twice."""
        self.post_message(self.Taken(self._choices[place].id))

    def draw_row(self, place: int, width: int) -> Strip:
        """A sign when it is chosen, title, remark."""
        choice = self._choices[place]
        pointed = self._marked and place == self.cursor
        room = max(0, width - 3)
        title = choice.title.truncate(room, ellipsis=True)
        left = room - title.cell_length - _BETWEEN
        remark = choice.remark.truncate(left, ellipsis=True) if left > 1 else _NOTHING
        gap = " " * max(0, room - title.cell_length - remark.cell_length)
        row = Content.assemble(f"{HERE} " if pointed else "  ", title, gap, remark, " ")
        style = self.visual_style
        if pointed:
            row, style = Content(row.plain), self.get_visual_style("choice-list--cursor")
        (strip,) = Visual.to_strips(self, row, width, 1, style)
        return strip.adjust_cell_length(width, style.rich_style)
