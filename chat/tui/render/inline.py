"""What stands out inside a message's text: links, code, bold words and names.

A small subset of what people write in other chats. Nothing is taken out of the text: the signs
stay, only the look changes, so that a copied line is what was sent. Pure functions, safe on any
thread.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import quote

from chat.tui.render.roles import Role

_HINT = re.compile(r"[@`*]|://")
_MARK = re.compile(
    r"""
      (?P<link> \bhttps?://[\w\[][^\s<>"\x00-\x1f\x7f-\x9f]* )
    | (?P<code> `[^`\n]+` )
    | (?P<strong> (?<![\w*]) \*(?=[^\s*])[^*\n]*(?<=\S)\* (?![\w*]) )
    | (?P<name> (?<![\w@]) @\w+(?:[.\-]\w+)* )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_ROLES = {"link": Role.LINK, "code": Role.CODE, "strong": Role.STRONG, "name": Role.NAME}
_AFTER_A_LINK = ".,;:!?'*_~`…"
_BRACKETS = {")": "(", "]": "[", "}": "{"}
_KEPT_IN_URL = "%/:=&?~#+!$,;'@()*[]-._"


class Mark(NamedTuple):
    """A part of a text that has a role of its own; `url` is where a link leads."""

    start: int
    end: int
    role: Role
    url: str = ""


def marks(text: str) -> Iterator[Mark]:
    """The marked parts of a sanitised text, in order and apart from each other."""
    if not _HINT.search(text):
        return
    for match in _MARK.finditer(text):
        role = _ROLES[match.lastgroup or ""]
        start, end = match.span()
        if role is Role.LINK:
            end = _end_of_link(text, start, end)
            yield Mark(start, end, role, link_target(text[start:end]))
        else:
            yield Mark(start, end, role)


def link_target(url: str) -> str:
    """The address as a terminal may be given it: visible ASCII only, all else percent-encoded."""
    return quote(url, safe=_KEPT_IN_URL, errors="replace")


def _end_of_link(text: str, start: int, end: int) -> int:
    """Leave out the punctuation after a link, and a closing bracket that was opened before it."""
    while end > start:
        last = text[end - 1]
        opening = _BRACKETS.get(last)
        unopened = opening is not None and text.count(last, start, end) > text.count(opening, start, end)
        if not unopened and last not in _AFTER_A_LINK:
            break
        end -= 1
    return end
