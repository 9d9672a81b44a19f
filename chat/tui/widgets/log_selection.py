"""Selected text in a log: from an offset (character, ordinal) to another.

Textual counts a selection in lines of a widget; here a line is a row and its y is the row's ordinal,
so that a selection stays on its words while rows come above and below. Pure functions, called on the
screen's thread.
"""

import re

from textual.geometry import Offset
from textual.selection import Selection

from chat.tui.render.cells import snap
from chat.tui.render.message import shown_text
from chat.tui.render.row_store import RowStore, Splice
from chat.tui.render.rows import RowKind

_RULES = {RowKind.DAY, RowKind.NEW, RowKind.GAP}
_WORD = re.compile(r"\S+")


def span_of(selection: Selection, ordinal: int) -> tuple[int, int] | None:
    """The selected characters of a row, with an end that may be far behind its text; None for none."""
    span = selection.get_span(ordinal)
    if span is None:
        return None
    start, end = span
    return max(0, start), 1 << 30 if end < 0 else end


def selected_text(selection: Selection, store: RowStore, first: int, last: int) -> str:
    """The selected words alone, a line for each row; rules are left out.

    `first` and `last` are the ordinals that are seen: a selection that has no beginning or no end
    came from beside the log, and takes what is seen rather than all there is.
    """
    start = first if selection.start is None else max(selection.start.y, store.ordinal(0))
    end = last if selection.end is None else min(selection.end.y, store.ordinal(len(store) - 1))
    lines: list[str] = []
    for ordinal in range(start, end + 1):
        row = store[store.index(ordinal)]
        span = span_of(selection, ordinal)
        if span is not None and row.kind not in _RULES:
            text = shown_text(row)
            begin, behind = snap(text, *span)
            lines.append(text[begin:behind])
    return "\n".join(lines)


def word_at(text: str, character: int, ordinal: int) -> Selection | None:
    """The word at a character of a row, as a selection."""
    words = (match.span() for match in _WORD.finditer(text))
    found = next((span for span in words if span[0] <= character < span[1]), None)
    return Selection(Offset(found[0], ordinal), Offset(found[1], ordinal)) if found else None


def whole(text: str, ordinal: int) -> Selection:
    """All the text of a row, as a selection."""
    return Selection(Offset(0, ordinal), Offset(len(text), ordinal))


def moved(selection: Selection, change: Splice) -> Selection:
    """The same selection after rows were put in or taken out."""
    return Selection(_moved(selection.start, change), _moved(selection.end, change))


def _moved(offset: Offset | None, change: Splice) -> Offset | None:
    return None if offset is None else Offset(offset.x, change.moved(offset.y))
