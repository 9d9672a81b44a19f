"""Choosing a reaction: those that are there and the usual ones, or any that one types.

Called on the screen's thread.
"""

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from chat.tui.keys import Place, bindings, hints
from chat.tui.render.cells import drawable
from chat.tui.render.rows import Chip
from chat.tui.slash.message import USUAL
from chat.tui.widgets.choice_list import Choice, ChoiceList
from chat.tui.widgets.key_hints import key_line

_SHOWN_AT_MOST = 9


class ReactionScreen(ModalScreen[str | None]):
    """Gives back an emoji to give or, where one gave it, to take back; or None.

    Args:
        given: the reactions of the message.
    """

    PLACE = Place.REACTION
    BINDINGS = bindings(PLACE)
    VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-tall")]

    def __init__(self, given: Sequence[Chip]) -> None:
        super().__init__()
        self._given = {chip.emoji: chip for chip in given}
        self._list = ChoiceList(id="choices")

    def compose(self) -> ComposeResult:
        """A floating box."""
        with Vertical(id="box") as box:
            box.border_title = Content("React")
            yield Input(placeholder="type an emoji, or choose one below", id="typed", compact=True)
            yield self._list
            yield Static(key_line(hints("reaction.give", "reaction.down", "reaction.leave")), id="keys")

    def on_mount(self) -> None:
        """Mark the first one."""
        usual = dict(USUAL)
        emoji = list(dict.fromkeys([*self._given, *usual]))[:_SHOWN_AT_MOST]
        self._list.show([self._choice(each, usual.get(each, "")) for each in emoji])

    def action_move(self, rows: int) -> None:
        """Mark another one."""
        self._list.action_move(rows)

    def action_give(self) -> None:
        """Leave with the marked one."""
        self.dismiss(self._list.chosen)

    def action_leave(self) -> None:
        """Give none."""
        self.dismiss(None)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        """What is typed counts, and no row is marked meanwhile."""
        self._list.mark(None if event.value.strip() else 0)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        """Leave with what was typed, else with the marked one."""
        typed = event.value.strip()
        chosen = self._list.chosen
        self.dismiss(typed if typed and chosen is None else chosen)

    @on(ChoiceList.Pointed)
    def _pointed(self, event: ChoiceList.Pointed) -> None:
        self.dismiss(event.chosen)

    def _choice(self, emoji: str, means: str) -> Choice:
        chip = self._given.get(emoji)
        remark = f"{chip.given} gave it" if chip else ""
        if chip is not None and chip.own:
            remark = "yours: again takes it back"
        title = Content.assemble(f"{drawable(emoji)}  ", (means, "$muted"))
        return Choice(emoji, title, Content.styled(remark, "$muted"))
