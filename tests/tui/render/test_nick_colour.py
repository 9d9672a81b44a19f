"""A colour for every person."""

import subprocess
import sys

import pytest
from rich.color import Color
from textual.color import Color as ThemeColor
from textual.theme import Theme

from chat.tui.render.nick_colour import DARK, LIGHT, nick_colour
from chat.tui.styles.theme import THEMES
from tests.support.contrast import contrast, in_sixteen_colours

GROUNDS = ("background", "surface", "panel")


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("sixteen", [False, True], ids=["true colour", "sixteen colours"])
def test_every_nick_can_be_read(theme: Theme, ground: str, sixteen: bool) -> None:
    """Each colour has a contrast of 4.5 to 1 on all grounds of its theme, in 16 colours too."""
    below = ThemeColor.parse(theme.to_color_system().generate()[ground]).rich_color
    for name in DARK if theme.dark else LIGHT:
        colour = Color.parse(name)
        pair = (in_sixteen_colours(colour), in_sixteen_colours(below)) if sixteen else (colour, below)
        assert contrast(*pair) >= 4.5, name


@pytest.mark.parametrize("palette", [DARK, LIGHT])
def test_colours_of_a_palette_differ(palette: tuple[str, ...]) -> None:
    """No colour is there twice."""
    assert len(set(palette)) == len(palette)


def test_a_person_keeps_the_colour_from_process_to_process() -> None:
    """The colour follows from the id alone; a hash would differ in every process."""
    ask = "from chat.tui.render.nick_colour import nick_colour; print(nick_colour('u12', dark=True))"
    command = [sys.executable, "-c", ask]
    answers = {
        subprocess.run(
            command, capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("1", "2")
    }
    assert answers == {nick_colour("u12", dark=True) + "\n"}


@pytest.mark.parametrize("dark", [True, False])
def test_people_are_spread_over_the_colours(dark: bool) -> None:
    """Among a few hundred people every colour is used, and none by a third of them."""
    shown = [nick_colour(f"u{number}", dark=dark) for number in range(300)]
    assert set(shown) == set(DARK if dark else LIGHT)
    assert max(shown.count(colour) for colour in set(shown)) < 100
