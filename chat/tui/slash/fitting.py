"""Which of several names somebody means by a part of one. Pure; safe on any thread."""

from collections.abc import Iterable
from difflib import get_close_matches

_SIGNS = "@#"


def best_fit(name: str, titles: Iterable[str]) -> str | None:
    """Find the title that fits best: equal, beginning so, containing it, nearly so.

    Case, and the sign before a name, do not count.
    """
    wanted = _bare(name)
    bare = {_bare(title): title for title in reversed(list(titles))}
    if wanted in bare:
        return bare[wanted]
    for fits in (str.startswith, str.__contains__):
        if found := sorted((title for title in bare if fits(title, wanted)), key=len):
            return bare[found[0]]
    near = get_close_matches(wanted, bare, n=1)
    return bare[near[0]] if near else None


def _bare(title: str) -> str:
    return title.casefold().lstrip(_SIGNS)
