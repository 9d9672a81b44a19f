"""Lines of a width out of a text: at spaces if it can be, between clusters if it must.

A line is the part of the text from one character to another, so that what is selected, linked or
marked in the text is found again in its lines. Pure functions, safe on any thread.
"""

import re
from collections.abc import Iterator

from chat.tui.render.cells import Cluster, cells, clusters

Line = tuple[int, int]
"""Where a line begins and ends in its text, in characters; spaces and newlines it broke at are outside."""

_WORD = re.compile(r"( *)([^ ]+)")


def wrap(text: str, width: int) -> tuple[Line, ...]:
    """The lines of a drawable text, at least one.

    No line is wider than `width` cells, except where a single cluster is. Only spaces and newlines
    stand between two lines.
    """
    width = max(1, width)
    if "\n" not in text:
        return tuple(_paragraph(text, 0, len(text), width))
    lines: list[Line] = []
    start = 0
    for paragraph in text.split("\n"):
        end = start + len(paragraph)
        lines.extend(_paragraph(text, start, end, width))
        start = end + 1
    return tuple(lines)


def _paragraph(text: str, start: int, end: int, width: int) -> Iterator[Line]:
    """The lines of the part of the text between two newlines."""
    if cells(text[start:end]) <= width:
        yield start, end
        return
    line_start = line_end = start
    used = 0
    for gap, piece in _pieces(text, start, end, width):
        if used + gap + piece.cells <= width:
            used += gap + piece.cells
        else:
            if line_end > line_start:
                yield line_start, line_end
            line_start, used = piece.start, piece.cells
        line_end = piece.end
    yield line_start, line_end


def _pieces(text: str, start: int, end: int, width: int) -> Iterator[tuple[int, Cluster]]:
    """What stays together on a line, with the number of spaces before it.

    Words, but for those that are longer than a line or of a script without spaces: these are given
    in clusters.
    """
    for match in _WORD.finditer(text, start, end):
        gap, word, at = len(match[1]), match[2], match.start(2)
        wide = cells(word)
        if wide <= width and (word.isascii() or wide <= len(word)):
            yield gap, Cluster(at, match.end(), wide)
            continue
        for cluster in clusters(word):
            yield gap, Cluster(at + cluster.start, at + cluster.end, cluster.cells)
            gap = 0
