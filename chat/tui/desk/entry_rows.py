"""Entries of a log as rows to read. Pure.

The texts of entries were made harmless at the client's door; what one typed oneself is cleaned here.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, tzinfo
from typing import NamedTuple

from chat.client.changes import OutboxItem, SendState
from chat.protocol.entries import AnyEntry, Created, Joined, Left, Message, MessageChange, TopicChanged
from chat.protocol.records import ConversationKind
from chat.text import sanitize
from chat.tui.keys import hints
from chat.tui.render.order_sentences import Audience, KeepsOrder, order_sentence
from chat.tui.render.rows import Chip, Row, RowKind, RowStatus

_STATUS = {
    SendState.WAITING: RowStatus.WAITING,
    SendState.SENT: RowStatus.SENDING,
    SendState.STORED: RowStatus.STORED,
    SendState.FAILED: RowStatus.FAILED,
}
DELETED = "message deleted"
"""What stands in the place of a text that was taken back."""

_NAMED_AT_MOST = 3
"""Of people who came or went in a row so many are named, the others counted."""


class Reader(NamedTuple):
    """Who reads the rows, and where."""

    me: str
    """One's own user id."""
    nick: str
    zone: tzinfo | None = None
    """None for the time zone of this machine."""


Shown = Created | Message | TopicChanged | Joined | Left | KeepsOrder
"""Entries that have a row; the others change a message, and show in its row."""

Piece = tuple[Shown, ...]
"""Entries that share a row: people who came and went one after another; every other entry is alone."""


def shown(entries: Iterable[AnyEntry]) -> list[Shown]:
    """Return the entries that have a row."""
    return [entry for entry in entries if not isinstance(entry, MessageChange)]


def pieces_of(entries: Iterable[Shown], reader: Reader) -> Iterator[Piece]:
    """Return the pieces of entries that follow one another."""
    piece: list[Shown] = []
    for entry in entries:
        if piece and not goes_on(piece, entry, reader):
            yield tuple(piece)
            piece = []
        piece.append(entry)
    if piece:
        yield tuple(piece)


def goes_on(piece: Sequence[Shown], entry: Shown, reader: Reader) -> bool:
    """Return whether an entry that follows a piece belongs to it: coming and going on one day."""
    last = piece[-1]
    if not (is_coming_or_going(last) and is_coming_or_going(entry)):
        return False
    return _day(last, reader) == _day(entry, reader)


def is_coming_or_going(entry: AnyEntry) -> bool:
    """Return whether an entry only tells that somebody came or went, by themselves."""
    return isinstance(entry, Joined) or (isinstance(entry, Left) and not entry.by)


def key_of(number: int) -> str:
    """Return the key of the row that begins with the entry of a number."""
    return f"n{number}"


def number_of(key: str) -> int:
    """Return the number of the entry that the row with this key begins with; 0 for any other row."""
    number = key[1:]
    return int(number) if key[:1] == "n" and number.isdecimal() else 0


def unsent_key(send_id: str) -> str:
    """Return the key of the row of a message that is not stored yet."""
    return f"s{send_id}"


def send_id_of(key: str) -> str:
    """Return the send id of the message whose row has this key; empty for any other row."""
    return key[1:] if key[:1] == "s" else ""


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
        detail=_way_out(item.sentence) if item.state is SendState.FAILED else item.sentence,
    )


def _way_out(sentence: str) -> str:
    """Say why a message failed, and which keys help."""
    select, again, back, drop = hints("log.select", "message.again", "message.back", "message.drop")
    keys = ", ".join(f"{hint.key} {hint.label}" for hint in (again, back, drop))
    return f"{sentence} {select.key}, then {keys}"


def row_of(piece: Piece, reader: Reader) -> Row:
    """Return the row of a piece."""
    entry = piece[0]
    if isinstance(entry, Message):
        return _message(entry, reader)
    return _event(entry, _happened(piece, entry, reader), reader)


def _happened(piece: Piece, entry: Shown, reader: Reader) -> str:
    """Return what a piece tells that is no message; `entry` is its first one."""
    match entry:
        case TopicChanged(topic=""):
            return f"{entry.nick} removed the topic"
        case TopicChanged():
            return f"{entry.nick} set the topic: {entry.topic}"
        case Created(kind=ConversationKind.DIRECT):
            return "here your conversation begins; only the two of you read it"
        case Created():
            return f"{entry.nick} made {entry.name}"
    if isinstance(entry, KeepsOrder) or (isinstance(entry, Left) and entry.by):
        return order_sentence(entry, Audience(reader.me, reader.zone))
    return _comings_and_goings(piece)


def _message(entry: Message, reader: Reader) -> Row:
    """Return the row of a message as it stands now; one that was taken back keeps who and when."""
    return Row(
        key=key_of(entry.number),
        kind=RowKind.ACTION if entry.action and not entry.deleted else RowKind.MESSAGE,
        time=entry.timestamp.astimezone(reader.zone),
        user=entry.user,
        nick=entry.nick,
        text=DELETED if entry.deleted else entry.text,
        own=entry.user == reader.me,
        mention=reader.me in entry.mentions and not entry.deleted,
        edited=entry.edited > 0,
        deleted=entry.deleted,
        reactions=tuple(
            Chip(reaction.emoji, len(reaction.users), reader.me in reaction.users)
            for reaction in entry.reactions
        ),
    )


def _comings_and_goings(piece: Piece) -> str:
    """Return who came and who went, with the reason when only one went."""
    came = _names(entry.nick for entry in piece if isinstance(entry, Joined))
    went = _names(entry.nick for entry in piece if isinstance(entry, Left))
    reason = piece[0].reason if len(piece) == 1 and isinstance(piece[0], Left) else ""
    left = f"{went} left" + (f" ({reason})" if reason else "")
    return ", ".join([f"{came} joined"] * bool(came) + [left] * bool(went))


def _event(entry: AnyEntry, text: str, reader: Reader) -> Row:
    time = entry.timestamp.astimezone(reader.zone)
    return Row(key=key_of(entry.number), kind=RowKind.EVENT, time=time, user=entry.user, nick="", text=text)


def _names(nicks: Iterable[str]) -> str:
    """Return the nicks of some people, the many counted: `dave, erin and 3 others`."""
    each = list(dict.fromkeys(nicks))
    others = len(each) - _NAMED_AT_MOST + 1
    if others > 1:
        return f"{', '.join(each[: _NAMED_AT_MOST - 1])} and {others} others"
    return " and ".join(filter(None, (", ".join(each[:-1]), each[-1]))) if each else ""


def _day(entry: AnyEntry, reader: Reader) -> date:
    return entry.timestamp.astimezone(reader.zone).date()
