"""The strip of conversations: one line, numbered, with what waits in each.

An own widget since Textual's `Tabs` takes half a second to renew the labels of twenty tabs. It draws
one line from a list of items; nothing is kept per tab. The owner gives everything that is shown and
hears of a click by `ChannelTabs.Chosen`. Titles are already sanitised. Called on the screen's thread.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from chat.tui.render.attention import Attention, mark
from chat.tui.render.cells import cells, drawable, fit
from chat.tui.render.tab_window import visible_tabs

_TITLE_AT_MOST = 20
_EDGE = 3  # cells at each side when some tabs are hidden
_TABS_AT_LEAST = 30  # cells for tabs before the corner may take any

_LOOKS = {
    Attention.NOTHING: "",
    Attention.ACTIVITY: "$muted",
    Attention.UNREAD: "bold",
    Attention.MENTION: "bold $mention",
}


@dataclass(frozen=True, slots=True)
class TabItem:
    """One conversation in the strip."""

    conversation: str
    """Its id, handed back when it is chosen."""
    title: str
    level: Attention = Attention.NOTHING
    count: int = 0


@dataclass(frozen=True, slots=True)
class ServerSign:
    """What the right end of the strip says of the server; `encrypted` is None before that is known."""

    name: str
    encrypted: bool | None = None


class ChannelTabs(Widget):
    """One line of conversations; the active one is underlined and always in view."""

    class Chosen(Message):
        """Somebody clicked on a conversation, or on the sign of those that are hidden."""

        def __init__(self, conversation: str) -> None:
            super().__init__()
            self.conversation = conversation

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - the name Textual has for it
        super().__init__(id=id)
        self._items: tuple[TabItem, ...] = ()
        self._active = ""
        self._server = ServerSign("")
        self._first = 0
        self._targets: list[tuple[int, int, str]] = []

    def show(self, items: Sequence[TabItem], active: str) -> None:
        """Show these conversations in this order; `active` is the id of the one in front."""
        items = tuple(items)
        if (items, active) != (self._items, self._active):
            self._items, self._active = items, active
            self.refresh()

    def show_server(self, server: ServerSign) -> None:
        """Say at the right end which server this is and whether strangers can read along."""
        if server != self._server:
            self._server = server
            self.refresh()

    def render(self) -> Content:
        """The line as it is now; remembers what a click at each column means."""
        corner = self._corner()
        room = self.size.width - corner.cell_length
        tabs = self._tabs(room)
        return Content.assemble(tabs.truncate(room, pad=True), corner)

    def on_click(self, event: events.Click) -> None:
        """Tell the owner which conversation was clicked, if any."""
        for start, end, conversation in self._targets:
            if start <= event.x < end:
                self.post_message(self.Chosen(conversation))
                return

    def _tabs(self, room: int) -> Content:
        """The tabs in view and the signs of those that are not."""
        labels = [self._label(position, item) for position, item in enumerate(self._items)]
        widths = [label.cell_length for label in labels]
        crowded = sum(widths) > room
        active = next((at for at, item in enumerate(self._items) if item.conversation == self._active), 0)
        seen = visible_tabs(widths, active, self._first, room - 2 * _EDGE if crowded else room)
        self._first = seen.start
        self._targets = []
        parts: list[Content] = []
        if crowded:
            parts.append(self._edge("‹", self._items[: seen.start][::-1], 0))
        x = _EDGE if crowded else 0
        for position in seen:
            self._targets.append((x, x + widths[position], self._items[position].conversation))
            parts.append(labels[position])
            x += widths[position]
        if crowded:
            x = max(x, room - _EDGE)
            parts.append(Content(" " * (x - sum(part.cell_length for part in parts))))
            parts.append(self._edge("›", self._items[seen.stop :], x))
        return Content.assemble(*parts)

    def _label(self, position: int, item: TabItem) -> Content:
        """One tab: number, title, sign."""
        title = drawable(item.title)
        title = fit(title, min(cells(title), _TITLE_AT_MOST))
        sign = mark(item.level, item.count)
        sign = f" {sign}" if sign else ""
        look = _LOOKS[item.level]
        if item.conversation == self._active:
            tab = ((f" {position + 1} ", "$accent"), (title, f"{look} bold underline"), (f"{sign} ", look))
            return Content.assemble(*tab).stylize("on $background") + " "
        return Content.assemble((f" {position + 1} ", "$muted"), (title + sign, look), "  ")

    def _edge(self, arrow: str, hidden: Sequence[TabItem], x: int) -> Content:
        """The sign of the tabs hidden on one side, nearest first; a click goes to the loudest of them."""
        if not hidden:
            return Content(" " * _EDGE)
        loudest = max(hidden, key=lambda item: item.level)
        self._targets.append((x, x + _EDGE, loudest.conversation))
        sign = {Attention.NOTHING: " ", Attention.MENTION: "!"}.get(loudest.level, "·")
        text = f"{arrow}{sign} " if arrow == "‹" else f" {sign}{arrow}"
        return Content.styled(text, "bold $mention" if loudest.level is Attention.MENTION else "$muted")

    def _corner(self) -> Content:
        """Server and encryption, as much of it as leaves the tabs enough room."""
        state = {None: "", True: "TLS", False: "not encrypted"}[self._server.encrypted]
        safety = (state, "$muted" if self._server.encrypted else "$warning")
        name = fit(self._server.name, min(cells(drawable(self._server.name)), _TITLE_AT_MOST))
        between = "  " if name and state else ""
        for parts in ((name, "$muted"), between, safety), (safety,):
            corner = Content.assemble("  ", *parts, " ")
            if corner.cell_length > 3 and self.size.width - corner.cell_length >= _TABS_AT_LEAST:
                return corner
        return Content("")
