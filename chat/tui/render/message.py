"""From a row to pieces of text with roles: what stands in each of its lines.

Says what is where and why, not how it looks: colours are the widget's. Called by the screen's
thread for rows that are visible.
"""

from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from typing import NamedTuple

from chat.tui.render.cells import cells, clusters, drawable, fit
from chat.tui.render.columns import Columns
from chat.tui.render.inline import Mark, marks
from chat.tui.render.reactions import ChipLine, chip_lines, fitted
from chat.tui.render.roles import Role
from chat.tui.render.rows import Row, RowKind, RowStatus
from chat.tui.render.wrap import Line, wrap

_SAME_BREATH = timedelta(minutes=5)
_BAR = "▌"
_HERE = "›"  # as in lists
_DAY_SIDE = 14

_BASE = {RowKind.EVENT: Role.EVENT, RowKind.NOTICE: Role.NOTICE}
_RULES = {RowKind.DAY: (Role.DAY, "─"), RowKind.NEW: (Role.NEW, "─"), RowKind.GAP: (Role.GAP, "┄")}
_SIGNS = {RowKind.EVENT: "· ", RowKind.NOTICE: "› "}
_ERROR_SIGN = "! "
_STATUS = {
    RowStatus.STORED: (Role.STORED, "✓", "✓"),
    RowStatus.WAITING: (Role.UNDER_WAY, "waiting", "◦"),
    RowStatus.SENDING: (Role.UNDER_WAY, "sending", "…"),
    RowStatus.FAILED: (Role.ERROR, "failed", "!"),
}


class Span(NamedTuple):
    """A piece of a line. `at` is where it stands in the row's text, -1 where it is beside the text."""

    text: str
    role: Role
    at: int = -1
    url: str = ""


class Look(NamedTuple):
    """What a line shows beside its text: it depends on the lines around it and never changes a height."""

    time: bool = False
    nick: bool = False
    newest: bool = False
    """The newest own message is the one that shows that it has arrived."""
    selected: bool = False


@dataclass(frozen=True, slots=True)
class Body:
    """The text of a row as it is shown, selected and copied, with its lines and marked parts.

    The last lines are those of reactions, if there are any: they hold no text, and stand for places
    behind it, each for another, so that a place tells its line.
    """

    text: str
    lines: tuple[Line, ...]
    marks: tuple[Mark, ...]
    chips: tuple[ChipLine, ...] = ()

    @property
    def last_of_text(self) -> int:
        """The number of the last line that is one of text."""
        return len(self.lines) - len(self.chips) - 1


def body_of(row: Row, columns: Columns) -> Body:
    """Wrap and mark the text of a row; rules have none and take one line."""
    if row.kind in _RULES:
        return Body("", ((0, 0),), ())
    before, said, after = _parts(row)
    text = before + said + after
    lines = wrap(text, columns.body(row)[1])
    chips = chip_lines(row.reactions, columns.text) if row.reactions else ()
    behind = tuple((len(text) + 1 + number,) * 2 for number in range(len(chips)))
    return Body(text, lines + behind, tuple(_marks(row, said, len(before), len(text))), chips)


def shown_text(row: Row) -> str:
    """The text of a row as `body_of` has it, without the work of wrapping."""
    return "".join(_parts(row))


def look(previous: Row | None, row: Row, *, newest: bool) -> Look:
    """The time only when the minute changes, the nick only when the speaker does or after a pause."""
    if previous is None or not previous.said or previous.time is None or row.time is None:
        return Look(time=True, nick=True, newest=newest)
    minute = previous.time.replace(second=0, microsecond=0) != row.time.replace(second=0, microsecond=0)
    same = previous.user == row.user and previous.nick == row.nick and previous.kind is row.kind
    pause = row.time - previous.time > _SAME_BREATH
    return Look(minute, not same or pause or row.kind is RowKind.ACTION, newest)


def spans(row: Row, body: Body, number: int, columns: Columns, ladder: Look) -> list[Span]:
    """The pieces of line `number` of a row, from the left edge; what follows them is blank."""
    if row.kind in _RULES:
        return _rule(row, columns.width)
    if not row.said:
        return [*_sign(row, number, columns), *_text(row, body, number)]
    gutter = _gutter(row, columns, ladder, first=number == 0)
    if number > body.last_of_text:
        return [*gutter, *_reactions(body.chips[number - body.last_of_text - 1], columns)]
    line = [*gutter, *_text(row, body, number)]
    if row.own and columns.status and number == body.last_of_text:
        line.extend(_status(row, columns, ladder, sum(cells(span.text) for span in line)))
    return line


def characters(row: Row, body: Body, number: int, columns: Columns) -> list[int]:
    """Which character of the row's text stands in each cell of a line.

    Cells left of the text stand for the line's first character, those right of it for its end.
    """
    start, end = body.lines[number]
    cell = [start] * columns.body(row)[0]
    for cluster in clusters(body.text[start:end]):
        cell.extend([start + cluster.start] * cluster.cells)
    cell.extend([end] * (columns.width - len(cell)))
    return cell[: columns.width]


