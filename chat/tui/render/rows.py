"""What stands in a message log, one row per entry, rule or note.

The owner of a log turns entries and local events into rows; layout, heights and drawing start from
here. All text is sanitised before it comes into a row. Knows no widget and no layout. Values that
never change, safe on any thread.
"""

from datetime import datetime
from enum import Enum, auto
from typing import NamedTuple

from msgspec import Struct


class RowKind(Enum):
    """What a row is, which decides how it is drawn."""

    MESSAGE = auto()
    """Somebody said something."""
    ACTION = auto()
    """Somebody did something (`/me`)."""
    EVENT = auto()
    """Joins, topics, new nicks: one quiet line."""
    DAY = auto()
    """The rule above the first row of a day; a log sets it by itself."""
    NEW = auto()
    """The rule above what is not read yet."""
    GAP = auto()
    """A hole in the history that can be filled."""
    NOTICE = auto()
    """A word from the client itself: a command's answer, or an error when it is `FAILED`."""


class RowStatus(Enum):
    """How far an own message has come."""

    STORED = auto()
    """The server has it for good; so is everything that others wrote."""
    WAITING = auto()
    """It waits for a connection."""
    SENDING = auto()
    """It is on its way and not acknowledged."""
    FAILED = auto()
    """It was refused; `Row.detail` says why."""


class Chip(NamedTuple):
    """One reaction below a message."""

    emoji: str
    given: int
    own: bool
    """Whether the reader is among those who gave it."""


class Row(Struct, frozen=True, gc=False):
    """One row of a log.

    `key` is unique in a log and stays: `n12` for the entry of number 12, `s` and the send id for
    what is not stored yet. `time` is aware and local, None where no clock has spoken. `user` is the
    opaque id of whoever is shown as `nick`. `detail` is a short remark that follows the text. Of a
    `deleted` message the text says that it is.

    A struct and not a dataclass, as 100,000 of them are made eight times faster and the garbage
    collector does not walk over them. `msgspec.structs.replace` makes a changed copy.
    """

    key: str
    kind: RowKind
    time: datetime | None
    user: str
    nick: str
    text: str
    own: bool = False
    mention: bool = False
    status: RowStatus = RowStatus.STORED
    detail: str = ""
    edited: bool = False
    deleted: bool = False
    pinned: bool = False
    reactions: tuple[Chip, ...] = ()

    @property
    def said(self) -> bool:
        """Whether a person speaks here: a message or an action."""
        return self.kind is RowKind.MESSAGE or self.kind is RowKind.ACTION

    @property
    def under_way(self) -> bool:
        """Whether this was said here and has not reached the server."""
        return self.status is RowStatus.WAITING or self.status is RowStatus.SENDING


NEW_KEY = "new"
"""The key of the one `NEW` rule that a log may have."""


def day_row(key: str, time: datetime, *, with_year: bool) -> Row:
    """The rule above the first row of the day of `time`."""
    day = f"{time:%A} {time.day} {time:%B}" + (f" {time.year}" if with_year else "")
    return Row(key=key, kind=RowKind.DAY, time=time, user="", nick="", text=day)


def new_row() -> Row:
    """The rule above what is not read yet."""
    return Row(key=NEW_KEY, kind=RowKind.NEW, time=None, user="", nick="", text="new messages")


def gap_row(key: str, missing: int) -> Row:
    """A hole of `missing` messages, and how it is filled; 0 when nobody knows how many."""
    count = f"{missing} messages" if missing > 1 else "1 message" if missing else "messages"
    text = f"{count} missing · Enter or a click fetches"
    return Row(key=key, kind=RowKind.GAP, time=None, user="", nick="", text=text)


def gone_row(key: str, missing: int) -> Row:
    """A hole of `missing` messages that the server does not keep any more; 0 when nobody knows how many."""
    count = f"{missing} older messages are" if missing > 1 else "1 older message is"
    text = f"{count if missing else 'older messages are'} not kept here"
    return Row(key=key, kind=RowKind.GAP, time=None, user="", nick="", text=text)


def notice_row(key: str, text: str, *, failed: bool = False) -> Row:
    """A word from the client itself, of one or more lines; `failed` makes an error of it."""
    status = RowStatus.FAILED if failed else RowStatus.STORED
    return Row(key=key, kind=RowKind.NOTICE, time=None, user="", nick="", text=text, status=status)
