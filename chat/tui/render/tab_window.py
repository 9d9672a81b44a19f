"""Which of many tabs are seen when not all fit in the line. Pure, safe on any thread."""

from collections.abc import Sequence


def visible_tabs(widths: Sequence[int], active: int, first: int, room: int) -> range:
    """Positions of the tabs to show in `room` cells, as an unbroken run.

    `widths` are the cells of all tabs, `first` is where the run began before. It begins there again
    if the active tab is seen then, since nothing should move that people look at; otherwise it moves
    as little as brings the active tab into view, and never leaves room unused that an earlier tab
    could fill. The active tab is always in the run, even where it does not fit.
    """
    if not widths:
        return range(0)
    active = min(max(active, 0), len(widths) - 1)
    first = _first(widths, min(max(first, 0), active), active, room)
    last, used = active, sum(widths[first : active + 1])
    while last + 1 < len(widths) and used + widths[last + 1] <= room:
        last += 1
        used += widths[last]
    while last == len(widths) - 1 and first > 0 and used + widths[first - 1] <= room:
        first -= 1
        used += widths[first]
    return range(first, last + 1)


def _first(widths: Sequence[int], wanted: int, active: int, room: int) -> int:
    """The position nearest to the wanted one from which all up to the active one fit."""
    first, used = active, widths[active]
    while first > wanted and used + widths[first - 1] <= room:
        first -= 1
        used += widths[first]
    return first
