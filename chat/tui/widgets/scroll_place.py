"""Where a line-API widget is scrolled to, set without laying out the screen again.

`ScrollView.virtual_size` and `scroll_y` are layout and scroll reactives: assigning them repaints the
whole screen, and assigning those of the scroll bar repaints the bar, which together make one new
line at the bottom cost three times as much. This is the one place that goes round them; a test
guards what it takes for granted about Textual. Called on the screen's thread.
"""

from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBar
from textual.widget import Widget

_STEPS = 8  # the bar's handle moves by eighths of a cell


def place(view: ScrollView, total: int, top: int) -> None:
    """Tell a view that it has `total` lines and begins with line `top`; the caller refreshes it.

    A fraction of a line that an unfinished scroll has gone stays, so that slow ones arrive.
    """
    width, height = view.scrollable_size
    view.set_reactive(Widget.virtual_size, Size(width, total))
    if round(view.scroll_y) != top:
        view.set_reactive(Widget.scroll_y, float(top))
    view.set_reactive(Widget.scroll_target_y, float(top))
    bar = view.vertical_scrollbar
    before = _handle(bar)
    bar.set_reactive(ScrollBar.window_virtual_size, total)
    bar.set_reactive(ScrollBar.window_size, height)
    bar.set_reactive(ScrollBar.position, float(top))
    if _handle(bar) != before:
        bar.refresh()


def _handle(bar: ScrollBar) -> tuple[int, int, int]:
    """What is seen of a scroll bar: its height, and its handle's place and size as they are drawn."""
    height = bar.window_size
    scale = _STEPS * height / max(1, bar.window_virtual_size, height)
    return height, round(bar.position * scale), round(height * scale)
