"""What can be done with a message or a person, to choose from; what can't is there too, and says why.

Called on the screen's thread.
"""

from collections.abc import Sequence
from enum import Enum
from typing import Any, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from chat.tui.desk.deeds import Deed, Offer
from chat.tui.desk.standing import MemberDeed
from chat.tui.keys import KeyHint, Place, bindings, hints
from chat.tui.widgets.choice_list import Choice, ChoiceList
from chat.tui.widgets.key_hints import key_line

D = TypeVar("D", bound=Enum)

_KEY_WIDTH = 4


class Menu(ModalScreen[D | None]):
    """Gives back what was chosen, or None.

    Args:
        title: which message or person it is.
        offers: what concerns it.
    """

    HINTS: tuple[KeyHint, ...]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-tall")]

    def __init__(self, title: str, offers: Sequence[Offer[D]]) -> None:
        super().__init__()
        self._title = title
        self._offers = {str(offer.deed.value): offer for offer in offers}
        self._list = ChoiceList(id="choices")

    def compose(self) -> ComposeResult:
        """A floating box."""
        with Vertical(id="box") as box:
            box.border_title = Content(self._title)
            yield self._list
            yield Static(key_line(self.HINTS), id="keys")

    def on_mount(self) -> None:
        """Mark the first thing that can be done."""
        choices = [_choice(offer) for offer in self._offers.values()]
        possible = [place for place, offer in enumerate(self._offers.values()) if not offer.refusal]
        self._list.show(choices, possible[0] if possible else 0)

    def action_move(self, rows: int) -> None:
        """Mark another row."""
        self._list.action_move(rows)

    def action_take(self) -> None:
        """Do what is marked."""
        if self._list.chosen is not None:
            self.action_act(self._list.chosen)

    def action_act(self, deed: str) -> None:
        """Leave to do something; what can't be done says why, and the menu stays."""
        offer = self._offers.get(deed)
        if offer is None:
            return
        if offer.refusal:
            self.app.bell()
        else:
            self.dismiss(offer.deed)

    def action_leave(self) -> None:
        """Do nothing."""
        self.dismiss(None)

    @on(ChoiceList.Pointed)
    def _pointed(self, event: ChoiceList.Pointed) -> None:
        self.action_act(event.chosen)


class MessageMenu(Menu[Deed]):
    """What can be done with a message."""

    PLACE = Place.MENU
    BINDINGS = bindings(PLACE)
    HINTS = hints("menu.take", "menu.down", "menu.leave")


class MemberMenu(Menu[MemberDeed]):
    """What can be done with a member."""

    PLACE = Place.MEMBER
    BINDINGS = bindings(PLACE)
    HINTS = hints("member.take", "member.down", "member.leave")


def _choice(offer: Offer[Any]) -> Choice:
    """Key and label; dimmed, and with the reason, where it can't be done."""
    (hint,) = hints(offer.deed.value)
    key = hint.key.ljust(_KEY_WIDTH)
    if offer.refusal:
        title = Content.styled(f"{key}{offer.label}", "$muted")
    else:
        title = Content.assemble((key, "bold $accent"), offer.label)
    return Choice(offer.deed.value, title, Content.styled(offer.refusal, "$muted italic"))
