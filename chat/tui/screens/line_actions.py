"""Carrying out lines on the main screen: what the server is asked, and what only moves the screen.

The screen's thread; answers are awaited in Textual's loop, never in a thread.
"""

import asyncio
from concurrent.futures import Future
from typing import Any

from chat.errors import ChatError
from chat.protocol.codes import Refused
from chat.tui.carrying import Answer, carry_out
from chat.tui.desk.talk import Talk
from chat.tui.render.log_model import Older
from chat.tui.screens.board import Board
from chat.tui.slash import actions, manual
from chat.tui.slash.actions import Action
from chat.tui.widgets.talk_pane import TalkPane


class LineActions:
    """Does on a board what lines ask for."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def carry_out(self, action: Action, text: str, pane: TalkPane) -> None:
        """Do what a line asks for; `text` is the line, given back when that fails."""
        here = pane.talk.id if pane.talk else ""
        if pane.talk is not None:
            pane.log_view.model.follow()
        if isinstance(action, actions.Part) and action.channel is None and self._is_direct(pane.talk):
            self._close(pane)
            return
        future = carry_out(self._board.client, action, here)
        if future is None:
            self._do_here(action, pane)
        else:
            self._board.run_worker(self._answer(future, action, text, pane), exit_on_error=True)

    def fetch(self, talk: Talk, before: int) -> None:
        """Fetch the page of entries below a number; it arrives as a change like any other."""
        older = before <= talk.first
        if older:
            talk.model.older = Older.ASKED
        future = self._board.client.fill(talk.id, before=before)
        self._board.run_worker(self._fetched(future, talk, older=older))

    async def _fetched(self, future: Future[Any], talk: Talk, *, older: bool) -> None:
        try:
            await asyncio.wrap_future(future)
        except (Refused, ChatError) as error:
            if older:
                talk.model.older = Older.AVAILABLE
            talk.tell(f"Older messages could not be fetched: {error}", failed=True)

    async def _answer(self, future: Future[Answer], action: Action, text: str, pane: TalkPane) -> None:
        """Show what came of a request; what it changed arrives by itself, before the answer."""
        answer = await asyncio.wrap_future(future)
        self._board.take()
        if answer.failed and text:
            pane.composer.put_back(text, answer.text)
        elif answer.text:
            self._tell(pane, answer.text, failed=answer.failed)
        if answer.show and isinstance(action, actions.OpenDirect):
            self._board.open_private(answer.show)
        elif answer.show:
            self._board.go(answer.show)

    def _do_here(self, action: Action, pane: TalkPane) -> None:
        """Do what concerns only the screen."""
        board = self._board
        match action:
            case actions.ShowHelp(str(command)):
                self._tell(pane, "\n".join(manual.about(command)))
            case actions.ShowHelp():
                board.run_worker(board.run_action("app.help"))
            case actions.Quit():
                board.run_worker(board.run_action("app.quit"))
            case actions.ShowTopic(channel):
                self._show_topic(pane, channel)
            case actions.MarkRead(everything):
                self._mark_read(pane, everything=everything)
            case _:
                self._move(action, pane)

    def _move(self, action: Action, pane: TalkPane) -> None:
        """Go to another conversation."""
        desk = self._board.desk
        match action:
            case actions.Switch(name):
                self._go_or_say(pane, desk.find(name), f"There is no conversation like {name!r} here.")
            case actions.GoTo(position):
                self._go_or_say(pane, desk.at(position), f"There is no tab {position}.")
            case actions.LastConversation():
                self._go_or_say(pane, desk.last_front(), "There is no conversation to go back to.")

    def _go_or_say(self, pane: TalkPane, conversation: str, otherwise: str) -> None:
        if conversation:
            self._board.go(conversation)
        else:
            self._tell(pane, otherwise, failed=True)

    def _show_topic(self, pane: TalkPane, channel: str | None) -> None:
        found = self._board.desk.talks.get(self._board.desk.find(channel)) if channel else pane.talk
        if found is None:
            self._tell(pane, f"You are not in {channel}; /join {channel} enters it.", failed=True)
        else:
            self._tell(pane, found.record.topic or f"{found.title} has no topic. /topic TEXT sets one.")

    def _mark_read(self, pane: TalkPane, *, everything: bool) -> None:
        talks = list(self._board.desk.talks.values()) if everything else [pane.talk] if pane.talk else []
        for talk in talks:
            talk.model.mark_new(None)
            if talk.record.unread:
                self._board.client.mark_read(talk.id, talk.record.last)

    def _close(self, pane: TalkPane) -> None:
        """Hide a direct conversation; it comes back with the next message."""
        board = self._board
        conversation = pane.talk.id if pane.talk else ""
        if pane is board.private:
            board.close_private()
        board.desk.close(conversation)
        board.redraw()

    def _tell(self, pane: TalkPane, text: str, *, failed: bool = False) -> None:
        if pane.talk is not None:
            pane.talk.tell(text, failed=failed)
        else:
            self._board.tell(text, failed=failed)

    @staticmethod
    def _is_direct(talk: Talk | None) -> bool:
        return talk is not None and not talk.is_channel
