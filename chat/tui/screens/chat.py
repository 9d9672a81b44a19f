"""The main screen: what its keys, lines and clicks do. Called on the screen's thread."""

from collections.abc import Callable, Iterable

from textual import on
from textual.widget import Widget

from chat.client.client import ChatClient
from chat.client.silenced import Silenced
from chat.clock import Clock
from chat.deadline import Deadline
from chat.tui.keys import Place, bindings
from chat.tui.messages import Arrival
from chat.tui.render.rows import NEW_KEY
from chat.tui.screens.board import MEMBERS_FROM, Board
from chat.tui.screens.going import go_or_join, places
from chat.tui.screens.line_actions import LineActions
from chat.tui.screens.member_actions import MemberActions
from chat.tui.screens.message_actions import MessageActions
from chat.tui.screens.switcher import SwitcherScreen
from chat.tui.widgets.channel_tabs import ChannelTabs
from chat.tui.widgets.composer import Composer
from chat.tui.widgets.member_list import MemberList
from chat.tui.widgets.message_log import MessageLog
from chat.tui.widgets.talk_pane import TalkPane

TYPING_SECONDS = 3.0
"""How often others are told that one is typing, at most."""


class ChatScreen(Board):
    """Everything one sees and does while connected, and while not; see `Board` for the arguments."""

    PLACE = Place.TALK
    BINDINGS = bindings(PLACE)

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
        super().__init__(client, drain, clock, words=words, bell=bell, silenced=silenced)
        self._messages = MessageActions(self)
        self._actions = LineActions(self, self._messages)
        self._people = MemberActions(self, self._actions.carry_out)
        self._typing_told = Deadline(0.0, clock.monotonic)

    # ------------------------------------------------------------------ lines, clicks, pages

    @on(TalkPane.Written)
    def _line_changed(self, event: TalkPane.Written) -> None:
        """Tell the others that one is typing, now and then."""
        talk = event.pane.talk
        if talk is not None and event.pane.is_writing and self._typing_told.expired:
            self._typing_told = Deadline(TYPING_SECONDS, self.clock.monotonic)
            self.client.typing(talk.id)

    @on(TalkPane.Submitted)
    def _submitted(self, event: TalkPane.Submitted) -> None:
        self._actions.carry_out(event.action, event.text, event.pane)

    @on(TalkPane.Left)
    def _line_left(self, event: TalkPane.Left) -> None:
        """Leave a selected message; else go to the newest; in a private talk that shows it, close that."""
        pane = event.pane
        if pane.log_view.selected is not None:
            pane.log_view.leave()
        elif pane is self.private and pane.log_view.model.viewport.following:
            self.close_private()
            self.looked_at()
        else:
            pane.log_view.action_scroll_end()

    @on(TalkPane.Acted)
    def _message_acted(self, event: TalkPane.Acted) -> None:
        self._messages.act(event.pane, event.row, event.deed)

    @on(TalkPane.Saved)
    def _edit_saved(self, event: TalkPane.Saved) -> None:
        self._messages.save(event.pane, event.number, event.text)

    @on(TalkPane.KeysChanged)
    def _keys_changed(self) -> None:
        self.show_status()

    @on(TalkPane.PageWanted)
    def _page_wanted(self, event: TalkPane.PageWanted) -> None:
        self.pages.fetch(event.talk, event.before)

    @on(Composer.QuitHint)
    async def _quit_hint(self) -> None:
        await self.run_action("app.offer_quit")

    @on(ChannelTabs.Chosen)
    def _tab_chosen(self, event: ChannelTabs.Chosen) -> None:
        self.go(event.conversation)

    @on(MemberList.Chosen)
    def _member_chosen(self, event: MemberList.Chosen) -> None:
        self._people.menu(event.user)

    @on(MemberList.Left)
    def _members_left(self) -> None:
        self.front.composer.focus()

    @on(MessageLog.BottomReached)
    def _bottom_reached(self) -> None:
        self.looked_at()

    @on(MessageLog.LinkClicked)
    def _link_clicked(self, event: MessageLog.LinkClicked) -> None:
        self.app.open_url(event.url)

    # ------------------------------------------------------------------ keys

    def action_next_conversation(self) -> None:
        """Go one tab to the right, around the end."""
        self.go(self.desk.step(1))

    def action_previous_conversation(self) -> None:
        """Go one tab to the left, around the end."""
        self.go(self.desk.step(-1))

    def action_go_to(self, position: int) -> None:
        """Go to the tab at a position, counted from 1."""
        self.go(self.desk.at(position))

    def action_next_active(self) -> None:
        """Go to what calls loudest; at the end of the round back to where it began."""
        self.go(self.desk.next_calling())

    def action_last_conversation(self) -> None:
        """Go back to where one was."""
        self.go(self.desk.last_front())

    def action_switcher(self) -> None:
        """Go somewhere by name."""
        with self.client.reading() as state:
            invitations = list(state.invitations.values())
        switcher = SwitcherScreen(places(self.desk, invitations), self.client.decline)
        self.app.push_screen(switcher, lambda chosen: go_or_join(self, chosen or ""))

    def action_select_message(self) -> None:
        """Select the newest message of the talk one writes in, to do something with it."""
        self._pane_in_use().log_view.select_newest()

    def action_first_unread(self) -> None:
        """Go to the rule above what is new."""
        log = self._pane_in_use().log_view
        if NEW_KEY in log.model:
            log.scroll_to_key(NEW_KEY)

    def action_toggle_members(self) -> None:
        """Show or hide the members; without room for both they are shown while one is there."""
        if self.size.width < MEMBERS_FROM:
            self._to_members() if not self.members.has_focus else self.front.composer.focus()
        else:
            self.members_wanted = not self.members_wanted
            self.fit_width()

    def action_focus_members(self) -> None:
        """Go to the member list, shown or not before."""
        self.members_wanted = True
        self._to_members()

    def action_next_pane(self) -> None:
        """Go to the next of line, private line and members."""
        self._turn(1)

    def action_previous_pane(self) -> None:
        """Go to the one before of line, private line and members."""
        self._turn(-1)

    def _turn(self, places: int) -> None:
        stops: list[Widget] = [pane.composer for pane in self._panes()]
        if self.members_wanted:
            stops.append(self.members)
        panes = self._panes()
        here = next((at for at, pane in enumerate(panes) if pane.has_keys), 0)
        here = len(panes) if self.members.has_focus else here
        there = stops[(here + places) % len(stops)]
        if there is self.members:
            self._to_members()
        else:
            there.focus()

    def _to_members(self) -> None:
        """Show the members, though there may be little room for them, and go there."""
        self.members.display = True
        self.members.focus()

    def action_page_up(self) -> None:
        """Show older messages."""
        self._pane_in_use().log_view.action_page_up()

    def action_page_down(self) -> None:
        """Show newer messages."""
        self._pane_in_use().log_view.action_page_down()

    def action_log_top(self) -> None:
        """Go to the oldest message that is here."""
        self._pane_in_use().log_view.action_scroll_home()

    def action_log_bottom(self) -> None:
        """Go to the newest message."""
        self._pane_in_use().log_view.action_scroll_end()

    def _pane_in_use(self) -> TalkPane:
        """Return the pane whose line one writes in."""
        return self.private if self.private.has_keys else self.front
