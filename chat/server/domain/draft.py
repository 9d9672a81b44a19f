"""The world as it would be: published state under what a batch has decided so far.

Rules read a draft and return decisions; the journal applies them to the draft, so the second item of a batch
sees the first. Nothing of it is visible to anybody before the batch is committed. The journal's thread only.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple, Protocol

import msgspec

from chat.ids import ConversationId, SendId, UserId
from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.entries import AnyEntry, Message, MessageChange
from chat.protocol.folding import fold_message, kept_pins
from chat.protocol.records import Gate
from chat.server.domain.audit import AuditNote
from chat.server.domain.evolve import evolve, pair_of
from chat.server.domain.look_alikes import looks_of
from chat.server.domain.model import (
    ConversationState,
    Decision,
    DeviceState,
    Erasure,
    MessageKey,
    ReadMove,
    Trim,
    UserState,
    row_of,
)
from chat.server.domain.targets import Target, TargetKind


class World(Protocol):
    """The published state, as far as rules may ask."""

    def user(self, user: UserId) -> UserState | None:
        """Return a user by id."""

    def nick_holder(self, key: str) -> UserId | None:
        """Return who holds the claim on a nick."""

    def nicks_like(self, looks: frozenset[str]) -> frozenset[UserId]:
        """Return those whose nicks look like this; see `look_alikes.looks_of`."""

    def channels_like(self, looks: frozenset[str]) -> frozenset[ConversationId]:
        """Return the channels whose names look like this."""

    def device(self, token_hash: str) -> DeviceState | None:
        """Return a device by the hash of its token."""

    def devices_of(self, user: UserId) -> tuple[DeviceState, ...]:
        """Return all devices of a user."""

    def gate(self) -> Gate:
        """Return whom the server lets in."""

    def said_gate(self) -> Gate:
        """Return what was said last of whom it lets in, whatever else keeps people out."""

    def conversation(self, conversation: ConversationId) -> ConversationState | None:
        """Return a conversation by id."""

    def channel_named(self, key: str) -> ConversationId | None:
        """Return a channel by the key of its name."""

    def direct_of(self, pair: tuple[UserId, UserId]) -> ConversationId | None:
        """Return the direct conversation of two users."""

    def conversations_of(self, user: UserId) -> frozenset[ConversationId]:
        """Return what a user is a member of."""

    def mark_of(self, user: UserId, conversation: ConversationId) -> ReadMove | None:
        """Return the last move of a user's read position; None before the first."""

    def claim_is_stale(self, user: UserState) -> bool:
        """Return whether a user's claim on the nick may be taken over."""

    def hosts_of(self, user: UserId) -> frozenset[str]:
        """Return the IP addresses that a user is here from."""

    def next_rows(self) -> tuple[int, int, int]:
        """Return the next free numbers of users, devices and conversations."""


class Step(NamedTuple):
    """One new entry and what it does to its conversation."""

    entry: AnyEntry
    before: ConversationState | None
    """None for a conversation that begins with this entry."""
    after: ConversationState


