"""What happened, as lines of text that people and programs can read.

    14:03 <alice> hi                  said in the conversation in front
    14:03 #dev <alice> hi             said elsewhere
    14:03 @alice <alice> psst         said between two
    14:03 *alice* waves               /me
    14:03 * alice joined              everything else that happened
          | more of what was said     further lines of one message

A message can not pass for anything else: its further lines are marked, and a nick has no spaces. Pure; the
texts were made harmless at the client's door.
"""

from collections.abc import Iterator
from datetime import date, datetime

from chat.protocol.entries import AnyEntry, Created, Joined, Left, Message, TopicChanged
from chat.protocol.records import Conversation, ConversationKind

_FURTHER = "      | "


def entry_lines(entry: AnyEntry, time: datetime, where: str) -> Iterator[str]:
    """Write one entry.

    Args:
        entry: what happened.
        time: when, in the time zone of the reader.
        where: a mark for the conversation; empty for the one in front.
    """
    start = f"{time:%H:%M} {where} " if where else f"{time:%H:%M} "
    if not isinstance(entry, Message):
        yield f"{start}* {_event(entry)}"
        return
    first, *further = entry.text.split("\n")
    yield start + (f"*{entry.nick}* {first}" if entry.action else f"<{entry.nick}> {first}")
    for line in further:
        yield _FURTHER + line


def event_line(text: str, time: datetime) -> str:
    """Write something that happened and stands in no log."""
    return f"{time:%H:%M} * {text}"


def day_line(day: date) -> str:
    """Write the day to which the next lines belong."""
    return f"-- {day:%A} {day.day} {day:%B %Y}"


def title(record: Conversation) -> str:
    """Name a conversation: `#channel` or `@nick`."""
    if record.kind is ConversationKind.CHANNEL or record.peer is None:
        return record.name
    return f"@{record.peer.nick}"


def heading(record: Conversation) -> str:
    """Say which conversation the unmarked lines belong to from here on."""
    if record.kind is ConversationKind.DIRECT:
        return f"-- {title(record)}: only the two of you read this"
    return f"-- {title(record)}" + (f": {record.topic}" if record.topic else "")


def _event(entry: Created | TopicChanged | Joined | Left) -> str:
    match entry:
        case TopicChanged(topic=topic):
            return f"{entry.nick} set the topic: {topic}" if topic else f"{entry.nick} removed the topic"
        case Joined():
            return f"{entry.nick} joined"
        case Left():
            return f"{entry.nick} left" + (f" ({entry.reason})" if entry.reason else "")
        case Created():
            is_direct = entry.kind is ConversationKind.DIRECT
            return "here the conversation begins" if is_direct else f"{entry.nick} made {entry.name}"
