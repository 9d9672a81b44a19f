"""What one wrote in a conversation, to be called back: oldest first, and a place in it while browsing.

One value per conversation, kept by whoever keeps the conversation's draft. Not shared between threads: it
belongs to the one that reads the keys.
"""

from collections.abc import Iterable

MOST_KEPT = 500
"""How many texts are kept."""


class InputHistory:
    """What was written here, and what the line looked like at each place one has come past.

    Going to older texts and back finds the unsent text again, and every change made on the way, until
    something is sent.
    """

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._texts: list[str] = list(texts)[-MOST_KEPT:]
        self._place = len(self._texts)
        self._changed: dict[int, str] = {}

    @property
    def texts(self) -> tuple[str, ...]:
        """What was written, oldest first."""
        return tuple(self._texts)

    def add(self, text: str) -> None:
        """Keep what was sent, once if it is the same as the one before, and end the browsing."""
        if text.strip() and self._texts[-1:] != [text]:
            self._texts = [*self._texts, text][-MOST_KEPT:]
        self._place = len(self._texts)
        self._changed.clear()

    def older(self, current: str) -> str | None:
        """Go one text back from a line that now reads `current`; None when there is nothing older."""
        return self._go(current, self._place - 1)

    def newer(self, current: str) -> str | None:
        """Go one text forward, at last to the unsent one; None when one is there already."""
        return self._go(current, self._place + 1)

    def _go(self, current: str, place: int) -> str | None:
        if not 0 <= place <= len(self._texts):
            return None
        self._changed[self._place] = current
        self._place = place
        return self._changed.get(place, self._texts[place] if place < len(self._texts) else "")
