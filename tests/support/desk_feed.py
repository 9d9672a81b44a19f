"""A feed joined to a client that knows what a test says, and to a desk."""

from collections.abc import Iterator
from contextlib import contextmanager

from chat.client import changes as told
from chat.client.changes import Change, LinkChanged, OutboxItem, Phase
from chat.client.state import ClientState
from chat.protocol.records import Conversation
from chat.tui.desk.desk import Desk
from chat.tui.desk.effects import Effects
from chat.tui.desk.feed import Feed
from chat.tui.messages import Reload
from tests.support.clock import FakeClock
from tests.support.frames import channel, user, welcome

OPEN = LinkChanged(Phase.OPEN, "localhost:7420")


class Source:
    """What the client knows, as a test says."""

    def __init__(self) -> None:
        self.state = ClientState()
        self.items: tuple[OutboxItem, ...] = ()
        self.link = OPEN

    @contextmanager
    def reading(self) -> Iterator[ClientState]:
        yield self.state

    def unsent(self) -> tuple[OutboxItem, ...]:
        return self.items


class Setting:
    """A feed, with what it is joined to."""

    def __init__(self) -> None:
        self.desk = Desk()
        self.source = Source()
        self.clock = FakeClock()
        self.seen: set[str] = set()
        self.feed = Feed(self.desk, self.source, self.clock, self.seen.__contains__)

    def apply(self, *changes: Change | Reload) -> Effects:
        """Let these arrive together."""
        return self.feed.apply(changes)

    def begin(self, *records: Conversation) -> Effects:
        """Be somebody in these conversations."""
        added = (told.ConversationAdded(record) for record in records)
        return self.apply(told.WelcomeSeen(welcome()), told.MeChanged(user("me")), *added, OPEN)


def begun(*records: Conversation) -> Setting:
    """A setting that has begun."""
    setting = Setting()
    setting.begin(*records or [channel()])
    return setting
