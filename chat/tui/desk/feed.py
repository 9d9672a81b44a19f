"""From the client's changes to the desk: what each means for rows, tabs, counts and the bell.

Knows no widget: what is to be drawn anew it tells in `Effects`. The screen's thread.
"""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol

from chat.client import changes as told
from chat.client.changes import LinkChanged, OutboxItem, Phase, SendState
from chat.client.silenced import Silenced
from chat.client.state import ClientState
from chat.client.timeline import Timeline
from chat.clock import Clock
from chat.deadline import Deadline
from chat.protocol.entries import AnyEntry, Message
from chat.protocol.events import Welcome
from chat.protocol.records import Conversation
from chat.tui.desk.condense import condensed
from chat.tui.desk.desk import Desk
from chat.tui.desk.effects import Effects, Notice
from chat.tui.desk.entry_log import Gap
from chat.tui.desk.slowness import Slowness
from chat.tui.desk.talk import Talk
from chat.tui.desk.unsent import Unsent
from chat.tui.messages import Arrival, Reload
from chat.tui.render.attention import Attention
from chat.tui.render.order_sentences import announcement, invitation, taken_out
from chat.tui.render.rows import NEW_KEY
from chat.tui.welcome import restored


class Source(Protocol):
    """What the feed asks of the client."""

    def reading(self) -> AbstractContextManager[ClientState]:
        """Give the client's state under its lock."""

    def unsent(self) -> tuple[OutboxItem, ...]:
        """Return one's own messages that are not stored yet, in order."""

    @property
    def link(self) -> LinkChanged:
        """How it stands with the connection."""


AFTER_THE_END = (
    "What you wrote is kept. /login NICK logs in with a password; a new start of chat-tui connects again."
)
"""What to do when the server ended the connection and none will be tried."""

LOG_IN = "/login NICK asks for the password."
"""What to do where one is not let in as who one was."""

WORTH_COUNTING = 1.0
"""Seconds of waiting below which nobody needs to be told for how long."""


