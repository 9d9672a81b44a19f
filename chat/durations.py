"""Lengths of time in words. Pure; safe on any thread."""

import math

_WORDS = (("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1))
_SHORT = (("d", 86_400, "h", 3600), ("h", 3600, "min", 60), ("min", 100, "s", 1))
"""From how many seconds on a wait is told in which unit, and with which one below it, of so many seconds."""
_NOTHING = 0.01
"""Seconds by which a wait may be longer than what is told of it; servers add a thousandth to be sure."""
_SIZES = {"d": 86_400, "h": 3600, "min": 60}


def in_words(seconds: int) -> str:
    """Write so many seconds as people say it, in its two largest units: `1 hour 30 minutes`."""
    parts: list[str] = []
    for name, size in _WORDS:
        count, seconds = divmod(seconds, size)
        if count and len(parts) < 2:
            parts.append(f"{count} {name}" if count == 1 else f"{count} {name}s")
    return " ".join(parts) or "0 seconds"


def counted(seconds: float) -> int:
    """Return how many seconds of a wait are told."""
    return max(0, math.ceil(seconds - _NOTHING))


def briefly(seconds: float) -> str:
    """Write a wait as it is counted down, never as shorter than it is: `12 s`, `5 min 10 s`, `2 h 5 min`."""
    left = counted(seconds)
    for unit, least, smaller, size in _SHORT:
        if left >= least:
            count, rest = divmod(math.ceil(left / size), _SIZES[unit] // size)
            return f"{count} {unit}" + (f" {rest} {smaller}" if rest else "")
    return f"{left} s"


def again_in(seconds: float) -> str:
    """Say when what was refused may be tried again: the one sentence for it, wherever somebody reads it."""
    return f"Try again in {briefly(seconds)}."
