"""Deciding a batch: each change in order against a draft that the earlier ones have changed.

Pure but for the answers it prepares; stores and publishes nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from chat.ids import ConversationId, SendId, UserId
from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.entries import AnyEntry, Message, MessageChange
from chat.server.domain.accounts import require_still_in
from chat.server.domain.draft import Draft, World
from chat.server.domain.model import ChannelRules, MessageKey, SendRow
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
        messages: Mapping[MessageKey, Message],
        on_fault: Callable[[Exception], Refused],
    ) -> None:
        """Begin a batch.

        Args:
            world: the published state.
            now: the timestamp of all its entries.
            known: first answers of send ids that are stored already.
            messages: those that the changes touch, as they are stored.
            on_fault: logs an exception of a rule and returns what the sender is told.
        """
        self._known = dict(known)
        self.draft = Draft(world, now, {**messages, **dict(_in_answers(known.values()))})
        self._on_fault = on_fault
        self._answers: list[tuple[Change, Outcome | Refused]] = []
        self._sends: list[SendRow] = []
        self.askers: dict[tuple[str, int], Session] = {}
        """By conversation and number: whose answer tells that it joined or left by that entry."""

    def decide(self, changes: Sequence[Change]) -> None:
        """Decide all changes in order."""
        for change in changes:
            try:
                self._decide(change)
            except Refused as refused:
                self._answers.append((change, refused))
            except Exception as fault:  # noqa: BLE001 - one broken rule must not stop the journal
                self._answers.append((change, self._on_fault(fault)))

    def to_store(self, number: int) -> Batch | None:
        """Return what the commit has to store under this batch number; None when there is nothing."""
        draft = self.draft
        people = draft.users or draft.devices or draft.revoked
        kept_no_more = draft.trims or draft.forgotten or draft.outlived or draft.erasures
        if not (draft.logs or people or draft.reads or draft.notes or draft.gate or kept_no_more):
            return None
        return Batch(
            number=number,
            entries=draft.entries(),
            conversations=list(draft.conversations.values()),
            members=self._members(),
            users=list(draft.users.values()),
            devices=list(draft.devices.values()),
            revoked=list(draft.revoked.values()),
            gate=draft.gate,
            reads=list(draft.reads.values()),
            sends=self._sends,
            revised=list(draft.revised.values()),
            stripped=draft.stripped,
            rules=self._rules(),
            gone=draft.gone(),
            notes=draft.notes,
            trims=draft.trims,
            forgotten=draft.forgotten,
            outlived=draft.outlived,
            erasures=draft.erasures,
        )

    def answers(self) -> list[tuple[Change, Outcome | Refused]]:
        """Return what every change is to be answered, after the draft was published."""
        return self._answers

    def _decide(self, change: Change) -> None:
        origin = change.origin
        admitted = origin is None or origin.place is None or origin.place.order.admits(origin.send_id)
        if origin is not None and (first := self._first_answer(origin)) is not None:
            self._answers.append((change, self._again(first)))
            return
        if not admitted:
            raise Refused(ErrorCode.OUT_OF_ORDER, retry_after_ms=0)
        if origin is not None:
            require_still_in(self.draft, origin.user, origin.device)
        decision = change.decide(self.draft)
        self.draft.apply(decision)
        if not decision.entries:
            self._answers.append((change, Outcome(None, None, users=decision.users)))
            return
        entry = decision.entries[-1]
        if change.told is not None:
            self.askers.update({(each.conversation, each.number): change.told for each in decision.entries})
        if origin is not None:
            self._remember(origin, entry)
        conversation = self.draft.conversations[ConversationId(entry.conversation)]
        outcome = Outcome(entry, conversation, message=self._changed(entry), users=decision.users)
        self._answers.append((change, outcome))

    def _first_answer(self, origin: Origin) -> AnyEntry | None:
        """Return the entry of a repeated request.

        Raises `Refused` when the id was used for another one, or the entry is gone by now.
        """
        first = self._known.get((origin.user, origin.send_id))
        if first is None:
            return None
        if first.request_hash != origin.request_hash:
            raise Refused(ErrorCode.CONFLICT, field="send_id")
        if first.entry is None:
            if (remains := self._remains(origin, first)) is not None:
                return remains
            raise Refused(
                ErrorCode.UNKNOWN_CONVERSATION,
                "This was stored before, and is gone since with all that stood beside it.",
            )
        return first.entry

    def _remains(self, origin: Origin, first: Answered) -> AnyEntry | None:
        """Return what is still known of an entry that is too old to be kept: its place and time, no text."""
        state = self.draft.conversation(first.key.conversation) if first.key else None
        if state is None or first.key is None or first.timestamp is None or first.key.number >= state.first:
            return None
        return Message(
            conversation=state.id,
            number=first.key.number,
            user=origin.user,
            nick="",
            timestamp=first.timestamp,
            text="",
        )

    def _again(self, first: AnyEntry) -> Outcome:
        """Return the outcome of a repeated request, with messages as the batch has made them so far."""
        if isinstance(first, Message):
            first = self.draft.message(_key(first, first.number)) or first
        return Outcome(first, None, repeated=True, message=self._changed(first))

    def _changed(self, entry: AnyEntry) -> Message | None:
        """Return the message that an entry changed, as the batch has made it so far."""
        return self.draft.message(_key(entry, entry.message)) if isinstance(entry, MessageChange) else None

    def _remember(self, origin: Origin, entry: AnyEntry) -> None:
        self._known[origin.user, origin.send_id] = Answered(origin.request_hash, entry)
        self._sends.append(
            SendRow(
                user=origin.user,
                send_id=origin.send_id,
                request_hash=origin.request_hash,
                conversation=ConversationId(entry.conversation),
                number=entry.number,
                timestamp=entry.timestamp,
            )
        )

    def _rules(self) -> list[tuple[ConversationId, ChannelRules]]:
        """Return the rules of channels that differ from the published ones."""
        return [
            (conversation, steps[-1].after.rules)
            for conversation, steps in self.draft.logs.items()
            if steps[-1].after.rules != (steps[0].before.rules if steps[0].before else ChannelRules())
        ]

    def _members(self) -> list[tuple[ConversationId, UserId, str | None]]:
        """Return the memberships that differ from the published ones."""
        changed: list[tuple[ConversationId, UserId, str | None]] = []
        for conversation, steps in self.draft.logs.items():
            state, published = steps[-1].after, steps[0].before
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


def _in_answers(answers: Iterable[Answered]) -> Iterator[tuple[MessageKey, Message]]:
    """Yield the messages that first answers speak of."""
    for answer in answers:
        message = answer.entry if isinstance(answer.entry, Message) else answer.message
        if message is not None:
            yield _key(message, message.number), message


def _key(entry: AnyEntry, number: int) -> MessageKey:
    return MessageKey(ConversationId(entry.conversation), number)
