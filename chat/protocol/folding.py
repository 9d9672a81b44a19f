"""How later entries change a message: the one fold by which every side comes to the same present state.

The server keeps messages folded; a client folds what it hears live into what it has. `stale message + its
entries = fresh message` holds because of this rule alone. Pure; no I/O, no threads.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from chat.protocol.entries import AnyEntry, Deleted, Edited, Message, MessageChange, Pinned, Reacted, Unpinned
from chat.protocol.records import Reaction


def fold_message(message: Message, change: MessageChange) -> Message:
    """Return the message as it is after a change of it.

    A change that the message knows already (its `revision` is as high) leaves it as it is, and so does any
    but the deletion once it is deleted. An edit whose text is gone only counts as seen: what took its place
    comes with a higher number.
    """
    assert change.message == message.number
    if change.number <= message.revision or message.deleted:
        return message
    if isinstance(change, Edited):
        text = change.text or message.text
        return replace(message, text=text, edited=change.number, revision=change.number)
    if isinstance(change, Deleted):
        return replace(message, text="", edited=0, deleted=True, reactions=(), revision=change.number)
    if isinstance(change, Reacted):
        return replace(message, reactions=_reacted(message.reactions, change), revision=change.number)
    return message


def fold_pins(pins: tuple[int, ...], entry: AnyEntry) -> tuple[int, ...]:
    """Return the pinned messages of a conversation as they are after an entry."""
    if isinstance(entry, Pinned):
        return (*pins, entry.message)
    if isinstance(entry, Unpinned | Deleted) and entry.message in pins:
        return tuple(number for number in pins if number != entry.message)
    return pins


def kept_pins(pins: tuple[int, ...], first: int) -> tuple[int, ...]:
    """Return the pinned messages of a conversation whose log begins at a number: pins below it are gone."""
    return pins if not pins or min(pins) >= first else tuple(number for number in pins if number >= first)


def _reacted(reactions: Sequence[Reaction], change: Reacted) -> tuple[Reaction, ...]:
    """Return the reactions with one more, or one fewer; what nobody gives any more is not kept."""
    if not change.removed and all(reaction.emoji != change.emoji for reaction in reactions):
        return (*reactions, Reaction(emoji=change.emoji, users=(change.user,)))
    folded = (
        replace(reaction, users=_given(reaction.users, change))
        if reaction.emoji == change.emoji
        else reaction
        for reaction in reactions
    )
    return tuple(reaction for reaction in folded if reaction.users)


def _given(users: tuple[str, ...], change: Reacted) -> tuple[str, ...]:
    others = tuple(user for user in users if user != change.user)
    return others if change.removed else (*others, change.user)
