"""The colours can be read: in both themes, in sixteen colours and in none."""

import itertools

import pytest
from rich.color import Color as RichColor
from rich.color import ColorSystem
from textual.color import Color
from textual.theme import Theme

from chat.tui.styles.theme import THEMES
from tests.support.contrast import contrast, in_sixteen_colours

TEXTS = ("foreground", "muted", "accent", "mention", "good", "warning", "error")
GROUNDS = ("background", "surface", "panel")
PAIRS = [*itertools.product(TEXTS, GROUNDS), ("cursor-text", "cursor")]


def colour(theme: Theme, role: str) -> RichColor:
    """The colour a role has in a theme, as it goes to the terminal."""
    roles = theme.to_color_system().generate() | theme.variables
    return Color.parse(roles[role]).rich_color


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_every_text_is_readable_on_every_ground(theme: Theme, text: str, ground: str) -> None:
    """Each pair of roles that can meet has a contrast of at least 4.5 to 1."""
    assert contrast(colour(theme, text), colour(theme, ground)) >= 4.5


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_sixteen_colours_keep_the_contrast(theme: Theme, text: str, ground: str) -> None:
    """Where the terminal has sixteen colours, the nearest of them still give 4.5 to 1."""
    pair = (in_sixteen_colours(colour(theme, text)), in_sixteen_colours(colour(theme, ground)))
    assert contrast(*pair) >= 4.5


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_no_colours_keep_the_contrast(theme: Theme, text: str, ground: str) -> None:
    """Where NO_COLOR is set, the greys that Textual makes of the colours still give 4.5 to 1."""
    pair = (Color.from_rich_color(colour(theme, role)).monochrome.rich_color for role in (text, ground))
    assert contrast(*pair) >= 4.5


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_message_text_is_the_strongest(theme: Theme) -> None:
    """No role is brighter against the background than the text that people read."""
    background = colour(theme, "background")
    strengths = {text: contrast(colour(theme, text), background) for text in TEXTS}
    assert max(strengths, key=strengths.__getitem__) == "foreground"


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_roles_differ_in_colour(theme: Theme) -> None:
    """No two roles of text share a colour: each colour means one thing."""
    assert len({colour(theme, text) for text in TEXTS}) == len(TEXTS)


def test_contrast_of_black_and_white_is_twenty_one() -> None:
    """The measure is that of WCAG: 21 at most, 1 at least, whichever way round."""
    black, white = RichColor.parse("#000000"), RichColor.parse("#ffffff")
    assert contrast(black, white) == contrast(white, black) == pytest.approx(21)
    assert contrast(white, white) == pytest.approx(1)


def test_sixteen_colours_are_real_colours() -> None:
    """What a colour becomes on a small terminal is one of the sixteen, given as red, green and blue."""
    small = in_sixteen_colours(RichColor.parse("#fefefe"))
    assert small.triplet == (255, 255, 255)
    assert RichColor.parse("#fefefe").downgrade(ColorSystem.STANDARD).number == 15
