"""How long something is to hold: `30s`, `10m`, `2h`, `7d` as people write it.

Pure; safe on any thread.
"""

import re
from datetime import timedelta

from chat.tui.slash.spec import SlashError

LONGEST = timedelta(days=3660)
"""What holds longer is for good."""

USUAL = ("10m", "1h", "1d", "7d")
"""What people ask for most."""

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_PARTS = re.compile(r"([0-9]{1,9})([smhdw])")
_WHOLE = re.compile(r"(?:[0-9]{1,9}[smhdw])+", re.IGNORECASE)


def is_duration(word: str) -> bool:
    """Tell whether a word is a duration, rightly or wrongly."""
    return _WHOLE.fullmatch(word) is not None


def seconds_of(word: str) -> int:
    """Read a duration such as `90s` or `1h30m`.

    Raises:
        SlashError: it is none, nothing at all or longer than ten years.
    """
    if not is_duration(word):
        raise SlashError("A duration is written as 30s, 10m, 2h or 7d.")
    seconds = sum(int(number) * _SECONDS[unit] for number, unit in _PARTS.findall(word.lower()))
    if not 0 < seconds <= LONGEST.total_seconds():
        raise SlashError("A duration is at least a second and at most ten years; without one it is for good.")
    return seconds
