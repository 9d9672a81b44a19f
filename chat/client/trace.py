"""How far a message has come: its number, when it was stored, and who is known to have read it.

Pure; any thread.
"""

from datetime import datetime

from msgspec import Struct

from chat.protocol.entries import Message
from chat.protocol.records import Conversation, ConversationKind


class Trace(Struct, frozen=True):
    """The delivery of one message, for people to look at."""

    number: int
    """Its place in the conversation."""
    stored_at: datetime
    """When the server stored it, UTC: from then on it can't get lost."""
    read: bool | None = None
    """Whether the other side of a direct conversation says that it has read it; None where none is asked."""
    read_at: datetime | None = None
    """When it had read it at the latest, UTC; None when that is not told."""


def trace_of(message: Message, conversation: Conversation, me: str) -> Trace:
    """Return how far a message has come; `me` is one's own user id.

    Reading is told of one's own messages in a direct conversation only. The other side may keep it to itself:
    then it never counts as read, until something later is.
    """
    if conversation.kind is ConversationKind.CHANNEL or message.user != me:
        return Trace(message.number, message.timestamp)
    read = message.number <= conversation.peer_read
    return Trace(message.number, message.timestamp, read, conversation.peer_read_at if read else None)
