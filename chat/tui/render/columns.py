"""The columns of a message log: time, nick and text stand below each other, whatever comes.

Widths follow from the width of the log alone, never from what stands in it, so that no row moves
another sideways. All numbers are cells. Pure values, safe on any thread.
"""

from dataclasses import dataclass
from functools import lru_cache

from chat.tui.render.rows import Row, RowKind

_NARROW = 60
"""Below this many cells margins are small, and a message's state is a sign instead of a word."""

_TIMELESS = 52
"""Below this many cells the time is left out."""

_BARE = 24
"""Below this many cells there is no margin at the left."""

_TINY = 8
"""Below this many cells text has all the room there is."""

_SIGN = 2  # a sign and a space, before what nobody said


@dataclass(frozen=True, slots=True)
class Columns:
    """Where things begin and how wide they are in a log of `width` cells.

    `status` is kept free at the right of own messages, so that their text stays where it is when
    they arrive; in a narrow log there is room for a sign only.
    """

    width: int
    time_x: int
    time: int
    nick_x: int
    nick: int
    text_x: int
    status: int
    right: int

    @property
    def narrow(self) -> bool:
        """Whether this is the layout for small terminals, in which a sign must do for a word."""
        return self.right == 0

    @property
    def text(self) -> int:
        """The width of what others say."""
        return max(1, self.width - self.text_x - self.right)

    def body(self, row: Row) -> tuple[int, int]:
        """Where the text of a row begins, and the width it is wrapped to."""
        if row.said:
            reserved = self.status if row.own else 0
            return self.text_x, max(1, self.text - reserved)
        if row.kind in {RowKind.EVENT, RowKind.NOTICE}:
            indent = self.nick_x + (_SIGN if self.width >= _TINY else 0)
            return indent, max(1, self.width - indent - self.right)
        return 0, max(1, self.width)


@lru_cache(maxsize=16)
def columns_for(width: int) -> Columns:
    """The columns of a log that is `width` cells wide; any width from 0 will do."""
    if width < _NARROW:
        margin = 1 if width >= _BARE else 0
        time = 5 if width >= _TIMELESS else 0
        nick_x = margin + (time + 1 if time else 0)
        nick = min(8, width // 6)
        gap = 2 if width >= _BARE else 1 if width >= _TINY else 0
        status = 2 if width >= 12 else 0
        return Columns(width, margin, time, nick_x, nick, nick_x + nick + gap, status, 0)
    nick = max(8, min(16, width // 8))
    return Columns(width, 2, 5, 9, nick, 9 + nick + 2, 9, 1)
