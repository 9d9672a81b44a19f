"""Entries of a log as rows to read. Pure.

The texts of entries were made harmless at the client's door; what one typed oneself is cleaned here.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, tzinfo
from typing import NamedTuple

from chat.client.changes import OutboxItem, SendState
from chat.protocol.entries import AnyEntry, Created, Joined, Left, Message, TopicChanged
from chat.protocol.records import ConversationKind
from chat.text import sanitize
from chat.tui.render.rows import Row, RowKind, RowStatus

_STATUS = {
    SendState.WAITING: RowStatus.WAITING,
    SendState.SENT: RowStatus.SENDING,
    SendState.STORED: RowStatus.STORED,
    SendState.FAILED: RowStatus.FAILED,
}
_NAMED_AT_MOST = 3
"""Of people who came or went in a row so many are named, the others counted."""


class Reader(NamedTuple):
    """Who reads the rows, and where."""

    me: str
    """One's own user id."""
    nick: str
    zone: tzinfo | None = None
    """None for the time zone of this machine."""


def rows_of(entries: Iterable[AnyEntry], reader: Reader) -> Iterator[Row]:
    """Return the rows of entries that follow one another; joins and parts in a row become one quiet line."""
    crowd: list[Joined | Left] = []
    for entry in entries:
        if isinstance(entry, Joined | Left):
            crowd.append(entry)
            continue
        if crowd:
            yield crowd_row(crowd, reader)
            crowd = []
        yield _row(entry, reader)
    if crowd:
        yield crowd_row(crowd, reader)


def crowd_row(crowd: list[Joined | Left], reader: Reader) -> Row:
    """Return the one line for people who came and went one after another."""
    first = crowd[0]
    came = _names(entry for entry in crowd if isinstance(entry, Joined))
    went = _names(entry for entry in crowd if isinstance(entry, Left))
    parts = [f"{came} joined"] if came else []
    if went:
        reason = first.reason if len(crowd) == 1 and isinstance(first, Left) else ""
        parts.append(f"{went} left" + (f" ({reason})" if reason else ""))
    return _event(first, ", ".join(parts), reader)


def key_of(number: int) -> str:
    """Return the key of the row that begins with the entry of a number."""
    return f"n{number}"


def unsent_key(send_id: str) -> str:
    """Return the key of the row of a message that is not stored yet."""
    return f"s{send_id}"


def unsent_row(item: OutboxItem, time: datetime, reader: Reader) -> Row:
    """Return the row of an own message that the server has not stored yet."""
    return Row(
        key=unsent_key(item.send_id),
        kind=RowKind.ACTION if item.action else RowKind.MESSAGE,
        time=time.astimezone(reader.zone),
        user=reader.me,
        nick=reader.nick,
        text=sanitize(item.text),
        own=True,
        status=_STATUS[item.state],
        detail=item.sentence,
    )


def _row(entry: AnyEntry, reader: Reader) -> Row:
    match entry:
        case Message():
            return Row(
                key=key_of(entry.number),
                kind=RowKind.ACTION if entry.action else RowKind.MESSAGE,
                time=entry.timestamp.astimezone(reader.zone),
                user=entry.user,
                nick=entry.nick,
                text=entry.text,
                own=entry.user == reader.me,
                mention=reader.me in entry.mentions,
            )
        case TopicChanged(topic=""):
            return _event(entry, f"{entry.nick} removed the topic", reader)
        case TopicChanged():
            text = f"{entry.nick} set the topic: {entry.topic}"
            return _event(entry, text, reader)
        case Created(kind=ConversationKind.DIRECT):
            return _event(entry, "here your conversation begins; only the two of you read it", reader)
        case Created():
            return _event(entry, f"{entry.nick} made {entry.name}", reader)
        case Joined() | Left():
            return crowd_row([entry], reader)


def _event(entry: AnyEntry, text: str, reader: Reader) -> Row:
    time = entry.timestamp.astimezone(reader.zone)
    return Row(key=key_of(entry.number), kind=RowKind.EVENT, time=time, user=entry.user, nick="", text=text)


def _names(entries: Iterable[AnyEntry]) -> str:
    """Return the nicks of some people, the many counted: `dave, erin and 3 others`."""
    nicks = list(dict.fromkeys(entry.nick for entry in entries))
    named, others = nicks, 0
    if len(nicks) > _NAMED_AT_MOST:
        named, others = nicks[: _NAMED_AT_MOST - 1], len(nicks) - _NAMED_AT_MOST + 1
    if others:
        return f"{', '.join(named)} and {others} others"
    return " and ".join((", ".join(named[:-1]), named[-1])) if len(named) > 1 else "".join(named)
