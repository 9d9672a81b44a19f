"""What floats above the line one writes: proposals to choose from, and one sentence about the line.

Shows what it is given; knows neither the line nor where the proposals come from. It never has the focus: the
keys stay with the line, whose widget moves the choice. Called on the screen's thread.
"""

from collections.abc import Callable, Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from chat.tui.slash.complete import Candidate
from chat.tui.slash.preview import Kind, Preview

_GAP = "   "
_SIGNS = {Kind.MESSAGE: "", Kind.COMMAND: "", Kind.PROBLEM: "! "}


class _Rows(OptionList, can_focus=False):
    """The proposals, one a row."""


class CompletionPopup(Vertical):
    """Proposals above a sentence; takes no room of the layout, and is not there when both are empty.

    `taken` is called with the index of a proposal that was clicked.
    """

    def __init__(self, taken: Callable[[int], None]) -> None:
        super().__init__()
        self._taken = taken
        self._rows = _Rows(markup=False, compact=True)
        self._note = Static(markup=False)
        self._told = ""
        self._labels: tuple[str, ...] = ()
        self._show()

    def compose(self) -> ComposeResult:
        """Put the sentence next to the line, the proposals above it."""
        yield self._rows
        yield self._note

    @property
    def is_open(self) -> bool:
        """Whether there are proposals to choose from."""
        return bool(self._labels)

    @property
    def labels(self) -> tuple[str, ...]:
        """What is proposed; nothing while there are no proposals."""
        return self._labels

    @property
    def chosen(self) -> int | None:
        """Index of the proposal that the keys are on, if any."""
        return self._rows.highlighted if self.is_open else None

    @property
    def note(self) -> str:
        """The sentence that is shown, with its sign; empty when none is."""
        return self._told

    def propose(self, found: Sequence[Candidate], choose: int | None) -> None:
        """Show proposals, with the one at `choose` chosen (None: none yet)."""
        self._labels = tuple(candidate.label for candidate in found)
        width = max(map(len, self._labels))
        self._rows.set_options(Option(self._row(candidate, width)) for candidate in found)
        self._rows.highlighted = choose
        self._show()

    def close(self) -> None:
        """Take the proposals away; the sentence stays."""
        if self._labels:
            self._labels = ()
            self._show()

    def tell(self, preview: Preview) -> None:
        """Show a sentence about the line; an empty one takes it away.

        With every key the same is told again; renewing it would lay out and draw the whole screen.
        """
        told = f"{_SIGNS[preview.kind]}{preview.note}"
        self._note.set_class(preview.kind is Kind.PROBLEM, "-problem")
        if told != self._told:
            self._told = told
            self._note.update(Content(told))
            self._show()

    def move(self, step: int) -> None:
        """Choose the next (1) or previous (-1) proposal, around the ends; the first or last if none was."""
        rows = self._rows
        if rows.highlighted is None:
            rows.highlighted = 0 if step > 0 else rows.option_count - 1
        else:
            rows.highlighted = (rows.highlighted + step) % rows.option_count

    def _show(self) -> None:
        self._rows.display = self.is_open
        self._note.display = bool(self._told)
        self.display = self.is_open or bool(self._told)

    def _row(self, candidate: Candidate, width: int) -> Content:
        """Write one proposal; what others called themselves is text here, never markup."""
        label = Content(candidate.label)
        if not candidate.hint:
            return label
        hint = Content.styled(candidate.hint, "$muted")
        return Content.assemble(label, " " * (width - len(candidate.label)), _GAP, hint)

    @on(OptionList.OptionSelected)
    def _on_clicked(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._taken(event.option_index)
