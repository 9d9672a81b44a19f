"""How wide text is on a terminal, and where it may be cut: the one place that knows.

Widths are counted in cells and are those of Rich, since Textual lays out with the same. Text is cut
only between clusters, which is what people take for one letter: a base with its marks, a flag, a
family of emoji. Pure functions, safe on any thread.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from rich.cells import cell_len, split_graphemes

_TAB = 4
_ELLIPSIS = "…"

_TONE = "\U0001f3fb-\U0001f3ff"
_EMOJI = (  # but for the letters of flags, and for tones
    "\u00a9\u00ae\u203c\u2049\u2100-\u2bff\u3030\u303d\u3297\u3299"
    "\U0001f000-\U0001f1e5\U0001f200-\U0001f3fa\U0001f400-\U0001faff"
)
_PICTURE = f"[{_EMOJI}]\ufe0f?[{_TONE}]?"
_JOINED_AT_MOST = 3  # no family has more than four members

# A joiner and a skin tone count as no cell at all together with what they join. Where they stand
# alone a terminal still draws, so a few thousand of them would hide a line of any width.
_MAYBE_HIDING = re.compile(f"[\u200d{_TONE}]")
_HIDING = re.compile(rf"({_PICTURE}(?:\u200d{_PICTURE}){{0,{_JOINED_AT_MOST}}})|\u200d|[{_TONE}]")

_FLAG_LETTERS = range(0x1F1E6, 0x1F200)


class Cluster(NamedTuple):
    """One letter as people count them: where it stands in its text and how many cells it takes."""

    start: int
    end: int
    cells: int


def drawable(text: str) -> str:
    """The text with tabs spread and with nothing in it that is wider on a terminal than it is counted."""
    if "\t" in text:
        text = text.expandtabs(_TAB)
    if text.isascii() or not _MAYBE_HIDING.search(text):
        return text
    return _HIDING.sub(_shown, text)


def cells(text: str) -> int:
    """The width of a drawable text."""
    return len(text) if text.isascii() else cell_len(text)


def clusters(text: str) -> Iterator[Cluster]:
    """The clusters of a drawable text in order, without gaps; a newline counts as one cell."""
    if text.isascii():
        yield from (Cluster(at, at + 1, 1) for at in range(len(text)))
        return
    at = 0
    for line in text.split("\n"):
        if at:
            yield Cluster(at - 1, at, 1)
        yield from _clusters_of_line(line, at)
        at += len(line) + 1


def snap(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen the part from `start` to `end` so that it begins and ends between clusters."""
    start, end = max(0, start), min(len(text), end)
    if text.isascii() or start >= end:
        return start, max(start, end)
    touched = [cluster for cluster in clusters(text) if cluster.end > start and cluster.start < end]
    return touched[0].start, touched[-1].end


def fit(text: str, width: int) -> str:
    """The text in exactly `width` cells: filled with spaces, or cut at a cluster and ended by `…`."""
    text = drawable(text)
    wide = cells(text)
    if wide > width:
        text, wide = _cut(text, width)
    return text + " " * (width - wide)


def _clusters_of_line(line: str, at: int) -> Iterator[Cluster]:
    """The clusters of a line that begins at a place in its text."""
    flag: Cluster | None = None  # the first letter of a flag waits for the second
    for start, end, width in split_graphemes(line)[0]:
        letter = ord(line[start]) in _FLAG_LETTERS
        if flag and letter:
            yield Cluster(flag.start, at + end, flag.cells + width)
            flag = None
            continue
        if flag:
            yield flag
        flag = Cluster(at + start, at + end, width) if letter else None
        if not letter:
            yield Cluster(at + start, at + end, width)
    if flag:
        yield flag


def _cut(text: str, width: int) -> tuple[str, int]:
    """The clusters of the text that fit before an ellipsis, and the width with it."""
    if width < 1:
        return "", 0
    end = used = 0
    for cluster in clusters(text):
        if used + cluster.cells > width - 1:
            break
        end, used = cluster.end, used + cluster.cells
    return text[:end] + _ELLIPSIS, used + 1


def _shown(match: re.Match[str]) -> str:
    """Keep a picture as it is; out with a stray joiner; a stray tone becomes visible."""
    picture: str | None = match[1]
    if picture is not None:
        return picture
    return "" if match[0] == "\u200d" else "\ufffd"