class Feed:
    """Applies what arrives to a desk.

    Attributes:
        link: how it stands with the connection.
        retry: runs out when the next try begins, while there is no connection.
        silenced: the channels that call only when one is mentioned.
        slowness: how long one must wait in channels in slow mode.
        latency: how many seconds the server takes to answer.
        welcome: how the server introduced itself.
        recalled_at: as of when things are shown, while they come from an earlier run; else None.
        unsent: one's own messages that the server has neither stored nor refused.
    """

    def __init__(
        self,
        desk: Desk,
        source: Source,
        clock: Clock,
        is_seen: Callable[[str], bool],
        silenced: Silenced | None = None,
    ) -> None:
        """`is_seen` tells whether somebody looks at the newest row of a conversation right now."""
        self.desk = desk
        self.link = LinkChanged(Phase.IDLE)
        self.retry: Deadline | None = None
        self.slowness = Slowness(clock)
        self._pauses: dict[str, Deadline] = {}
        self.latency: float | None = None
        self.welcome: Welcome | None = None
        self.recalled_at: datetime | None = None
        self.unsent = Unsent(desk, clock)
        self.silenced = silenced or Silenced()
        self._source = source
        self._clock = clock
        self._is_seen = is_seen
        self._front_before = ""
        self._handlers: dict[type, Callable[[Any, Effects], None]] = {
            told.LinkChanged: self._link_changed,
            told.WelcomeSeen: self._welcome_seen,
            told.Recalled: self._recalled,
            told.MeChanged: self._me_changed,
            told.IdentityLost: self._identity_lost,
            told.ConversationAdded: self._conversation_added,
            told.ConversationChanged: self._conversation_changed,
            told.ConversationRemoved: self._conversation_removed,
            told.InvitedTo: self._invited,
            told.Announced: self._announced,
            told.EntriesAdded: self._entries_added,
            told.EntriesRevised: self._entries_revised,
            told.EntriesForgotten: self._entries_forgotten,
            told.UserChanged: self._user_changed,
            told.MembersChanged: self._members_changed,
            told.TypingSeen: self._typing_seen,
            told.OutboxChanged: self._outbox_changed,
            told.OutboxTrouble: self._not_kept,
            told.CacheTrouble: self._not_kept,
            told.KeyringTrouble: self._not_kept,
            told.LatencyMeasured: self._latency_measured,
            Reload: self._reload,
        }

    def apply(self, arrivals: Iterable[Arrival]) -> Effects:
        """Take what arrived, in order; return what is to be drawn anew."""
        effects = Effects()
        for arrival in condensed(arrivals):
            if handler := self._handlers.get(type(arrival)):
                handler(arrival, effects)
        return effects

    @property
    def pause(self) -> Deadline | None:
        """What runs out when the next of what waits goes out again, after the server asked to wait."""
        pauses = (pause for pause in self._pauses.values() if not pause.expired)
        return min(pauses, key=Deadline.remaining, default=None)

    def now(self) -> datetime:
        """The time of day."""
        return self._clock.now()

    # ------------------------------------------------------------------ the connection and oneself

    def _link_changed(self, change: LinkChanged, effects: Effects) -> None:
        effects.status = effects.tabs = True
        effects.connected = effects.connected or change.phase is Phase.OPEN
        is_news = self.link.phase is Phase.OPEN or (change.wants_login and self.desk.front)
        if change.phase is Phase.ENDED and is_news and not change.doubted:
            advice = LOG_IN if change.wants_login else AFTER_THE_END
            effects.words.append((f"{change.cause} {advice}", True))
        self.link = change
        waits = change.phase is Phase.WAITING
        self.retry = Deadline(change.retry_seconds, self._clock.monotonic) if waits else None
        if change.phase is Phase.OPEN:
            self.recalled_at = None
        else:
            self.latency = None
            self.unsent.link_lost()

    def _welcome_seen(self, change: told.WelcomeSeen, effects: Effects) -> None:
        first = self.welcome is None
        self.welcome = change.welcome
        self.desk.silence(self.silenced.on(change.welcome.server_id))
        effects.status = effects.tabs = True
        if change.new_epoch:
            self._front_before = self.desk.front
            effects.words.append((restored(change.welcome.name), True))
        elif first and change.welcome.message_of_the_day:
            effects.words.append((change.welcome.message_of_the_day, False))

    def _recalled(self, change: told.Recalled, effects: Effects) -> None:
        self.recalled_at = change.seen_at
        self.unsent.renew(self._source.unsent())
        self.desk.drafts = dict(change.drafts)
        effects.status = True

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
        talk = self._put(change.conversation, effects)
        self.unsent.show_in(talk)
        effects.headers = True

    def _conversation_changed(self, change: told.ConversationChanged, effects: Effects) -> None:
        self._put(change.conversation, effects)
        effects.headers = True

    def _put(self, record: Conversation, effects: Effects) -> Talk:
        """Put a conversation on the desk; in front when nothing is, or when it was before a restore."""
        talk = self.desk.put(record)
        effects.tabs = True
        is_back = talk.id == self._front_before
        if is_back or (not self.desk.front and talk in self.desk.tabs()):
            self._front_before = "" if is_back else self._front_before
            self.desk.bring(talk.id)
            effects.front = True
        return talk

    def _conversation_removed(self, change: told.ConversationRemoved, effects: Effects) -> None:
        record = change.conversation
        was_front = self.desk.front == record.conversation
        self.desk.remove(record.conversation)
        effects.tabs = True
        effects.front = effects.front or was_front
        if sentence := taken_out(change):
            effects.words.append((sentence, True))

    def _invited(self, change: told.InvitedTo, effects: Effects) -> None:
        """Somebody opens a private channel to one: as loud as a call, for nothing else shows it."""
        effects.words.append((invitation(change), False))
        effects.notices.append(Notice("Invitation", invitation(change)))
        effects.ring = True

    def _announced(self, change: told.Announced, effects: Effects) -> None:
        """Something is told to everybody: in the talk in front, and as loudly as a call."""
        effects.words.append((announcement(change.nick, change.text), True))
        effects.notices.append(Notice("Announcement", announcement(change.nick, change.text)))
        effects.ring = True

    # ------------------------------------------------------------------ entries

    def _entries_added(self, change: told.EntriesAdded, effects: Effects) -> None:
        talk = self.desk.talks.get(change.conversation)
        if talk is None:
            return
        had_rule = NEW_KEY in talk.model
        self.slowness.heard(change.entries, self.desk.reader.me, live=change.live)
        new = talk.add(change.entries, live=change.live)
        if talk.id == self.desk.front:
            talk.active = False
        effects.tabs = True
        if change.live:
            self._told_live(talk, new, effects)
        elif talk.record.unread and not had_rule:
            talk.mark_unread()

    def _told_live(self, talk: Talk, entries: Iterable[AnyEntry], effects: Effects) -> None:
        """Something was said just now: call whoever is not looking."""
        me = self.desk.reader.me
        said = [entry for entry in entries if isinstance(entry, Message) and entry.user != me]
        if not said:
            return
        effects.typing.add(talk.id)
        if self._is_seen(talk.id):
            return
        talk.mark_unseen(said[0].number)
        if not talk.is_channel or any(me in entry.mentions for entry in said):
            effects.ring = True

    def _entries_revised(self, change: told.EntriesRevised, _: Effects) -> None:
        if talk := self.desk.talks.get(change.conversation):
            talk.revise(change.entries)

    def _entries_forgotten(self, change: told.EntriesForgotten, _: Effects) -> None:
        if talk := self.desk.talks.get(change.conversation):
            talk.forget_below(change.below)

    def _outbox_changed(self, change: told.OutboxChanged, effects: Effects) -> None:
        item = change.item
        effects.status = True
        self._pauses.pop(item.send_id, None)
        if item.state is SendState.WAITING and item.wait_seconds >= WORTH_COUNTING:
            self._pauses[item.send_id] = Deadline(item.wait_seconds, self._clock.monotonic)
        if talk := self.unsent.talk_for(item.target):
            self.slowness.refused(item, talk.id)
        if item.state is SendState.FAILED:
            effects.refused.append(item)
        self.unsent.put(item)

    def _not_kept(
        self, change: told.OutboxTrouble | told.CacheTrouble | told.KeyringTrouble, effects: Effects
    ) -> None:
        effects.words.append((change.sentence, True))

    # ------------------------------------------------------------------ people

    def _user_changed(self, change: told.UserChanged, effects: Effects) -> None:
        effects.tabs = effects.headers = True
        user = change.user
        for talk in self.desk.talks.values():
            is_here = talk.renamed(user.id, user.nick)
            if change.old_nick and is_here:
                talk.note(f"{change.old_nick} is now called {user.nick}")
        if change.old_nick and user.id == self.desk.reader.me and (front := self.desk.talk):
            front.note(f"You are now called {user.nick}")

    def _members_changed(self, change: told.MembersChanged, effects: Effects) -> None:
        effects.members.add(change.conversation)
        effects.headers = True

    def _typing_seen(self, change: told.TypingSeen, effects: Effects) -> None:
        effects.typing.add(change.conversation)

    # ------------------------------------------------------------------ after a flood

    def _reload(self, change: Reload, effects: Effects) -> None:
        """Changes were dropped: take everything from what the client knows, so that nothing is skipped."""
        with self._source.reading() as state:
            welcome, me = state.welcome, state.me
            if welcome is not None:
                self._reload_welcome(welcome, effects)
            logs = {each.record.conversation: each.timeline for each in state.conversations}
            records = [each.record for each in state.conversations]
            oldest = {key: logs[key].oldest for key in change.conversations & logs.keys()}
            missed = {key: self._missed(key, logs[key]) for key in change.conversations & logs.keys()}
            revised = {
                key: list(logs[key].between(1, logs[key].last)) for key in change.revised & logs.keys()
            }
        if me is not None:
            self.desk.be(self.desk.reader._replace(me=me.id, nick=me.nick))
        self._remove_all(self.desk.talks.keys() - logs.keys())
        for record in records:
            self._put(record, effects)
        for key, entries in missed.items():
            self.desk.talks[key].forget_below(oldest[key])
            self._reload_entries(self.desk.talks[key], entries, effects)
        for key, entries in revised.items():
            self.desk.talks[key].revise(entries)
        self._link_changed(self._source.link, effects)
        items = self._source.unsent()
        self.unsent.renew(items)
        effects.refused += [item for item in items if item.state is SendState.FAILED]
        effects.front = effects.headers = True
        effects.members |= logs.keys()
        effects.typing |= logs.keys()

    def _reload_welcome(self, welcome: Welcome, effects: Effects) -> None:
        new_epoch = self.welcome is not None and self.welcome.epoch != welcome.epoch
        self._welcome_seen(told.WelcomeSeen(welcome, new_epoch), effects)
        if new_epoch:
            self._remove_all(self.desk.talks.keys())

    def _remove_all(self, conversations: Iterable[str]) -> None:
        for key in list(conversations):
            self.desk.remove(key)

    def _missed(self, key: str, timeline: Timeline) -> list[AnyEntry]:
        """Return the entries that the client knows and the desk does not."""
        talk = self.desk.talks.get(key)
        gaps = talk.missing(timeline.last) if talk else [Gap(1, timeline.last)]
        entries = [entry for gap in gaps for entry in timeline.between(gap.first, gap.last)]
        return sorted(entries, key=lambda entry: entry.number)

    def _reload_entries(self, talk: Talk, entries: list[AnyEntry], effects: Effects) -> None:
        """Add what is not here yet; the reader's place and the words of the client stay."""
        new = talk.add(entries, live=False)
        if NEW_KEY not in talk.model:
            talk.mark_unread()
        calls = talk.attention is Attention.MENTION and any(isinstance(entry, Message) for entry in new)
        effects.ring = effects.ring or (calls and not self._is_seen(talk.id))
