"""What is not kept for ever: logs by age and count, send ids after that, and what people have erased.

Pure; the rules run on the journal's thread.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, NamedTuple

import msgspec

from chat.ids import ConversationId, SendId, UserId
from chat.names import parse_channel
from chat.protocol.accounts import EraseMessages
from chat.protocol.codes import Refused
from chat.protocol.entries import AnyEntry, Deleted
from chat.server.domain.draft import Draft, head, note
from chat.server.domain.model import ConversationState, Decision, Erasure, MessageKey, Trim, UserState
from chat.server.domain.permissions import require, standing_of

SENDS_OUTLIVE = timedelta(days=60)
"""How long a repeated request finds its number after its entry is gone; no client repeats after 30 days."""

_Count = Annotated[int, msgspec.Meta(ge=0)]


class Keep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much of one log is kept; 0 is for ever."""

    days: _Count = 0
    """Entries that are older go."""
    messages: _Count = 0
    """So many of the newest stay; all that has a number counts: also edits, reactions, who came and went."""


class Retention(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an operator may set about it."""

    days: _Count = 0
    """Of every channel that is not named."""
    messages: _Count = 0
    channels: Mapping[str, Keep] = {}
    """By name, with its `#`; takes the place of what holds for the others."""
    direct: Keep = Keep()
    """Of every direct conversation."""

    def kept(self) -> "Kept":
        """Return what every conversation keeps; raises `BadName`."""
        named = {parse_channel(name).key: keep for name, keep in self.channels.items()}
        return Kept(Keep(self.days, self.messages), named, self.direct)


class Kept(NamedTuple):
    """What every conversation keeps."""

    others: Keep
    named: Mapping[str, Keep]
    """By the key of a channel's name."""
    direct: Keep

    def of(self, state: ConversationState) -> Keep:
        """Return what a conversation keeps."""
        return self.direct if state.pair else self.named.get(state.name_key, self.others)


def first_kept(keep: Keep, oldest: Sequence[AnyEntry], *, first: int, last: int, now: datetime) -> int:
    """Return the number from which on a log is to be kept, as far as the entries at its beginning tell.

    Args:
        keep: how much.
        oldest: entries from `first` on, without a hole.
        first: where the log begins.
        last: which entry counts as the newest.
        now: UTC.

    Behind an entry that is young enough nothing goes, whatever a clock that was wrong has written there.
    """
    for entry in oldest:
        too_old = keep.days and now - entry.timestamp > timedelta(days=keep.days)
        too_many = keep.messages and entry.number <= last - keep.messages
        if not (too_old or too_many):
            break
        first = entry.number + 1
    return first


def trim(draft: Draft, conversation: ConversationId, first: int) -> Decision:
    """Let a log begin at a number, and have a bounded part of what lies below the present beginning deleted.

    Only what everybody was told to be gone is deleted, so that no reader finds a hole.
    """
    state = draft.conversation(conversation)
    if state is None:
        return Decision()
    first = max(state.first, min(first, state.last + 1))
    return Decision(trims=(Trim(conversation, first, below=state.first, when=draft.now),))


def forget_sends(_: Draft, sends: Sequence[tuple[UserId, SendId]]) -> Decision:
    """Know requests no more whose entries are long gone."""
    return Decision(forgotten=tuple(sends))


def forget_trims(_: Draft, before: date) -> Decision:
    """Know no more when something went, after all its send ids were forgotten."""
    return Decision(outlived=before)


def require_eraser(by: UserState, user: UserId) -> None:
    """Raise `Refused` for who may not take back what a user wrote."""
    require(EraseMessages, standing_of(by), restricted=by.id != user)


def begin_erasure(draft: Draft, by: UserId, user: UserId, last: Mapping[ConversationId, int]) -> Decision:
    """Note that what somebody wrote is to be taken back; what begins here outlives a restart.

    Args:
        draft: the world.
        by: who asks.
        user: whose messages.
        last: up to which number, where there is anything that is not on its way already.

    Raises:
        Refused: it is somebody else's, and who asks is no administrator by now.
    """
    asked, of = draft.user(by), draft.user(user)
    require_eraser(asked, user)
    if not last:
        return Decision()
    return Decision(
        erasures=tuple(Erasure(user, conversation, number, by) for conversation, number in last.items()),
        notes=(note(draft, "erase_messages", asked, subject=of.nick),),
    )


def erase(draft: Draft, erasure: Erasure, keys: Iterable[MessageKey]) -> Decision:
    """Take back those of some messages that are still there, and end the erasure where these are the last.

    It ends too, with what is left, where it is of somebody else and who asked is no administrator any more.
    """
    state, by = draft.conversation(erasure.conversation), draft.user(erasure.by)
    try:
        require_eraser(by, erasure.user)
    except Refused:
        return Decision(erasures=(msgspec.structs.replace(erasure, done=True),))
    entries: list[Deleted] = []
    for key in keys:
        message = draft.message(key)
        if state is None or message is None or message.deleted or key.number < state.first:
            continue
        entries.append(Deleted(**head(draft, state, by, "", len(entries) + 1), message=key.number))
    return Decision(entries=tuple(entries), erasures=(erasure,) if erasure.done else ())
