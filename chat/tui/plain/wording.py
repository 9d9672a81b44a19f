"""What happened, as lines of text that people and programs can read.

    14:03 <alice> hi                  said in the conversation in front
    14:03 #dev <alice> hi             said elsewhere
    14:03 @alice <alice> psst         said between two
    14:03 *alice* waves               /me
    14:03 * alice joined              everything else that happened
    14:05 * alice edited: hi all      a message stands differently now
          | more of what was said     further lines of one message

A message can not pass for anything else: its further lines are marked, and a nick has no spaces. Pure; the
texts were made harmless at the client's door.
"""

from collections.abc import Iterator
from datetime import date, datetime

from chat.protocol.entries import (
    AnyEntry,
    Created,
    Edited,
    Joined,
    Left,
    Message,
    MessageChange,
    Pinned,
    Reacted,
    TopicChanged,
    Unpinned,
)
from chat.protocol.records import Conversation, ConversationKind
from chat.tui.render.order_sentences import Audience, KeepsOrder, order_sentence

QUOTED_AT_MOST = 40
"""So many characters name a message."""

_FURTHER = "      | "


def entry_lines(
    entry: AnyEntry, time: datetime, where: str, about: Message | None = None, me: str = ""
) -> Iterator[str]:
    """Write one entry.

    Args:
        entry: what happened.
        time: when, in the time zone of the reader.
        where: a mark for the conversation; empty for the one in front.
        about: the message that a change is of, as it stands now; None when it is not known.
        me: the reader's user id.
    """
    start = f"{time:%H:%M} {where} " if where else f"{time:%H:%M} "
    if isinstance(entry, Message) and not entry.deleted:
        said = f"*{entry.nick}* {entry.text}" if entry.action else f"<{entry.nick}> {entry.text}"
    else:
        said = f"* {_event(entry, about, Audience(me, time.tzinfo))}"
    first, *further = said.split("\n")
    yield start + first
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


def quoted(message: Message | None) -> str:
    """Name a message by how it begins."""
    if message is None or not message.text:
        return "a message"
    line = " ".join(message.text.split())
    return f'"{line}"' if len(line) <= QUOTED_AT_MOST else f'"{line[:QUOTED_AT_MOST].rstrip()}…"'


def _event(entry: AnyEntry, about: Message | None, told: Audience) -> str:
    if isinstance(entry, MessageChange):
        return f"{entry.nick} {_change(entry, about)}"
    return _happened(entry, told)


def _happened(entry: AnyEntry, told: Audience) -> str:
    if isinstance(entry, KeepsOrder) or (isinstance(entry, Left) and entry.by):
        return order_sentence(entry, told)
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
    return f"a message of {entry.nick} was deleted"


def _change(entry: MessageChange, about: Message | None) -> str:
    """Say what somebody did to a message."""
    match entry:
        case Edited(text=text):
            return f"edited: {text}" if text else "edited a message"
        case Reacted(emoji=emoji, removed=True):
            return f"took back {emoji} from {quoted(about)}"
        case Reacted(emoji=emoji):
            return f"reacted {emoji} to {quoted(about)}"
        case Pinned():
            return f"pinned {quoted(about)}"
        case Unpinned():
            return f"unpinned {quoted(about)}"
    return "deleted a message"
