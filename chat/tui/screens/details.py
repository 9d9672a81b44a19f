"""All that is known of one message, in a floating panel. Called on the screen's thread."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from chat.tui.desk.details import Detail
from chat.tui.keys import Place, bindings, hints
from chat.tui.render.cells import cells, drawable, fit
from chat.tui.widgets.key_hints import key_line


class DetailsScreen(ModalScreen[None]):
    """Shows names and what they are, row by row."""

    PLACE = Place.DETAILS
    BINDINGS = bindings(PLACE)
    VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-tall")]

    def __init__(self, details: Sequence[Detail]) -> None:
        super().__init__()
        self._details = tuple(details)
        self._scroller = VerticalScroll(id="scroller", can_focus=False)

    def compose(self) -> ComposeResult:
        """A floating box."""
        width = max(cells(drawable(detail.name)) for detail in self._details) + 2
        with Vertical(id="box") as box:
            box.border_title = Content("Details")
            with self._scroller:
                for detail in self._details:
                    with Horizontal(classes="detail"):
                        yield Static(Content(fit(detail.name, width)), classes="name")
                        yield Static(Content(detail.text), classes="text")
            yield Static(key_line(hints("details.down", "details.close")), id="keys")

    def action_close(self) -> None:
        """Go back."""
        self.dismiss(None)

    def action_scroll(self, rows: int) -> None:
        """Scroll by some rows."""
        self._scroller.scroll_relative(y=rows, animate=False)
