"""Which names look like others, after Unicode TS 39: what a name looks like, and whether it mixes scripts.

Compared are the glyphs, not the letters: a Cyrillic `a` looks like the Latin one, `I` like `l`. Which glyphs
a name has goes by its case, and names that differ in case alone are the same: so each is compared in capitals
too. Pure; any thread.
"""

import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache

_TOGETHER = (
    frozenset({"LATIN", "HAN", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "HAN", "BOPOMOFO"}),
    frozenset({"LATIN", "HAN", "HANGUL"}),
)
"""Scripts that people write together; any other mixture is made to deceive."""
_OF_ALL = {"COMMON", "INHERITED", "UNKNOWN"}

_ASCII = str.maketrans({"I": "|", "l": "|", "1": "|", "0": "O", "m": "rn"})
"""The part for most names, so that the great table is loaded for the rest alone.

A bar has no case: `L` looks like none of those, and `NEIL` not like `NELL`.
"""
_SMALL_CAPITALS = str.maketrans(
    {unicodedata.lookup(f"LATIN LETTER SMALL CAPITAL {each}"): each for each in "ABCDEFGHIJKLMNOPRSTUVWYZ"}
)
"""Letters that look like capitals, and are of no case."""


@lru_cache(16_384)
def looks_of(text: str, key: str) -> frozenset[str]:
    """Return what a name looks like: as it is written, in small letters, in capitals, and as in a title.

    Two names that have one of these in common can't be told apart.
    """
    capitals = text.translate(_SMALL_CAPITALS).upper()
    return frozenset(_skeleton(each) for each in {text, text.lower(), key, capitals, text.title()})


def mixes_scripts(text: str) -> bool:
    """Return whether a name has letters of scripts that nobody writes together."""
    if text.isascii():
        return False
    # here, as below, not at the top: the tables take 0.14 s to load, and few names need them
    from confusable_homoglyphs import categories  # noqa: PLC0415

    scripts = frozenset(categories.unique_aliases(text)) - _OF_ALL
    return len(scripts) > 1 and not any(scripts <= together for together in _TOGETHER)


def _skeleton(text: str) -> str:
    """Return the text with every character in the place of those that look like it."""
    if text.isascii():
        return text.translate(_ASCII).casefold()
    table = _prototypes()
    shown = "".join(table.get(each, each) for each in unicodedata.normalize("NFD", text))
    return unicodedata.normalize("NFD", shown).translate(_ASCII).casefold()


@cache
def _prototypes() -> Mapping[str, str]:
    """Return for each character the one that stands for all that look like it."""
    from confusable_homoglyphs.confusables import confusables_data  # noqa: PLC0415

    found: dict[str, str] = {}
    for shape, alike in confusables_data.items():
        for other in (shape, *(each["c"] for each in alike)):
            if other in found:
                continue
            group = _group(shape, confusables_data)
            prototype = min(group, key=lambda each: (not each.isascii(), len(each), each))
            found |= dict.fromkeys((each for each in group if len(each) == 1), prototype)
    return found


def _group(shape: str, data: Mapping[str, list[dict[str, str]]]) -> set[str]:
    """Return everything that looks like a shape, and like what looks like it."""
    group, rest = {shape}, [shape]
    while rest:
        for each in data.get(rest.pop(), ()):
            if each["c"] not in group:
                group.add(each["c"])
                rest.append(each["c"])
    return group
