"""A list that the server knows, such as devices or bans, in a floating panel, and changing what is marked.

What can't be undone is asked for twice, in place. Called on the screen's thread.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from chat.tui.asked.answer import Answer, Asked
from chat.tui.keys import KeyHint, Place, bindings, hints
from chat.tui.widgets.choice_list import Choice, ChoiceList
from chat.tui.widgets.key_hints import key_line

Carry = Callable[[Asked], "Future[Answer]"]
"""Asks the server; the answer to come says a refusal too."""


class ListPanel(ModalScreen[None]):
    """Shows rows; a subclass knows which, and what changing one means.

    Args:
        title: what is shown.
        carry: asks the server.
    """

    PLACE = Place.PANEL
    BINDINGS = bindings(PLACE)
    VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-tall")]
    EMPTY = ""
    """What an empty list says."""

    def __init__(self, title: str, carry: Carry) -> None:
        super().__init__()
        self.carry = carry
        self._title = title
        self._list = ChoiceList(id="choices")
        self._note = Static(id="note", markup=False)
        self._sure = ""

    # ------------------------------------------------------------------ what a subclass says

    def asked(self) -> Asked | None:
        """Return what brings the list; None when it is here."""
        raise NotImplementedError

    def take_in(self, reply: Any) -> Answer:
        """Take the list."""
        raise NotImplementedError

    def rows(self) -> Sequence[Choice]:
        """Return the rows as they are now."""
        raise NotImplementedError

    def change(self, row: str) -> Asked | str:
        """Return what changes a row, or why that can't be."""
        raise NotImplementedError

    def question(self, row: str) -> str:
        """Return what to say before a row is changed; empty when that can be undone."""
        raise NotImplementedError

    def shown_hints(self) -> tuple[KeyHint, ...]:
        """Return the keys that matter here."""
        return hints("panel.take", "panel.down", "panel.leave")

    # ------------------------------------------------------------------ the panel

    def compose(self) -> ComposeResult:
        """A floating box."""
        with Vertical(id="box") as box:
            box.border_title = Content(self._title)
            yield self._list
            yield self._note
            yield Static(key_line(self.shown_hints()), id="keys")

    def on_mount(self) -> None:
        """Ask for the list."""
        self.say("")
        self.renew()

    def renew(self) -> None:
        """Show the list as the server knows it."""
        asked = self.asked()
        if asked is None:
            self.show()
        else:
            self.say("Asking the server…")
            self.run_worker(self._listed(self.carry(asked)))

    def show(self, answer: Answer | None = None) -> None:
        """Show the rows, and a word below them."""
        rows = self.rows()
        self._list.display = bool(rows)
        self._list.show(rows, self._list.cursor)
        answer = answer or Answer("" if rows else self.EMPTY)
        self.say(answer.sentence, failed=answer.failed)

    def say(self, sentence: str, *, failed: bool = False) -> None:
        """Say something below the list."""
        self._note.set_class(failed, "-failed")
        self._note.update(Content(sentence))
        self._note.display = bool(sentence)

    def action_move(self, rows: int) -> None:
        """Mark another row."""
        self._sure = ""
        self._list.action_move(rows)

    def action_take(self) -> None:
        """Change the marked row; where that can't be undone, when asked twice."""
        if self._list.chosen is not None:
            self.act(self._list.chosen)

    def action_all(self) -> None:
        """Change all rows, where a subclass can."""

    def action_leave(self) -> None:
        """Go back."""
        self.dismiss(None)

    @on(ChoiceList.Taken)
    def _taken(self, event: ChoiceList.Taken) -> None:
        self.act(event.chosen)

    def act(self, row: str) -> None:
        """Change a row, once somebody is sure."""
        change = self.change(row)
        if isinstance(change, str):
            self.say(change, failed=True)
        else:
            self.sure(row, self.question(row), change)

    def sure(self, what: str, question: str, change: Asked) -> None:
        """Ask before something, the first time; do it the second time."""
        if question and self._sure != what:
            self._sure = what
            self.say(f"{question} The same key once more does it.", failed=True)
            return
        self._sure = ""
        self.run_worker(self._changed(self.carry(change)))

    async def _listed(self, future: "Future[Answer]") -> None:
        answer = await asyncio.wrap_future(future)
        self.show(answer if answer.failed else None)

    async def _changed(self, future: "Future[Answer]") -> None:
        answer = await asyncio.wrap_future(future)
        if answer.failed:
            self.say(answer.sentence, failed=True)
        else:
            self.renew()
