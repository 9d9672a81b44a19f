"""The message log on the screen: one widget, into which the log of any conversation is put.

Draws only the lines that are seen, follows the bottom or stays at the line that is read, and lets
text be selected with the mouse. Rows are changed in the model; the widget listens. It asks by
messages for what it cannot do: older history, filling a gap, opening a link. It has no border and
no padding. Called on the screen's thread.
"""

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollDown, ScrollTo, ScrollUp
from textual.selection import Selection
from textual.strip import Strip

from chat.tui.render.columns import columns_for
from chat.tui.render.log_model import LogModel, Older
from chat.tui.render.message import characters, link_at
from chat.tui.render.roles import Role
from chat.tui.render.row_store import Splice
from chat.tui.render.rows import RowKind
from chat.tui.widgets.log_painter import DrawnLine, LogPainter, marker
from chat.tui.widgets.log_selection import moved, selected_text, span_of, whole, word_at
from chat.tui.widgets.scroll_place import place


class MessageLog(ScrollView):
    """Shows one `LogModel` at a time; `show` changes it and finds each at the place it was left."""

    ALLOW_SELECT = True
    FOCUS_ON_CLICK = False  # who clicks into the log goes on writing
    BINDINGS = [Binding("enter", "fill_gap", "Fetch what is missing", show=False)]
    COMPONENT_CLASSES = {f"message-log--{role.value}" for role in Role} | {"message-log--selected"}

    class OlderWanted(Message):
        """The reader comes near the first row, and there is more: posted once until it was prepended."""

        def __init__(self, model: LogModel) -> None:
            self.model = model
            super().__init__()

    class GapWanted(Message):
        """The reader wants the gap with this key filled."""

        def __init__(self, key: str) -> None:
            self.key = key
            super().__init__()

    class BottomReached(Message):
        """The reader came back to the newest row."""

    class LinkClicked(Message):
        """A link was clicked; `url` begins with http and is visible ASCII."""

        def __init__(self, url: str) -> None:
            self.url = url
            super().__init__()

    def __init__(self, empty_text: str = "", *, id: str | None = None) -> None:  # noqa: A002 - as Textual
        super().__init__(id=id)
        self._empty_text = empty_text
        self._painter = LogPainter(self)
        self._model = LogModel()
        self._drawn: list[DrawnLine] = []
        self._top = 0
        self._new_below = 0
        self._following = True
        self._arranged: Size | None = (
            None  # the size that the lines were laid out for; None when rows changed
        )

    # ---------------------------------------------------------------- what is shown

    @property
    def model(self) -> LogModel:
        """The log that is shown."""
        return self._model

    def show(self, model: LogModel, empty_text: str = "") -> None:
        """Show another log at the place where it was left; `empty_text` is what it says without rows."""
        self._stop_listening()
        self._model.deselect()
        self._model = model
        model.listener = self._rows_changed
        self._following = model.viewport.following
        self._empty_text = empty_text
        self._painter.forget()
        self._drawn = []
        self._select(None)
        self._rows_changed(None)

    def scroll_to_key(self, key: str) -> None:
        """Bring the row with this key into view; raises KeyError."""
        index = self._model.store.index_of(key)
        self._model.resize(self.scrollable_size.width)
        self._model.viewport.scroll_to_row(index, self.scrollable_size.height)
        self._arrange()

    def on_mount(self) -> None:
        """Begin to listen to the log that was there before the screen was."""
        self._model.listener = self._rows_changed

    def on_unmount(self) -> None:
        """Leave the log to whoever shows it next."""
        self._stop_listening()

    def on_resize(self) -> None:
        """Lay out anew; the top line stays."""
        self._arrange()

    def notify_style_update(self) -> None:
        """Draw anew in the colours of another theme."""
        super().notify_style_update()
        self._painter.forget()

    def _stop_listening(self) -> None:
        if self._model.listener == self._rows_changed:  # else another widget shows it by now
            self._model.listener = None

    def _rows_changed(self, change: Splice | None) -> None:
        """Arrange once for all changes that come together."""
        if not self.is_attached:
            return
        selection = self.text_selection
        if change is not None and selection is not None:
            shifted = moved(selection, change)
            if shifted != selection:
                self._select(shifted)
        if self._arranged is not None:
            self._arranged = None
            self.call_next(self._arrange)

    def _arrange(self) -> None:
        """Find out which lines are seen and have those drawn that changed."""
        before, below = self._drawn, self._new_below
        arranged = self._arranged
        self._measure()
        if arranged not in {None, self._arranged} or before != self._drawn or not before:
            self.refresh()
        elif below != self._new_below:
            self.refresh(Region(0, self.scrollable_size.height - 1, self.scrollable_size.width, 1))

    def _measure(self) -> None:
        """Lay out for the present size, and ask for older rows when the first one is near."""
        width, height = size = self.scrollable_size
        if not size:
            return
        model = self._model
        model.resize(width)
        frame = model.viewport.frame(height)
        bodies = {index: model.store.body(index) for index in {spot.row for spot in frame.places}}
        self._drawn = [
            DrawnLine(
                model.store[spot.row],
                bodies[spot.row],
                model.store.ordinal(spot.row),
                spot.line,
                model.look(spot, top=at == 0),
            )
            for at, spot in enumerate(frame.places)
        ]
        self._top, self._new_below, self._arranged = frame.top, model.viewport.new_below, size
        place(self, model.store.heights.total, frame.top)
        if frame.top < height and model.older is Older.AVAILABLE:
            model.older = Older.ASKED
            self.post_message(self.OlderWanted(model))
        if model.viewport.following and not self._following:
            self.post_message(self.BottomReached())
        self._following = model.viewport.following

    # ---------------------------------------------------------------- drawing

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of a part of the widget, for the screen."""
        if self._arranged != self.scrollable_size:
            self._measure()
        columns = columns_for(self.scrollable_size.width)
        background = self.background_colors[1]
        strips = self._lines(crop.y, crop.bottom)
        for line_filter in self.get_line_filters():
            strips = [strip.apply_filter(line_filter, background) for strip in strips]
        if crop.column_span != (0, columns.width):
            strips = [strip.crop(*crop.column_span) for strip in strips]
        return strips

    def _lines(self, first: int, behind: int) -> list[Strip]:
        """The drawn lines from one to the one before another."""
        width, height = self.scrollable_size
        if not self._drawn:
            return self._painter.sentence(self._empty_text, width, height)[first:behind]
        columns = columns_for(width)
        selection = self.text_selection
        strips = [
            self._painter.line(drawn, columns, span_of(selection, drawn.ordinal) if selection else None)
            for drawn in self._drawn[first:behind]
        ]
        strips += [self._painter.blank(width)] * (behind - first - len(strips))
        if self._new_below and first <= height - 1 < behind:
            strips[height - 1 - first] = self._painter.with_marker(
                strips[height - 1 - first], self._new_below
            )
        return strips

    def render_line(self, y: int) -> Strip:
        """A line of which every cell knows its place in the text: what the mouse points at.

        Not for drawing. A cell is a segment of its own, since Textual counts characters in a segment
        while a letter may have several of them.
        """
        drawn = self._drawn_at(y)
        if drawn is None:
            return self._painter.blank(self.scrollable_size.width)
        offsets = ((character, drawn.ordinal) for character in self._characters(drawn))
        return Strip([Segment(" ", Style(meta={"offset": offset})) for offset in offsets])

    def _drawn_at(self, y: int) -> DrawnLine | None:
        """The line at a height, or the last one above it; None in a log without rows."""
        return self._drawn[max(0, min(y, len(self._drawn) - 1))] if self._drawn else None

    # ---------------------------------------------------------------- scrolling

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Follow Textual's own scrolling: the wheel, and a selection that is pulled over the edge."""
        distance = round(new_value) - self._top
        if distance and self._arranged is None:  # rows came since, so only the distance is right
            self._scroll_by_lines(distance)
        elif distance and self._arranged == self.scrollable_size:  # else Textual clamps after a resize
            self._scroll_to_line(round(new_value))

    def on_scroll_to(self, message: ScrollTo) -> None:
        """Follow the scroll bar's handle."""
        message.stop().prevent_default()
        if message.y is not None:
            self._scroll_to_line(round(message.y))

    def on_scroll_up(self, message: ScrollUp) -> None:
        """A click above the scroll bar's handle."""
        message.stop().prevent_default()
        self.action_page_up()

    def on_scroll_down(self, message: ScrollDown) -> None:
        """A click below the scroll bar's handle."""
        message.stop().prevent_default()
        self.action_page_down()

    def action_page_up(self) -> None:
        """A page towards older rows; one line stays in view."""
        self._scroll_by_lines(-max(1, self.scrollable_size.height - 1))

    def action_page_down(self) -> None:
        """A page towards newer rows; one line stays in view."""
        self._scroll_by_lines(max(1, self.scrollable_size.height - 1))

    def action_scroll_up(self) -> None:
        """A line towards older rows."""
        self._scroll_by_lines(-1)

    def action_scroll_down(self) -> None:
        """A line towards newer rows."""
        self._scroll_by_lines(1)

    def action_scroll_home(self) -> None:
        """To the first row there is."""
        self._scroll_to_line(0)

    def action_scroll_end(self) -> None:
        """To the newest row, and stay there."""
        self._model.viewport.follow()
        self._arrange()

    def _scroll_by_lines(self, lines: int) -> None:
        self._model.viewport.scroll_by(lines, self.scrollable_size.height)
        self._arrange()

    def _scroll_to_line(self, top: int) -> None:
        self._model.viewport.scroll_to(top, self.scrollable_size.height)
        self._arrange()

    # ---------------------------------------------------------------- mouse and selection

    def on_click(self, event: events.Click) -> None:
        """A click does what stands there; a double click selects a word, a triple one a message."""
        event.prevent_default()  # Textual would select the whole log
        if event.chain > 1:
            event.stop()
        if event.button != 1 or event.y >= len(self._drawn):
            return
        drawn = self._drawn[event.y]
        character = self._characters(drawn)[event.x]
        if event.chain == 2:
            self._select(word_at(drawn.body.text, character, drawn.ordinal))
        elif event.chain == 3:
            self._select(whole(drawn.body.text, drawn.ordinal))
        elif self.text_selection is None:
            self._clicked(drawn, character, event)

    def _clicked(self, drawn: DrawnLine, character: int, event: events.Click) -> None:
        """What a single click does: to the bottom, fill a gap, or open a link."""
        width, height = self.scrollable_size
        text_x = columns_for(width).body(drawn.row)[0]
        if event.y == height - 1 and event.x >= width - len(marker(self._new_below, width)):
            self.action_scroll_end()
        elif drawn.row.kind is RowKind.GAP:
            self.post_message(self.GapWanted(drawn.row.key))
        elif event.x >= text_x and (url := link_at(drawn.body, character)):
            self.post_message(self.LinkClicked(url))
        elif drawn.row.said:
            self.point(drawn.row.key)

    def point(self, key: str) -> None:
        """A message was clicked, not something in it; nothing comes of it here."""

    def action_fill_gap(self) -> None:
        """Ask for the lowest gap in view to be filled."""
        for drawn in reversed(self._drawn):
            if drawn.row.kind is RowKind.GAP:
                self.post_message(self.GapWanted(drawn.row.key))
                return

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected words, without times, nicks and rules."""
        if not self._drawn:
            return None
        seen = self._drawn[0].ordinal, self._drawn[-1].ordinal
        return selected_text(selection, self._model.store, *seen), "\n"

    def _select(self, selection: Selection | None) -> None:
        """Select something in this log instead of what was selected in it."""
        if not self.is_attached:
            return
        others = {widget: each for widget, each in self.screen.selections.items() if widget is not self}
        self.screen.selections = others if selection is None else {**others, self: selection}

    def _characters(self, drawn: DrawnLine) -> list[int]:
        """The character of the row's text in each cell of a line."""
        return characters(drawn.row, drawn.body, drawn.number, columns_for(self.scrollable_size.width))
