"""The main screen without its keys: the desk made visible, and what the server is told of what is seen.

What arrives it takes by `drain`, some 20 times a second. The screen's thread; it waits for nothing and never
sees a socket.
"""

from collections.abc import Callable, Iterable

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.screen import Screen

from chat.client.changes import OutboxItem, Phase, ServerMet
from chat.client.client import ChatClient
from chat.client.silenced import Silenced
from chat.clock import Clock
from chat.protocol.records import Member
from chat.text import sanitize
from chat.tui.desk.desk import Desk
from chat.tui.desk.effects import Effects
from chat.tui.desk.feed import Feed
from chat.tui.desk.talk import Talk
from chat.tui.desk.voice import Moment, voice
from chat.tui.messages import Arrival
from chat.tui.screens.drafts import LOOK_SECONDS, Drafts
from chat.tui.screens.looking import Looking
from chat.tui.screens.pages import Pages
from chat.tui.screens.showing import (
    keys_for,
    member_items,
    no_talk,
    server_sign,
    status_view,
    tab_items,
    vocabulary,
)
from chat.tui.slash.complete import Vocabulary
from chat.tui.slash.parse import as_typed
from chat.tui.slash.preview import BodyLimit
from chat.tui.widgets.channel_tabs import ChannelTabs
from chat.tui.widgets.member_list import MemberList
from chat.tui.widgets.status_line import StatusLine
from chat.tui.widgets.talk_pane import TalkPane

BESIDE_FROM = 100
"""Columns from which a private talk has room beside the channel."""
MEMBERS_FROM = 80
"""Columns from which the members have room."""
DRAIN_SECONDS = 0.05
TIME_LOOK_SECONDS = 1.0
NOTICE_SECONDS = 20.0
"""How long an announcement or invitation lies over the talk; it stands in the talk too."""


