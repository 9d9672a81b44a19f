"""F1: every key that works here and every command, in one list to scroll. Called on the screen's thread."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static

from chat.tui.keys import KeyRow, KeySection, Place, bindings, hints
from chat.tui.render.cells import cells
from chat.tui.slash.spec import Family
from chat.tui.slash.table import COMMANDS
from chat.tui.widgets.key_hints import key_line

_KEYS_AT_MOST = 26  # cells of the left column
_DESCRIPTION_AT_LEAST = 30  # cells of the right column, else there is one column only
_INDENT = "  "


def command_sections() -> tuple[KeySection, ...]:
    """Every slash command under the heading of its family, as rows of help."""
    return tuple(
        KeySection(
            f"Commands: {family.value}",
            tuple(KeyRow(entry.usage, entry.summary) for entry in COMMANDS if entry.family is family),
        )
        for family in Family
    )


class _Rows(Widget):
    """Rows in two columns; where there is no room for two, each row's description is below its keys."""

    def __init__(self, rows: Sequence[KeyRow], left: int) -> None:
        super().__init__()
        self._rows = tuple(rows)
        self._left = left

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as the rows take in this width."""
        return sum(len(self._lines(row, width)) for row in self._rows)

    def render(self) -> Content:
        """The rows in the width there is."""
        return Content("\n").join(line for row in self._rows for line in self._lines(row, self.size.width))

    def _lines(self, row: KeyRow, width: int) -> list[Content]:
        """One row, its description wrapped below itself."""
        narrow = width < self._left + _DESCRIPTION_AT_LEAST
        over = narrow or cells(row.keys) > self._left
        indent = " " * (2 * len(_INDENT) if narrow else self._left + 2 * len(_INDENT))
        keys = Content.assemble(_INDENT, (row.keys, "bold"))
        also = Content.styled(f"  or {row.alternative}" if row.alternative else "", "$muted")
        told = (Content(row.description) + also).wrap(max(1, width - len(indent)))
        if over:
            return [keys, *(indent + line for line in told)]
        return [
            keys + " " * (len(indent) - keys.cell_length) + told[0],
            *(indent + line for line in told[1:]),
        ]


class HelpScreen(ModalScreen[None]):
    """Sections of keys and commands, the first ones for the place that help was asked at."""

    PLACE = Place.HELP
    BINDINGS = bindings(PLACE)

    def __init__(self, sections: Sequence[KeySection]) -> None:
        super().__init__()
        self._sections = tuple(section for section in sections if section.rows)
        self._scroller = VerticalScroll(id="scroller", can_focus=False)

    def compose(self) -> ComposeResult:
        """A floating box over most of the screen."""
        with Vertical(id="box") as box:
            box.border_title = Content("Help")
            with self._scroller:
                widest = max((cells(row.keys) for part in self._sections for row in part.rows), default=0)
                for section in self._sections:
                    yield Static(section.title, classes="title", markup=False)
                    yield _Rows(section.rows, min(widest, _KEYS_AT_MOST))
            yield Static(key_line(hints("help.down", "help.close")), id="keys")

    def action_close(self) -> None:
        """Go back."""
        self.dismiss(None)

    def action_scroll(self, rows: int) -> None:
        """Scroll by some rows."""
        self._scroller.scroll_relative(y=rows, animate=False)

    def action_page(self, pages: int) -> None:
        """Scroll by what is seen at once."""
        self._scroller.scroll_relative(y=pages * max(1, self._scroller.size.height - 1), animate=False)
