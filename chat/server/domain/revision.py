"""Rules of changing messages: editing, deleting, reacting, pinning.

What a message is now comes from the draft, which folds each change as it is decided. Pure; no threads.
"""

from chat.ids import UserId
from chat.protocol.asking import Request
from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.entries import Deleted, Edited, Message, Pinned, Reacted, Unpinned
from chat.protocol.records import Limits
from chat.protocol.requests import Delete, Edit, Pin, React, Unpin
from chat.server.domain.channel import require_member
from chat.server.domain.draft import Draft, head, note
from chat.server.domain.model import ConversationState, Decision, MessageKey
from chat.server.domain.permissions import RIGHTS, require_writing, standing_of


def edit(draft: Draft, who: UserId, send_id: str, *, key: MessageKey, text: str) -> Decision:
    """Give one's own message another text, cleaned; nothing when it is the same to the letter."""
    state, message = _found(draft, who, key, Edit)
    if message.user != who:
        raise Refused(
            ErrorCode.NOT_YOUR_MESSAGE,
            f"{message.nick} said this; only its author may edit it.",
            field="message",
        )
    if message.text == text:
        return Decision()
    fields = head(draft, state, draft.user(who), send_id)
    return Decision(entries=(Edited(**fields, message=key.number, text=text),))


def delete(draft: Draft, who: UserId, send_id: str, *, key: MessageKey) -> Decision:
    """Take one's own message back for good; operators of a channel also those of others.

    Whoever is muted, or in an archived channel, still may.
    """
    state, message = _found(draft, who, key, Delete)
    user = draft.user(who)
    entry = Deleted(**head(draft, state, user, send_id), message=key.number)
    if message.user == who:
        return Decision(entries=(entry,))
    least = RIGHTS[Delete].restricted
    assert least is not None
    if state.pair or standing_of(user, state.members.get(who)) < least:
        raise Refused(
            ErrorCode.NOT_YOUR_MESSAGE,
            f"{message.nick} said this; only its author and operators of the channel may delete it.",
            field="message",
        )
    detail = f"{state.name}: number {key.number}"
    return Decision(entries=(entry,), notes=(note(draft, "delete", user, message.nick, detail),))


def react(
    draft: Draft, who: UserId, send_id: str, *, key: MessageKey, emoji: str, remove: bool, limits: Limits
) -> Decision:
    """Give a message a reaction, cleaned, or take one's own back; nothing when it is so already."""
    state, message = _found(draft, who, key, React)
    given = next((each.users for each in message.reactions if each.emoji == emoji), ())
    if (who in given) != remove:
        return Decision()
    if not remove:
        _require_room(message, emoji, limits)
    fields = head(draft, state, draft.user(who), send_id)
    return Decision(entries=(Reacted(**fields, message=key.number, emoji=emoji, removed=remove),))


def pin(draft: Draft, who: UserId, send_id: str, *, key: MessageKey, limits: Limits) -> Decision:
    """Pin a message to its conversation; nothing when it is pinned already."""
    state, _ = _found(draft, who, key, Pin)
    if key.number in state.pins:
        return Decision()
    if len(state.pins) >= limits.conversation_pins:
        raise Refused(
            ErrorCode.TOO_MANY,
            f"{len(state.pins)} messages are pinned here, and no more can be; unpin one first.",
            field="message",
        )
    fields = head(draft, state, draft.user(who), send_id)
    return Decision(entries=(Pinned(**fields, message=key.number),))


def unpin(draft: Draft, who: UserId, send_id: str, *, key: MessageKey) -> Decision:
    """Pin a message no more; nothing when it is not pinned."""
    state, _ = _found(draft, who, key, Unpin)
    if key.number not in state.pins:
        return Decision()
    fields = head(draft, state, draft.user(who), send_id)
    return Decision(entries=(Unpinned(**fields, message=key.number),))


def _found(
    draft: Draft, who: UserId, key: MessageKey, kind: type[Request]
) -> tuple[ConversationState, Message]:
    """Return a message that a member may change in this way, with its conversation; raises `Refused`."""
    state = require_member(draft.conversation(key.conversation), who)
    if kind is not Delete:
        require_writing(kind, state, draft.user(who), draft.now)
    message = draft.message(key)
    if message is None or key.number < state.first:
        raise Refused(ErrorCode.UNKNOWN_MESSAGE, f"Number {key.number} is no message here.", field="message")
    if message.deleted:
        raise Refused(ErrorCode.UNKNOWN_MESSAGE, f"Message {key.number} was deleted.", field="message")
    return state, message


def _require_room(message: Message, emoji: str, limits: Limits) -> None:
    """Refuse one reaction more than there may be."""
    kinds = {reaction.emoji for reaction in message.reactions} | {emoji}
    if len(kinds) > limits.message_emoji:
        raise Refused(
            ErrorCode.TOO_MANY,
            f"This message has {limits.message_emoji} different reactions, and no more can be; "
            "choose one that is there.",
            field="emoji",
        )
    if sum(len(reaction.users) for reaction in message.reactions) >= limits.message_reactions:
        raise Refused(
            ErrorCode.TOO_MANY,
            f"This message has {limits.message_reactions} reactions, and no more can be.",
            field="emoji",
        )
