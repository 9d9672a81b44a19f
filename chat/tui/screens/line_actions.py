"""Carrying out lines on the main screen: what the server is asked, and what only moves the screen.

The screen's thread; answers are awaited in Textual's loop, never in a thread.
"""

import asyncio
from concurrent.futures import Future

from chat.tui.asked.answer import Answer
from chat.tui.carrying import carry_out
from chat.tui.desk.talk import Talk
from chat.tui.screens.account_actions import AccountActions
from chat.tui.screens.board import Board
from chat.tui.screens.message_actions import MessageActions
from chat.tui.screens.showing import NO_TALK
from chat.tui.slash import actions, manual
from chat.tui.slash.actions import Action
from chat.tui.widgets.talk_pane import TalkPane


class LineActions:
    """Does on a board what lines ask for."""

    def __init__(self, board: Board, messages: MessageActions) -> None:
        self._board = board
        self._messages = messages
        self._accounts = AccountActions(board)

    def carry_out(self, action: Action, text: str, pane: TalkPane) -> None:
        """Do what a line asks for; `text` is the line, given back when that fails."""
        talk = pane.talk
        if talk is not None and isinstance(action, actions.AboutMessage):
            self._messages.command(pane, action, text)
            return
        if talk is not None and isinstance(action, actions.ShowPins):
            self._messages.show_pins(pane)
            return
        if talk is not None:
            talk.model.follow()
        if self._accounts.takes(action, talk):
            return
        if isinstance(action, actions.Part) and action.channel is None and _is_direct(talk):
            self._close(pane)
            return
        future = carry_out(self._board.client, action, talk.id if talk else "")
        if future is None:
            self._do_here(action, talk)
        else:
            self._board.run_worker(self._answer(future, action, text, pane))

    async def _answer(self, future: Future[Answer], action: Action, text: str, pane: TalkPane) -> None:
        """Show what came of a request; what it changed arrives by itself, before the answer."""
        talk = pane.talk
        answer = await asyncio.wrap_future(future)
        self._board.take()
        if answer.failed and text:
            self._give_back(text, answer, pane, talk)
        elif answer.text:
            self._tell(talk, answer.sentence, failed=answer.failed)
        if answer.show and isinstance(action, actions.OpenDirect):
            self._board.open_private(answer.show)
        elif answer.show:
            self._board.go(answer.show)

    def _give_back(self, text: str, answer: Answer, pane: TalkPane, talk: Talk | None) -> None:
        """Put a line that failed back where it was written, whatever is shown there by now."""
        if pane.talk is talk:
            pane.composer.put_back(text, answer.text, answer.retry_seconds)
        elif talk is not None:
            talk.draft = talk.draft or text
            talk.tell(answer.sentence, failed=True)

    def _do_here(self, action: Action, talk: Talk | None) -> None:
        """Do what concerns only the screen."""
        board = self._board
        match action:
            case actions.ShowHelp(str(command)):
                self._tell(talk, "\n".join(manual.about(command)))
            case actions.ShowHelp():
                board.run_worker(board.run_action("app.help"))
            case actions.Quit():
                board.run_worker(board.run_action("app.quit"))
            case actions.ShowTopic(channel):
                self._show_topic(talk, channel)
            case actions.MarkRead(everything):
                self._mark_read(talk, everything=everything)
            case _:
                self._move(action, talk)

    def _move(self, action: Action, talk: Talk | None) -> None:
        """Go to another conversation."""
        desk = self._board.desk
        match action:
            case actions.Switch(name):
                self._go_or_say(talk, desk.find(name), f"There is no conversation like {name!r} here.")
            case actions.GoTo(position):
                self._go_or_say(talk, desk.at(position), f"There is no tab {position}.")
            case actions.LastConversation():
                self._go_or_say(talk, desk.last_front(), "There is no conversation to go back to.")

    def _go_or_say(self, talk: Talk | None, conversation: str, otherwise: str) -> None:
        if conversation:
            self._board.go(conversation)
        else:
            self._tell(talk, otherwise, failed=True)

    def _show_topic(self, talk: Talk | None, channel: str | None) -> None:
        found = talk
        if channel is not None:
            talks = self._board.desk.talks.values()
            found = next((each for each in talks if each.title.casefold() == channel.casefold()), None)
        if found is None:
            missing = f"You are not in {channel}; /join {channel} enters it." if channel else NO_TALK
            self._tell(talk, missing, failed=True)
        else:
            self._tell(talk, found.record.topic or f"{found.title} has no topic. /topic TEXT sets one.")

    def _mark_read(self, talk: Talk | None, *, everything: bool) -> None:
        talks = list(self._board.desk.talks.values()) if everything else [talk] if talk else []
        for each in talks:
            each.clear_new()
            if each.record.unread:
                self._board.client.mark_read(each.id, each.record.last)

    def _close(self, pane: TalkPane) -> None:
        """Hide a direct conversation; it comes back with the next message."""
        board = self._board
        conversation = pane.talk.id if pane.talk else ""
        if pane is board.private:
            board.close_private()
        board.desk.close(conversation)
        board.redraw()

    def _tell(self, talk: Talk | None, text: str, *, failed: bool = False) -> None:
        if talk is not None:
            talk.tell(text, failed=failed)
        else:
            self._board.tell(text, failed=failed)


def _is_direct(talk: Talk | None) -> bool:
    return talk is not None and not talk.is_channel
