"""Who is writing at this moment. The line is there even when empty, so that nothing jumps.

Called on the screen's thread.
"""

from collections.abc import Sequence

from textual.content import Content
from textual.widget import Widget

from chat.tui.render.cells import cells, drawable, fit
from chat.tui.render.typing_sentence import typing_sentence


class TypingLine(Widget):
    """One quiet line between a talk and the line one writes."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - the name Textual has for it
        super().__init__(id=id)
        self._sentence = ""

    def show(self, nicks: Sequence[str]) -> None:
        """Say that these people are writing, longest first; nobody empties the line."""
        sentence = drawable(typing_sentence(nicks))
        if sentence != self._sentence:
            self._sentence = sentence
            self.refresh()

    def render(self) -> Content:
        """The line as it is now."""
        room = max(0, self.size.width - 2)
        return Content(" " + fit(self._sentence, min(cells(self._sentence), room)))
