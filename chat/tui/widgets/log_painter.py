"""Pieces of text with roles become strips for the screen.

Gives each role the style of its component class, remembers styles and drawn lines, and forgets them
when the theme, the width or the log changes. Knows nothing of scrolling. Called on the screen's
thread.
"""

from enum import Enum, auto
from itertools import pairwise
from typing import NamedTuple

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.cache import LRUCache
from textual.strip import Strip
from textual.widget import Widget

from chat.tui.render.cells import cells, drawable, fit, snap
from chat.tui.render.columns import Columns
from chat.tui.render.message import Body, Look, Span, spans
from chat.tui.render.nick_colour import nick_colour
from chat.tui.render.roles import Role
from chat.tui.render.rows import Row
from chat.tui.render.wrap import wrap

_STRIPS_KEPT = 512
_STYLES_KEPT = 1024
_EMPTY_WIDTH = 60

_Key = tuple[str, int, Look, tuple[int, int] | None, int]


class _Ground(Enum):
    """What a piece of text stands on."""

    LOG = auto()
    CURSOR = auto()
    """The selected message."""
    TEXT = auto()
    """Text that is selected to be copied."""


class DrawnLine(NamedTuple):
    """A line of the log as it is seen: all that its drawing depends on, but for columns and theme."""

    row: Row
    body: Body
    ordinal: int
    number: int
    look: Look


class LogPainter:
    """Draws the lines of one widget, whose component classes are `message-log--` and a role."""

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._styles: LRUCache[tuple[Role, str, str, _Ground], Style] = LRUCache(_STYLES_KEPT)
        self._strips: LRUCache[_Key, tuple[Row, Strip]] = LRUCache(_STRIPS_KEPT)

    def forget(self) -> None:
        """Draw all anew from now on."""
        self._styles.clear()
        self._strips.clear()

    def line(self, drawn: DrawnLine, columns: Columns, selected: tuple[int, int] | None) -> Strip:
        """One line of a row. `selected` is the selected part of the row's text, in characters."""
        key = (drawn.row.key, drawn.number, drawn.look, selected, columns.width)
        found = self._strips.get(key)
        if found is not None and found[0] is drawn.row:
            return found[1]
        start, end = snap(drawn.body.text, *selected) if selected else (0, 0)
        ground = _Ground.CURSOR if drawn.look.selected else _Ground.LOG
        segments = [
            Segment(
                text,
                self._style(role, drawn.row.user, url, _Ground.TEXT if 0 <= start <= at < end else ground),
            )
            for span in spans(drawn.row, drawn.body, drawn.number, columns, drawn.look)
            for text, role, at, url in _split(span, start, end)
            if text
        ]
        strip = self._filled(segments, columns.width, ground)
        self._strips[key] = (drawn.row, strip)
        return strip

    def _filled(self, segments: list[Segment], width: int, ground: _Ground) -> Strip:
        """The segments as a strip of exactly this width."""
        used = sum(cells(segment.text) for segment in segments)
        if used < width:
            segments.append(Segment(" " * (width - used), self._style(Role.TEXT, ground=ground)))
        return Strip(segments, max(used, width)).adjust_cell_length(width)

    def blank(self, width: int) -> Strip:
        """A line with nothing on it."""
        return Strip.blank(width, self._style(Role.TEXT))

    def with_marker(self, strip: Strip, new_below: int) -> Strip:
        """The line with the number of new messages below at its right end."""
        width = strip.cell_length
        text = marker(new_below, width)
        left = strip.crop(0, width - len(text))
        return Strip.join([left, Strip([Segment(text, self._style(Role.NEW_BELOW))], len(text))])

    def sentence(self, text: str, width: int, height: int) -> list[Strip]:
        """A friendly sentence in the middle of a log without rows."""
        text = drawable(text)
        lines = wrap(text, min(_EMPTY_WIDTH, width - 2))[:height]
        style = self._style(Role.EMPTY)
        strips = [self.blank(width)] * ((height - len(lines)) // 2)
        for start, end in lines:
            piece = text[start:end]
            left = max(0, width - cells(piece)) // 2
            strips.append(Strip([Segment(fit(" " * left + piece, width), style)], width))
        return strips + [self.blank(width)] * (height - len(strips))

    def _style(self, role: Role, user: str = "", url: str = "", ground: _Ground = _Ground.LOG) -> Style:
        """The style of a role; a nick has its user's colour and a link its address."""
        key = (role, user if role is Role.NICK else "", url, ground)
        style = self._styles.get(key)
        if style is None:
            style = self._styles[key] = self._make_style(*key)
        return style

    def _make_style(self, role: Role, user: str, url: str, ground: _Ground) -> Style:
        widget = self._widget
        style = widget.get_component_rich_style(f"message-log--{role.value}")
        if user:
            style += Style(color=Color.parse(nick_colour(user, dark=widget.app.current_theme.dark)))
        if url:
            style += Style(link=url)
        if ground is _Ground.TEXT:
            style += widget.screen.get_component_rich_style("screen--selection")
        elif ground is _Ground.CURSOR:
            cursor = widget.get_component_rich_style("message-log--selected")
            style += Style(color=cursor.color, bgcolor=cursor.bgcolor)
        return style


def marker(new_below: int, width: int) -> str:
    """What tells of new messages below; short where there is little room, empty when there are none."""
    if not new_below:
        return ""
    text = f" {new_below} new below ↓ "
    return text if len(text) <= width else "↓"[:width]


def _split(span: Span, start: int, end: int) -> list[Span]:
    """The span in up to three pieces, cut where the selected part of the text begins and ends."""
    text, role, at, url = span
    last = at + len(text)
    if at < 0 or end <= at or start >= last:
        return [span]
    cuts = [at, max(at, start), min(last, end), last]
    return [Span(text[first - at : behind - at], role, first, url) for first, behind in pairwise(cuts)]
