"""Doing something with a member: what the menu comes to. Called on the screen's thread."""

from collections.abc import Callable

from chat.client.changes import Phase
from chat.protocol.records import Member, Role
from chat.tui.desk.standing import MemberDeed, Standing, keeps_order, member_offers
from chat.tui.screens.board import Board
from chat.tui.screens.message_menu import MemberMenu
from chat.tui.slash import actions, order_actions
from chat.tui.slash.actions import Action
from chat.tui.widgets.talk_pane import TalkPane

CarryOut = Callable[[Action, str, TalkPane], None]
"""Does what a line asks for."""

_WRITTEN = {
    MemberDeed.INVITE: "/invite {nick} #",
    MemberDeed.KICK: "/kick {nick} ",
    MemberDeed.BAN: "/ban {nick} ",
    MemberDeed.MUTE: "/mute {nick} 10m ",
}
"""What is put into the line, where a channel, a duration or a reason may follow."""


class MemberActions:
    """Does on a board what is wanted of members."""

    def __init__(self, board: Board, carry_out: CarryOut) -> None:
        self._board = board
        self._carry_out = carry_out

    def menu(self, user: str) -> None:
        """Let somebody choose what to do with a member of the talk in front."""
        talk = self._board.desk.talk
        standing = self._standing()
        is_covered = (
            self._board.app.screen is not self._board
        )  # by the menu that the first of two clicks opened
        if talk is None or standing is None or is_covered:
            return
        member = next((each for each in self._board.members_of(talk.id) if each.user.id == user), None)
        if member is None:
            return
        menu = MemberMenu(member.user.nick, member_offers(standing, member))
        self._board.app.push_screen(menu, lambda deed: self._do(deed, member) if deed else None)

    def _standing(self) -> Standing | None:
        """Who one is where one reads; None while that is not known."""
        talk = self._board.desk.talk
        with self._board.client.reading() as state:
            me = state.me
            others = [each.record for each in state.conversations if talk and each.record != talk.record]
        if talk is None or me is None:
            return None
        elsewhere = me.admin or any(keeps_order(me, record) for record in others)
        return Standing(me, talk.record, self._board.client.link.phase is Phase.OPEN, elsewhere)

    def _do(self, deed: MemberDeed, member: Member) -> None:
        nick, pane = member.user.nick, self._board.front
        match deed:
            case MemberDeed.WHOIS:
                self._carry_out(actions.Whois(nick), "", pane)
            case MemberDeed.MESSAGE:
                self._carry_out(actions.OpenDirect(nick), "", pane)
            case MemberDeed.MENTION:
                pane.composer.add_word(f"@{nick} ")
            case MemberDeed.OP:
                is_one = member.role is Role.OPERATOR
                action = order_actions.Revoke(nick) if is_one else order_actions.Grant(nick)
                self._carry_out(action, "", pane)
            case MemberDeed.MUTE if member.muted:
                self._carry_out(order_actions.Unmute(nick), "", pane)
            case _:
                self._write(_WRITTEN[deed].format(nick=nick))

    def _write(self, line: str) -> None:
        """Put the beginning of a command into the line, where nothing else stands there."""
        composer = self._board.front.composer
        if composer.draft or composer.is_editing:
            self._board.notify(
                f"Something stands in the line already; write {line.strip()} once it is sent.",
                severity="error",
                markup=False,
            )
            return
        composer.put(line)
        composer.focus()
