"""What conversation this is: its title, quietly its topic, and how much is pinned. On the screen's thread."""

from textual.content import Content
from textual.widget import Widget

from chat.tui.render.cells import cells, drawable, fit

_TOPIC_AT_LEAST = 12
"""Cells of a topic that must be left for anything to stand beside it."""


class ConversationHeader(Widget):
    """One line above a talk: of a channel name and topic, of a person nick and presence."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - the name Textual has for it
        super().__init__(id=id)
        self._told = ("", "", 0)

    def show(self, title: str, topic: str = "", pins: int = 0) -> None:
        """Show these, both texts sanitised; a topic that is too long is cut."""
        if (title, topic, pins) != self._told:
            self._told = (title, topic, pins)
            self.refresh()

    def render(self) -> Content:
        """The line as it is now."""
        title, topic, pins = self._told
        room = max(0, self.size.width - 2)
        title = fit(title, min(cells(drawable(title)), room))
        room -= cells(title) + 3
        pinned = f"{pins} pinned, /pins" if pins else ""
        if room < len(pinned) + 3 + (_TOPIC_AT_LEAST if topic else 0):
            pinned = ""
        left = room - len(pinned) - 3 * bool(pinned)
        topic = fit(topic, min(cells(drawable(topic)), left)) if left > 0 else ""
        gap = " " * max(0, room - cells(topic) - len(pinned)) if pinned else ""
        return Content.assemble(" ", (title, "bold"), "   ", (topic, "$muted"), gap, (pinned, "$muted"))
