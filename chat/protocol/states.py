"""What may be said when: the states of one link and what moves it from one to the next.

One table serves both sides, since a frame's kind tells who says it. Values only: no I/O, no threads.
"""

from enum import Enum, auto

import msgspec

from chat.protocol.answering import Reply
from chat.protocol.asking import Request
from chat.protocol.codec import Frame
from chat.protocol.events import Goodbye, Welcome
from chat.protocol.replies import Error, HelloResult, PingResult, QuitResult
from chat.protocol.requests import Hello, Ping, Quit


class Role(Enum):
    """Which side of the link one is."""

    CLIENT = auto()
    SERVER = auto()


class LinkState(Enum):
    """How far a link has come."""

    WELCOME_AWAITED = auto()
    """Nothing was said yet; the server speaks first."""
    GREETING = auto()
    """The client says who it is; until that is accepted it may only ask for `ping` and `quit` beside."""
    OPEN = auto()
    CLOSING = auto()
    """The client asked to leave: the server may still say anything, the client nothing."""
    CLOSED = auto()
    """The server said goodbye; nothing may follow."""


class FrameKind(Enum):
    """Frames that are alike for the states."""

    WELCOME = auto()
    HELLO = auto()
    HELLO_RESULT = auto()
    PING = auto()
    PING_RESULT = auto()
    QUIT = auto()
    QUIT_RESULT = auto()
    REQUEST = auto()
    """Every other request."""
    RESULT = auto()
    """Every other result."""
    ERROR = auto()
    EVENT = auto()
    """Every other event."""
    GOODBYE = auto()


FROM_CLIENT = frozenset({FrameKind.HELLO, FrameKind.PING, FrameKind.QUIT, FrameKind.REQUEST})
"""The kinds that clients say; servers say all others."""

_KINDS: dict[type[msgspec.Struct], FrameKind] = {
    Welcome: FrameKind.WELCOME,
    Hello: FrameKind.HELLO,
    HelloResult: FrameKind.HELLO_RESULT,
    Ping: FrameKind.PING,
    PingResult: FrameKind.PING_RESULT,
    Quit: FrameKind.QUIT,
    QuitResult: FrameKind.QUIT_RESULT,
    Error: FrameKind.ERROR,
    Goodbye: FrameKind.GOODBYE,
}

_AWAITED, _GREETING, _OPEN, _CLOSING, _CLOSED = LinkState
_K = FrameKind

MOVES: dict[LinkState, dict[FrameKind, LinkState]] = {
    _AWAITED: {_K.WELCOME: _GREETING, _K.GOODBYE: _CLOSED},
    _GREETING: {
        _K.HELLO: _GREETING,
        _K.HELLO_RESULT: _OPEN,
        _K.PING: _GREETING,
        _K.PING_RESULT: _GREETING,
        _K.ERROR: _GREETING,
        _K.QUIT: _CLOSING,
        _K.GOODBYE: _CLOSED,
    },
    _OPEN: {
        _K.PING: _OPEN,
        _K.PING_RESULT: _OPEN,
        _K.REQUEST: _OPEN,
        _K.RESULT: _OPEN,
        _K.ERROR: _OPEN,
        _K.EVENT: _OPEN,
        _K.QUIT: _CLOSING,
        _K.GOODBYE: _CLOSED,
    },
    _CLOSING: {
        _K.HELLO_RESULT: _CLOSING,
        _K.PING_RESULT: _CLOSING,
        _K.RESULT: _CLOSING,
        _K.ERROR: _CLOSING,
        _K.EVENT: _CLOSING,
        _K.QUIT_RESULT: _CLOSING,
        _K.GOODBYE: _CLOSED,
    },
    _CLOSED: {},
}
"""The next state for each kind of frame; a kind that is missing may not be said in that state."""


def kind_of(frame: Frame) -> FrameKind:
    """Sort a frame for the table."""
    kind = _KINDS.get(type(frame))
    if kind is not None:
        return kind
    if isinstance(frame, Request):
        return FrameKind.REQUEST
    return FrameKind.RESULT if isinstance(frame, Reply) else FrameKind.EVENT


def next_state(state: LinkState, kind: FrameKind) -> LinkState | None:
    """The state after a frame of this kind, or None when it may not be said now."""
    return MOVES[state].get(kind)
