"""Going somewhere by name: one line to type in, what fits below it. Called on the screen's thread."""

from collections.abc import Callable, Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from chat.tui.keys import Place, bindings, hints
from chat.tui.palette import Hit, SwitchItem, ranked
from chat.tui.render.attention import Attention, mark
from chat.tui.widgets.choice_list import Choice, ChoiceList
from chat.tui.widgets.key_hints import key_line

_LOOKS = {
    Attention.NOTHING: "",
    Attention.ACTIVITY: "",
    Attention.UNREAD: "bold",
    Attention.MENTION: "bold $mention",
}


class SwitcherScreen(ModalScreen[str | None]):
    """Channels and people; gives back the id of the one to go to, or None to stay.

    Args:
        items: all of them, in the order in which equals are listed, such as last used first.
        decline: forgets an invitation, by id.
    """

    PLACE = Place.SWITCHER
    BINDINGS = bindings(PLACE)
    VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-tall")]

    def __init__(self, items: Sequence[SwitchItem], decline: Callable[[str], None] = lambda _: None) -> None:
        super().__init__()
        self._items = tuple(items)
        self._decline = decline
        self._keys = Static(id="keys")
        self._list = ChoiceList(id="hits")
        self._none = Static(id="none")
        self._searched = ""

    def compose(self) -> ComposeResult:
        """A floating box near the top, where the eye is."""
        with Vertical(id="box") as box:
            box.border_title = Content("Go to")
            yield Input(placeholder="a channel or a person", id="typed", compact=True)
            yield self._list
            yield self._none
            yield self._keys

    def on_mount(self) -> None:
        """Show what calls loudest."""
        self._search("")

    def action_move(self, rows: int) -> None:
        """Choose another hit."""
        self._list.action_move(rows)

    def action_go(self) -> None:
        """Leave for the hit that is chosen; nothing while there is none."""
        if self._list.chosen is not None:
            self.dismiss(self._list.chosen)

    def action_decline(self) -> None:
        """Forget the invitation that is chosen; nothing where something else is."""
        chosen = next((item for item in self._items if item.id == self._list.chosen), None)
        if chosen is not None and chosen.invited:
            self._decline(chosen.id)
            self._items = tuple(item for item in self._items if item is not chosen)
            self._search(self._searched)

    def action_leave(self) -> None:
        """Stay."""
        self.dismiss(None)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._search(event.value)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        """Go where the letters lead that were typed before Enter, though they were not looked at yet."""
        if event.value != self._searched:
            self._search(event.value)
        self.action_go()

    @on(ChoiceList.Pointed)
    def _pointed(self, event: ChoiceList.Pointed) -> None:
        self.dismiss(event.chosen)

    def _search(self, typed: str) -> None:
        """Show what fits, and say so where nothing does."""
        self._searched = typed
        hits = ranked(self._items, typed)
        self._list.show([_row(hit) for hit in hits])
        self._list.display = bool(hits)
        self._none.display = not hits
        self._none.update(Content("Nothing is called so. /join #name makes a channel."))
        may_decline = any(item.invited for item in self._items)
        names = ["switcher.go", "switcher.down", *["switcher.decline"] * may_decline, "switcher.leave"]
        self._keys.update(key_line(hints(*names)))


def _row(hit: Hit) -> Choice:
    """Title with the typed letters underlined, what waits there, and the hint."""
    item = hit.item
    sign = mark(item.attention, item.count)
    title = Content.styled(item.title, _LOOKS[item.attention])
    for place in hit.letters:
        title = title.stylize("underline", place, place + 1)
    if sign:
        title = Content.assemble(title, (f" {sign}", _LOOKS[item.attention]))
    return Choice(item.id, title, Content.styled(item.hint, "$muted"))
