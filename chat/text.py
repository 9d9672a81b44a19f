"""Strangers' text made harmless: what a terminal obeys or hides behind is taken out.

The server cleans what it stores and the client cleans again what it shows, by these two
functions alone. Knows nothing of messages, widgets or markup. Safe on any thread.

    control characters (C0, DEL, C1)               become U+FFFD, but for newline and tab
    line and paragraph separator                   become a newline
    bidirectional embeddings, overrides, isolates  removed, with the deprecated format controls
    tag characters, noncharacters, lone surrogates removed
    combining marks                                at most 8 in a row are kept
"""

import re
import unicodedata

_MARKS_KEPT = 8

_CONTROL = "\x00-\x08\x0b-\x1f\x7f-\x9f"
_SEPARATOR = "\u2028\u2029"
_REMOVED = "\u202a-\u202e\u2066-\u206f\ufdd0-\ufdef\ud800-\udfff\U000e0000-\U000e007f" + "".join(
    f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(17)
)

_HOSTILE = re.compile(f"[{_CONTROL}{_SEPARATOR}{_REMOVED}]")
# Marks are no word characters, so letters of any script break such a run and cost nothing more.
_MAYBE_MARKS = re.compile(rf"[^\w\x00-\x7f]{{{_MARKS_KEPT + 1},}}")
_BREAKS_TO_SPACES = str.maketrans("\n\t", "  ")


def sanitize(text: str) -> str:
    """Clean a text of several lines, such as a message's body; cleaning twice changes nothing more."""
    if not text.isprintable():  # all that is hostile is not printable; most lines end here
        text = _HOSTILE.sub(_replacement, text)
    return text if text.isascii() else _MAYBE_MARKS.sub(_without_pile, text)


def sanitize_line(text: str) -> str:
    """Clean a text that must stay on one line, such as a nick or a topic: breaks and tabs become spaces."""
    clean = sanitize(text)
    return clean if clean.isprintable() else clean.translate(_BREAKS_TO_SPACES)


def _replacement(hostile: re.Match[str]) -> str:
    """What stands for one hostile character."""
    character = hostile[0]
    if character in _SEPARATOR:
        return "\n"
    return "\ufffd" if character < "\xa0" else ""


def _without_pile(run: re.Match[str]) -> str:
    """Drop the marks of a run that come after too many others; what has no width does not break a pile."""
    kept = []
    marks = 0
    for character in run[0]:
        category = unicodedata.category(character)
        if category[0] == "M":
            marks += 1
        elif category != "Cf":
            marks = 0
        if marks <= _MARKS_KEPT or category[0] != "M":
            kept.append(character)
    return "".join(kept)
