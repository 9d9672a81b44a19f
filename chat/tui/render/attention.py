"""How loudly a conversation calls: four levels, the same in strip, switcher and terminal title.

Each level has a sign of its own, so that it is read without colour too. Knows no widget and no
colour. Pure values, safe on any thread.
"""

from enum import IntEnum

_COUNTED_TO = 999  # the server stops counting here


class Attention(IntEnum):
    """What waits in a conversation; the higher of two calls louder."""

    NOTHING = 0
    """All is read."""
    ACTIVITY = 1
    """Something happened that nobody needs to read, such as a join."""
    UNREAD = 2
    """Messages wait to be read."""
    MENTION = 3
    """Somebody calls by name, or wrote a direct message."""


def mark(level: Attention, count: int) -> str:
    """The sign beside a title: nothing, `·`, `(3)` or `(3!)`.

    `count` is the number of messages that wait; below 1 it is left out of the sign.
    """
    if level is Attention.NOTHING:
        return ""
    if level is Attention.ACTIVITY:
        return "·"
    number = f"{_COUNTED_TO}+" if count > _COUNTED_TO else str(count) if count > 0 else ""
    if level is Attention.MENTION:
        return f"({number}!)"
    return f"({number})" if number else "·"
