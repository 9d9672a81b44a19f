"""Commands about a message that was sent: edit, delete, react, pin, unpin, pins.

Which message is meant, where no number names it, is not decided here. Pure; safe on any thread.
"""

from collections.abc import Callable

from chat.tui.slash.actions import Action, Delete, Edit, Pin, React, ShowPins
from chat.tui.slash.arguments import first_word, taking_nothing
from chat.tui.slash.spec import Argument, Command, Family, SlashError

LAST_NUMBER = 2**32 - 1

USUAL: tuple[tuple[str, str], ...] = (
    ("👍", "yes, good"),
    ("🎉", "hooray"),
    ("😂", "funny"),
    ("👀", "looking at it"),
    ("🙏", "thanks, please"),
    ("✅", "done"),
)
"""What people react with most, and what they mean by it."""


def _edit(rest: str) -> Action:
    return Edit(rest or None)


def _delete(rest: str) -> Action:
    return Delete(_number(rest))


def _react(rest: str) -> Action:
    emoji, number = first_word(rest)
    if not emoji:
        raise SlashError("With what?")
    return React(emoji, _number(number))


def _pin(*, pinned: bool) -> Callable[[str], Action]:
    return lambda rest: Pin(_number(rest), pinned=pinned)


def _number(word: str) -> int:
    """Read the number of a message; 0 when there is none.

    Raises:
        SlashError: it is no number that a message can have.
    """
    if not word:
        return 0
    digits = word.removeprefix("#")
    number = int(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= 10 else 0
    if not 1 <= number <= LAST_NUMBER:
        raise SlashError("Only the number of a message may follow.")
    return number


EDIT = Command(
    name="edit",
    usage="/edit [TEXT]",
    summary="give your last message another text",
    detail="Without a text the message is put into the line; with one selected it is that one.",
    family=Family.MESSAGE,
    parse=_edit,
    arguments=(Argument.TEXT,),
    lines=True,
)

DELETE = Command(
    name="delete",
    usage="/delete [NUMBER]",
    summary="delete your last message, or that one",
    detail="Its text is gone for everybody; that it was there stays. A message's details tell its number.",
    family=Family.MESSAGE,
    parse=_delete,
    arguments=(Argument.NUMBER,),
)

REACT = Command(
    name="react",
    usage="/react EMOJI [NUMBER]",
    summary="react to the last message, or that one",
    detail="The same once more takes it back. With a message selected it is that one.",
    family=Family.MESSAGE,
    parse=_react,
    arguments=(Argument.EMOJI, Argument.NUMBER),
)

PIN = Command(
    name="pin",
    usage="/pin [NUMBER]",
    summary="pin the last message, or that one",
    detail="/pins shows what is pinned here, for everybody. With a message selected it is that one.",
    family=Family.MESSAGE,
    parse=_pin(pinned=True),
    arguments=(Argument.NUMBER,),
)

UNPIN = Command(
    name="unpin",
    usage="/unpin [NUMBER]",
    summary="unpin what was pinned last, or that one",
    detail="The message itself stays. With a message selected it is that one.",
    family=Family.MESSAGE,
    parse=_pin(pinned=False),
    arguments=(Argument.NUMBER,),
)

PINS = Command(
    name="pins",
    usage="/pins",
    summary="show what is pinned here",
    detail="What was pinned last comes first.",
    family=Family.MESSAGE,
    parse=taking_nothing(ShowPins()),
)
