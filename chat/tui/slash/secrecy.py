"""Which lines hold what nobody may see: a password behind a command that asks for it by itself.

Such a line is never run, and whoever keeps lines (history, drafts, the screen) keeps none of it. Pure; safe
on any thread.
"""

import re

from chat.tui.slash.table import matching

GONE = "A password never stands on the line; it is sent and kept nowhere. /{name} alone asks for it."

_BEGINNING = re.compile("\\s*[/\\\\?7\uff0f\u2044\u2215]+\\s*([A-Za-z]+)\\s+(.*)", re.DOTALL)


def hidden(line: str) -> str:
    """Return the sentence for a line that holds a password, probably; empty for any other."""
    found = _BEGINNING.match(line)
    if found is None:
        return ""
    words = found[2].split()
    for command in matching(found[1]).values():
        if command.secret_after is not None and len(words) > command.secret_after:
            return GONE.format(name=command.usage.removeprefix("/"))
    return ""
