"""Doing something with one message: what its keys, its menu and commands about it come to.

The screen's thread; answers are awaited in Textual's loop, never in a thread.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any, TypedDict

from chat.client.changes import Phase
from chat.client.requester import NoAnswer, Offline
from chat.protocol import requests
from chat.protocol.codes import Refused
from chat.protocol.entries import Edited, Message
from chat.tui.aiming import NoMessage, aimed
from chat.tui.asked.answer import Answer
from chat.tui.carrying import carry_out, failure
from chat.tui.desk.deeds import Deed, offers, refusal
from chat.tui.desk.details import Detail, details_of, details_of_unsent
from chat.tui.desk.entry_rows import key_of, number_of, send_id_of
from chat.tui.desk.standing import keeps_order
from chat.tui.desk.talk import Talk
from chat.tui.render.rows import Row
from chat.tui.screens.board import Board
from chat.tui.screens.confirm import ConfirmScreen
from chat.tui.screens.details import DetailsScreen
from chat.tui.screens.message_menu import MessageMenu
from chat.tui.screens.pins import Pin, PinsScreen
from chat.tui.screens.reactions import ReactionScreen
from chat.tui.slash import actions
from chat.tui.slash.parse import as_typed
from chat.tui.widgets.talk_pane import TalkPane

_EXCERPT = 100


class _Standing(TypedDict):
    """What `offers` and `refusal` go by, beside the message."""

    connected: bool
    operator: bool
    hush: str


class MessageActions:
    """Does on a board what is wanted of messages."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._deeds: dict[Deed, Callable[[TalkPane, Row], None]] = {
            Deed.EDIT: self._edit,
            Deed.DELETE: self._delete,
            Deed.REACT: self._react,
            Deed.PIN: self._pin,
            Deed.COPY: self._copy,
            Deed.DETAILS: self._details,
            Deed.AGAIN: self._say_again,
            Deed.BACK: self._put_back,
            Deed.DROP: self._drop,
        }

    def act(self, pane: TalkPane, row: Row, deed: Deed | None) -> None:
        """Do something with a message, or let somebody choose what; what can't be done says why."""
        if deed is None:
            chosen = partial(self._chosen, pane, row)
            self._board.app.push_screen(
                MessageMenu(_title(row), offers(row, **self._standing(pane))),
                chosen,
            )
        elif why := refusal(row, deed, **self._standing(pane)):
            self._say(f"That can't be done: {why}.")
        else:
            self._deeds[deed](pane, row)

    def command(self, pane: TalkPane, action: actions.AboutMessage, text: str) -> None:
        """Carry out a line about a message; `text` is the line, given back when that fails."""
        talk = pane.talk
        if talk is None:
            return
        selected = pane.log_view.selected
        pane.log_view.leave()
        number = number_of(selected.key) if selected else 0
        try:
            with self._board.client.reading() as state:
                known = state.conversations.get(talk.id)
                me = state.me.id if state.me else ""
                meant = aimed(action, known, me, number) if known else action
        except NoMessage as error:
            pane.composer.put_back(text, str(error))
            return
        self._carry_out(pane, talk, meant, text)

    def _carry_out(self, pane: TalkPane, talk: Talk, action: actions.AboutMessage, text: str) -> None:
        """Do what a line means; a new text is asked for, and a deletion asked about."""
        key = key_of(action.number)
        row = talk.model.row(key) if key in talk.model else None
        if row is not None and isinstance(action, actions.Edit) and action.text is None:
            self.act(pane, row, Deed.EDIT)
        elif row is not None and isinstance(action, actions.Delete):
            self.act(pane, row, Deed.DELETE)
        elif isinstance(action, actions.Delete):
            self._ask_to_delete(talk, action.number, f"Number {action.number}, said earlier")
        elif isinstance(action, actions.Edit) and action.text is None:
            pane.composer.put_back(text, "That message is not here yet; scroll up to it, then try again.")
        else:
            self._ask(talk, action, partial(self._give_back, pane, text))

    def save(self, pane: TalkPane, number: int, text: str) -> None:
        """Give a message the text that was written; it stays in the line until the server has it."""
        talk = pane.talk
        if talk is None:
            return

        def done(answer: Answer) -> None:
            editing = talk.editing
            if editing is None or editing.number != number:
                return
            if answer.failed and pane.talk is talk:
                pane.composer.refuse_edit(answer.text, answer.retry_seconds)
            elif answer.failed:
                self._say(answer.sentence)
            elif pane.talk is talk and pane.composer.text.rstrip() == text:
                pane.end_edit()
            elif pane.talk is not talk:
                talk.editing = None

        self._ask(talk, actions.Edit(text, number), done)

    # ------------------------------------------------------------------ what is pinned

    def show_pins(self, pane: TalkPane) -> None:
        """Let somebody choose a pinned message, and go there."""
        talk = pane.talk
        if talk is None:
            return

        def go(number: int | None) -> None:
            if number is not None:
                self.jump(pane, number)

        pins = [_pin(talk, number) for number in reversed(talk.record.pins)]
        self._board.app.push_screen(PinsScreen(talk.title, pins), go)

    def jump(self, pane: TalkPane, number: int) -> None:
        """Go to a message and select it; what is around it is fetched where it is not here."""
        talk = pane.talk
        if talk is not None and not pane.log_view.select_key(key_of(number)):
            future = self._board.client.ask(requests.History, target=talk.id, around=number)
            self._board.run_worker(self._jumped(future, pane, talk, number))

    async def _jumped(self, future: Future[Any], pane: TalkPane, talk: Talk, number: int) -> None:
        try:
            await asyncio.wrap_future(future)
        except (Refused, Offline, NoAnswer) as error:
            self._say(f"The message could not be fetched. {failure(error).sentence}")
            return
        self._board.take()
        if pane.talk is talk and not pane.log_view.select_key(key_of(number)):
            self._say("The message is not there any more.")

    # ------------------------------------------------------------------ deeds

    def _chosen(self, pane: TalkPane, row: Row, deed: Deed | None) -> None:
        if deed is not None:
            self.act(pane, row, deed)

    def _edit(self, pane: TalkPane, row: Row) -> None:
        number = number_of(row.key)
        editing = pane.talk.editing if pane.talk else None
        if editing is not None and editing.number != number:
            self._say("You are editing another message: Enter saves it, Esc leaves it as it is.")
        else:
            pane.edit(number, row.text)
        pane.log_view.action_leave()

    def _delete(self, pane: TalkPane, row: Row) -> None:
        if pane.talk is not None:
            self._ask_to_delete(pane.talk, number_of(row.key), _excerpt(row))

    def _ask_to_delete(self, talk: Talk, number: int, which: str) -> None:
        """Delete a message if somebody is sure of it."""

        def answered(sure: bool | None) -> None:
            if sure:
                self._ask(talk, actions.Delete(number))

        question = ConfirmScreen("Delete this message for everybody?", which, yes="Delete", no="Keep")
        self._board.app.push_screen(question, answered)

    def _react(self, pane: TalkPane, row: Row) -> None:
        def chosen(emoji: str | None) -> None:
            if emoji and pane.talk is not None:
                remove = any(chip.own for chip in row.reactions if chip.emoji == emoji)
                self._ask(pane.talk, actions.React(emoji, number_of(row.key), remove=remove))

        self._board.app.push_screen(ReactionScreen(row.reactions), chosen)

    def _pin(self, pane: TalkPane, row: Row) -> None:
        if pane.talk is not None:
            self._ask(pane.talk, actions.Pin(number_of(row.key), pinned=not row.pinned))

    def _copy(self, pane: TalkPane, row: Row) -> None:
        self._board.app.copy_to_clipboard(row.text)
        self._board.notify("Copied.", timeout=2, markup=False)

    def _details(self, pane: TalkPane, row: Row) -> None:
        if pane.talk is not None and (rows := self._details_of(pane.talk, row)):
            self._board.app.push_screen(DetailsScreen(rows))

    def _details_of(self, talk: Talk, row: Row) -> list[Detail]:
        item = self._board.feed.unsent.item(send_id_of(row.key))
        if item is not None:
            return details_of_unsent(item, talk.reader)
        with self._board.client.reading() as state:
            known = state.conversations.get(talk.id)
            message = known.timeline.get(number_of(row.key)) if known else None
            if known is None or not isinstance(message, Message):
                return [Detail("from", row.nick), Detail("number", str(number_of(row.key)))]
            nicks = {member.user.id: member.user.nick for member in known.members.values()}
            edit = known.timeline.get(message.edited)
            edited = edit if isinstance(edit, Edited) else None
            return details_of(message, known.record, talk.reader, nicks, edited)

    def _say_again(self, pane: TalkPane, row: Row) -> None:
        send_id = send_id_of(row.key)
        item = self._board.feed.unsent.item(send_id)
        if item is not None and self._board.client.say_again(send_id) is not None:
            self._board.feed.unsent.drop(item)
        pane.log_view.action_leave()
        pane.log_view.action_scroll_end()
        self._board.take()

    def _put_back(self, pane: TalkPane, row: Row) -> None:
        """Put a message into the line where that is empty, so that nothing else is lost by it."""
        if pane.composer.draft or pane.composer.is_editing:
            self._say("That can't be done: something stands in the line already.")
            return
        send_id = send_id_of(row.key)
        if item := self._board.client.drop(send_id):
            self._board.feed.unsent.drop(item)
            pane.log_view.action_leave()
            pane.composer.put(as_typed(item.text, action=item.action))

    def _drop(self, pane: TalkPane, row: Row) -> None:
        if item := self._board.client.drop(send_id_of(row.key)):
            self._board.feed.unsent.drop(item)
        if pane.log_view.selected is None:
            pane.log_view.action_leave()

    # ------------------------------------------------------------------ asking and saying

    def _ask(
        self, talk: Talk, action: actions.AboutMessage, then: Callable[[Answer], None] | None = None
    ) -> None:
        """Ask the server; what it changed arrives by itself, before the answer."""
        future = carry_out(self._board.client, action, talk.id)
        assert future is not None
        self._board.run_worker(self._answered(future, then or self._say_failure))

    async def _answered(self, future: Future[Answer], then: Callable[[Answer], None]) -> None:
        answer = await asyncio.wrap_future(future)
        self._board.take()
        then(answer)

    def _give_back(self, pane: TalkPane, text: str, answer: Answer) -> None:
        if answer.failed:
            pane.composer.put_back(text, answer.text, answer.retry_seconds)

    def _say_failure(self, answer: Answer) -> None:
        if answer.failed:
            self._say(answer.sentence)

    def _standing(self, pane: TalkPane) -> _Standing:
        """What one may do there, and whether the server can be asked."""
        with self._board.client.reading() as state:
            operator = pane.talk is not None and keeps_order(state.me, pane.talk.record)
        return {"connected": self._connected, "operator": operator, "hush": pane.hush}

    def _say(self, sentence: str) -> None:
        """Say why something was not done, where one sees it wherever one reads."""
        self._board.notify(sentence, severity="error", markup=False)

    @property
    def _connected(self) -> bool:
        return self._board.client.link.phase is Phase.OPEN


def _title(row: Row) -> str:
    time = f" at {row.time:%H:%M}" if row.time else ""
    return f"{row.nick}{time}"


def _excerpt(row: Row) -> str:
    line = " ".join(row.text.split())
    return line if len(line) <= _EXCERPT else f"{line[:_EXCERPT].rstrip()}…"


def _pin(talk: Talk, number: int) -> Pin:
    """The pin of a message, with its words where it is here."""
    key = key_of(number)
    if key not in talk.model:
        return Pin(number, "", "", "")
    row = talk.model.row(key)
    when = f"{row.time.day} {row.time:%B}, {row.time:%H:%M}" if row.time else ""
    return Pin(number, row.nick, _excerpt(row), when)
