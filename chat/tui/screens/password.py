"""Typing a password: masked, unless one wants to see it; what the server says of it stands in place.

What was typed goes to who asks the server and nowhere else. Called on the screen's thread.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from chat.tui.asked.answer import Answer
from chat.tui.keys import Place, bindings, hints
from chat.tui.widgets.countdown import Countdown
from chat.tui.widgets.key_hints import key_line

Ask = Callable[[Sequence[str]], "Future[Answer]"]
"""Asks the server with what was typed, field by field, each chosen password once."""

AGAIN = "once more"
"""The label of a field that repeats the one before it."""

_LABEL_WIDTH = 14


class PasswordScreen(ModalScreen[Answer | None]):
    """Gives back what came of it once it worked, or None.

    Args:
        title: what it is for.
        explanation: what will be so afterwards.
        labels: of the fields, in order; a field called `AGAIN` must be as the one before.
        ask: asks the server.
        shortest: how many characters a new password has at least; 0 where none is chosen.
        monotonic: what to count down with.
    """

    PLACE = Place.PASSWORD
    BINDINGS = bindings(PLACE)
    VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-tall")]

    def __init__(
        self,
        title: str,
        explanation: str,
        labels: Sequence[str],
        ask: Ask,
        *,
        shortest: int = 0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._title = title
        self._explanation = explanation
        self._labels = tuple(labels)
        self._ask = ask
        self._shortest = shortest
        self._fields = [Input(password=True, compact=True) for _ in labels]
        self._problem = Static(id="problem", markup=False)
        self._busy = False
        self.countdown = Countdown(self, self._tell, self._may_try_again, monotonic)

    def compose(self) -> ComposeResult:
        """A floating box."""
        with Vertical(id="box") as box:
            box.border_title = Content(self._title)
            yield Static(self._explanation, id="explanation", markup=False)
            for label, field in zip(self._labels, self._fields, strict=True):
                with Horizontal(classes="field"):
                    yield Static(label.ljust(_LABEL_WIDTH), classes="label", markup=False)
                    yield field
            yield self._problem
            shown = hints("password.send", "password.show", "password.next", "password.leave")
            yield Static(key_line(shown if len(self._fields) > 1 else (*shown[:2], shown[3])), id="keys")

    def on_mount(self) -> None:
        """Begin with the first field, and with what a password must be."""
        self._tell(self._rule, failed=False)
        self._fields[0].focus()

    def action_show(self) -> None:
        """Show what was typed, or hide it again."""
        for field in self._fields:
            field.password = not field.password

    def action_turn(self, places: int) -> None:
        """Go to another field."""
        here = next((at for at, field in enumerate(self._fields) if field.has_focus), 0)
        self._fields[(here + places) % len(self._fields)].focus()

    def action_leave(self) -> None:
        """Do nothing."""
        self.dismiss(None)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_send()

    def action_send(self) -> None:
        """Go to the next field that is empty; ask the server when all are filled."""
        empty = next((field for field in self._fields if not field.value), None)
        if empty is not None:
            empty.focus()
        elif problem := self._wrong():
            self._tell(problem)
        elif not self._busy and not self.countdown.runs:
            self._busy = True
            self._tell("Asking the server…", failed=False)
            values = [f.value for f, label in zip(self._fields, self._labels, strict=True) if label != AGAIN]
            self.run_worker(self._answered(self._ask(values)))

    @on(Input.Changed)
    def _typed(self) -> None:
        """Whoever mends it needs to read the rule, not what was wrong before."""
        if not self._busy and not self.countdown.runs and any(field.value for field in self._fields):
            self._tell(self._rule, failed=False)

    async def _answered(self, future: "Future[Answer]") -> None:
        answer = await asyncio.wrap_future(future)
        self._busy = False
        if not answer.failed:
            self.dismiss(answer)
            return
        for field in self._fields:
            field.value = ""
        self._fields[0].focus()
        self.countdown.begin(answer.text, answer.retry_seconds)

    def _may_try_again(self) -> None:
        self._tell("Now it may be tried again.", failed=False)

    def _wrong(self) -> str:
        """Say what can be seen without asking the server."""
        for at, label in enumerate(self._labels):
            if label == AGAIN and self._fields[at].value != self._fields[at - 1].value:
                return "The two are not the same. Type the new one twice."
            is_chosen = label != AGAIN and self._labels[at + 1 : at + 2] == (AGAIN,)
            if is_chosen and len(self._fields[at].value) < self._shortest:
                return f"Too short: {self._rule[0].lower()}{self._rule[1:]}"
        return ""

    @property
    def _rule(self) -> str:
        if not self._shortest:
            return ""
        return f"At least {self._shortest} characters; some words in a row are better than odd signs."

    def _tell(self, sentence: str, *, failed: bool = True) -> None:
        self._problem.set_class(failed, "-failed")
        self._problem.update(Content(sentence))
        self._problem.display = bool(sentence)
