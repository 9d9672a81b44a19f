"""Who is in a channel and who of them is here.

The owner hands over the whole list whenever something changed, at most some 20 times a second, and
hears by `MemberList.Chosen` with whom somebody wants to do something. Called on the screen's thread.
"""

from collections.abc import Iterable

from rich.segment import Segment
from rich.style import Style
from textual.message import Message
from textual.strip import Strip

from chat.protocol.records import Presence
from chat.tui.keys import Place, bindings
from chat.tui.render.cells import cells, drawable, fit
from chat.tui.render.member_order import MemberItem, ordered
from chat.tui.render.nick_colour import nick_colour
from chat.tui.widgets.row_list import HERE, RowList

_FRAME = 4  # cursor, sign, a space, and a margin at the right
_NOBODY = "nobody known yet"

_SIGNS = {Presence.ONLINE: "●", Presence.AWAY: "◐", Presence.BUSY: "⊘", Presence.OFFLINE: "○"}


class MemberList(RowList):
    """Members of one conversation, with a sign for each one's presence."""

    BINDINGS = bindings(Place.MEMBERS)
    COMPONENT_CLASSES = {
        "member-list--header",
        "member-list--detail",
        "member-list--offline",
        "member-list--me",
        "member-list--online",
        "member-list--away",
        "member-list--busy",
        "member-list--cursor",
    }

    class Chosen(Message):
        """Somebody wants to do something with this person."""

        def __init__(self, user: str, nick: str) -> None:
            super().__init__()
            self.user = user
            self.nick = nick

    class Left(Message):
        """The keys shall go back to the line one writes."""

    HEAD = 2

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - the name Textual has for it
        super().__init__(id=id)
        self._rows: list[MemberItem] = []
        self._here = 0

    def show(self, members: Iterable[MemberItem]) -> None:
        """Show these members. The cursor stays on its person, and so does the view when scrolled."""
        rows = ordered(members)
        if rows == self._rows:
            return
        chosen, top = self._user_at(self.cursor), self.scroll_offset.y
        uppermost = self._user_at(top)
        places = {row.user: place for place, row in enumerate(rows)}
        self._rows = rows
        self._here = sum(row.here for row in rows)
        self.renew(len(rows), places.get(chosen, self.cursor), places.get(uppermost, top) if top else 0)

    def choose(self, place: int) -> None:
        """Ask for the menu of that person."""
        row = self._rows[place]
        self.post_message(self.Chosen(row.user, row.nick))

    def point(self, place: int) -> None:
        """A click is enough, as on a message."""
        self.choose(place)

    def draw_head(self, y: int, width: int) -> Strip:
        """How many are here, and an empty line."""
        told = f"{self._here} of {len(self._rows)} here" if self._rows else _NOBODY
        style = self.get_component_rich_style("member-list--header")
        return Strip([Segment(fit("" if y else f" {told}", width), style)], width)

    def draw_row(self, place: int, width: int) -> Strip:
        """Sign, nick, and at the right what else is known."""
        item, pointed = self._rows[place], self.has_focus and place == self.cursor
        detail = " ".join(word for word in ("you" if item.me else "", item.note, item.role) if word)
        nick = drawable(item.nick)
        room = max(0, width - _FRAME)
        left = min(cells(nick), room)
        spare = room - left - 2
        detail = fit(detail, min(cells(drawable(detail)), spare)) if spare > 1 else ""
        gap = " " * (room - left - cells(detail))
        parts = (
            (HERE if pointed else " ", "member-list--detail"),
            (f"{_SIGNS[item.presence]} ", f"member-list--{item.presence.value}"),
            (fit(nick, left), _nick_look(item)),
            (f"{gap}{detail} ", "member-list--detail"),
        )
        style = self.get_component_rich_style("member-list--cursor")
        strip = Strip([Segment(text, style if pointed else self._style(look, item)) for text, look in parts])
        return strip.adjust_cell_length(width, self.rich_style)

    def action_leave(self) -> None:
        """Give the keys back."""
        self.post_message(self.Left())

    def _user_at(self, place: int) -> str:
        return self._rows[place].user if place < len(self._rows) else ""

    def _style(self, look: str, item: MemberItem) -> Style:
        """The style of a component, or that of the person's nick when there is no component."""
        if look:
            return self.get_component_rich_style(look)
        colour = nick_colour(item.user, dark=self.app.current_theme.dark)
        return self.rich_style + Style(color=colour)


def _nick_look(item: MemberItem) -> str:
    """Everybody who is here has a colour of their own; oneself has the accent, as in the log."""
    if not item.here:
        return "member-list--offline"
    return "member-list--me" if item.me else ""
