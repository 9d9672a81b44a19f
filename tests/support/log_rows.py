"""Rows of a message log, as tests put them together."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from chat.tui.render.rows import Row, RowKind, RowStatus

NINE = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
"""A Friday morning at nine."""


def said(
    number: int,
    text: str = "",
    *,
    nick: str = "bob",
    minutes: float = 0,
    kind: RowKind = RowKind.MESSAGE,
    mention: bool = False,
) -> Row:
    """Entry `number`, said so many minutes after nine; its text is `message <number>` if none is given."""
    time = NINE + timedelta(minutes=minutes)
    text = text or f"message {number}"
    return Row(f"n{number}", kind, time, f"u-{nick}", nick, text, mention=mention)


def own(
    key: str,
    text: str = "mine",
    *,
    status: RowStatus = RowStatus.STORED,
    minutes: float = 0,
    detail: str = "",
) -> Row:
    """Something that the reader said."""
    time = NINE + timedelta(minutes=minutes)
    return Row(key, RowKind.MESSAGE, time, "u-you", "you", text, own=True, status=status, detail=detail)


def event(number: int, text: str = "dave joined") -> Row:
    """A quiet line about entry `number`."""
    return Row(f"n{number}", RowKind.EVENT, NINE, "u-dave", "dave", text)


def many(first: int, behind: int) -> list[Row]:
    """Messages from one number to the one before another, a minute apart, of several lengths."""
    return [
        said(number, f"message {number}" + " and more" * (number % 13), minutes=number % 600)
        for number in range(first, behind)
    ]


def keys(rows: Sequence[Row]) -> list[str]:
    """The keys of rows that are no rules between days."""
    return [row.key for row in rows if row.kind is not RowKind.DAY]
