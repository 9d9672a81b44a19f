"""From the client's changes to the desk: what each means for rows, tabs, counts and the bell.

Knows no widget: what is to be drawn anew it tells in `Effects`. The screen's thread.
"""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from chat.client import changes as told
from chat.client.changes import LinkChanged, OutboxItem, Phase
from chat.client.state import ClientState
from chat.clock import Clock
from chat.protocol.entries import AnyEntry, Message
from chat.protocol.events import Welcome
from chat.tui.desk.desk import Desk
from chat.tui.desk.talk import Talk
from chat.tui.messages import Arrival, Reload


class Source(Protocol):
    """What the feed asks of the client."""

    def reading(self) -> AbstractContextManager[ClientState]:
        """Give the client's state under its lock."""

    def unsent(self) -> tuple[OutboxItem, ...]:
        """Return one's own messages that are not stored yet, in order."""


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
    arrived: set[str] = field(default_factory=set)
    """Conversations that got messages of others just now."""
    ring: bool = False
    """Somebody called while one was not looking."""
    connected: bool = False
    """A connection was made: say again what is shown."""
    words: list[tuple[str, bool]] = field(default_factory=list)
    """Sentences to show in the talk in front, each with whether it tells of something that failed."""


class Feed:
    """Applies what arrives to a desk."""

    def __init__(self, desk: Desk, source: Source, clock: Clock, is_seen: Callable[[str], bool]) -> None:
        """`is_seen` tells whether somebody looks at the newest row of a conversation right now."""
        self.desk = desk
        self.link = LinkChanged(Phase.IDLE)
        self.latency: float | None = None
        self.welcome: Welcome | None = None
        self.unsent: dict[str, OutboxItem] = {}
        self._source = source
        self._clock = clock
        self._is_seen = is_seen
        self._handlers: dict[type, Callable[[Any, Effects], None]] = {
            told.LinkChanged: self._link_changed,
            told.WelcomeSeen: self._welcome_seen,
            told.MeChanged: self._me_changed,
            told.IdentityLost: self._identity_lost,
            told.ConversationAdded: self._conversation_added,
            told.ConversationChanged: self._conversation_changed,
            told.ConversationRemoved: self._conversation_removed,
            told.EntriesAdded: self._entries_added,
            told.EntriesRevised: self._entries_revised,
            told.UserChanged: self._user_changed,
            told.MembersChanged: self._members_changed,
            told.TypingSeen: self._typing_seen,
            told.OutboxChanged: self._outbox_changed,
            told.LatencyMeasured: self._latency_measured,
            Reload: self._reload,
        }

    def apply(self, arrivals: Iterable[Arrival]) -> Effects:
        """Take what arrived, in order; return what is to be drawn anew."""
        effects = Effects()
        for arrival in arrivals:
            if handler := self._handlers.get(type(arrival)):
                handler(arrival, effects)
        return effects

    # ------------------------------------------------------------------ the connection and oneself

    def _link_changed(self, change: LinkChanged, effects: Effects) -> None:
        effects.status = effects.tabs = True
        effects.connected = effects.connected or change.phase is Phase.OPEN
        self.link = change
        if change.phase is not Phase.OPEN:
            self.latency = None

    def _welcome_seen(self, change: told.WelcomeSeen, effects: Effects) -> None:
        first = self.welcome is None
        self.welcome = change.welcome
        effects.status = effects.tabs = True
        if change.new_epoch:
            sentence = (
                "The server was restored from a backup. What was shown before is gone; your drafts stay."
            )
            effects.words.append((sentence, True))
        elif first and change.welcome.message_of_the_day:
            effects.words.append((change.welcome.message_of_the_day, False))

    def _me_changed(self, change: told.MeChanged, effects: Effects) -> None:
        self.desk.be(self.desk.reader._replace(me=change.user.id, nick=change.user.nick))
        effects.status = True
        if change.asked_nick:
            nicks = f"Somebody else is called {change.asked_nick}; you are {change.user.nick}."
            sentence = f"{nicks} /nick changes that."
            effects.words.append((sentence, True))

    def _identity_lost(self, change: told.IdentityLost, effects: Effects) -> None:
        effects.words.append((change.sentence, True))

    def _latency_measured(self, change: told.LatencyMeasured, effects: Effects) -> None:
        self.latency = change.seconds
        effects.status = True

    # ------------------------------------------------------------------ conversations

    def _conversation_added(self, change: told.ConversationAdded, effects: Effects) -> None:
        talk = self.desk.put(change.conversation)
        effects.tabs = True
        if not self.desk.front:
            self.desk.bring(talk.id)
            effects.front = True

    def _conversation_changed(self, change: told.ConversationChanged, effects: Effects) -> None:
        self.desk.put(change.conversation)
        effects.tabs = effects.headers = True

    def _conversation_removed(self, change: told.ConversationRemoved, effects: Effects) -> None:
        record = change.conversation
        was_front = self.desk.front == record.conversation
        self.desk.remove(record.conversation)
        effects.tabs = True
        effects.front = effects.front or was_front
        if change.reason:
            effects.words.append((f"You are no longer in {record.name}: {change.reason}.", True))

    # ------------------------------------------------------------------ entries

    def _entries_added(self, change: told.EntriesAdded, effects: Effects) -> None:
        talk = self.desk.talks.get(change.conversation)
        if talk is None:
            return
        began_empty = talk.empty
        talk.add(change.entries, live=change.live)
        if talk.id == self.desk.front:
            talk.active = False
        effects.tabs = True
        if change.live:
            self._told_live(talk, change.entries, effects)
        elif began_empty:
            talk.mark_unread()

    def _told_live(self, talk: Talk, entries: Iterable[AnyEntry], effects: Effects) -> None:
        """Something was said just now: call whoever is not looking."""
        me = self.desk.reader.me
        said = [entry for entry in entries if isinstance(entry, Message) and entry.user != me]
        if not said:
            return
        effects.arrived.add(talk.id)
        effects.typing.add(talk.id)
        if self._is_seen(talk.id):
            return
        talk.mark_first_unread(said[0].number)
        if not talk.is_channel or any(me in entry.mentions for entry in said):
            effects.ring = True

    def _entries_revised(self, change: told.EntriesRevised, _: Effects) -> None:
        if talk := self.desk.talks.get(change.conversation):
            talk.revise(change.entries)

    def _outbox_changed(self, change: told.OutboxChanged, effects: Effects) -> None:
        item = change.item
        effects.status = True
        if item.state in {told.SendState.WAITING, told.SendState.SENT}:
            self.unsent[item.send_id] = item
        else:
            self.unsent.pop(item.send_id, None)
        talk = self._talk_for(item.target)
        if talk is not None:
            talk.put_unsent(item, self._clock.now())
        elif item.state is told.SendState.FAILED:
            effects.words.append((f"Your message to {item.target} was not sent: {item.sentence}", True))

    def _talk_for(self, target: str) -> Talk | None:
        """Return the talk that an outbox item belongs to: by id, else by name."""
        if target in self.desk.talks:
            return self.desk.talks[target]
        wanted = target.casefold()
        return next((talk for talk in self.desk.talks.values() if talk.title.casefold() == wanted), None)

    # ------------------------------------------------------------------ people

    def _user_changed(self, change: told.UserChanged, effects: Effects) -> None:
        effects.tabs = effects.headers = True
        if not change.old_nick:
            return
        mine = change.user.id == self.desk.reader.me
        who = "You are" if mine else f"{change.old_nick} is"
        for talk in self.desk.talks.values():
            if mine or self._is_in(talk, change.user.id):
                talk.note(f"{who} now called {change.user.nick}")

    def _is_in(self, talk: Talk, user: str) -> bool:
        """Return whether a renamed user is worth a line in a talk: seen there, or its other side."""
        peer = talk.record.peer
        return user in talk.speakers or (peer is not None and peer.id == user)

    def _members_changed(self, change: told.MembersChanged, effects: Effects) -> None:
        effects.members.add(change.conversation)
        effects.headers = True

    def _typing_seen(self, change: told.TypingSeen, effects: Effects) -> None:
        effects.typing.add(change.conversation)

    # ------------------------------------------------------------------ after a flood

    def _reload(self, change: Reload, effects: Effects) -> None:
        """Make the rows of conversations that lost changes again, from what the client knows."""
        with self._source.reading() as state:
            kept = {each.record.conversation: each for each in state.conversations}
            known = {key: each.record for key, each in kept.items()}
            entries = {
                key: list(kept[key].timeline.between(1, kept[key].timeline.last))
                for key in change.conversations & kept.keys()
            }
            me = state.me
        if me is not None:
            self.desk.be(self.desk.reader._replace(me=me.id, nick=me.nick))
        for key in [key for key in self.desk.talks if key not in known]:
            self.desk.remove(key)
        for record in known.values():
            self.desk.put(record)
        for key, those in entries.items():
            talk = self.desk.talks[key]
            talk.forget()
            talk.add(those, live=False)
            talk.mark_unread()
        self.unsent = {item.send_id: item for item in self._source.unsent() if _under_way(item)}
        for item in self.unsent.values():
            if talk_of_item := self._talk_for(item.target):
                talk_of_item.put_unsent(item, self._clock.now())
        effects.tabs = effects.status = effects.front = effects.headers = True
        effects.members.update(known)


def _under_way(item: OutboxItem) -> bool:
    return item.state in {told.SendState.WAITING, told.SendState.SENT}
