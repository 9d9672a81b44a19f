"""The parts a piece of text can play in a message log; the style sheet gives each its look.

Pure values, safe on any thread.
"""

from enum import Enum


class Role(Enum):
    """Why a piece of text stands where it stands; the value names the component class."""

    TEXT = "text"
    """What somebody said."""
    TIME = "time"
    NICK = "nick"
    """Somebody's nick, in that person's colour."""
    OWN_NICK = "own-nick"
    MENTION = "mention"
    """The bar beside a message that calls the reader, and the names in it."""
    NAME = "name"
    """A name that is called in any other message."""
    CODE = "code"
    STRONG = "strong"
    LINK = "link"
    DETAIL = "detail"
    """The remark behind a text."""
    DELETED = "deleted"
    """What stands in the place of a text that was taken back."""
    REACTION = "reaction"
    OWN_REACTION = "own-reaction"
    EVENT = "event"
    NOTICE = "notice"
    ERROR = "error"
    RULE = "rule"
    """The lines to both sides of a rule's words."""
    DAY = "day"
    NEW = "new"
    GAP = "gap"
    STORED = "stored"
    """The sign that an own message has arrived."""
    UNDER_WAY = "under-way"
    """The sign that it has not arrived yet."""
    NEW_BELOW = "new-below"
    """How many messages came while one looks at older ones."""
    EMPTY = "empty"
    """The sentence in a log without rows."""
