"""How well a colour is read on another, and on a whole screen: computed, not judged by eye."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from rich._palettes import STANDARD_PALETTE
from rich.color import Color, ColorSystem
from textual.app import App

_DRAWN = frozenset("─┄│▏▕▔▁▊▎█▉▌▐▀▄╭╮╰╯┌┐└┘━┃▅▂▃▆▇ \xa0")  # lines and blocks, which nobody reads


class Painted(NamedTuple):
    """A piece of text as it was painted."""

    text: str
    colour: Color
    ground: Color


def contrast(one: Color, other: Color) -> float:
    """The contrast ratio of WCAG, from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def in_sixteen_colours(colour: Color) -> Color:
    """What Rich makes of a colour where the terminal has sixteen, as red, green and blue."""
    small = colour.downgrade(ColorSystem.STANDARD)
    return Color.from_triplet(STANDARD_PALETTE[small.number or 0])


def painted(app: App[Any]) -> Iterator[Painted]:
    """All readable text on the screen with its colours, lines and blocks left out."""
    for strip in app.screen._compositor.render_strips():  # noqa: SLF001 - what the terminal gets
        for segment in strip:
            style = segment.style
            if style is None or not set(segment.text) - _DRAWN:
                continue
            assert style.color is not None, segment
            assert style.bgcolor is not None, segment
            pair = (style.bgcolor, style.color) if style.reverse else (style.color, style.bgcolor)
            yield Painted(segment.text, *pair)


def _luminance(colour: Color) -> float:
    """Relative luminance from 0 to 1."""
    assert colour.triplet is not None, f"{colour} depends on the terminal"
    red, green, blue = (_linear(part / 255) for part in colour.triplet)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.03928 else float(((part + 0.055) / 1.055) ** 2.4)
