"""A message log in which a message can be selected, to do something with it.

While one is, the log has the keys and its view stands still. What is to be done it only tells; mouse and text
selection are as in any log. Called on the screen's thread.
"""

from dataclasses import dataclass

from textual import events
from textual.message import Message

from chat.tui.desk.deeds import Deed
from chat.tui.keys import Place, bindings
from chat.tui.render.rows import Row
from chat.tui.widgets.message_log import MessageLog


class SelectableLog(MessageLog, inherit_bindings=False):
    """Shows one `LogModel` at a time, and lets its messages be selected."""

    BINDINGS = bindings(Place.MESSAGE)

    @dataclass
    class Selected(Message):
        """Another message is selected, or none: `row` is None then."""

        log: "SelectableLog"
        row: Row | None

    @dataclass
    class Left(Message):
        """One wants to go back to the line one writes."""

        log: "SelectableLog"

    @dataclass
    class Wanted(Message):
        """Something is to be done with the selected message; `deed` is None when one wants to choose what."""

        log: "SelectableLog"
        row: Row
        deed: Deed | None

    @dataclass
    class CommandBegun(Message):
        """A command about the selected message is to be written."""

        log: "SelectableLog"

    @property
    def selected(self) -> Row | None:
        """The selected message."""
        return self.model.cursor.row

    def select_newest(self) -> bool:
        """Select the newest message and take the keys; say whether there is one."""
        return self._begin(self.model.cursor.select_newest())

    def select_key(self, key: str) -> bool:
        """Select the message with this key and take the keys; say whether it is here."""
        if key not in self.model:
            return False
        return self._begin(self.model.cursor.select(self.model.store.index_of(key)))

    def leave(self) -> None:
        """Select no message any more."""
        if self.selected is not None:
            self.model.deselect()
            self.post_message(self.Selected(self, None))

    def point(self, key: str) -> None:
        """Select the message that was clicked."""
        self.select_key(key)

    def on_click(self, event: events.Click) -> None:
        """Whoever clicks twice or more wants the text, not the message."""
        if event.chain > 1 and self.selected is not None:
            self.action_leave()

    def action_select(self, messages: int) -> None:
        """Select the message so many further down, or up; below the newest is the line."""
        if self.model.cursor.move(messages) or messages < 0:
            self._moved()
        else:
            self.action_leave()
            self.action_scroll_end()

    def action_select_page(self, step: int) -> None:
        """Select a message about a page further down, or up."""
        self.model.cursor.move_page(step, self.scrollable_size.height)
        self._moved()

    def action_select_first(self) -> None:
        """Select the oldest message that is here."""
        self.model.cursor.select_oldest()
        self._moved()

    def action_select_newest(self) -> None:
        """Select the newest message."""
        self.model.cursor.select_newest()
        self._moved()

    def action_act(self, deed: str) -> None:
        """Have something done with the selected message."""
        if self.selected is not None:
            self.post_message(self.Wanted(self, self.selected, Deed(deed)))

    def action_menu(self) -> None:
        """Choose what is to be done with the selected message; with none selected fill a gap in view."""
        if self.selected is not None:
            self.post_message(self.Wanted(self, self.selected, None))
        else:
            self.action_fill_gap()

    def action_command(self) -> None:
        """Write a command about the selected message."""
        self.post_message(self.CommandBegun(self))

    def action_leave(self) -> None:
        """Go back to the line."""
        self.leave()
        self.post_message(self.Left(self))

    def _begin(self, found: bool) -> bool:
        if found:
            self.focus(scroll_visible=False)
            self._moved()
        return found

    def _moved(self) -> None:
        """Show what is selected now, and tell of it."""
        self.model.resize(self.scrollable_size.width)
        self.model.selected(max(1, self.scrollable_size.height))
        self.post_message(self.Selected(self, self.selected))
