"""A log in which a message can be selected."""

from typing import Any

import pytest
from msgspec.structs import replace
from textual.pilot import Pilot
from textual.widgets import Static

from chat.tui.desk.deeds import Deed
from chat.tui.render.log_model import LogModel
from chat.tui.render.rows import Chip
from chat.tui.styles.theme import THEMES
from chat.tui.widgets.selectable_log import SelectableLog
from tests.support.contrast import contrast, in_sixteen_colours, painted
from tests.support.log_rows import event, own, said
from tests.support.stage import Stage, act

CHIPS = (Chip("👍", 2, own=True), Chip("👀", 1, own=False))


class LogStage(Stage):
    """One such log, and what it tells."""

    def __init__(self, theme: str = THEMES[0].name) -> None:
        self.log_view = SelectableLog()
        super().__init__(self.log_view, Static("below"), theme=theme)

    def on_mount(self) -> None:
        """Show a talk with all that can have become of a message."""
        model = LogModel()
        model.append(
            [
                replace(said(1, "see https://example.org and `code`, @ann"), edited=True, pinned=True),
                replace(said(2, "message deleted", nick="cleo"), deleted=True),
                event(3),
                replace(said(4, "done", nick="dan", mention=True), reactions=CHIPS),
                own("n5", "mine"),
            ]
        )
        self.log_view.show(model)

    def told(self, kind: type[Any]) -> list[Any]:
        """The messages of one kind that were posted so far."""
        return [message for message in self.heard if isinstance(message, kind)]


@pytest.mark.parametrize("up", range(4))
@pytest.mark.parametrize("theme", [theme.name for theme in THEMES])
def test_everything_painted_is_readable(theme: str, up: int) -> None:
    """Changed messages and the selected one have a contrast of 4.5, in full colour and in sixteen."""
    app = LogStage(theme)

    async def measure(pilot: Pilot[Any]) -> list[str]:
        app.log_view.select_newest()
        await pilot.press(*["up"] * up)
        await pilot.pause()
        return [
            piece.text
            for piece in painted(app)
            if contrast(piece.colour, piece.ground) < 4.5
            or contrast(in_sixteen_colours(piece.colour), in_sixteen_colours(piece.ground)) < 4.5
        ]

    assert act(app, measure, (84, 14)) == []


def test_what_is_wanted_is_told_with_its_message() -> None:
    """Each key of a deed, and Enter for choosing one."""
    app = LogStage()

    async def deed(pilot: Pilot[Any]) -> None:
        app.log_view.select_newest()
        await pilot.press("e", "up", "plus", "enter")
        await pilot.pause()

    act(app, deed)
    wanted = [(message.row.key, message.deed) for message in app.told(SelectableLog.Wanted)]
    assert wanted == [("n5", Deed.EDIT), ("n4", Deed.REACT), ("n4", None)]


def test_keys_without_a_selected_message_do_nothing() -> None:
    """As after the last message was dropped."""
    app = LogStage()

    async def deed(pilot: Pilot[Any]) -> None:
        app.log_view.focus()
        await pilot.press("e", "enter", "p")

    act(app, deed)
    assert app.told(SelectableLog.Wanted) == []


def test_another_log_comes_without_a_selection() -> None:
    """And so does the first one when it comes back."""
    app = LogStage()

    async def deed(_: Pilot[Any]) -> tuple[Any, Any]:
        log = app.log_view
        first = log.model
        log.select_newest()
        log.show(LogModel())
        there = log.selected
        log.show(first)
        return there, log.selected

    assert act(app, deed) == (None, None)


def test_what_is_not_here_can_not_be_selected() -> None:
    """Whoever asks fetches it."""
    app = LogStage()

    async def deed(_: Pilot[Any]) -> tuple[bool, bool, bool]:
        log = app.log_view
        return log.select_key("n99"), log.select_key("n3"), log.select_key("n1")

    assert act(app, deed) == (False, False, True)
