"""What conversation this is: its title, and quietly its topic. Called on the screen's thread."""

from textual.content import Content
from textual.widget import Widget

from chat.tui.render.cells import cells, drawable, fit


class ConversationHeader(Widget):
    """One line above a talk: of a channel name and topic, of a person nick and presence."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - the name Textual has for it
        super().__init__(id=id)
        self._told = ("", "")

    def show(self, title: str, topic: str = "") -> None:
        """Show these, both sanitised; a topic that is too long is cut."""
        if (title, topic) != self._told:
            self._told = (title, topic)
            self.refresh()

    def render(self) -> Content:
        """The line as it is now."""
        title, topic = self._told
        room = max(0, self.size.width - 2)
        title = fit(title, min(cells(drawable(title)), room))
        room -= cells(title) + 3
        topic = fit(topic, min(cells(drawable(topic)), room)) if room > 0 else ""
        return Content.assemble(" ", (title, "bold"), "   ", (topic, "$muted"))
