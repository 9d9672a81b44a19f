"""Commands for moving about and for what was read: switch, last, read, and /1 to /99.

Pure; safe on any thread.
"""

from chat.tui.slash.actions import Action, GoTo, LastConversation, MarkRead, Switch
from chat.tui.slash.arguments import only_word, taking_nothing
from chat.tui.slash.spec import Argument, Command, Family, SlashError

LAST_POSITION = 99
EVERYTHING = "all"


def _switch(rest: str) -> Action:
    return Switch(only_word(rest, "Where to?"))


def _read(rest: str) -> Action:
    if rest and rest.casefold() != EVERYTHING:
        raise SlashError(f"Only {EVERYTHING} may follow this command.")
    return MarkRead(everything=bool(rest))


def go_to(digits: str, rest: str) -> Action:
    """Read a command that is a number, as `/3`; `digits` are ASCII digits.

    Raises:
        SlashError: the number is out of range, or something follows it.
    """
    # Longer numbers are not even converted: Python refuses those of thousands of digits.
    position = int(digits) if len(digits) <= len(str(LAST_POSITION)) else 0
    if not 1 <= position <= LAST_POSITION:
        raise SlashError(f"Conversations are numbered from 1 to {LAST_POSITION}.")
    if rest:
        raise SlashError(f"Nothing may follow /{position}.")
    return GoTo(position)


SWITCH = Command(
    name="switch",
    usage="/switch NAME",
    summary="show another conversation",
    detail=f"A part of the name is enough. /1 to /{LAST_POSITION} show the conversation with that number.",
    family=Family.READING,
    parse=_switch,
    arguments=(Argument.CONVERSATION,),
)

LAST = Command(
    name="last",
    usage="/last",
    summary="show the conversation before this one",
    detail="Twice is back again.",
    family=Family.READING,
    parse=taking_nothing(LastConversation()),
)

READ = Command(
    name="read",
    usage=f"/read [{EVERYTHING}]",
    summary="mark as read",
    detail=f"Marks this conversation, with {EVERYTHING} every conversation.",
    family=Family.READING,
    parse=_read,
    arguments=(Argument.SCOPE,),
)
