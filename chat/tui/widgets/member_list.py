"""Who is in a channel and who of them is here.

Draws its lines itself: of 5,000 members only those in view cost anything. The owner hands over the
whole list whenever something changed, at most some 20 times a second, and hears by
`MemberList.Chosen` whom somebody wants to write to. Called on the screen's thread.
"""

from collections.abc import Iterable

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from chat.protocol.records import Presence
from chat.tui.keys import Place, bindings
from chat.tui.render.cells import cells, drawable, fit
from chat.tui.render.member_order import MemberItem, ordered
from chat.tui.render.nick_colour import nick_colour

_HEAD = 2  # the count and an empty line stay above the rows
_FRAME = 4  # cursor, sign, a space, and a margin at the right
_NOBODY = "nobody here yet"

_SIGNS = {Presence.ONLINE: "●", Presence.AWAY: "◐", Presence.BUSY: "⊘", Presence.OFFLINE: "○"}


class MemberList(ScrollView, can_focus=True):
    """Members of one conversation, with a sign for each one's presence."""

    BINDINGS = bindings(Place.MEMBERS)
    COMPONENT_CLASSES = {
        "member-list--header",
        "member-list--detail",
        "member-list--offline",
        "member-list--online",
        "member-list--away",
        "member-list--busy",
        "member-list--cursor",
    }

    class Chosen(Message):
        """Somebody wants to write to this person alone."""

        def __init__(self, user: str, nick: str) -> None:
            super().__init__()
            self.user = user
            self.nick = nick

    class Left(Message):
        """The keys shall go back to the line one writes."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - the name Textual has for it
        super().__init__(id=id)
        self._rows: list[MemberItem] = []
        self._here = 0
        self._cursor = 0

    def show(self, members: Iterable[MemberItem]) -> None:
        """Show these members. The cursor stays on its person, and so does the view when scrolled."""
        rows = ordered(members)
        if rows == self._rows:
            return
        chosen, top = self._user_at(self._cursor), self._user_at(self.scroll_offset.y)
        places = {row.user: place for place, row in enumerate(rows)}
        moved = places.get(top, self.scroll_offset.y) - self.scroll_offset.y if self.scroll_offset.y else 0
        self._rows = rows
        self._here = sum(row.here for row in rows)
        self._cursor = max(0, min(places.get(chosen, self._cursor), len(rows) - 1))
        self.virtual_size = Size(self.scrollable_content_region.width, len(rows) + _HEAD)
        if moved:
            self.scroll_to(y=self.scroll_offset.y + moved, animate=False)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line of the view: the head, a row, or nothing."""
        width = self.scrollable_content_region.width
        base = self.rich_style
        if y == 0:
            head = self.get_component_rich_style("member-list--header")
            return Strip([Segment(fit(f" {self._headline()}", width), head)], width)
        place = y - _HEAD + self.scroll_offset.y
        if y < _HEAD or place >= len(self._rows):
            return Strip.blank(width, base)
        return self._row(self._rows[place], width, pointed=self.has_focus and place == self._cursor)

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the mouse is; the second of two clicks chooses."""
        place = event.y - _HEAD + self.scroll_offset.y
        if event.y < _HEAD or place >= len(self._rows):
            return
        self._move_to(place)
        if event.chain == 2:
            self.action_open()

    def on_focus(self) -> None:
        """Show the cursor."""
        self.refresh()

    def on_blur(self) -> None:
        """Hide the cursor."""
        self.refresh()

    def action_open(self) -> None:
        """Choose the person under the cursor."""
        if self._rows:
            row = self._rows[self._cursor]
            self.post_message(self.Chosen(row.user, row.nick))

    def action_leave(self) -> None:
        """Give the keys back."""
        self.post_message(self.Left())

    def action_move(self, rows: int) -> None:
        """Move the cursor by some rows."""
        self._move_to(self._cursor + rows)

    def action_move_page(self, pages: int) -> None:
        """Move the cursor by what is seen at once."""
        self._move_to(self._cursor + pages * max(1, self.scrollable_content_region.height - _HEAD))

    def action_first(self) -> None:
        """Move the cursor to the first row."""
        self._move_to(0)

    def action_end(self) -> None:
        """Move the cursor to the last row."""
        self._move_to(len(self._rows) - 1)

    def _move_to(self, place: int) -> None:
        """Put the cursor on a row, or on the nearest one there is, and bring it into view."""
        if not self._rows:
            return
        self._cursor = max(0, min(place, len(self._rows) - 1))
        room = max(1, self.scrollable_content_region.height - _HEAD)
        if self._cursor < self.scroll_offset.y:
            self.scroll_to(y=self._cursor, animate=False)
        elif self._cursor >= self.scroll_offset.y + room:
            self.scroll_to(y=self._cursor - room + 1, animate=False)
        self.refresh()

    def _user_at(self, place: int) -> str:
        return self._rows[place].user if place < len(self._rows) else ""

    def _headline(self) -> str:
        return f"{self._here} of {len(self._rows)} here" if self._rows else _NOBODY

    def _row(self, item: MemberItem, width: int, *, pointed: bool) -> Strip:
        """Sign, nick, and at the right what else is known."""
        detail = " ".join(word for word in ("you" if item.me else "", item.note, item.role) if word)
        nick = drawable(item.nick)
        room = max(0, width - _FRAME)
        left = min(cells(nick), room)
        spare = room - left - 2
        detail = fit(detail, min(cells(drawable(detail)), spare)) if spare > 1 else ""
        gap = " " * (room - left - cells(detail))
        parts = (
            ("›" if pointed else " ", "member-list--online"),
            (f"{_SIGNS[item.presence]} ", f"member-list--{item.presence.value}"),
            (fit(nick, left), "" if item.here else "member-list--offline"),
            (f"{gap}{detail} ", "member-list--detail"),
        )
        style = self.get_component_rich_style("member-list--cursor")
        strip = Strip([Segment(text, style if pointed else self._style(look, item)) for text, look in parts])
        return strip.adjust_cell_length(width, self.rich_style)

    def _style(self, look: str, item: MemberItem) -> Style:
        """The style of a component, or that of the person's nick when there is no component."""
        if look:
            return self.get_component_rich_style(look)
        colour = nick_colour(item.user, dark=self.app.current_theme.dark)
        return self.rich_style + Style(color=colour, bold=item.me)
