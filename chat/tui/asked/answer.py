"""An answer to a command, and the one request that brings it. Plain values; safe on any thread."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from msgspec import Struct

from chat.durations import again_in
from chat.protocol.asking import Request


class Answer(Struct, frozen=True):
    """What came of an action."""

    text: str = ""
    """For the person, of one or more lines; empty when what happened shows by itself."""
    failed: bool = False
    show: str = ""
    """A conversation to bring to the front."""
    retry_seconds: float = 0.0
    """How long the server wants one to wait before the same again."""

    @property
    def sentence(self) -> str:
        """The text with the wait, for where that is not counted down."""
        return f"{self.text} {again_in(self.retry_seconds)}" if self.retry_seconds > 0 else self.text


class Asked(Struct, frozen=True):
    """One request and what its reply comes to."""

    request: type[Request]
    fields: dict[str, object]
    words: Callable[[Any], Answer]


class AskedPages(Struct, frozen=True):
    """A request for a list that comes page by page, and what all of it comes to."""

    request: type[Request]
    fields: dict[str, object]
    what: str
    """The field of the reply that holds the page."""
    words: Callable[[list[Any]], str]


def nothing(_: object) -> Answer:
    """Say nothing: what happened shows by itself."""
    return Answer()


def day(time: datetime) -> str:
    """Write the day of a moment in the time zone of this machine."""
    return f"{time.astimezone():%Y-%m-%d}"


def when(time: datetime) -> str:
    """Write a moment in the time zone of this machine."""
    return f"{time.astimezone():%Y-%m-%d %H:%M}"
