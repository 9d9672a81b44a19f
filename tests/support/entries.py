"""Entries of a log for tests of the desk; that of a number is made so many minutes after nine."""

from datetime import UTC, datetime, timedelta
from typing import Any

from chat.protocol.entries import (
    AnyEntry,
    Created,
    Deleted,
    Edited,
    Joined,
    Left,
    Message,
    Pinned,
    Reacted,
    TopicChanged,
)
from chat.protocol.records import ConversationKind
from chat.tui.desk.entry_rows import Reader

WHERE = "c-general"
NINE = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
"""A Friday morning at nine."""

READER = Reader("u-me", "me", UTC)


def _about(number: int, who: str, where: str, days: int) -> dict[str, Any]:
    return {
        "conversation": where,
        "number": number,
        "user": f"u-{who}",
        "nick": who,
        "timestamp": NINE + timedelta(minutes=number, days=days),
    }


def said(
    number: int, text: str = "", who: str = "ann", where: str = WHERE, *, days: int = 0, **fields: Any
) -> Message:
    """Somebody said something; `message <number>` if no text is given."""
    return Message(text=text or f"message {number}", **_about(number, who, where, days), **fields)


def joined(number: int, who: str = "ann", where: str = WHERE, *, days: int = 0) -> Joined:
    """Somebody came."""
    return Joined(**_about(number, who, where, days))


def left(number: int, who: str = "ann", reason: str = "", where: str = WHERE, *, days: int = 0) -> Left:
    """Somebody went."""
    return Left(reason=reason, **_about(number, who, where, days))


def topic(number: int, text: str, who: str = "ann", where: str = WHERE) -> TopicChanged:
    """Somebody set the topic."""
    return TopicChanged(topic=text, **_about(number, who, where, 0))


def created(number: int = 1, name: str = "#general", who: str = "ann", where: str = WHERE) -> Created:
    """The conversation came to be; without a name it is a direct one."""
    kind = ConversationKind.CHANNEL if name else ConversationKind.DIRECT
    return Created(kind=kind, name=name, **_about(number, who, where, 0))


def edited(number: int, message: int, text: str = "", who: str = "ann", where: str = WHERE) -> Edited:
    """Somebody gave a message another text."""
    return Edited(message=message, text=text, **_about(number, who, where, 0))


def deleted(number: int, message: int, who: str = "ann", where: str = WHERE) -> Deleted:
    """Somebody took a message back."""
    return Deleted(message=message, **_about(number, who, where, 0))


def reacted(number: int, message: int, emoji: str = "👍", who: str = "ann", where: str = WHERE) -> Reacted:
    """Somebody gave a message a reaction."""
    return Reacted(message=message, emoji=emoji, **_about(number, who, where, 0))


def pinned(number: int, message: int, who: str = "ann", where: str = WHERE) -> Pinned:
    """Somebody pinned a message."""
    return Pinned(message=message, **_about(number, who, where, 0))


def conversation_of(length: int) -> list[AnyEntry]:
    """A log of so many entries with all that can be in one: it is the same for the same length."""
    kinds = (said, joined, joined, left, reacted, joined, topic, said, joined)
    people = ("ann", "bob", "me", "cleo", "dan")
    log: list[AnyEntry] = [created()]
    for number in range(2, length + 1):
        kind, who = kinds[number % len(kinds)], people[number % len(people)]
        days = number // 11
        if kind is topic:
            log.append(topic(number, f"topic {number}", who))
        elif kind is reacted:
            log.append(reacted(number, 2, who=who))
        elif kind is left:
            log.append(left(number, who, days=days))
        else:
            log.append(said(number, who=who, days=days) if kind is said else joined(number, who, days=days))
    return log