class Board(Screen[None]):
    """Tabs, the talk in front, a private talk beside it, members, how things stand.

    Args:
        client: the connection, with all it knows.
        drain: gives what arrived since the last call.
        clock: the time of one's own unsent messages.
        words: what to say first in the talk that comes to the front first, such as the welcome.
        bell: whether to ring when somebody calls.
        silenced: the channels that call only when one is mentioned.
    """

    AUTO_FOCUS = "#front Composer"

    class Doubted(Message):
        """The server is not believed: a person has to decide, and nothing was told to it."""

        def __init__(self, met: ServerMet) -> None:
            super().__init__()
            self.met = met

    def __init__(
        self,
        client: ChatClient,
        drain: Callable[[], Iterable[Arrival]],
        clock: Clock,
        *,
        words: str = "",
        bell: bool = True,
        silenced: Silenced | None = None,
    ) -> None:
        super().__init__()
        self.client = client
        self.clock = clock
        self.desk = Desk()
        self._looking = Looking(client, self.desk, self._in_view, self._is_awake)
        self.feed = Feed(self.desk, client, clock, self._looking.is_seen, silenced)
        self.front = TalkPane(self._vocabulary, id="front")
        self.private = TalkPane(self._vocabulary, id="private")
        self.members = MemberList()
        self.pages = Pages(self, client, self.take)
        self.members_wanted = True
        self._drafts = Drafts(client, self.desk, lambda: (self.front, self.private))
        self._tabs = ChannelTabs()
        self._status = StatusLine(monotonic=clock.monotonic)
        for pane in (self.front, self.private):
            pane.composer.countdown.monotonic = clock.monotonic
        self._drain = drain
        self._bell = bell
        self._words: list[tuple[str, bool]] = [(words, False)] if words else []
        self._typing_in: set[str] = set()

    def compose(self) -> ComposeResult:
        """The screen from top to bottom."""
        yield self._tabs
        with Horizontal(id="areas"):
            yield self.front
            yield self.private
            yield self.members
        yield self._status

    def on_mount(self) -> None:
        """Begin to take what arrives."""
        self.set_interval(DRAIN_SECONDS, self.take)
        self.set_interval(TIME_LOOK_SECONDS, self.look_at_time)
        self.set_interval(LOOK_SECONDS, self._drafts.keep)
        self.watch(self.app, "app_focus", self.looked_at, init=False)
        self.fit_width()
        self._draw(Effects(tabs=True, status=True, front=True))

    def on_unmount(self) -> None:
        """The end: what stands in the lines is kept."""
        self._drafts.keep()

    # ------------------------------------------------------------------ what arrives

    def take(self) -> None:
        """Show what arrived since the last time."""
        arrivals = list(self._drain())
        if arrivals:
            self._draw(self.feed.apply(arrivals))
        for arrival in arrivals:
            if isinstance(arrival, ServerMet) and not arrival.believed:
                self.post_message(self.Doubted(arrival))

    def looked_at(self) -> None:
        """Somebody looks here again, or at something else: what is seen is read and calls no more."""
        self._draw(Effects(tabs=True))

    def redraw(self) -> None:
        """Show the desk anew after something was changed from here."""
        self._draw(Effects(tabs=True, front=True, headers=True, status=True))

    def tell(self, text: str, *, failed: bool = False) -> None:
        """Say something in the talk in front."""
        if talk := self.desk.talk:
            talk.tell(text, failed=failed)
        elif failed:
            self.notify(text, severity="error", markup=False)
        else:
            self.notify(text, markup=False)

    def _draw(self, effects: Effects) -> None:
        """Draw what changed, and have the server told what is seen now."""
        if effects.front or effects.status:
            self._show_front()
        for item in effects.refused:
            self._give_back(item)
        self._words += effects.words
        self._say_words()
        for notice in effects.notices:
            self.notify(
                notice.sentence,
                title=notice.title,
                severity="warning",
                timeout=NOTICE_SECONDS,
                markup=False,
            )
        if effects.connected:
            self._looking.begin()
            self.pages.connected()
        self._show_counts(effects)
        self._looking.tell()
        if effects.ring and self._bell:
            self.app.bell()

    def _say_words(self) -> None:
        """Say what there is to say below what was said last, once that is here."""
        talk = self.desk.talk
        is_tried = self.feed.link.phase in {Phase.IDLE, Phase.DIALLING}
        still_comes = is_tried and self.feed.recalled_at is not None
        is_here = talk is not None and talk.last >= talk.record.last and not still_comes
        if is_here or (talk is None and self.feed.link.phase is Phase.OPEN):
            for text, failed in self._words:
                self.tell(text, failed=failed)
            self._words = []

    def _give_back(self, item: OutboxItem) -> None:
        """Put a refused message back into its line; where that is in use, or not in view, its row stays."""
        talk = self.feed.unsent.talk_for(item.target)
        if talk is None:
            if self.feed.link.phase is not Phase.OPEN:
                return  # its conversation is not known yet; its row shows there when it comes
            sentence = f"Your message to {item.target} was not sent: {item.sentence}"
            self._words.append((f"{sentence}\n{sanitize(item.text)}", True))
            return
        pane = next((pane for pane in self._panes() if pane.talk is talk), None)
        if pane is not None and not pane.composer.draft:
            self.client.drop(item.send_id)
            self.feed.unsent.drop(item)
            pane.composer.put_back(as_typed(item.text, action=item.action), item.sentence)

    def _show_counts(self, effects: Effects) -> None:
        """Draw what stands around the talks."""
        if effects.tabs:
            self._tabs.show(tab_items(self.desk, self._looking.is_seen), self.desk.front)
            self._tabs.show_server(server_sign(self.feed.welcome, self.feed.link))
        if effects.status:
            self.show_status()
        if effects.front or self.desk.front in effects.members:
            self.members.show(member_items(self.members_of(self.desk.front), self.desk.reader.me))
        for pane in (self.front, self.private):
            if effects.front or effects.headers or effects.members:
                pane.show_header(self._presence_note(pane.talk))
            if pane.talk is not None and pane.talk.id in effects.typing:
                self._show_typing(pane)
            self._show_voice(pane)

    def show_status(self) -> None:
        """Say how things stand, and which keys matter now."""
        pane = next((pane for pane in self._panes() if pane.has_keys), self.front)
        keys = keys_for(pane.log_view.selected, editing=pane.composer.is_editing)
        self._status.show(status_view(self.feed, keys))
        if self.feed.welcome is not None:
            limits = self.feed.welcome.limits
            for pane in (self.front, self.private):
                pane.limit(BodyLimit(limits.text_characters, limits.text_bytes))

    def _show_front(self) -> None:
        """Bring the talk in front onto the screen, with the rule above what is new in it."""
        if self.private.talk is not None and (
            self.private.talk is self.desk.talk or self.private.talk.id not in self.desk.talks
        ):
            self.close_private()
        talk, before = self.desk.talk, self.front.talk
        if talk is not before:
            if before is not None:
                before.leave()
            if talk is not None:
                talk.active = False
                talk.mark_unread()
        if talk is None:
            self.front.clear(*no_talk(self.feed.link))
        else:
            self.front.show(talk)
        if (talk is None) is not (before is None):
            self.fit_width()

    def _presence_note(self, talk: Talk | None) -> str:
        """Return what the header of a direct conversation says of the other side."""
        if talk is None or talk.record.peer is None:
            return ""
        peer = talk.record.peer
        presence = {member.user.id: member.presence for member in self.members_of(talk.id)}.get(peer.id)
        text = f" · {peer.status_text}" if peer.status_text else ""
        return f"{presence.value}{text}" if presence is not None else ""

    def members_of(self, conversation: str) -> list[Member]:
        """Return the members of a conversation, as far as they are known."""
        with self.client.reading() as state:
            known = state.conversations.get(conversation)
            return list(known.members.values()) if known else []

    def _vocabulary(self, talk: Talk | None) -> Vocabulary:
        return vocabulary(self.desk, talk, self.members_of(talk.id) if talk else [])

    def _show_voice(self, pane: TalkPane) -> None:
        """Say in a line what keeps one from writing there, and for how long."""
        if pane.talk is None:
            return
        record = pane.talk.record
        with self.client.reading() as state:
            me, known = state.me, state.conversations.get(record.conversation)
            mute = known.muted(me.id) if known is not None and me is not None else None
        queued = self.feed.unsent.waiting_in(pane.talk) if record.mode.slow_seconds else 0
        left = self.feed.slowness.left(record, queued)
        moment = Moment(self.clock.now(), self.desk.reader.zone, left)
        pane.speak(voice(me, record, mute, moment))

    def look_at_time(self) -> None:
        """Look again whether those who were typing still are, and what one may write by now."""
        self._looking.tell()
        for pane in self._panes():
            self._show_voice(pane)
            if pane.talk is not None and pane.talk.id in self._typing_in:
                self._show_typing(pane)

    def _show_typing(self, pane: TalkPane) -> None:
        if pane.talk is None:
            return
        with self.client.reading() as state:
            known = state.conversations.get(pane.talk.id)
            nicks = known.typists(self.clock.monotonic()) if known else ()
        pane.typing.show(nicks)
        if nicks:
            self._typing_in.add(pane.talk.id)
        else:
            self._typing_in.discard(pane.talk.id)

    # ------------------------------------------------------------------ what is on the screen

    def _panes(self) -> tuple[TalkPane, ...]:
        """Return the panes that are on the screen."""
        return (self.front, self.private) if self.is_beside else (self.front,)

    def _in_view(self) -> tuple[str, ...]:
        return tuple(pane.talk.id for pane in self._panes() if pane.talk is not None)

    def _is_awake(self) -> bool:
        """Return whether the terminal has the keys, and nothing lies over this screen."""
        return self.app.app_focus and self.app.screen is self

    # ------------------------------------------------------------------ going about

    def go(self, conversation: str) -> None:
        """Bring a conversation to the front, or just the keys to it where it stands beside already."""
        if self.private.talk is not None and self.private.talk.id == conversation and self.is_beside:
            self.private.composer.focus()
            return
        if conversation and conversation != self.desk.front:
            self.desk.bring(conversation)
            self.redraw()
        self.front.composer.focus()

    def open_private(self, conversation: str) -> None:
        """Show a direct conversation beside the channel in front, or instead of it where it is narrow."""
        front = self.desk.talk
        talk = self.desk.talks.get(conversation)
        if talk is None or front is None or not front.is_channel or self.size.width < BESIDE_FROM:
            self.go(conversation)
            return
        if self.private.talk is not None and self.private.talk is not talk:
            self.private.talk.leave()
        self.desk.reopen(conversation)
        talk.active = False
        talk.mark_unread()
        self.private.show(talk)
        self.fit_width()
        self._draw(Effects(tabs=True, headers=True, typing={conversation}))
        self.private.composer.focus()

    def close_private(self) -> None:
        """Take the private talk away from beside the channel; its tab stays."""
        had_keys = self.private.has_keys
        if self.private.talk is not None:
            self.private.talk.leave()
        self.private.clear()
        self.fit_width()
        if had_keys:
            self.front.composer.focus()

    @property
    def is_beside(self) -> bool:
        """Whether a private talk stands beside the one in front."""
        return self.private.display

    def on_resize(self, event: events.Resize) -> None:
        """Show what there is room for; who writes in a private talk goes on writing in it."""
        writing = self.private.talk if self.private.has_keys else None
        self.fit_width(event.size.width)
        if writing is not None and not self.is_beside:
            self.go(writing.id)
        self._draw(Effects(tabs=True))

    def on_screen_resume(self) -> None:
        """What was in front of this screen is gone."""
        self.looked_at()

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """A member list for which there was no room goes when one leaves it."""
        if event.widget is self.members:
            self.fit_width()

    def fit_width(self, width: int | None = None) -> None:
        """Show what there is room for in so many columns.

        Never by a class of the screen: it would style every widget again, at each start and each resize.
        """
        width = self.size.width if width is None else width
        has_members = self.members_wanted and width >= MEMBERS_FROM and self.desk.talk is not None
        self.members.display = has_members
        self.private.display = self.private.talk is not None and width >= BESIDE_FROM
