"""What is told of one message when somebody asks for its details. Pure.

The texts of entries were made harmless at the client's door; an outbox item's are cleaned here.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from chat.client.changes import OutboxItem, SendState
from chat.client.trace import Trace, trace_of
from chat.protocol.entries import Edited, Message
from chat.protocol.records import Conversation, ConversationKind
from chat.text import sanitize_line
from chat.tui.desk.entry_rows import Reader

_STATES = {
    SendState.WAITING: "not stored yet: it waits and goes out as soon as it can",
    SendState.SENT: "not stored yet: it is on its way",
    SendState.STORED: "stored",
    SendState.FAILED: "not stored: it failed",
}


class Detail(NamedTuple):
    """One row: what it is, and what there is to say of it."""

    name: str
    text: str


def details_of(
    message: Message,
    record: Conversation,
    reader: Reader,
    nicks: Mapping[str, str],
    edit: Edited | None = None,
) -> list[Detail]:
    """Return the rows for a message that is stored.

    Args:
        message: as it stands now.
        record: the conversation it is in.
        reader: who asks.
        nicks: what people are called now, by user id.
        edit: the entry that gave it its text, if that is known.
    """
    trace = trace_of(message, record, reader.me)
    return [
        Detail("from", _author(message, reader, nicks)),
        Detail("sent", _moment(trace.stored_at, reader)),
        Detail("stored", f"yes, as number {trace.number} of {_place(record)}"),
        *_changes(message, record, reader, edit),
        *_reading(trace, record, reader),
        *(
            Detail(
                f"{reaction.emoji} {len(reaction.users)}", ", ".join(_names(reaction.users, reader, nicks))
            )
            for reaction in message.reactions
        ),
    ]


def details_of_unsent(item: OutboxItem, reader: Reader) -> list[Detail]:
    """Return the rows for an own message that is not stored."""
    rows = [Detail("from", f"{reader.nick} (you)")]
    if item.said_at is not None:
        rows.append(Detail("said", _moment(item.said_at, reader)))
    rows.append(Detail("stored", _STATES[item.state]))
    if item.sentence:
        rows.append(Detail("because", sanitize_line(item.sentence)))
    return rows


def _author(message: Message, reader: Reader, nicks: Mapping[str, str]) -> str:
    """Whoever said it, by the nick of then, and by that of now where it is another."""
    if message.user == reader.me:
        return f"{message.nick} (you)"
    now = nicks.get(message.user, message.nick)
    return message.nick if now == message.nick else f"{message.nick}, now called {now}"


def _changes(message: Message, record: Conversation, reader: Reader, edit: Edited | None) -> Iterator[Detail]:
    if message.edited:
        when = f"{_moment(edit.timestamp, reader)}, " if edit else ""
        yield Detail("edited", f"{when}as number {message.edited}")
    if message.deleted:
        yield Detail("deleted", f"by its author, as number {message.revision}")
    if message.number in record.pins:
        yield Detail("pinned", "yes")


def _reading(trace: Trace, record: Conversation, reader: Reader) -> Iterator[Detail]:
    """Whether the other side of a direct conversation has read it, as far as that is told."""
    if trace.read is None:
        return
    who = record.peer.nick if record.peer else "the other side"
    if not trace.read:
        yield Detail("read", f"not yet by {who}")
    elif trace.read_at is None:
        yield Detail("read", f"by {who}")
    else:
        yield Detail("read", f"by {who}, at or before {_short(trace.read_at, trace.stored_at, reader)}")


def _names(users: tuple[str, ...], reader: Reader, nicks: Mapping[str, str]) -> list[str]:
    """What those who reacted are called; somebody who is not known here is counted all the same."""
    return ["you" if user == reader.me else nicks.get(user, "somebody who left") for user in users]


def _place(record: Conversation) -> str:
    if record.kind is ConversationKind.CHANNEL:
        return record.name
    return f"@{record.peer.nick}" if record.peer else "this conversation"


def _moment(time: datetime, reader: Reader) -> str:
    local = time.astimezone(reader.zone)
    return f"{local:%A} {local.day} {local:%B %Y}, {local:%H:%M:%S}"


def _short(time: datetime, since: datetime, reader: Reader) -> str:
    """The time of day; with the day where that is another than of something before."""
    local = time.astimezone(reader.zone)
    same = local.date() == since.astimezone(reader.zone).date()
    return f"{local:%H:%M}" if same else f"{local.day} {local:%B}, {local:%H:%M}"
