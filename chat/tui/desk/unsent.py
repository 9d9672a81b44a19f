"""One's own messages on the desk until the server has stored them, in the talks they belong to.

Knows no widget; the screen's thread.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from chat.client.changes import OutboxItem, SendState
from chat.clock import Clock
from chat.tui.desk.desk import Desk
from chat.tui.desk.talk import Talk


class Unsent:
    """Messages that wait, are on their way or have failed."""

    def __init__(self, desk: Desk, clock: Clock) -> None:
        self._desk = desk
        self._clock = clock
        self._items: dict[str, OutboxItem] = {}

    def item(self, send_id: str) -> OutboxItem | None:
        """Return a message by its id, if it is not stored."""
        return self._items.get(send_id)

    @property
    def waiting(self) -> int:
        """How many wait for something; those on their way do not."""
        return sum(item.state is SendState.WAITING for item in self._items.values())

    def waiting_in(self, talk: Talk) -> int:
        """Return how many wait for something that belong to a talk."""
        waiting = (item for item in self._items.values() if item.state is SendState.WAITING)
        return sum(self.talk_for(item.target) is talk for item in waiting)

    def put(self, item: OutboxItem) -> None:
        """Note and show how far a message has come."""
        if item.state is SendState.STORED:
            self._items.pop(item.send_id, None)
        else:
            self._items[item.send_id] = item
        if talk := self.talk_for(item.target):
            talk.put_unsent(item, self._clock.now())

    def show_in(self, talk: Talk) -> None:
        """Show in a talk that has come what belongs to it."""
        for item in self._items.values():
            if self.talk_for(item.target) is talk:
                talk.put_unsent(item, self._clock.now())

    def link_lost(self) -> None:
        """Nothing is on its way any more: it goes out again with the next connection."""
        for item in list(self._items.values()):
            if item.state is SendState.SENT:
                self.put(replace(item, state=SendState.WAITING))

    def drop(self, item: OutboxItem) -> None:
        """Forget a message that is kept no more."""
        self._items.pop(item.send_id, None)
        if talk := self.talk_for(item.target):
            talk.drop_unsent(item.send_id)

    def renew(self, items: Iterable[OutboxItem]) -> None:
        """Forget what was known, and take these instead."""
        items = list(items)
        for talk in self._desk.talks.values():
            talk.keep_unsent(item.send_id for item in items)
        self._items.clear()
        for item in items:
            self.put(item)

    def talk_for(self, target: str) -> Talk | None:
        """Return the talk that a target names: by id, else by name."""
        if target in self._desk.talks:
            return self._desk.talks[target]
        wanted = target.casefold()
        talks = self._desk.talks.values()
        return next((talk for talk in talks if talk.title.casefold() == wanted), None)
