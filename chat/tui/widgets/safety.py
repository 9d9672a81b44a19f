"""The last door before the terminal: takes out what the sanitizer should have taken out before.

Textual and Rich hand control characters to the terminal as they are. All text of strangers is
cleaned where it comes in; this filter sees every line of every widget and closes what slipped past.
It does not see the address of a link: those are made from visible ASCII alone. Called on the
screen's thread for each line that is drawn.
"""

from rich.cells import get_character_cell_size
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from chat.text import sanitize_line


class Backstop(LineFilter):
    """Removes whatever the sanitizer would change, without moving what stands beside it.

    An app makes one and gives the same one every time: Textual remembers filtered lines by filter.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments; text that a terminal would obey is blanked out in its width."""
        if all(segment.text.isprintable() for segment in segments):
            return segments
        return [
            segment if segment.text.isprintable() else segment._replace(text=_closed(segment.text))
            for segment in segments
        ]


def _closed(text: str) -> str:
    """The text with every hostile character replaced by as many signs as it was counted cells."""
    return "".join(character if _harmless(character) else _instead(character) for character in text)


def _harmless(character: str) -> bool:
    return character.isprintable() or sanitize_line(character) == character


def _instead(character: str) -> str:
    return "\ufffd" * get_character_cell_size(character)
