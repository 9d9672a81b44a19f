"""Which message a command means: the one it names, the one that is selected, or the last that makes sense.

Shared by the full screen and the line mode; knows neither. Called with the client's state standing still.
"""

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from chat.client.conversation import ConversationState
from chat.errors import UsageError
from chat.protocol.entries import Message
from chat.tui.slash.actions import AboutMessage, Delete, Edit, Pin, React

LOOKED_THROUGH = 1000
"""How many of the newest entries are looked through for the last message."""


class NoMessage(UsageError):
    """There is no message that could be meant; the text is a sentence."""


def aimed(action: AboutMessage, known: ConversationState, me: str, selected: int = 0) -> AboutMessage:
    """Put the number of the message that is meant into an action, and whether a reaction is taken back.

    Args:
        action: what is asked for.
        known: the conversation it is asked in.
        me: one's own user id.
        selected: the number of the selected message; 0 for none.

    Raises:
        NoMessage: none is meant.
    """
    number = action.number or selected or _last(action, known, me)
    action = replace(action, number=number)
    found = known.timeline.get(number)
    if isinstance(action, React) and isinstance(found, Message):
        return replace(action, remove=has_reacted(found, action.emoji, me))
    return action


def has_reacted(message: Message, emoji: str, me: str) -> bool:
    """Tell whether somebody has given a message this reaction."""
    return any(reaction.emoji == emoji and me in reaction.users for reaction in message.reactions)


def _last(action: AboutMessage, known: ConversationState, me: str) -> int:
    """The number of the message that is meant by an action that names none."""
    match action:
        case Edit():
            return _newest(known, lambda each: each.user == me, "You said nothing here that could be edited.")
        case Delete():
            return _newest(
                known, lambda each: each.user == me, "You said nothing here that could be deleted."
            )
        case Pin(pinned=False):
            if not known.record.pins:
                raise NoMessage("Nothing is pinned here.")
            return known.record.pins[-1]
        case Pin():
            return _newest(known, lambda _: True, "Nothing was said here that could be pinned.")
    return _newest(known, lambda _: True, "Nothing was said here to react to.")


def _newest(known: ConversationState, fits: Callable[[Message], bool], otherwise: str) -> int:
    """The number of the newest message that fits.

    Raises:
        NoMessage: none of the newest entries does.
    """
    for message in _messages(known):
        if fits(message):
            return message.number
    raise NoMessage(otherwise)


def _messages(known: ConversationState) -> Iterable[Message]:
    """The newest messages that are not deleted, the newest first."""
    last = known.timeline.last
    entries = reversed(list(known.timeline.between(last - LOOKED_THROUGH, last)))
    return (entry for entry in entries if isinstance(entry, Message) and not entry.deleted)
