"""What channels are, in the simplest words there are: a list of lines each, and everything else read off it.

The reference for the server's own rules, and written without them. Pure; for people who never change nicks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from chat.ids import UserId
from chat.protocol.asking import Request
from chat.protocol.codes import ErrorCode
from chat.protocol.entries import AnyEntry, Edited, Message, MessageChange, Reacted, TopicChanged
from chat.protocol.requests import (
    Delete,
    Edit,
    Join,
    MarkRead,
    MessageRequest,
    Part,
    Pin,
    React,
    Send,
    SetTopic,
    Unpin,
)


class Line(NamedTuple):
    """One entry."""

    what: str
    who: str
    text: str = ""
    """Of a message, an edit or a topic; the emoji of a reaction."""
    message: int = 0
    removed: bool = False


class Said(NamedTuple):
    """A message as it is now."""

    who: str
    text: str
    edited: int
    deleted: bool
    reactions: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass
class Channel:
    """One channel."""

    log: list[Line] = field(default_factory=list)
    read: dict[str, int] = field(default_factory=dict)

    @property
    def members(self) -> set[str]:
        """Who is in."""
        inside: set[str] = set()
        for line in self.log:
            if line.what == "joined":
                inside.add(line.who)
            elif line.what == "left":
                inside.discard(line.who)
        return inside

    @property
    def operators(self) -> set[str]:
        """Who may delete what others said: who made it, as long as they never left."""
        maker = self.log[0].who
        left = any(line.what == "left" and line.who == maker for line in self.log)
        return set() if left else {maker}

    @property
    def topic(self) -> str:
        """What it is about."""
        return next((line.text for line in reversed(self.log) if line.what == "topic_changed"), "")

    @property
    def pins(self) -> tuple[int, ...]:
        """The pinned messages."""
        pinned: list[int] = []
        for line in self.log:
            if line.what == "pinned":
                pinned.append(line.message)
            elif line.what in {"unpinned", "deleted"} and line.message in pinned:
                pinned.remove(line.message)
        return tuple(pinned)

    def said(self, number: int) -> Said | None:
        """Return the message of a number as it is now; None where that is no message."""
        if not 0 < number <= len(self.log) or self.log[number - 1].what != "message":
            return None
        first = self.log[number - 1]
        changes = [(at, line) for at, line in enumerate(self.log, 1) if line.message == number]
        if any(line.what == "deleted" for _, line in changes):
            return Said(first.who, "", 0, True, ())
        edits = [(at, line.text) for at, line in changes if line.what == "edited"]
        at, text = edits[-1] if edits else (0, first.text)
        given: dict[str, list[str]] = {}
        for _, line in changes:
            if line.what == "reacted" and line.removed:
                given[line.text].remove(line.who)
                if not given[line.text]:
                    del given[line.text]
            elif line.what == "reacted":
                given.setdefault(line.text, []).append(line.who)
        reactions = tuple((emoji, tuple(people)) for emoji, people in given.items())
        return Said(first.who, text, at, False, reactions)

    def shown(self) -> list[Line | Said]:
        """Return the log as history shows it: messages as they are, and no text that has gone."""
        lines: list[Line | Said] = []
        for number, line in enumerate(self.log, 1):
            message = self.said(number) or self.said(line.message)
            assert message is not None or not line.message
            if line.what == "message" and message is not None:
                lines.append(message)
            elif line.what == "edited" and message is not None and message.edited != number:
                lines.append(line._replace(text=""))
            else:
                lines.append(line)
        return lines


class TalkModel:
    """All channels by name."""

    def __init__(self) -> None:
        self.channels: dict[str, Channel] = {}

    def decide(self, who: str, request: Request) -> ErrorCode | list[Line]:
        """Return the lines that a request adds, which may be none, or why it is refused."""
        name: str = request.target  # type: ignore[attr-defined]
        channel = self.channels.get(name)
        if isinstance(request, Join):
            if channel is None:
                return [Line("created", who, name), Line("joined", who)]
            return [] if who in channel.members else [Line("joined", who)]
        if channel is None:
            return ErrorCode.UNKNOWN_CONVERSATION
        if who not in channel.members:
            return ErrorCode.NOT_MEMBER
        if isinstance(request, MessageRequest):
            return _change(channel, who, request)
        return _line(who, request)

    def apply(self, who: str, request: Request, lines: list[Line]) -> None:
        """Take in what was decided."""
        channel = self.channels.setdefault(request.target, Channel())  # type: ignore[attr-defined]
        channel.log += lines
        if isinstance(request, Join) and lines:
            channel.read[who] = max(channel.read.get(who, 0), len(channel.log))
        if isinstance(request, MarkRead):
            reached = min(request.number, len(channel.log))
            channel.read[who] = max(channel.read.get(who, 0), reached)


def _line(who: str, request: Request) -> list[Line]:
    match request:
        case Send():
            return [Line("message", who, request.text)]
        case SetTopic():
            return [Line("topic_changed", who, request.topic)]
        case Part():
            return [Line("left", who)]
        case _:
            return []


def _change(channel: Channel, who: str, request: MessageRequest) -> ErrorCode | list[Line]:
    message = channel.said(request.message)
    if message is None or message.deleted:
        return ErrorCode.UNKNOWN_MESSAGE
    if isinstance(request, Edit | Delete) and message.who != who and not _may_delete(channel, who, request):
        return ErrorCode.NOT_YOUR_MESSAGE
    if not _matters(channel, message, who, request):
        return []
    text = request.text if isinstance(request, Edit) else request.emoji if isinstance(request, React) else ""
    removed = isinstance(request, React) and request.remove
    return [Line(_DONE[type(request)], who, text, request.message, removed)]


def _may_delete(channel: Channel, who: str, request: MessageRequest) -> bool:
    """Return whether it is a deletion by somebody who may delete what others said."""
    return isinstance(request, Delete) and who in channel.operators


_DONE: dict[type[Request], str] = {
    Edit: "edited",
    Delete: "deleted",
    React: "reacted",
    Pin: "pinned",
    Unpin: "unpinned",
}


def _matters(channel: Channel, message: Said, who: str, request: MessageRequest) -> bool:
    """Return whether it is not so already."""
    match request:
        case Edit():
            return request.text != message.text
        case React():
            return (who in dict(message.reactions).get(request.emoji, ())) is request.remove
        case Pin() | Unpin():
            return (request.message in channel.pins) is isinstance(request, Unpin)
        case _:
            return True


def seen(entry: AnyEntry, nicks: Mapping[UserId, str]) -> Line | Said:
    """Return an entry of the server's history in the words of the model; `nicks` are by user id."""
    if isinstance(entry, Message):
        reactions = tuple(
            (each.emoji, tuple(nicks[UserId(user)] for user in each.users)) for each in entry.reactions
        )
        return Said(entry.nick, entry.text, entry.edited, entry.deleted, reactions)
    what = str(entry.__struct_config__.tag)
    if isinstance(entry, MessageChange):
        text = entry.text if isinstance(entry, Edited) else entry.emoji if isinstance(entry, Reacted) else ""
        return Line(what, entry.nick, text, entry.message, isinstance(entry, Reacted) and entry.removed)
    text = entry.topic if isinstance(entry, TopicChanged) else getattr(entry, "name", "")
    return Line(what, entry.nick, text)
