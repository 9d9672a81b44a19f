"""Lengths of time in words. Pure; safe on any thread."""

_WORDS = (("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1))


def in_words(seconds: int) -> str:
    """Write so many seconds as people say it, in its two largest units: `1 hour 30 minutes`."""
    parts: list[str] = []
    for name, size in _WORDS:
        count, seconds = divmod(seconds, size)
        if count and len(parts) < 2:
            parts.append(f"{count} {name}" if count == 1 else f"{count} {name}s")
    return " ".join(parts) or "0 seconds"
