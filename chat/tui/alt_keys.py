"""Telling Alt with a key from other keys, which Textual by itself does not.

Called once, before the client takes its first key.
"""

from string import ascii_lowercase, digits
from typing import NamedTuple, cast

from textual._ansi_sequences import ANSI_SEQUENCES_KEYS


class _AltKey(NamedTuple):
    """A key as Textual's parser hands it on, in place of a member of its own enumeration."""

    value: str


def separate_alt_keys() -> None:
    """Let Alt with a digit or a letter be one key of its own, read at once.

    Textual reads Alt with a digit as the character that Option with this digit writes on a Mac, so it could
    not be told from a £ that somebody types; and of two quick ones with a letter, as when the key is held,
    the second arrives as text. Not capitals: ESC O begins what function keys send. Changes a table of
    Textual's parser; twice is as good as once.
    """
    table = cast("dict[str, object]", ANSI_SEQUENCES_KEYS)
    for digit in digits:
        table[f"\x1b{digit}"] = (_AltKey(f"alt+{digit}"),)
    for letter in ascii_lowercase:
        table.setdefault(f"\x1b{letter}", (_AltKey(f"alt+{letter}"),))