def link_at(body: Body, character: int) -> str:
    """The address of the link that a character belongs to, empty when there is none."""
    return next((mark.url for mark in body.marks if mark.start <= character < mark.end), "")


def _parts(row: Row) -> tuple[str, str, str]:
    """Who acts, what is said, and the remark behind it."""
    before = f"{drawable(row.nick)} " if row.kind is RowKind.ACTION else ""
    remark = ", ".join(filter(None, (row.detail, "edited" * row.edited, "pinned" * row.pinned)))
    after = f" ({drawable(remark)})" if remark else ""
    return before, drawable(row.text), after


def _base(row: Row) -> Role:
    """The role of a row's text where nothing else is said about it."""
    if row.kind is RowKind.NOTICE and row.status is RowStatus.FAILED:
        return Role.ERROR
    if row.deleted:
        return Role.DELETED
    return _BASE.get(row.kind, Role.TEXT)


def _marks(row: Row, said: str, start: int, end: int) -> list[Mark]:
    """The marks of the whole text, in which what was said begins at `start`."""
    found = [Mark(0, start - 1, _nick_role(row))] if start else []
    name = Role.MENTION if row.mention else Role.NAME
    for mark in marks(said):
        role = name if mark.role is Role.NAME else mark.role
        found.append(Mark(mark.start + start, mark.end + start, role, mark.url))
    if start + len(said) < end:
        remark = Role.ERROR if row.status is RowStatus.FAILED else Role.DETAIL
        found.append(Mark(start + len(said), end, remark))
    return found


def _text(row: Row, body: Body, number: int) -> list[Span]:
    """The row's own text in one line, cut where marks begin and end."""
    start, end = body.lines[number]
    base = _base(row)
    pieces: list[Span] = []
    at = start
    for mark in chain(body.marks, (Mark(end, end, base),)):
        first, last = min(max(mark.start, at), end), min(mark.end, end)
        if first > at:
            pieces.append(Span(body.text[at:first], base, at))
            at = first
        if last > at:
            pieces.append(Span(body.text[at:last], mark.role, at, mark.url))
            at = last
    return pieces


def _nick_role(row: Row) -> Role:
    """One's own nick has the accent, everybody else has a colour of their own."""
    return Role.OWN_NICK if row.own else Role.NICK


def _sign(row: Row, number: int, columns: Columns) -> list[Span]:
    """What stands before a text that nobody said, on its first line."""
    room = columns.body(row)[0]
    sign = _ERROR_SIGN if row.status is RowStatus.FAILED else _SIGNS[row.kind]
    return [Span((" " * columns.nick_x + sign if number == 0 else "").ljust(room)[:room], _base(row))]


def _gutter(row: Row, columns: Columns, ladder: Look, *, first: bool) -> list[Span]:
    """Time, nick and bar to the left of what somebody says, and the sign of what is selected."""
    time = f"{row.time:%H:%M}" if ladder.time and row.time is not None and columns.time else ""
    nick = "*" if row.kind is RowKind.ACTION else row.nick
    shown = fit(nick if ladder.nick else "", columns.nick)
    gap = columns.text_x - columns.nick_x - columns.nick
    here = _HERE if ladder.selected and first else ""
    bar = (here if not columns.time_x and here else _BAR if row.mention else "") if gap else ""
    return [
        Span(
            here.ljust(columns.time_x)[: columns.time_x] + time.ljust(columns.nick_x - columns.time_x),
            Role.TIME,
        ),
        Span(shown, _nick_role(row)),
        Span(" " * (gap - len(bar)), Role.TEXT),
        Span(bar, Role.MENTION),
    ]


def _reactions(chips: ChipLine, columns: Columns) -> list[Span]:
    """A line of reactions, those of one's own marked."""
    return [
        Span(text, Role.OWN_REACTION if own else Role.REACTION) for text, own in fitted(chips, columns.text)
    ]


def _status(row: Row, columns: Columns, ladder: Look, used: int) -> list[Span]:
    """How far an own message has come, in the room that is kept for it."""
    if row.status is RowStatus.STORED and not ladder.newest:
        return []
    role, word, sign = _STATUS[row.status]
    note = sign if columns.narrow else word
    room = columns.status - 1 if columns.narrow else columns.status - 2
    return [Span(" " * (columns.width - columns.right - room - used), Role.TEXT), Span(note, role)]


def _rule(row: Row, width: int) -> list[Span]:
    """A line to both sides of a few words: short for a day, from edge to edge for the others."""
    role, dash = _RULES[row.kind]
    text = drawable(row.text)
    if cells(text) + 4 > width:
        text = text.partition(" · ")[0]
    words = f" {text} "
    room = width - cells(words)
    if room < 2:
        return [Span(fit(text, width), role)]
    side = min(_DAY_SIDE, room // 2) if row.kind is RowKind.DAY else room // 2
    blank = room // 2 - side
    right = side if row.kind is RowKind.DAY else room - side
    return [
        Span(" " * blank + dash * side, Role.RULE),
        Span(words, role),
        Span(dash * right, Role.RULE),
    ]
