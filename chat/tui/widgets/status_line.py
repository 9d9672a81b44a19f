"""The last line of the screen: how things stand, and the keys that matter here and now.

Counts down by itself to the next attempt; everything else comes from the owner as a `StatusView`.
Called on the screen's thread.
"""

import time
from collections.abc import Callable

from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget

from chat.deadline import Deadline
from chat.durations import counted
from chat.tui.render.status import Connection, StatusView, status_pieces


class StatusLine(Widget):
    """One line that is always true.

    Args:
        monotonic: what to count down with.
        tick: seconds between two looks at it.
        id: as of every widget.
    """

    def __init__(
        self,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        tick: float = 1.0,
        id: str | None = None,  # noqa: A002 - the name Textual has for it
    ) -> None:
        super().__init__(id=id)
        self._monotonic = monotonic
        self._tick = tick
        self._view = StatusView(Connection.CONNECTING)
        self._retry: Deadline | None = None
        self._timer: Timer | None = None

    def on_mount(self) -> None:
        """Make the timer; it only runs while something is counted."""
        self._timer = self.set_interval(self._tick, self.refresh, pause=self._retry is None)

    def show(self, view: StatusView) -> None:
        """Show how things stand now; a time to wait counts from this moment."""
        if view == self._view and view.retry_in is None:
            return
        self._view = view
        self._retry = None if view.retry_in is None else Deadline(view.retry_in, self._monotonic)
        if self._timer is not None:
            if self._retry is None:
                self._timer.pause()
            else:
                self._timer.resume()
        self.refresh()

    def render(self) -> Content:
        """The line as it is now."""
        left = None if self._retry is None else counted(self._retry.remaining())
        pieces = status_pieces(self._view, left, self.size.width)
        return Content.assemble(*((piece.text, f"${piece.tone.value}") for piece in pieces))
