"""The line one writes: a text field that sends, recalls, completes and tells what the line will be.

Knows slash commands but carries none out, and no conversation: whoever owns it loads the draft, the history
and the names of the conversation in front, and gets actions. Keys it has no use for go on to the screen.
Called on the screen's thread.
"""

from collections.abc import Callable
from dataclasses import dataclass

from textual import events
from textual.actions import SkipAction
from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import TextArea

from chat.text import sanitize
from chat.tui.keys import Place, bindings
from chat.tui.slash.actions import Action
from chat.tui.slash.complete import Completion, Vocabulary, candidates, is_unasked
from chat.tui.slash.input_history import InputHistory
from chat.tui.slash.parse import parse
from chat.tui.slash.preview import BodyLimit, Kind, Preview, check_length, preview
from chat.tui.slash.secrecy import hidden
from chat.tui.slash.spec import SlashError
from chat.tui.widgets.completion_popup import CompletionPopup
from chat.tui.widgets.countdown import Countdown
from chat.tui.widgets.paste_spill import PasteSpill

_NOT_HERE = {
    *("cursor_up", "cursor_down", "cursor_page_up", "cursor_page_down"),
    *("select_line", "select_all", "delete_line", "delete_to_end_of_line_or_delete_line"),
    "copy",
}
"""Actions of a text area whose keys mean something else in a chat."""

_EDITING = [
    *(entry for entry in TextArea.BINDINGS if isinstance(entry, Binding) and entry.action not in _NOT_HERE),
    Binding("alt+k", "delete_to_end_of_line", "Delete to line end", show=False),
    Binding("alt+d", "delete_word_right", "Delete word right", show=False),
    Binding("ctrl+underscore", "undo", "Undo", show=False),
]

_OTHERS_KEYS = {"alt", "ctrl", "super", "hyper", "meta"}
_PASTED_BREAKS = {"enter": "\n", "ctrl+j": "\n", "tab": "\t"}
_JOINERS = "\u200c\u200d"
"""Invisible, so a text area drops them, but families of emoji and Persian words need them."""


