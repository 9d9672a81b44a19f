"""Rules of messages and of direct conversations."""

import re
from collections.abc import Collection

import msgspec

from chat.ids import ConversationId, UserId
from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.entries import Created, Message
from chat.protocol.records import ConversationKind
from chat.protocol.requests import Send
from chat.server.domain.channel import find_conversation, require_member
from chat.server.domain.draft import Draft, head
from chat.server.domain.model import ConversationState, Decision, UserState, conversation_id
from chat.server.domain.permissions import require_writing
from chat.server.domain.targets import Target, TargetKind

_ADDRESSED = re.compile(r"^([^\s@,:]{1,32})[:,](?:\s|$)")
_MENTIONED = re.compile(r"(?<![\w@])@([^\s@,:;!?()\[\]<>]{1,32})")
_TRAILING = ".'\"*_`"
MOST_MENTIONS = 20
"""More words of a text than these are not looked up."""


def mention_keys(text: str) -> tuple[str, ...]:
    """Return the keys of the nicks that a text may mention: `@nick` anywhere, or `nick:` at its start.

    Works on the folded word, which equals the key of a nick for all but a few rare letters.
    """
    words = _MENTIONED.findall(text)[:MOST_MENTIONS] if "@" in text else []
    if addressed := _ADDRESSED.match(text):
        words.append(addressed[1])
    keys: dict[str, None] = {}
    for word in words:
        keys[word.casefold()] = None
        keys[word.rstrip(_TRAILING).casefold()] = None
    return tuple(keys)


def send(
    draft: Draft,
    who: UserId,
    send_id: str,
    *,
    target: Target,
    text: str,
    action: bool,
    mentions: Collection[str],
) -> Decision:
    """Say something; to `@nick` it makes the direct conversation when there is none.

    Args:
        draft: the world as it would be.
        who: the sender.
        send_id: the sender's name for this.
        target: the conversation.
        text: cleaned.
        action: whether it is said in the third person.
        mentions: keys of nicks that the text may mention; only members are mentioned.
    """
    user = draft.user(who)
    opened: tuple[Created, ...] = ()
    if target.kind is TargetKind.NICK:
        state, opened = _direct_with(draft, user, draft.find_user(target), send_id)
    else:
        state = require_member(find_conversation(draft, target), who)
    require_writing(Send, state, user, draft.now)
    mentioned = _mentioned(draft, state, mentions)
    fields = head(draft, state, user, send_id, ahead=1 + len(opened))
    return Decision(entries=(*opened, Message(**fields, text=text, action=action, mentions=mentioned)))


def open_direct(draft: Draft, who: UserId, *, target: Target) -> Decision:
    """Make the direct conversation with somebody; nothing when there is one.

    To who did not make it, it appears for good with its first message only.
    """
    _, opened = _direct_with(draft, draft.user(who), draft.find_user(target), "")
    return Decision(entries=opened)


def mark_read(
    draft: Draft, who: UserId, *, conversation: ConversationId, number: int, private: bool = False
) -> Decision:
    """Move the read position forward, at most to the last number; backwards it decides nothing.

    The other side of a direct conversation is told, unless it is `private`: then one's own position moves
    alone, until a later mark tells more.
    """
    state = require_member(draft.conversation(conversation), who)
    before = draft.mark_of(who, state.id)
    reached = min(number, state.last)
    told = reached if state.pair and not private else 0
    if reached <= before.number and told <= before.told:
        return Decision()
    after = msgspec.structs.replace(before, number=max(reached, before.number))
    if told > before.told:
        after = msgspec.structs.replace(after, told=told, told_at=draft.now)
    return Decision(reads=(after,))


def _direct_with(
    draft: Draft, user: UserState, other: UserState, send_id: str
) -> tuple[ConversationState, tuple[Created, ...]]:
    """Return the direct conversation, and the entry that makes it where there is none."""
    if state := draft.direct_of(user.id, other.id):
        return state, ()
    if user.id == other.id:
        raise Refused(ErrorCode.UNKNOWN_USER, "That is you; choose somebody else.", field="target")
    empty = ConversationState(
        id=ConversationId(conversation_id(draft.next_conversation)),
        kind=ConversationKind.DIRECT,
        pair=(user.id, other.id),
    )
    created = Created(**head(draft, empty, user, send_id), kind=ConversationKind.DIRECT, peer=other.id)
    return empty, (created,)


def _mentioned(draft: Draft, state: ConversationState, keys: Collection[str]) -> tuple[str, ...]:
    """Return the members whose nicks are among the keys."""
    if not keys:
        return ()
    holders = (draft.nick_holder(key) for key in keys)
    return tuple(dict.fromkeys(user for user in holders if user is not None and state.may_read(user)))
