"""Reactions below a message: how they are written, and how they fill lines.

Each takes the same cells whether one gave it oneself or not, so that nothing moves when one does. Pure
functions, safe on any thread.
"""

from collections.abc import Iterable, Sequence

from chat.tui.render.cells import cells, drawable, fit
from chat.tui.render.rows import Chip

_BETWEEN = 1
"""Cells between two."""
_EMOJI_AT_MOST = 8
"""Cells of what somebody reacted with; nobody has to give an emoji."""

ChipLine = tuple[Chip, ...]
"""The reactions of one line."""


def chip_text(chip: Chip) -> str:
    """Write a reaction with its count, in brackets when one gave it oneself."""
    emoji = drawable(chip.emoji)
    shown = emoji if cells(emoji) <= _EMOJI_AT_MOST else fit(emoji, _EMOJI_AT_MOST)
    return f"[{shown} {chip.given}]" if chip.own else f" {shown} {chip.given} "


def chip_lines(chips: Sequence[Chip], width: int) -> tuple[ChipLine, ...]:
    """Put reactions into lines of a width; one that is wider has a line of its own."""
    lines: list[list[Chip]] = []
    used = 0
    for chip in chips:
        wide = cells(chip_text(chip))
        if lines and used + _BETWEEN + wide <= width:
            lines[-1].append(chip)
            used += _BETWEEN + wide
        else:
            lines.append([chip])
            used = wide
    return tuple(map(tuple, lines))


def fitted(line: Iterable[Chip], width: int) -> list[tuple[str, bool]]:
    """Write the reactions of a line into at most so many cells: each text, and whether it is one's own."""
    written: list[tuple[str, bool]] = []
    left = width
    for chip in line:
        text = (" " * _BETWEEN if written else "") + chip_text(chip)
        written.append((text if cells(text) <= left else fit(text, max(0, left)), chip.own))
        left -= cells(text)
    return written
