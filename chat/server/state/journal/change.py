"""A change on its way through the journal, and what comes back."""

from collections.abc import Callable, Collection
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from chat.ids import DeviceId, SendId, UserId
from chat.protocol.asking import Change as ChangeRequest
from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.entries import AnyEntry, Message
from chat.server.domain.draft import Draft
from chat.server.domain.model import ConversationState, Decision, MessageKey, UserState
from chat.server.state.session import SendOrder, Session


class Outcome(NamedTuple):
    """A change that was accepted: stored, or stored long ago, or there was nothing to do."""

    entry: AnyEntry | None
    """The entry that answers it, in its present state; None when there was nothing to do."""
    conversation: ConversationState | None
    """The entry's conversation as it was right behind the entry; None for a repeated one."""
    repeated: bool = False
    """Whether this send id was known and the entry is the first answer."""
    message: Message | None = None
    """The message that the entry changed, as it is right behind the change; for a repeated one, as now."""
    users: tuple[UserState, ...] = ()
    """Whom the change made or changed; nobody for a repeated one."""


class Broken(Refused):
    """A change met a fault of the server's own."""

    def __init__(self, trace: str) -> None:
        """`trace` is under what the log has more of it."""
        super().__init__(ErrorCode.INTERNAL_ERROR)
        self.trace = trace


class Place(NamedTuple):
    """Where a send stands among all sends of its link."""

    order: SendOrder
    number: int


class Origin(msgspec.Struct, frozen=True):
    """Whose change it is: to recognise a repeated one, and what comes from who is not let in any more."""

    user: UserId
    device: DeviceId
    send_id: SendId
    request_hash: bytes
    place: Place | None = None
    """For sends, which stay in order across refusals."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One item of the journal's queue."""

    decide: Callable[[Draft], Decision]
    """A rule with its arguments; runs on the journal's thread, pure."""
    answer: Callable[[Outcome | Refused], None]
    """Called exactly once, on the journal's thread or the watchdog's, after everything was published."""
    origin: Origin | None = None
    touches: MessageKey | None = None
    """The message that the rule looks at, so that the draft has it."""
    touches_all: Collection[MessageKey] = ()
    """The same, of a rule that looks at several."""
    told: Session | None = None
    """The session whom the answer itself tells that it joined or left."""
    size: int = 256
    """About how many bytes it holds."""


def hold_up(change: Change) -> None:
    """Note that a send is refused and may come again: later ones of its link are refused until then."""
    if change.origin is not None and change.origin.place is not None:
        order, number = change.origin.place
        order.refused(change.origin.send_id, number)


def request_hash(request: ChangeRequest) -> bytes:
    """Return the hash by which a repeated request is told from another one with the same `send_id`.

    Two are the same when their decoded content is equal, targets as sent, without `id`.
    """
    content = msgspec.json.encode(msgspec.structs.replace(request, id="-"))
    return blake2b(content, digest_size=16).digest()
