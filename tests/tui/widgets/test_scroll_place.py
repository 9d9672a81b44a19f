"""What the scrolling of the message log takes for granted about Textual."""

from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from textual.geometry import Size
from textual.pilot import Pilot
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from chat.tui.widgets.scroll_place import place
from tests.support.stage import Stage, act

Result = TypeVar("Result")


class Lines(ScrollView):
    """A view of numbered lines that counts what Textual does with it."""

    DEFAULT_CSS = "Lines { height: 1fr; overflow-x: hidden; overflow-y: scroll; scrollbar-size-vertical: 1; }"

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[float] = []

    def render_line(self, y: int) -> Strip:
        return Strip.blank(self.scrollable_size.width)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        self.seen.append(new_value)


def with_view(deed: Callable[[Lines], Result]) -> Result:
    """Do something with a view that is 20 lines high."""
    app = Stage(view := Lines())

    async def run(pilot: Pilot[Any]) -> Result:
        await pilot.pause()
        return deed(view)

    return act(app, run, (40, 20))


def laid_out(view: Widget) -> bool:
    """Whether the view asks for the screen to be laid out."""
    return view._layout_required  # noqa: SLF001 - that is the point


def drawn(view: Widget) -> bool:
    """Whether the view asks to be drawn since this was asked the last time."""
    asked = view._repaint_required  # noqa: SLF001 - that is the point
    view._repaint_required = False  # noqa: SLF001 - begin anew
    return asked


def test_a_placed_view_is_where_it_was_put() -> None:
    """For everything in Textual that asks: size, offset, the furthest place, and the bar."""

    def check(view: Lines) -> None:
        place(view, 5000, 1234)
        assert view.virtual_size == Size(39, 5000)
        assert (view.scroll_y, view.scroll_target_y, view.scroll_offset.y) == (1234, 1234, 1234)
        assert view.max_scroll_y == 4980
        bar = view.vertical_scrollbar
        assert (bar.window_virtual_size, bar.window_size, bar.position) == (5000, 20, 1234)

    with_view(check)


def test_placing_neither_lays_out_nor_scrolls() -> None:
    """No layout is asked for and no watcher runs; assigning the same asks for both."""

    def check(view: Lines) -> None:
        place(view, 5000, 1234)
        assert (laid_out(view), view.seen) == (False, [])
        view.virtual_size = Size(39, 5001)
        view.scroll_y = 1235
        assert (laid_out(view), view.seen) == (True, [1235])

    with_view(check)


def test_the_bar_is_drawn_only_when_its_handle_moves() -> None:
    """One more line of a hundred thousand cannot be seen."""

    def check(view: Lines) -> None:
        place(view, 100_000, 99_980)
        bar = view.vertical_scrollbar
        assert drawn(bar)
        place(view, 100_001, 99_981)
        assert not drawn(bar)
        place(view, 100_001, 50_000)
        assert drawn(bar)

    with_view(check)


def test_a_fraction_of_a_line_stays() -> None:
    """A slow scroll adds up fractions until they are a line."""

    def check(view: Lines) -> None:
        place(view, 500, 100)
        view.set_reactive(Widget.scroll_y, 100.4)
        place(view, 500, 100)
        assert view.scroll_y == pytest.approx(100.4)
        place(view, 500, 99)
        assert view.scroll_y == 99

    with_view(check)


def test_a_view_without_lines_can_be_placed() -> None:
    """Nothing is divided by nothing."""
    with_view(lambda view: place(view, 0, 0))
