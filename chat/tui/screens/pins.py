"""What is pinned in a conversation, to go there. Called on the screen's thread."""

from collections.abc import Sequence
from typing import NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from chat.tui.keys import Place, bindings, hints
from chat.tui.widgets.choice_list import Choice, ChoiceList
from chat.tui.widgets.key_hints import key_line


class Pin(NamedTuple):
    """A pinned message."""

    number: int
    nick: str
    text: str
    """On one line; empty when the message is not here yet."""
    when: str


class PinsScreen(ModalScreen[int | None]):
    """Gives back the number of the message to go to, or None to stay.

    Args:
        title: which conversation it is.
        pins: what is pinned there, in the order of the list.
    """

    PLACE = Place.PINS
    BINDINGS = bindings(PLACE)
    VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-tall")]

    def __init__(self, title: str, pins: Sequence[Pin]) -> None:
        super().__init__()
        self._title = title
        self._pins = tuple(pins)
        self._list = ChoiceList(id="choices")

    def compose(self) -> ComposeResult:
        """A floating box."""
        with Vertical(id="box") as box:
            box.border_title = Content(f"Pinned in {self._title}")
            yield self._list
            none = Static("Nothing is pinned here. Ctrl+Up selects a message, P pins it.", id="none")
            none.display = not self._pins
            yield none
            yield Static(key_line(hints("pins.go", "pins.down", "pins.leave")), id="keys")

    def on_mount(self) -> None:
        """Mark the first one."""
        self._list.display = bool(self._pins)
        self._list.show([_choice(pin) for pin in self._pins])

    def action_move(self, rows: int) -> None:
        """Mark another one."""
        self._list.action_move(rows)

    def action_go(self) -> None:
        """Leave for the marked one."""
        if self._list.chosen is not None:
            self.dismiss(int(self._list.chosen))

    def action_leave(self) -> None:
        """Stay."""
        self.dismiss(None)

    @on(ChoiceList.Pointed)
    def _pointed(self, event: ChoiceList.Pointed) -> None:
        self.dismiss(int(event.chosen))


def _choice(pin: Pin) -> Choice:
    if not pin.text:
        return Choice(str(pin.number), Content.styled(f"message {pin.number}, said earlier", "$muted"))
    title = Content.assemble((f"{pin.nick}  ", "bold"), pin.text)
    return Choice(str(pin.number), title, Content.styled(pin.when, "$muted"))