class Draft:
    """A world with the decisions of one batch on top."""

    def __init__(
        self, world: World, now: datetime, messages: Mapping[MessageKey, Message] | None = None
    ) -> None:
        """Begin with nothing decided.

        Args:
            world: the published state.
            now: the timestamp of everything in the batch, UTC in whole milliseconds.
            messages: those that the batch touches, as they are stored.
        """
        self._world = world
        self._messages = messages or {}
        self.now = now
        self.users: dict[UserId, UserState] = {}
        self.devices: dict[str, DeviceState] = {}
        self.revoked: dict[str, DeviceState] = {}
        """Devices that are no more, by the hash of their token."""
        self.gate: Gate | None = None
        """Whom the server lets in, where that changed."""
        self.conversations: dict[ConversationId, ConversationState] = {}
        self.logs: dict[ConversationId, list[Step]] = {}
        """What is new in each conversation, in order."""
        self.revised: dict[MessageKey, Message] = {}
        """Messages that changed, as they are now."""
        self.stripped: list[MessageKey] = []
        """Entries whose text is to be gone: of edits that another one or a deletion took the place of."""
        self.reads: dict[tuple[UserId, ConversationId], ReadMove] = {}
        self.notes: list[AuditNote] = []
        """What joins the audit log."""
        self.trims: list[Trim] = []
        """Logs that begin later now, or of which something is deleted below their beginning."""
        self.forgotten: list[tuple[UserId, SendId]] = []
        """Requests that are known no more."""
        self.outlived: date | None = None
        """The day before which nothing went whose send ids are still known."""
        self.erasures: list[Erasure] = []
        self._asked: dict[UserId, UserState] = {}
        self._nicks: dict[str, UserId | None] = {}
        self._looks: dict[str, set[UserId]] = {}
        self._channels: dict[str, ConversationId | None] = {}
        self._channel_looks: dict[str, set[ConversationId]] = {}
        self._directs: dict[tuple[UserId, UserId], ConversationId] = {}
        self.next_user, self.next_device, self.next_conversation = world.next_rows()

    def apply(self, decision: Decision) -> None:
        """Make the decision part of the draft, all of it or, when it contradicts the log, nothing."""
        for step in self._steps(decision.entries):
            self._append(step)
        for user in decision.users:
            self._put_user(user)
        for device in decision.revoked:
            self.devices.pop(device.token_hash, None)
            self.revoked[device.token_hash] = device
        for device in decision.devices:
            self.devices[device.token_hash] = device
            self.next_device = max(self.next_device, row_of(device.id) + 1)
        for move in decision.reads:
            self.reads[move.user, move.conversation] = move
        self.gate = decision.gate or self.gate
        self.notes.extend(decision.notes)
        for trim in decision.trims:
            self._trim(trim)
        self.forgotten.extend(decision.forgotten)
        self.outlived = decision.outlived or self.outlived
        self.erasures.extend(decision.erasures)

    def gone(self) -> list[ConversationId]:
        """Return the conversations that were deleted."""
        return [state.id for state in self.conversations.values() if state.deleted]

    def entries(self) -> list[AnyEntry]:
        """Return all new entries, those of each conversation in order."""
        return [step.entry for steps in self.logs.values() for step in steps]

    def user(self, user: UserId) -> UserState:
        """Return a user who exists."""
        found = self.users.get(user) or self._asked.get(user)
        if found is None:
            found = self._world.user(user)
            assert found is not None
            self._asked[user] = found
        return found

    def known(self, user: UserId) -> UserState | None:
        """Return a user by id; None where there is none."""
        return self.users.get(user) or self._world.user(user)

    def find_user(self, target: Target, field: str = "target") -> UserState:
        """Return the user that a target names, in a field of the request; raises `Refused`."""
        user_id = self.nick_holder(target.key) if target.kind is TargetKind.NICK else UserId(target.key)
        found = None
        if user_id is not None and target.kind is not TargetKind.CHANNEL:
            found = self.users.get(user_id) or self._world.user(user_id)
        if found is None:
            raise Refused(ErrorCode.UNKNOWN_USER, f"Nobody here is called {target.text}.", field=field)
        return found

    def nick_holder(self, key: str) -> UserId | None:
        """Return who holds the claim on a nick."""
        return self._nicks[key] if key in self._nicks else self._world.nick_holder(key)

    def claim_is_stale(self, user: UserState) -> bool:
        """Return whether the claim on the nick may be taken over; one made in this batch is fresh."""
        return user.id not in self.users and self._world.claim_is_stale(user)

    def device(self, token_hash: str) -> DeviceState | None:
        """Return a device by the hash of its token."""
        if token_hash in self.devices:
            return self.devices[token_hash]
        return None if token_hash in self.revoked else self._world.device(token_hash)

    def devices_of(self, user: UserId) -> list[DeviceState]:
        """Return all devices of a user."""
        known = {device.token_hash: device for device in self._world.devices_of(user)}
        known |= {key: device for key, device in self.devices.items() if device.user == user}
        return [device for key, device in known.items() if key in self.devices or key not in self.revoked]

    def gate_now(self) -> Gate:
        """Return whom the server lets in."""
        return self.gate or self._world.gate()

    def said_gate(self) -> Gate:
        """Return what was said last of whom the server lets in; see `World.said_gate`."""
        return self.gate or self._world.said_gate()

    def nicks_like(self, looks: frozenset[str]) -> list[UserState]:
        """Return those who hold a nick that looks like this."""
        fresh = {user for look in looks for user in self._looks.get(look, ())}
        found = [self.user(user) for user in sorted(fresh | self._world.nicks_like(looks))]
        return [user for user in found if user.holds_nick and looks_of(user.nick, user.nick_key) & looks]

    def channel_like(self, looks: frozenset[str]) -> ConversationState | None:
        """Return a channel whose name looks like this."""
        fresh = {channel for look in looks for channel in self._channel_looks.get(look, ())}
        found = (self.conversation(each) for each in sorted(fresh | self._world.channels_like(looks)))
        return next((state for state in found if state is not None), None)

    def conversation(self, conversation: ConversationId) -> ConversationState | None:
        """Return a conversation by id; None when it was deleted."""
        found = self.conversations.get(conversation) or self._world.conversation(conversation)
        return None if found is None or found.deleted else found

    def channel_named(self, key: str) -> ConversationState | None:
        """Return a channel by the key of its name."""
        found = self._channels[key] if key in self._channels else self._world.channel_named(key)
        return self.conversation(found) if found else None

    def direct_of(self, one: UserId, other: UserId) -> ConversationState | None:
        """Return the direct conversation of two users."""
        pair = pair_of(one, other)
        found = self._directs.get(pair) or self._world.direct_of(pair)
        return self.conversation(found) if found else None

    def conversations_of(self, user: UserId) -> list[ConversationState]:
        """Return what a user is a member of."""
        known = self._world.conversations_of(user) | self.conversations.keys()
        found = (self.conversation(each) for each in sorted(known))
        return [state for state in found if state is not None and user in state.members]

    def message(self, key: MessageKey) -> Message | None:
        """Return a message as it is now; None where there is none that the batch was said to touch."""
        revised = self.revised.get(key) or self._messages.get(key)
        if revised is not None:
            return revised
        steps = self.logs.get(key.conversation, ())
        first = steps[0].entry.number if steps else 0
        if not steps or not first <= key.number < first + len(steps):
            return None
        entry = steps[key.number - first].entry
        return entry if isinstance(entry, Message) else None

    def hosts_of(self, user: UserId) -> frozenset[str]:
        """Return the IP addresses that a user is here from."""
        return self._world.hosts_of(user)

    def mark_of(self, user: UserId, conversation: ConversationId) -> ReadMove:
        """Return the last move of a user's read position, one to 0 before the first."""
        moved = self.reads.get((user, conversation)) or self._world.mark_of(user, conversation)
        return moved or ReadMove(user, conversation, 0)

    def _steps(self, entries: tuple[AnyEntry, ...]) -> list[Step]:
        """Return what each of the entries does, without doing it."""
        steps: list[Step] = []
        states: dict[ConversationId, ConversationState] = {}
        for entry in entries:
            conversation = ConversationId(entry.conversation)
            before = states.get(conversation) or self.conversation(conversation)
            after = states[conversation] = evolve(before, entry)
            steps.append(Step(entry, before, after))
        return steps

    def _append(self, step: Step) -> None:
        state = step.after
        if step.before is None:
            self.next_conversation = max(self.next_conversation, row_of(state.id) + 1)
            if state.pair:
                self._directs[state.pair] = state.id
            else:
                self._channels[state.name_key] = state.id
                for look in looks_of(state.name, state.name_key):
                    self._channel_looks.setdefault(look, set()).add(state.id)
        elif state.deleted:
            self._channels[step.before.name_key] = None
        self.conversations[state.id] = state
        self.logs.setdefault(state.id, []).append(step)
        if isinstance(step.entry, MessageChange):
            self._revise(step.entry)

    def _trim(self, trim: Trim) -> None:
        """Let a log begin later: the one thing of a conversation that no entry says."""
        state = self.conversation(trim.conversation)
        assert state is not None
        pins = kept_pins(state.pins, trim.first)
        self.conversations[state.id] = msgspec.structs.replace(state, first=trim.first, pins=pins)
        self.trims.append(trim)

    def _revise(self, change: MessageChange) -> None:
        """Fold a change into its message."""
        key = MessageKey(ConversationId(change.conversation), change.message)
        before = self.message(key)
        assert before is not None
        after = fold_message(before, change)
        if after is before:
            return
        self.revised[key] = after
        if before.edited and after.edited != before.edited:
            self.stripped.append(MessageKey(key.conversation, before.edited))

    def _put_user(self, user: UserState) -> None:
        before = self.users.get(user.id) or self._world.user(user.id)
        if before is None:
            self.next_user = max(self.next_user, row_of(user.id) + 1)
        elif before.holds_nick and self.nick_holder(before.nick_key) == user.id:
            self._nicks[before.nick_key] = None
        if user.holds_nick:
            self._nicks[user.nick_key] = user.id
            for look in looks_of(user.nick, user.nick_key):
                self._looks.setdefault(look, set()).add(user.id)
        self.users[user.id] = user


def note(draft: Draft, action: str, who: UserState | None, subject: str = "", detail: str = "") -> AuditNote:
    """Return what the audit log is to keep of an action; without `who` it was the server, or its console."""
    return AuditNote(
        timestamp=draft.now,
        action=action,
        user=who.id if who else "",
        nick=who.nick if who else "",
        subject=subject,
        detail=detail,
    )


def head(
    draft: Draft, conversation: ConversationState, who: UserState, send_id: str, ahead: int = 1
) -> dict[str, Any]:
    """Return the fields that every entry carries, with the number `ahead` of the conversation's last."""
    return {
        "conversation": conversation.id,
        "number": conversation.last + ahead,
        "user": who.id,
        "nick": who.nick,
        "timestamp": draft.now,
        "send_id": send_id,
    }
