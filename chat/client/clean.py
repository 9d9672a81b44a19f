"""Strangers' text is made harmless at the client's door, before anything else sees it.

Every text of every frame passes here: messages and the message of the day keep their lines and tabs, all
other texts become one line. Frozen values in, frozen values out; a frame that is clean already is given back
as it is. Safe on any thread.
"""

import re
from operator import is_
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from chat.protocol.codec import Frame
from chat.text import sanitize, sanitize_line

_SEVERAL_LINES = frozenset({"text", "message_of_the_day"})
_SUSPICIOUS = re.compile(rb"[^\x20-\x5b\x5d-\x7e]")  # not printable ASCII, or the backslash of an escape


def needs_cleaning(line: bytes) -> bool:
    """Whether a line may hold more than harmless characters: a quick look that spares most the walk."""
    return _SUSPICIOUS.search(line) is not None


def clean(frame: Frame) -> Frame:
    """Give the frame with all its texts made harmless."""
    cleaned: Frame = _clean_struct(frame)
    return cleaned


def _clean(value: Any, several_lines: bool = False) -> Any:
    """Clean a value of any kind that frames are made of; the same object means that nothing was to do."""
    if type(value) is str:  # not the words of enums, which were checked
        cleaned = sanitize(value) if several_lines else sanitize_line(value)
        return value if cleaned == value else cleaned
    if isinstance(value, Struct):
        return _clean_struct(value)
    if isinstance(value, tuple):
        parts = tuple(map(_clean, value))
        return value if all(map(is_, parts, value)) else parts
    return value


def _clean_struct(struct: Any) -> Any:
    changed = {}
    for name in struct.__struct_fields__:
        value = getattr(struct, name)
        cleaned = _clean(value, name in _SEVERAL_LINES)
        if cleaned is not value:
            changed[name] = cleaned
    return replace(struct, **changed) if changed else struct
