"""Deciding a batch: each change in order against a draft that the earlier ones have changed.

Pure but for the answers it prepares; stores and publishes nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from chat.ids import ConversationId, SendId, UserId
from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.entries import AnyEntry
from chat.server.domain.draft import Draft, World
from chat.server.domain.model import SendRow
from chat.server.ports import Answered, Batch
from chat.server.state.journal.change import Change, Origin, Outcome
from chat.server.state.session import Session

SendKey = tuple[UserId, SendId]


class DecidedBatch:
    """A draft with the answers that its commit will set free."""

    def __init__(
        self,
        world: World,
        now: datetime,
        known: Mapping[SendKey, Answered],
        on_fault: Callable[[Exception], Refused],
    ) -> None:
        """Begin a batch.

        Args:
            world: the published state.
            now: the timestamp of all its entries.
            known: first answers of send ids that are stored already.
            on_fault: logs an exception of a rule and returns what the sender is told.
        """
        self.draft = Draft(world, now)
        self._known = dict(known)
        self._on_fault = on_fault
        self._answers: list[tuple[Change, AnyEntry | Refused | None, bool]] = []
        self._sends: list[SendRow] = []
        self.told: set[tuple[Session, str]] = set()
        """Sessions whose answers tell them that they joined or left a conversation."""

    def decide(self, changes: Sequence[Change]) -> None:
        """Decide all changes in order."""
        for change in changes:
            try:
                self._decide(change)
            except Refused as refused:
                self._answers.append((change, refused, False))
            except Exception as fault:  # noqa: BLE001 - one broken rule must not stop the journal
                self._answers.append((change, self._on_fault(fault), False))

    def to_store(self, number: int) -> Batch | None:
        """Return what the commit has to store under this batch number; None when there is nothing."""
        draft = self.draft
        moves = draft.moves()
        if not (draft.entries or draft.users or draft.devices or moves):
            return None
        return Batch(
            number=number,
            entries=draft.entries,
            conversations=list(draft.conversations.values()),
            members=self._members(),
            users=list(draft.users.values()),
            devices=list(draft.devices.values()),
            reads=moves,
            sends=self._sends,
        )

    def answer(self) -> None:
        """Answer every change, after the draft was published."""
        for change, result, repeated in self._answers:
            if isinstance(result, Refused):
                change.answer(result)
            elif result is None or repeated:
                change.answer(Outcome(result, None, repeated))
            else:
                conversation = self.draft.conversations[ConversationId(result.conversation)]
                change.answer(Outcome(result, conversation))

    def _decide(self, change: Change) -> None:
        origin = change.origin
        admitted = origin is None or origin.order is None or origin.order.admits(origin.send_id)
        if origin is not None and (first := self._first_answer(origin)) is not None:
            self._answers.append((change, first, True))
            return
        if not admitted:
            raise Refused(ErrorCode.OUT_OF_ORDER, retry_after_ms=0)
        decision = change.decide(self.draft)
        self.draft.apply(decision)
        if change.told is not None:
            self.told.update((change.told, entry.conversation) for entry in decision.entries)
        entry = decision.answer or (decision.entries[-1] if decision.entries else None)
        if origin is not None and entry is not None:
            self._remember(origin, entry)
        self._answers.append((change, entry, False))

    def _first_answer(self, origin: Origin) -> AnyEntry | None:
        """Return the entry of a repeated request; raises `Refused` when the id was used for another one."""
        first = self._known.get((origin.user, origin.send_id))
        if first is None:
            return None
        if first.request_hash != origin.request_hash:
            raise Refused(ErrorCode.CONFLICT, field="send_id")
        return first.entry

    def _remember(self, origin: Origin, entry: AnyEntry) -> None:
        self._known[origin.user, origin.send_id] = Answered(origin.request_hash, entry)
        self._sends.append(
            SendRow(
                user=origin.user,
                send_id=origin.send_id,
                request_hash=origin.request_hash,
                conversation=ConversationId(entry.conversation),
                number=entry.number,
            )
        )

    def _members(self) -> list[tuple[ConversationId, UserId, str | None]]:
        """Return the memberships that differ from the published ones."""
        changed: list[tuple[ConversationId, UserId, str | None]] = []
        for conversation, state in self.draft.conversations.items():
            published = self.draft.world_conversation(conversation)
            before = published.members if published else {}
            if before is not state.members:
                gone = before.keys() - state.members.keys()
                changed.extend((conversation, user, None) for user in gone)
                changed.extend(
                    (conversation, user, member.role.value)
                    for user, member in state.members.items()
                    if before.get(user) != member
                )
        return changed