class Composer(TextArea, inherit_bindings=False):
    """The line one writes, one row high and growing with the text.

    What stands above it (proposals, the usage of a command, what is wrong) it puts there itself, as a
    floating neighbour in its parent, which must lay out from top to bottom.
    """

    BINDINGS = [*_EDITING, *bindings(Place.LINE)]

    @dataclass
    class Submitted(Message):
        """Something is to be done: `action` is what `text`, the line as written, asks for."""

        composer: "Composer"
        text: str
        action: Action

        @property
        def control(self) -> "Composer":
            """The composer it comes from."""
            return self.composer

    @dataclass
    class QuitHint(Message):
        """Ctrl+C on an empty line."""

        composer: "Composer"

        @property
        def control(self) -> "Composer":
            """The composer it comes from."""
            return self.composer

    @dataclass
    class EnteredNothing(Message):
        """Enter on an empty line: what is in view may have a use for it."""

        composer: "Composer"

        @property
        def control(self) -> "Composer":
            """The composer it comes from."""
            return self.composer

    @dataclass
    class Left(Message):
        """Esc with nothing to close."""

        composer: "Composer"

        @property
        def control(self) -> "Composer":
            """The composer it comes from."""
            return self.composer

    def __init__(self, placeholder: str = "", *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - as every widget calls it
        super().__init__(
            id=id, classes=classes, placeholder=Content(placeholder), highlight_cursor_line=False
        )
        self.match_cursor_bracket = False
        self.cursor_blink = False  # a steady cursor tires nobody, and costs nothing while nobody types
        self.vocabulary: Callable[[], Vocabulary] = Vocabulary
        self.limit: BodyLimit | None = None
        self.objection: Callable[[str], Preview | None] = lambda _: None
        """Tells of a line what keeps it from being done for now, if anything does."""
        self._objected = False
        self._written = InputHistory()
        self._spill = PasteSpill()
        self._popup = CompletionPopup(self._take)
        self._completion: Completion | None = None
        self._closed_at: int | None = None
        self.countdown = Countdown(self, self._say_wait, self._may_try_again)
        self._seen = ("", 0)

    # ------------------------------------------------------------------ for the owner

    @property
    def draft(self) -> str:
        """What stands in the line now and may be kept: a password that was typed there is not."""
        return "" if hidden(self.text) else self.text

    @property
    def popup(self) -> CompletionPopup:
        """What floats above the line."""
        return self._popup

    def load(self, draft: str, history: InputHistory, placeholder: str) -> None:
        """Show another conversation's draft; what is written from now on goes into its history."""
        self._written = history
        self.placeholder = Content(placeholder)
        self._set(draft)

    def judge_again(self) -> None:
        """Tell anew what the line will be, where there is another objection to it than before, or none."""
        objected = self.objection(self.text)
        if self._objected or (objected is not None and not self._popup.note):
            self._judge()

    def put_back(self, text: str, problem: str, wait: float = 0.0) -> None:
        """Say what became of a line that was handed on, and give it back unless a new one was begun.

        `wait` is how many seconds it takes until the same may be tried again; they are counted down.
        """
        if not self.text:
            self._set(text)
        self._look()
        self._refuse(problem, wait)

    def _refuse(self, problem: str, wait: float) -> None:
        """Say what is wrong, and count how many seconds it takes until it may be tried again."""
        self._tell(Preview(Kind.PROBLEM, problem))
        if wait > 0:
            self.countdown.begin(problem, wait)

    # ------------------------------------------------------------------ keys

    async def on_key(self, event: events.Key) -> None:
        """Take each key in its turn.

        Textual carries out what a key is bound to only after the key went all the way up, while letters
        typed after it go in at once: what came in one piece over a slow link would be shuffled.
        """
        if await self._take_key(event):
            event.stop()
            event.prevent_default()
        elif not _is_text(event):
            event.prevent_default()  # no key that is not text becomes any; others may have a use for it

    def on_paste(self, event: events.Paste) -> None:
        """Put all lines of a paste where the cursor is, harmless; nothing is sent."""
        event.prevent_default()
        event.stop()
        self._insert(event.text)

    def action_paste(self) -> None:
        """Insert what was cut or copied here."""
        self._insert(self.app.clipboard)

    async def _take_key(self, event: events.Key) -> bool:
        """Do what a key is for, unless it is text or nobody has a use for it."""
        pasted = self._spill.holds(event.key, event.time)
        if pasted and event.key in _PASTED_BREAKS:
            self._insert(_PASTED_BREAKS[event.key])
            return True
        if event.character and event.character in _JOINERS:
            self._insert(event.character)
            return True
        if event.key == "shift+tab" and self._popup.is_open:
            self._popup.move(-1)
            return True
        if _is_text(event):
            return False
        self._look()  # what the letters before this key changed may still be on its way to us
        bound = self.screen.active_bindings.get(event.key)
        return bound is not None and await self.app.run_action(bound.binding.action, bound.node)

    def action_send(self) -> None:
        """Take the chosen proposal if there is one; else hand the line on, or say why it can't be."""
        if self._popup.chosen is not None:
            self._take(self._popup.chosen)
            return
        text = self.text
        if secret := hidden(text):
            self._set("")
            self._tell(Preview(Kind.PROBLEM, secret))
            return
        if not text.strip():
            self.post_message(self.EnteredNothing(self))
            return
        try:
            action = parse(text)
            if self.limit is not None:
                check_length(action, self.limit)
        except SlashError as error:
            self._tell(Preview(Kind.PROBLEM, str(error)))
            return
        self._written.add(text.rstrip())
        self._set("")
        self.post_message(self.Submitted(self, text, action))

    def action_newline(self) -> None:
        """Begin a new line in the same message."""
        self._insert("\n")

    def action_older(self) -> None:
        """Choose the proposal above, move up, or in the first row recall what was written before."""
        if self._popup.is_open:
            self._popup.move(-1)
        elif not self.navigator.is_first_wrapped_line(self.cursor_location):
            self.action_cursor_up()
        elif (text := self._written.older(self.draft)) is not None:
            # The first row, so that the next press goes on to what is older still.
            self._set(text, at_end_of_first_line=True)

    def action_newer(self) -> None:
        """Choose the proposal below, move down, or in the last row recall what was written after."""
        if self._popup.is_open:
            self._popup.move(1)
        elif not self.navigator.is_last_wrapped_line(self.cursor_location):
            self.action_cursor_down()
        elif (text := self._written.newer(self.draft)) is not None:
            self._set(text)

    def action_complete(self) -> None:
        """Complete the word before the cursor; choose when there are several ways."""
        if self._popup.is_open:
            self._take(self._popup.chosen or 0)
            return
        if not self.text:
            raise SkipAction  # an empty line has nothing to complete: the key moves the focus
        self._completion = candidates(self.text, self._cursor, self.vocabulary())
        if self._completion is None:
            self._tell(Preview(Kind.MESSAGE, "nothing to complete here"))
        elif len(self._completion.candidates) == 1:
            self._take(0)
        else:
            self._popup.propose(self._completion.candidates, choose=0)

    def action_clear_or_quit(self) -> None:
        """Copy what is selected; else clear the line, which Up brings back; else hint at quitting."""
        if self.selected_text:
            self.action_copy()
        elif self.screen.get_selected_text():
            raise SkipAction  # selected with the mouse somewhere else: the screen copies that
        elif self.text:
            self._written.add(self.draft)
            self.clear()
        else:
            self.post_message(self.QuitHint(self))

    def action_leave(self) -> None:
        """Close the proposals; with none there, say that Esc was pressed."""
        if self._popup.is_open:
            self._closed_at = self._completion.start if self._completion else None
            self._popup.close()
        else:
            self.post_message(self.Left(self))

    # ------------------------------------------------------------------ what follows from a change

    async def on_mount(self) -> None:
        """Put the floating neighbour into the same parent."""
        assert isinstance(self.parent, Widget)
        await self.parent.mount(self._popup, before=self)

    def on_blur(self) -> None:
        """Whoever writes elsewhere chooses no proposal here."""
        self._popup.close()

    def on_text_area_changed(self) -> None:
        """Follow the text."""
        self._look()

    def on_text_area_selection_changed(self) -> None:
        """Follow the cursor."""
        self._look()

    @property
    def _cursor(self) -> int:
        """Where the cursor is, counted in characters of the text."""
        row, column = self.cursor_location
        return sum(len(line) + 1 for line in self.document.lines[:row]) + column

    def _look(self) -> None:
        """Tell about the line and propose, if it is not the one that was looked at last."""
        if self._seen != (self.text, self._cursor):
            self._judge()
            self._propose_unasked()

    def _judge(self) -> None:
        """Tell what the line will be."""
        self._seen = (self.text, self._cursor)
        told = preview(self.text, self.limit)
        objected = self.objection(self.text) if told.kind is not Kind.PROBLEM else None
        self._objected = objected is not None
        self._tell(objected or told)

    def _say_wait(self, note: str) -> None:
        self._popup.tell(Preview(Kind.PROBLEM, note))

    def _may_try_again(self) -> None:
        self._tell(Preview(Kind.MESSAGE, "Now it may be tried again: Enter sends it."))

    def _tell(self, told: Preview) -> None:
        self.countdown.stop()
        self.set_class(told.kind is Kind.COMMAND, "-command")
        self.set_class(told.kind is Kind.PROBLEM, "-problem")
        self._popup.tell(told)

    def _propose_unasked(self) -> None:
        """Show proposals where the text calls for them, none chosen, so that Enter still sends."""
        text, cursor = self._seen
        found = candidates(text, cursor, self.vocabulary()) if is_unasked(text, cursor) else None
        if found is None or found.start != self._closed_at:
            self._closed_at = None
        self._completion = found
        if found and self._closed_at is None and not _is_complete(text, found):
            self._popup.propose(found.candidates, choose=None)
        else:
            self._popup.close()

    def _take(self, index: int) -> None:
        """Write a proposal into the line."""
        assert self._completion is not None
        start, end = (self._location(place) for place in (self._completion.start, self._completion.end))
        insert = self._completion.candidates[index].insert
        self._popup.close()
        self.replace(insert, start, end, maintain_selection_offset=False)

    def _location(self, place: int) -> tuple[int, int]:
        """Row and column of a place counted in characters of the text."""
        before = self.text[:place].split("\n")
        return len(before) - 1, len(before[-1])

    def _insert(self, text: str) -> None:
        """Write over the selection or at the cursor, with the line ends of this document."""
        clean = sanitize(text.replace("\r\n", "\n").replace("\r", "\n"))
        self.replace(clean, *self.selection, maintain_selection_offset=False)

    def _set(self, text: str, *, at_end_of_first_line: bool = False) -> None:
        """Put another text into the line, without proposals: nobody typed it."""
        self.load_text(text)
        row = 0 if at_end_of_first_line else self.document.line_count - 1
        self.move_cursor((row, len(self.document[row])))
        self._popup.close()
        self._completion = self._closed_at = None
        self._judge()


def _is_text(event: events.Key) -> bool:
    """Whether a key writes what it is called, so that Alt+1 is no 1."""
    return event.is_printable and not _OTHERS_KEYS.intersection(event.key.split("+"))


def _is_complete(text: str, found: Completion) -> bool:
    """Whether the only proposal is what stands there already."""
    inserts = {candidate.insert.rstrip(" ") for candidate in found.candidates}
    return inserts == {text[found.start : found.end]}
