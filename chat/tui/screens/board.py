"""The main screen without its keys: the desk made visible, and what the server is told of what is seen.

What arrives it takes by `drain`, some 20 times a second. The screen's thread; it waits for nothing and never
sees a socket.
"""

from collections.abc import Callable, Iterable

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.screen import Screen

from chat.client.client import ChatClient
from chat.clock import Clock
from chat.protocol.records import Member
from chat.tui.desk.desk import Desk
from chat.tui.desk.feed import Effects, Feed
from chat.tui.desk.talk import Talk
from chat.tui.messages import Arrival
from chat.tui.screens.showing import member_items, server_sign, status_view, tab_items, vocabulary
from chat.tui.slash.complete import Vocabulary
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


class Board(Screen[None]):
    """Tabs, the talk in front, a private talk beside it, members, how things stand.

    Args:
        client: the connection, with all it knows.
        drain: gives what arrived since the last call.
        clock: the time of one's own unsent messages.
        words: what to say first in the talk that comes to the front first, such as the welcome.
        bell: whether to ring when somebody calls.
    """

    AUTO_FOCUS = "#front Composer"

    def __init__(
        self,
        client: ChatClient,
        drain: Callable[[], Iterable[Arrival]],
        clock: Clock,
        *,
        words: str = "",
        bell: bool = True,
    ) -> None:
        super().__init__()
        self.client = client
        self.desk = Desk()
        self.feed = Feed(self.desk, client, clock, self.is_seen)
        self.front = TalkPane(self._vocabulary, id="front")
        self.private = TalkPane(self._vocabulary, id="private")
        self._drain = drain
        self.clock = clock
        self._words = words
        self._bell = bell
        self._tabs = ChannelTabs()
        self.members = MemberList()
        self._status = StatusLine(monotonic=clock.monotonic)
        self.focused_app = True
        self.members_wanted = True
        self._shown: tuple[str, ...] = ()
        self._asked_read: dict[str, int] = {}

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
        self.fit_width()
        self._draw(Effects(tabs=True, status=True, front=True))

    # ------------------------------------------------------------------ what arrives

    def take(self) -> None:
        """Show what arrived since the last time."""
        arrivals = list(self._drain())
        if arrivals:
            self._draw(self.feed.apply(arrivals))

    def is_seen(self, conversation: str) -> bool:
        """Return whether somebody looks at the newest row of a conversation right now."""
        if not self.focused_app or self.app.screen is not self:
            return False
        talk = self.desk.talks.get(conversation)
        return talk is not None and conversation in self._visible() and talk.model.viewport.following

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
        """Draw what changed, and tell the server what is seen now."""
        if effects.front:
            self._show_front()
        talk = self.desk.talk
        if self._words and talk is not None and not talk.empty:
            talk.tell(self._words)
            self._words = ""
        for text, failed in effects.words:
            self.tell(text, failed=failed)
        self._show_counts(effects)
        if effects.connected:
            self._shown = ()
            self._asked_read.clear()
        self._say_what_is_shown()
        self.mark_read()
        if effects.ring and self._bell:
            self.app.bell()

    def _show_counts(self, effects: Effects) -> None:
        """Draw what stands around the talks."""
        if effects.tabs:
            self._tabs.show(tab_items(self.desk), self.desk.front)
            self._tabs.show_server(server_sign(self.feed.welcome, self.feed.link))
        if effects.status:
            self._show_status()
        if effects.front or self.desk.front in effects.members:
            self.members.show(member_items(self.members_of(self.desk.front), self.desk.reader.me))
        for pane in (self.front, self.private):
            if effects.headers or effects.members:
                pane.show_header(self._presence_note(pane.talk))
            if pane.talk is not None and pane.talk.id in effects.typing:
                self._show_typing(pane)

    def _show_status(self) -> None:
        self._status.show(status_view(self.feed))
        if self.feed.welcome is not None:
            limits = self.feed.welcome.limits
            for pane in (self.front, self.private):
                pane.limit(BodyLimit(limits.text_characters, limits.text_bytes))

    def _show_front(self) -> None:
        """Bring the talk in front onto the screen, with the rule above what is new in it."""
        talk = self.desk.talk
        changed = talk is not self.front.talk
        if changed and self.front.talk is not None and not self.front.talk.record.unread:
            self.front.talk.model.mark_new(None)
        if talk is not None and changed:
            talk.active = False
            talk.mark_unread()
        if self.private.talk is not None and self.private.talk is talk:
            self.close_private()
        self.front.show(talk)

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

    def _show_typing(self, pane: TalkPane) -> None:
        """Show who types, and look again when the notes run out."""
        if pane.talk is None:
            return
        with self.client.reading() as state:
            known = state.conversations.get(pane.talk.id)
            nicks = known.typists(self.clock.monotonic()) if known else ()
        pane.typing.show(nicks)
        if nicks:
            self.set_timer(1.0, lambda: self._show_typing(pane))

    # ------------------------------------------------------------------ what the server is told

    def _visible(self) -> tuple[str, ...]:
        panes = (self.front, self.private) if self.has_class("-beside") else (self.front,)
        return tuple(pane.talk.id for pane in panes if pane.talk is not None)

    def _say_what_is_shown(self) -> None:
        """Have the client fetch and watch what is on the screen."""
        shown = self._visible()
        if shown != self._shown:
            self._shown = shown
            self.client.show(*shown)

    def mark_read(self) -> None:
        """Tell the server what was read, once per number; others of one's own devices hear of it."""
        for conversation in self._visible():
            talk = self.desk.talks[conversation]
            last = talk.record.last
            read = max(talk.record.read, self._asked_read.get(conversation, 0))
            if talk.record.unread and last > read and self.is_seen(conversation):
                self._asked_read[conversation] = last
                self.client.mark_read(conversation, last)

    # ------------------------------------------------------------------ going about

    def go(self, conversation: str) -> None:
        """Bring a conversation to the front."""
        if conversation and conversation != self.desk.front:
            self.desk.bring(conversation)
            self.redraw()
        self.front.composer.focus()

    def open_private(self, conversation: str) -> None:
        """Show a direct conversation beside the channel in front, or instead of it where it is narrow."""
        front = self.desk.talk
        if self.size.width < BESIDE_FROM or front is None or not front.is_channel:
            self.go(conversation)
            return
        talk = self.desk.talks[conversation]
        talk.active = False
        talk.mark_unread()
        self.private.show(talk)
        self.set_class(True, "-beside")
        self._draw(Effects(tabs=True, headers=True, typing={conversation}))
        self.private.composer.focus()

    def close_private(self) -> None:
        """Take the private talk away from beside the channel; its tab stays."""
        self.private.show(None)
        self.set_class(False, "-beside")
        self.front.composer.focus()

    def on_resize(self, event: events.Resize) -> None:
        """Show beside the talk what there is room for."""
        self.fit_width(event.size.width)

    def fit_width(self, width: int | None = None) -> None:
        """Show what there is room for in so many columns."""
        width = self.size.width if width is None else width
        self.set_class(not self.members_wanted or width < MEMBERS_FROM, "-no-members")
        self.set_class(self.private.talk is not None and width >= BESIDE_FROM, "-beside")
