"""What floats over a talk to do something with one message, each screen by itself."""

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import Screen

from chat.tui.desk.deeds import Deed, offers
from chat.tui.desk.details import Detail
from chat.tui.render.rows import Chip
from chat.tui.screens.details import DetailsScreen
from chat.tui.screens.message_menu import MessageMenu
from chat.tui.screens.pins import Pin, PinsScreen
from chat.tui.screens.reactions import ReactionScreen
from chat.tui.styles.theme import THEMES
from tests.support.contrast import contrast, painted
from tests.support.log_rows import said
from tests.support.stage import Stage, act, screen_lines

CHIPS = (Chip("🚀", 2, own=True), Chip("👍", 1, own=False))
PINS = (Pin(7, "bob", "read this", "20 November, 09:07"), Pin(3, "", "", ""))
SCREENS: dict[str, Callable[[], Screen[Any]]] = {
    "menu": lambda: MessageMenu("bob at 09:07", offers(said(7), connected=True)),
    "reactions": lambda: ReactionScreen(CHIPS),
    "pins": lambda: PinsScreen("#general", PINS),
    "no pins": lambda: PinsScreen("#general", ()),
    "details": lambda: DetailsScreen([Detail("from", "bob"), Detail("👍 2", "you, ann")]),
}


def given(screen: Screen[Any], *keys: str) -> list[Any]:
    """What a screen gives back after some keys; nothing while it is still there."""
    app = Stage(screen=screen)

    async def deed(pilot: Pilot[Any]) -> list[Any]:
        await pilot.press(*keys)
        return app.results

    return act(app, deed)


@pytest.mark.parametrize("theme", [theme.name for theme in THEMES])
@pytest.mark.parametrize("name", SCREENS)
def test_everything_painted_is_readable(name: str, theme: str) -> None:
    """Each piece of text has a contrast of 4.5 on its ground, what is dimmed too."""
    app = Stage(screen=SCREENS[name](), theme=theme)

    async def measure(_: Pilot[Any]) -> list[str]:
        pieces = [piece for piece in painted(app) if piece.text.strip()]
        return [piece.text for piece in pieces if contrast(piece.colour, piece.ground) < 4.5]

    assert act(app, measure) == []


@pytest.mark.parametrize(
    ("name", "keys", "result"),
    [
        ("menu", ["enter"], [Deed.REACT]),
        ("menu", ["j", "enter"], [Deed.PIN]),
        ("menu", ["i"], [Deed.DETAILS]),
        ("menu", ["e"], []),
        ("menu", ["s"], []),
        ("menu", ["escape"], [None]),
        ("reactions", ["enter"], ["🚀"]),
        ("reactions", ["down", "enter"], ["👍"]),
        ("reactions", ["x", "enter"], ["x"]),
        ("reactions", ["x", "down", "enter"], ["👍"]),
        ("reactions", ["escape"], [None]),
        ("pins", ["enter"], [7]),
        ("pins", ["down", "enter"], [3]),
        ("pins", ["escape"], [None]),
        ("no pins", ["enter", "escape"], [None]),
        ("details", ["i"], [None]),
    ],
)
def test_keys_choose_and_leave(name: str, keys: list[str], result: list[Any]) -> None:
    """What can't be done is not given back."""
    assert given(SCREENS[name](), *keys) == result


def test_a_click_chooses() -> None:
    """As in every list."""
    app = Stage(screen=SCREENS["menu"]())

    async def deed(pilot: Pilot[Any]) -> list[Any]:
        y = next(y for y, line in enumerate(screen_lines(app)) if "Copy the text" in line)
        await pilot.click(offset=(30, y))
        return app.results

    assert act(app, deed) == [Deed.COPY]


def test_where_nothing_is_pinned_the_next_step_is_told() -> None:
    """An empty place speaks."""
    app = Stage(screen=SCREENS["no pins"]())

    async def look(_: Pilot[Any]) -> str:
        return "\n".join(screen_lines(app))

    assert "Ctrl+Up selects a message, P pins it" in act(app, look)


def test_ones_own_reaction_says_that_it_would_be_taken_back() -> None:
    """Those that are there come first, then the usual ones."""
    app = Stage(screen=SCREENS["reactions"]())

    async def look(_: Pilot[Any]) -> list[str]:
        return [line for line in screen_lines(app) if "🚀" in line or "👍" in line or "🎉" in line]

    first, second, third = act(app, look)
    assert "again takes it back" in first
    assert "1 gave it" in second
    assert "🎉" in third
