"""Who is writing, in one sentence. Pure, safe on any thread."""

from collections.abc import Sequence


def typing_sentence(nicks: Sequence[str]) -> str:
    """`bob is typing…`, `bob and carol are typing…`, or with a number where there are many; else nothing."""
    if not nicks:
        return ""
    if len(nicks) == 1:
        return f"{nicks[0]} is typing…"
    if len(nicks) == 2:
        return f"{nicks[0]} and {nicks[1]} are typing…"
    return f"{nicks[0]}, {nicks[1]} and {len(nicks) - 2} more are typing…"
