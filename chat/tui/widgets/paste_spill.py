"""Recognises the part of a paste that arrives as key presses.

A terminal marks where pasted text begins and ends, but Textual's parser falls out of step at an escape
character inside: it shows it as `^` and hands on what follows as if it were typed, line ends included. Typed
by hand such keys come one by one; these come at once. Pure; used on the screen's thread.
"""

_ESCAPE_SHOWN_AS = "circumflex_accent"
_AT_ONCE_SECONDS = 0.05
"""Longer than a busy machine takes between two keys of one paste; fast typing has longer gaps than this, and
only what follows a `^` without a single gap is affected."""


class PasteSpill:
    """Follows the keys, and tells which of them were pasted."""

    def __init__(self) -> None:
        self._last: float | None = None

    def holds(self, key: str, time: float) -> bool:
        """Take note of a key that arrived at `time` (monotonic seconds); True if it belongs to a paste."""
        goes_on = self._last is not None and time - self._last < _AT_ONCE_SECONDS
        self._last = time if goes_on or key == _ESCAPE_SHOWN_AS else None
        return goes_on
