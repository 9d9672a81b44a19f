"""The line one writes, which can also give a message that was sent another text.

While it does, one's own draft waits and comes back afterwards. What is saved is text and never a command. The
edited text stays in the line until its owner says that it was saved. Called on the screen's thread.
"""

from dataclasses import dataclass

from textual.message import Message

from chat.tui.slash.actions import Say
from chat.tui.slash.input_history import InputHistory
from chat.tui.slash.parse import SLASH
from chat.tui.slash.preview import Kind, Preview, check_length
from chat.tui.slash.spec import SlashError
from chat.tui.widgets.composer import Composer

NOTE = "editing: Enter saves, Esc leaves"
_EMPTY = "A message can't be empty. Esc leaves it as it is; to delete it, leave and press Ctrl+Up, then D."


class EditComposer(Composer):
    """A composer with a second use."""

    @dataclass
    class Saved(Message):
        """The edited message is to have this text."""

        composer: "EditComposer"
        text: str

    @dataclass
    class EditLeft(Message):
        """The message is to stay as it is."""

        composer: "EditComposer"

    def __init__(self) -> None:
        super().__init__()
        self._aside: str | None = None

    @property
    def is_editing(self) -> bool:
        """Whether a message that was sent stands in the line."""
        return self._aside is not None

    @property
    def draft(self) -> str:
        """What one was writing, whether it stands in the line or waits."""
        return super().draft if self._aside is None else self._aside

    def load(self, draft: str, history: InputHistory, placeholder: str) -> None:
        """Show another conversation's draft; an edit is over by that."""
        self._set_aside(None)
        super().load(draft, history, placeholder)

    def begin_command(self) -> None:
        """Take the keys, with the beginning of a command where the line is empty."""
        if not self.text:
            self._set(SLASH)
        self.focus()

    def put(self, text: str) -> None:
        """Put a text into the line, as if it had been written there."""
        self._set(text)

    def add_word(self, word: str) -> None:
        """Put a word where the cursor is, with space before it, and take the keys."""
        before = self.text[: self._cursor]
        self._insert(word if not before or before[-1].isspace() else f" {word}")
        self.focus()

    def begin_edit(self, text: str) -> None:
        """Put a message's text into the line; what stood there waits."""
        self._set_aside(self.draft)
        self._set(text)

    def end_edit(self) -> None:
        """Go back to what one was writing."""
        draft = self.draft
        self._set_aside(None)
        self._set(draft)

    def refuse_edit(self, problem: str, wait: float = 0.0) -> None:
        """Say why a text was not saved; it stays in the line, to be tried again after so many seconds."""
        self._refuse(problem, wait)

    def action_send(self) -> None:
        """Save, or say why that can't be; otherwise as any line."""
        if not self.is_editing or self.popup.chosen is not None:
            super().action_send()
        elif not self.text.strip():
            self.refuse_edit(_EMPTY)
        else:
            self._save(self.text.rstrip())

    def action_leave(self) -> None:
        """Close the proposals; with none there leave the message as it is."""
        if not self.is_editing or self.popup.is_open:
            super().action_leave()
        else:
            self.end_edit()
            self.post_message(self.EditLeft(self))

    def action_older(self) -> None:
        """Move up; what was written before is not recalled into a message."""
        if self.is_editing and not self.popup.is_open:
            self.action_cursor_up()
        else:
            super().action_older()

    def action_newer(self) -> None:
        """Move down; what was written after is not recalled into a message."""
        if self.is_editing and not self.popup.is_open:
            self.action_cursor_down()
        else:
            super().action_newer()

    def _save(self, text: str) -> None:
        try:
            if self.limit is not None:
                check_length(Say(text), self.limit)
        except SlashError as error:
            self.refuse_edit(str(error))
        else:
            self.post_message(self.Saved(self, text))

    def _set_aside(self, draft: str | None) -> None:
        self._aside = draft
        self.set_class(draft is not None, "-editing")

    def _judge(self) -> None:
        """Tell what the line will be: of a message that is edited, only that it is."""
        super()._judge()
        if self.is_editing:
            self._tell(Preview(Kind.MESSAGE, NOTE))

    def _propose_unasked(self) -> None:
        """Propose nothing where a message only looks like a command."""
        if not (self.is_editing and self.text.startswith("/")):
            super()._propose_unasked()
