"""What is to be drawn anew after something happened on the desk. Values; the screen's thread."""

from dataclasses import dataclass, field
from typing import NamedTuple

from chat.client.changes import OutboxItem


class Notice(NamedTuple):
    """Something to show over everything else for a while."""

    title: str
    sentence: str


@dataclass(slots=True)
class Effects:
    """What changed on the desk since the screen drew last."""

    tabs: bool = False
    status: bool = False
    front: bool = False
    """Another talk came to the front, or the one in front was emptied."""
    headers: bool = False
    members: set[str] = field(default_factory=set)
    """Conversations whose member lists changed."""
    typing: set[str] = field(default_factory=set)
    ring: bool = False
    """Somebody called while one was not looking."""
    connected: bool = False
    """A connection was made: say again what is shown."""
    words: list[tuple[str, bool]] = field(default_factory=list)
    """Sentences to show in the talk in front, each with whether it tells of something that failed."""
    notices: list[Notice] = field(default_factory=list)
    refused: list[OutboxItem] = field(default_factory=list)
    """One's own messages that the server does not take."""
