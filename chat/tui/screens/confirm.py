"""A question with two answers, of which the harmless one is marked. Called on the screen's thread."""

from dataclasses import replace

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Static

from chat.tui.keys import KeyHint, Place, bindings, hints
from chat.tui.widgets.key_hints import key_line
from chat.tui.widgets.row_list import HERE


class _Answer(Static):
    """One of the two; a click gives it."""

    class Given(Message):
        """It was clicked."""

        def __init__(self, answer: bool) -> None:
            super().__init__()
            self.answer = answer

    def __init__(self, words: str, *, answer: bool) -> None:
        super().__init__(markup=False)
        self._words = words
        self._answer = answer

    def mark(self, marked: bool) -> None:
        """Show whether Enter would give it."""
        self.set_class(marked, "-marked")
        self.update(Content(f" {HERE if marked else ' '} {self._words} "))

    def on_click(self, event: events.Click) -> None:
        """Give the answer."""
        event.stop()
        self.post_message(self.Given(self._answer))


class ConfirmScreen(ModalScreen[bool]):
    """Asks; gives back whether the answer was yes. No is marked, and what Esc means.

    Args:
        question: one sentence, sanitised.
        detail: what yes would do, where the question does not say it.
        yes: the words for yes.
        no: the words for no.
    """

    PLACE = Place.QUESTION
    BINDINGS = bindings(PLACE)

    def __init__(self, question: str, detail: str = "", *, yes: str = "Yes", no: str = "No") -> None:
        super().__init__()
        self._question = question
        self._detail = detail
        self._words = {False: no, True: yes}
        self._answers = {answer: _Answer(words, answer=answer) for answer, words in self._words.items()}
        self._marked = False

    def compose(self) -> ComposeResult:
        """A floating box in the middle."""
        with Vertical(id="box"):
            yield Static(self._question, id="question", markup=False)
            if self._detail:
                yield Static(self._detail, id="detail", markup=False)
            with Horizontal(id="answers"):
                yield from self._answers.values()
            yield Static(key_line(self._hints()), id="keys")

    def on_mount(self) -> None:
        """Mark the harmless answer."""
        self._mark(False)

    def action_answer(self, answer: bool) -> None:
        """Leave with an answer."""
        self.dismiss(answer)

    def action_turn(self) -> None:
        """Mark the other answer."""
        self._mark(not self._marked)

    def action_take(self) -> None:
        """Leave with the answer that is marked."""
        self.dismiss(self._marked)

    def on__answer_given(self, event: _Answer.Given) -> None:
        """Leave with the answer that was clicked."""
        self.dismiss(event.answer)

    def _hints(self) -> tuple[KeyHint, ...]:
        """The keys, with the words of this question."""
        yes, no, take = hints("question.yes", "question.no", "question.take")
        return (
            replace(yes, label=self._words[True].lower()),
            replace(no, label=self._words[False].lower()),
            take,
        )

    def _mark(self, answer: bool) -> None:
        self._marked = answer
        for given, widget in self._answers.items():
            widget.mark(given is answer)
