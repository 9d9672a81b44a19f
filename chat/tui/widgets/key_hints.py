"""A line of keys and what they do, for the foot of a screen. Called on the screen's thread."""

from collections.abc import Iterable

from textual.content import Content

from chat.tui.keys import KeyHint


def key_line(shown: Iterable[KeyHint]) -> Content:
    """`Enter join · F1 all keys`, the keys brighter than what they do."""
    return Content(" · ").join(
        Content.assemble((hint.key, "$foreground"), (f" {hint.label}", "$muted")) for hint in shown
    )
