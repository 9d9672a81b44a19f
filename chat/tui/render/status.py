"""What the status line says, as pieces of text with a role each. It never lies and never shouts.

    ● connected as maria · not encrypted · 3 ms            Enter send · Ctrl+K go to · F1 all keys
    ◐ reconnecting in 3 s: connection refused · 2 waiting to be sent               F1 all keys

With less room the keys go first, but for the last one; then the reason is cut; then words get
shorter. What waits to be sent is never left out. Knows no colour and no widget. Pure values, safe
on any thread.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from chat.durations import briefly
from chat.tui.render.cells import cells, drawable, fit

_DETAIL_AT_LEAST = 12  # cells below which a cut reason tells nothing
_NICK_AT_MOST = 12  # cells, where there is little room
_BETWEEN = 2  # cells between what is so and the keys


class Connection(Enum):
    """How things stand with the server."""

    CONNECTED = "connected"
    CONNECTING = "connecting"
    RECONNECTING = "reconnecting"
    OFFLINE = "offline"


class Tone(Enum):
    """How loudly a piece is said; the value names the role of its colour."""

    QUIET = "muted"
    GOOD = "good"
    WARNING = "warning"
    ERROR = "error"
    KEY = "foreground"


class Hint(Protocol):
    """A key and what it does."""

    @property
    def key(self) -> str:
        """The key as people write it."""

    @property
    def label(self) -> str:
        """What it does, in one or two words."""


@dataclass(frozen=True, slots=True)
class StatusView:
    """All that the status line shows; text that came from outside is sanitised."""

    connection: Connection
    nick: str = ""
    detail: str = ""
    """Why there is no connection, to whom one is made, or why it is to another address than expected."""
    since: str = ""
    """When the connection was lost."""
    retry_in: float | None = None
    """Seconds to the next attempt to connect or, while connected, to send what waits; from when this view is
    shown."""
    last_seen: str = ""
    """As of when things are shown, while they come from an earlier run."""
    waiting: int = 0
    """Messages that were not sent yet."""
    encrypted: bool | None = None
    """Whether strangers can't read along; None while there is no connection."""
    latency_ms: int | None = None
    hints: tuple[Hint, ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """Some text in one tone."""

    text: str
    tone: Tone

    @property
    def width(self) -> int:
        """The cells it takes."""
        return cells(self.text)


_SIGNS = {
    Connection.CONNECTED: Piece("● ", Tone.GOOD),
    Connection.CONNECTING: Piece("◐ ", Tone.QUIET),
    Connection.RECONNECTING: Piece("◐ ", Tone.WARNING),
    Connection.OFFLINE: Piece("○ ", Tone.ERROR),
}


def status_pieces(view: StatusView, seconds_left: int | None, width: int) -> tuple[Piece, ...]:
    """The line in exactly `width` cells.

    Args:
        view: what is so.
        seconds_left: to the next attempt, None when no time is set for it.
        width: cells of the line, a margin of one at both ends included.
    """
    room = max(0, width - 2)
    state = _state(view, seconds_left, room)
    keys = _keys(view.hints, room - _width(state) - _BETWEEN)
    gap = room - _width(state) - _width(keys)
    return (Piece(" ", Tone.QUIET), *state, Piece(" " * gap, Tone.QUIET), *keys, Piece(" ", Tone.QUIET))


def _state(view: StatusView, seconds_left: int | None, room: int) -> tuple[Piece, ...]:
    """What is so, in the longest form that fits; cut where even the shortest one does not."""
    rest = _width(_around(view, seconds_left, "", brief=False))
    detail = drawable(view.detail)
    forms = [_around(view, seconds_left, detail, brief=False)]
    if detail and room - rest - 2 >= _DETAIL_AT_LEAST:
        forms.append(_around(view, seconds_left, fit(detail, room - rest - 2), brief=False))
    forms += [_around(view, seconds_left, "", brief=False), _around(view, seconds_left, "", brief=True)]
    for form in forms:
        if _width(form) <= room:
            return form
    return _cropped(forms[-1], room)


def _around(view: StatusView, seconds_left: int | None, detail: str, *, brief: bool) -> tuple[Piece, ...]:
    """The parts of the state, with dots between."""
    parts = [_headline(view, seconds_left, detail, brief=brief)]
    if view.since and not brief:
        parts.append(Piece(f"disconnected since {view.since.removeprefix('at ')}", Tone.WARNING))
    if view.waiting:
        tone = Tone.QUIET if view.connection is Connection.CONNECTED else Tone.WARNING
        parts.append(Piece(_waiting(view, seconds_left, brief=brief), tone))
    if view.last_seen:
        parts.append(Piece(view.last_seen if brief else f"shown as last seen {view.last_seen}", Tone.QUIET))
    if view.encrypted is False:
        parts.append(Piece("not encrypted", Tone.WARNING))
    elif view.encrypted and not brief:
        parts.append(Piece("TLS", Tone.QUIET))
    if view.latency_ms is not None and not brief:
        parts.append(Piece(f"{view.latency_ms} ms", Tone.QUIET))
    return (_SIGNS[view.connection], *_joined([(part,) for part in parts]))


def _waiting(view: StatusView, seconds_left: int | None, *, brief: bool) -> str:
    """How many messages wait; while connected also for how long, which is what the server asked for."""
    words = f"{view.waiting} waiting" + ("" if brief else " to be sent")
    is_counted = view.connection is Connection.CONNECTED and seconds_left
    return f"{words} in {briefly(seconds_left or 0)}" if is_counted else words


def _headline(view: StatusView, seconds_left: int | None, detail: str, *, brief: bool) -> Piece:
    """The first words: the state itself and why it is so."""
    tone = _SIGNS[view.connection].tone
    if view.connection is Connection.CONNECTED:
        nick = drawable(view.nick)
        short = fit(nick, min(cells(nick), _NICK_AT_MOST))
        long = f"connected as {nick} {detail}" if detail else f"connected as {nick}"
        return Piece(short if brief else long, Tone.WARNING if detail else Tone.QUIET)
    words = view.connection.value
    if view.connection is Connection.RECONNECTING and seconds_left is not None:
        words = f"reconnecting in {briefly(seconds_left)}" if seconds_left > 0 else "reconnecting now"
    if view.connection is Connection.CONNECTING:
        return Piece(f"connecting to {detail}…" if detail else "connecting…", tone)
    return Piece(f"{words}: {detail}" if detail else words, tone)


def _keys(hints: Sequence[Hint], room: int) -> tuple[Piece, ...]:
    """As many keys as fit; the last one stays longest, then those from the front."""
    told = [(Piece(hint.key, Tone.KEY), Piece(f" {hint.label}", Tone.QUIET)) for hint in hints]
    while told:
        pieces = _joined(told)
        if _width(pieces) <= room:
            return pieces
        told = [*told[:-2], *told[-1:]] if len(told) > 1 else []
    return ()


def _joined(parts: Sequence[tuple[Piece, ...]]) -> tuple[Piece, ...]:
    """The parts with a quiet dot between each two."""
    dot = Piece(" · ", Tone.QUIET)
    return tuple(piece for part in parts for piece in (dot, *part))[1:]


def _cropped(pieces: Sequence[Piece], room: int) -> tuple[Piece, ...]:
    """As much as fits from the left."""
    kept = []
    for piece in pieces:
        text = fit(piece.text, min(piece.width, room))
        kept.append(Piece(text, piece.tone))
        room -= cells(text)
    return tuple(kept)


def _width(pieces: Sequence[Piece]) -> int:
    return sum(piece.width for piece in pieces)
