"""What a client knew, kept so that the next start shows it before any server answers.

The server has the last word on all of it: after a connection records are replaced, and what was missed shows
as a gap that is filled. Pure: values, and where they are kept as a protocol.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from chat.client.changes import Change
from chat.client.identity import Owner
from chat.client.people import People
from chat.protocol.entries import AnyEntry
from chat.protocol.records import Conversation, User

ENTRIES_KEPT = 500
"""How many of the newest numbers of a conversation are kept."""


class CachedTalk(Struct, frozen=True):
    """A conversation as it was known."""

    record: Conversation
    entries: tuple[AnyEntry, ...]
    """Ascending, not necessarily without holes."""


class Cached(Struct, frozen=True):
    """What is kept of one identity on one server; all empty when nothing is."""

    epoch: str = ""
    """The life of the server that all of it belongs to, but for the drafts."""
    seen_at: datetime | None = None
    """When the server was heard last; aware, UTC."""
    me: User | None = None
    people: tuple[User, ...] = ()
    """Those whom the entries name."""
    talks: tuple[CachedTalk, ...] = ()
    """In the order in which they became known."""
    drafts: Mapping[str, str] = {}
    """What one was writing, by conversation."""


class CacheStore(Protocol):
    """Keeps what is known beyond this process."""

    def begin(self, tell: Callable[[str], None]) -> None:
        """Begin to keep; once. `tell` is called with a sentence, on any thread, when that can't be done."""

    def last_server(self) -> str:
        """The id of the server that answered last where this client looks, as who it wants to be, or empty.

        Waits for the disk.
        """

    def load(self, owner: Owner | None) -> Cached:
        """Give what is kept of somebody, to whom all that is noted from now on belongs; waits for the disk.

        Without an owner nothing is given, and nothing is kept until there is one.
        """

    def note(self, changes: Iterable[Change], people: People) -> None:
        """Keep what changed. Never waits."""

    def keep_draft(self, conversation: str, text: str) -> None:
        """Keep what one is writing in a conversation; empty for nothing. Never waits."""

    def heard(self) -> None:
        """Note that the server was heard until now. Never waits."""

    def close(self) -> None:
        """Finish what is to be written, and end."""


class NothingCached:
    """A store for those who keep nothing beyond their process: bots, tests."""

    def begin(self, tell: Callable[[str], None]) -> None:
        """Nothing ever goes wrong here."""

    def last_server(self) -> str:
        """Nobody is remembered."""
        return ""

    def load(self, owner: Owner | None) -> Cached:
        """Nothing was kept."""
        return Cached()

    def note(self, changes: Iterable[Change], people: People) -> None:
        """Not kept."""

    def keep_draft(self, conversation: str, text: str) -> None:
        """Not kept."""

    def heard(self) -> None:
        """Not kept."""

    def close(self) -> None:
        """There is nothing to end."""
