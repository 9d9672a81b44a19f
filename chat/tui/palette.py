"""Where one can go, and what fits best to what somebody types.

While nothing is typed, what calls loudest comes first. Then names count: the same name, one that
begins so, one with a word that begins so, one that contains it, one that has its letters in order.
Textual's own fuzzy search is not used: on a name like `a-a-a-a-a-a` it tries all ways to place the
letters, so a stranger's channel could freeze the screen. Pure values, safe on any thread.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, IntEnum

from chat.tui.render.attention import Attention


class Kind(Enum):
    """What one goes to."""

    CHANNEL = "channel"
    PERSON = "person"


class _Fit(IntEnum):
    """How well a name fits, best first."""

    SAME = 0
    BEGINS = 1
    WORD_BEGINS = 2
    CONTAINS = 3
    LETTERS = 4


@dataclass(frozen=True, slots=True)
class SwitchItem:
    """One place to go to; all text is sanitised."""

    id: str
    """Handed back when it is chosen."""
    title: str
    """With its `#` or `@`."""
    kind: Kind
    attention: Attention = Attention.NOTHING
    count: int = 0
    hint: str = ""
    """What else helps to choose, such as a topic or being away."""
    invited: bool = False
    """Whether one is no member, but may join."""


@dataclass(frozen=True, slots=True)
class Hit:
    """An item that fits, with the places in its title of the letters that were typed."""

    item: SwitchItem
    letters: tuple[int, ...] = ()


def ranked(items: Iterable[SwitchItem], typed: str) -> list[Hit]:
    """The items that fit to what was typed, best first; of equals the order they came in counts."""
    wanted = typed.strip().casefold()
    if not wanted:
        return [Hit(item) for item in sorted(items, key=lambda item: -item.attention)]
    found = [(fit, Hit(item, letters)) for item in items for fit, letters in _fits(item.title, wanted)]
    found.sort(key=lambda pair: (pair[0], -pair[1].item.attention, len(pair[1].item.title)))
    return [hit for _, hit in found]


def _fits(title: str, wanted: str) -> Iterable[tuple[_Fit, tuple[int, ...]]]:
    """How a title fits and where, at most once; a `#` or `@` counts only when it was typed."""
    folded = title.casefold()
    skipped = 1 if folded[:1] in {"#", "@"} and wanted[0] != folded[0] else 0
    name = folded[skipped:]
    fit, letters = _place(name, wanted)
    if fit is not None:
        whole = len(folded) == len(title)  # else the folding moved the places
        yield fit, tuple(at + skipped for at in letters) if whole else ()


def _place(name: str, wanted: str) -> tuple[_Fit | None, tuple[int, ...]]:
    """The best way to find the wanted letters in a name."""
    start = name.find(wanted)
    if start < 0:
        letters = _in_order(name, wanted)
        return (_Fit.LETTERS if letters else None), letters
    if start == 0:
        return (_Fit.SAME if name == wanted else _Fit.BEGINS), tuple(range(len(wanted)))
    word = re.search(rf"(?<!\w){re.escape(wanted)}|(?<=_){re.escape(wanted)}", name)
    start = word.start() if word else start
    fit = _Fit.WORD_BEGINS if word else _Fit.CONTAINS
    return fit, tuple(range(start, start + len(wanted)))


def _in_order(name: str, wanted: str) -> tuple[int, ...]:
    """The first places at which the letters stand in this order; empty when they don't."""
    letters = []
    at = -1
    for letter in wanted:
        at = name.find(letter, at + 1)
        if at < 0:
            return ()
        letters.append(at)
    return tuple(letters)
