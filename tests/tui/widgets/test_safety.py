"""The last door before the terminal."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.color import Color
from textual.content import Content
from textual.filter import LineFilter
from textual.pilot import Pilot
from textual.widgets import Label, OptionList, Static

from chat.text import sanitize_line
from chat.tui.widgets.message_log import MessageLog
from chat.tui.widgets.safety import Backstop
from tests.support.log_rows import said
from tests.support.log_scene import log_of

GROUND = Color.parse("black")
HOSTILE = [
    *("\x1b[2J", "\x1b]0;title\x07", "\x1b]52;c;cGF5\x1b\\", "\x1bP1$r\x1b\\", "\x9b31m", "\x0e", "\x7f"),
    *("\u202egnp.exe", "\u2066x\u2069", "\u2028", "\U000e0041", "\ufdd0", "a\nb", "a\tb"),
]


def filtered(*texts: str) -> list[str]:
    """The texts after the filter, each in a segment of its own."""
    return [
        segment.text
        for segment in Backstop().apply([Segment(text, Style(bold=True)) for text in texts], GROUND)
    ]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_hostile_goes_through(text: str) -> None:
    """What the sanitizer would change is not there any more."""
    (after,) = filtered(f"x{text}y")
    assert sanitize_line(after) == after
    assert after.startswith("x")
    assert after.endswith("y")


@given(st.text(max_size=30))
def test_whatever_comes_the_line_keeps_its_width(text: str) -> None:
    """So nothing beside a closed text moves, and what is clean stays as it is."""
    (after,) = filtered(text)
    assert sanitize_line(after) == after
    assert sum(map(cell_len, after)) == sum(map(cell_len, text))
    if sanitize_line(text) == text:
        assert after == text


def test_styles_and_clean_segments_stay() -> None:
    """Only the text of a hostile segment is exchanged."""
    clean, hostile = Segment("clean", Style(bold=True)), Segment("\x1b[1m", Style(italic=True))
    after = Backstop().apply([clean, hostile], GROUND)
    assert after[0] is clean
    assert after[1].style == hostile.style


class Careless(App[None]):
    """An app that shows strangers' text as it came, behind the filter."""

    def __init__(self) -> None:
        super().__init__()
        self._backstop = Backstop()

    def get_line_filters(self) -> list[LineFilter]:
        return [*super().get_line_filters(), self._backstop]

    def compose(self) -> ComposeResult:
        hostile = "".join(HOSTILE)
        yield Static(Content(hostile))
        yield Label(Content(hostile))
        yield OptionList(Content(hostile))
        yield MessageLog()


def test_every_widget_is_behind_the_door() -> None:
    """Also the log, which draws its lines by itself: in text, nick and remark."""
    app = Careless()

    async def look(pilot: Pilot[Any]) -> str:
        log = app.query_one(MessageLog)
        log.show(log_of([said(number, text, nick=text) for number, text in enumerate(HOSTILE)]))
        await pilot.pause()
        strips = app.screen._compositor.render_strips()  # noqa: SLF001 - what the terminal gets
        return "".join(strip.text for strip in strips)

    async def run() -> str:
        async with app.run_test(size=(80, 60)) as pilot:
            return await look(pilot)

    shown = asyncio.run(run())
    assert "gnp.exe" in shown
    assert sanitize_line(shown) == shown


def test_one_filter_is_remembered_by_textual() -> None:
    """The same instance every time means that a line that did not change is not filtered again."""
    app = Careless()
    assert app.get_line_filters()[-1] is app.get_line_filters()[-1]
