"""One's own account on the full screen: dialogs for passwords, the panels, and what concerns only oneself.

The screen's thread; answers are awaited in Textual's loop, never in a thread.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

from chat.client.changes import Phase
from chat.protocol import accounts
from chat.protocol.records import ChannelMode
from chat.tui.asked import account
from chat.tui.asked.account import changed, logged_in, registered
from chat.tui.asked.answer import Answer, Asked
from chat.tui.carrying import answered, ask_for
from chat.tui.desk.standing import keeps_order
from chat.tui.desk.talk import Talk
from chat.tui.screens.board import Board
from chat.tui.screens.confirm import ConfirmScreen
from chat.tui.screens.panels import BansScreen, DevicesScreen, ModeScreen, Rules, channel_rules
from chat.tui.screens.password import AGAIN, PasswordScreen
from chat.tui.slash import account_actions, order_actions
from chat.tui.slash.actions import Action

SILENT = "{title} calls you only when you are mentioned. /unmute {title} ends that."
LOUD = "{title} calls you again."
NO_CHANNEL = "Only a channel can be silenced. /mute NICK keeps a person from writing."
SHORTEST = 8
"""Characters of a password, while the server has not said."""


class AccountActions:
    """Does on a board what takes a dialog or a panel."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._deeds: dict[type, Callable[[Any, Talk | None], None]] = {
            account_actions.Register: lambda *_: self._register(),
            account_actions.LogIn: lambda action, _: self.log_in(action.nick),
            account_actions.ChangePassword: lambda *_: self._change_password(),
            account_actions.ShowDevices: lambda *_: self._push(
                DevicesScreen(self._carry, self._board.client.token_place)
            ),
            account_actions.Export: self._export,
            account_actions.Erase: self._erase,
            order_actions.ShowBans: lambda _, talk: self._show_bans(talk),
            order_actions.Silence: self._silence,
            order_actions.ShowMode: lambda _, talk: self._show_mode(talk),
        }

    def takes(self, action: Action, talk: Talk | None) -> bool:
        """Do what an action means, if it is one of these; return whether it is."""
        needs_channel = isinstance(action, order_actions.ShowBans | order_actions.ShowMode)
        if type(action) not in self._deeds or (needs_channel and (talk is None or not talk.is_channel)):
            return False
        self._deeds[type(action)](action, talk)
        return True

    def _silence(self, action: order_actions.Silence, talk: Talk | None) -> None:
        """Hear nothing of a channel but mentions, or everything again; kept for the next start."""
        board, welcome = self._board, self._board.feed.welcome
        wanted = (action.channel or "").casefold()
        named = (each for each in board.desk.talks.values() if each.title.casefold() == wanted)
        found = next(named, None) if action.channel else talk
        if found is None or not found.is_channel or welcome is None:
            board.tell(f"You are not in {action.channel}." if action.channel else NO_CHANNEL, failed=True)
            return
        board.feed.silenced.change(welcome.server_id, found.id, silent=action.silent)
        board.desk.silence(board.feed.silenced.on(welcome.server_id))
        board.redraw()
        board.tell((SILENT if action.silent else LOUD).format(title=found.title))

    # ------------------------------------------------------------------ passwords

    def _register(self) -> None:
        def ask(values: Sequence[str]) -> "Future[Answer]":
            return self._carry(Asked(accounts.Register, {"password": values[0]}, registered))

        self._ask_password(
            "Register",
            f"With a password {self._nick} is yours for good, on other devices too.",
            ("password", AGAIN),
            ask,
        )

    def _change_password(self) -> None:
        def ask(values: Sequence[str]) -> "Future[Answer]":
            old, new = values
            return self._carry(Asked(accounts.ChangePassword, {"old": old, "new": new}, changed))

        labels = ("old password", "new password", AGAIN)
        self._ask_password("Change your password", "All other devices must log in again.", labels, ask)

    def log_in(self, nick: str) -> None:
        """Ask for the password of an account, and be it."""

        def ask(values: Sequence[str]) -> "Future[Answer]":
            return answered(self._board.client.log_in(nick, values[0]), logged_in)

        self._ask_password(f"Log in as {nick}", "What stands in your lines stays.", ("password",), ask)

    def _ask_password(
        self,
        title: str,
        explanation: str,
        labels: Sequence[str],
        ask: Callable[[Sequence[str]], "Future[Answer]"],
    ) -> None:
        with self._board.client.reading() as state:
            shortest = state.limits.password_characters if state.limits else SHORTEST
        screen = PasswordScreen(
            title,
            explanation,
            labels,
            ask,
            shortest=shortest if AGAIN in labels else 0,
            monotonic=self._board.clock.monotonic,
        )
        self._push(screen, self._done)

    def _done(self, answer: Answer | None) -> None:
        if answer is not None:
            self._board.take()
            self._board.tell(answer.text)

    # ------------------------------------------------------------------ what one wrote

    def _export(self, action: account_actions.Export, talk: Talk | None) -> None:
        """Write it to a file; how far that is and what came of it is told where it was asked for."""
        loop = asyncio.get_running_loop()

        def progress(entries: int) -> None:
            loop.call_soon_threadsafe(self._tell, talk, Answer(account.exporting(entries)))

        path = account.export_path(action)
        self._tell(talk, Answer(account.EXPORT_BEGINS.format(path=path)))
        future = answered(self._board.client.export(path, progress), account.exported)
        self._board.run_worker(self._answer(future, talk))

    def _erase(self, action: account_actions.Erase, talk: Talk | None) -> None:
        """Take it back if somebody is sure of it."""

        def decided(sure: bool | None) -> None:
            if sure and (asked := account.asked(action)):
                self._board.run_worker(self._answer(self._carry(asked), talk))

        question = ConfirmScreen(account.erase_question(action), account.ERASED_WHERE, yes="Erase", no="Keep")
        self._board.app.push_screen(question, decided)

    async def _answer(self, future: "Future[Answer]", talk: Talk | None) -> None:
        answer = await asyncio.wrap_future(future)
        self._board.take()
        self._tell(talk, answer)

    def _tell(self, talk: Talk | None, answer: Answer) -> None:
        if talk is not None:
            talk.tell(answer.sentence, failed=answer.failed)
            self._board.redraw()
        else:
            self._board.tell(answer.sentence, failed=answer.failed)

    # ------------------------------------------------------------------ panels

    def _show_bans(self, talk: Talk | None) -> None:
        assert talk is not None
        self._push(BansScreen(talk.title, talk.id, self._carry))

    def _show_mode(self, talk: Talk | None) -> None:
        assert talk is not None
        self._push(ModeScreen(talk.title, talk.id, lambda: self._rules(talk.id), self._carry))

    def _rules(self, where: str) -> Rules:
        connected = self._board.client.link.phase is Phase.OPEN
        with self._board.client.reading() as state:
            known = state.conversations.get(where)
            if known is None:
                return channel_rules(ChannelMode(), operator=False, connected=connected)
            operator = keeps_order(state.me, known.record)
            return channel_rules(known.record.mode, operator=operator, connected=connected)

    # ------------------------------------------------------------------ asking

    def _carry(self, asked: Asked) -> "Future[Answer]":
        return ask_for(self._board.client, asked)

    def _push(self, screen: Any, then: Callable[[Answer | None], None] | None = None) -> None:
        self._board.app.push_screen(screen, then)

    @property
    def _nick(self) -> str:
        return self._board.desk.reader.nick
