"""The world that rules ask, as plain dictionaries: no lock, no thread, no session."""

from collections.abc import Iterable
from datetime import UTC, datetime

from chat.ids import ConversationId, UserId
from chat.names import parse_channel, parse_nick
from chat.protocol.codes import ErrorCode, Refused
from chat.protocol.entries import AnyEntry, Message
from chat.protocol.records import Gate
from chat.server.domain import channel, message, user
from chat.server.domain.draft import Draft
from chat.server.domain.look_alikes import looks_of
from chat.server.domain.model import (
    ConversationState,
    Decision,
    DeviceState,
    MessageKey,
    ReadMove,
    UserState,
)
from chat.server.domain.targets import parse_target

NOON = datetime(2024, 5, 17, 12, 0, tzinfo=UTC)


class PlainWorld:
    """Published state, and the log that made it.

    Attributes:
        log: every published entry as it was made, in order, by conversation.
        messages: every message as it stands.
        stale: users whose claims on their nicks may be taken over.
        hosts: the IP addresses that users are here from.
    """

    def __init__(self) -> None:
        """Found a server: its first user and the lobby."""
        self.users: dict[UserId, UserState] = {}
        self.devices: dict[str, DeviceState] = {}
        self.conversations: dict[ConversationId, ConversationState] = {}
        self.reads: dict[tuple[UserId, ConversationId], ReadMove] = {}
        self.messages: dict[MessageKey, Message] = {}
        self.log: dict[ConversationId, list[AnyEntry]] = {}
        self.stale: set[UserId] = set()
        self.hosts: dict[UserId, str] = {}
        self.open_to = Gate.OPEN
        self._rows = (1, 1, 1)
        self.publish(self.draft(), user.found_server(self.draft()))

    # ------------------------------------------------------------------ what rules ask

    def user(self, user: UserId) -> UserState | None:
        return self.users.get(user)

    def nick_holder(self, key: str) -> UserId | None:
        holders = [each.id for each in self.users.values() if each.holds_nick and each.nick_key == key]
        assert len(holders) <= 1, f"{key} is held by {holders}"
        return holders[0] if holders else None

    def nicks_like(self, looks: frozenset[str]) -> frozenset[UserId]:
        holders = (each for each in self.users.values() if each.holds_nick)
        return frozenset(each.id for each in holders if looks_of(each.nick, each.nick_key) & looks)

    def channels_like(self, looks: frozenset[str]) -> frozenset[ConversationId]:
        states = self.conversations.values()
        return frozenset(each.id for each in states if looks_of(each.name, each.name_key) & looks)

    def devices_of(self, user: UserId) -> tuple[DeviceState, ...]:
        return tuple(each for each in self.devices.values() if each.user == user)

    def gate(self) -> Gate:
        return self.open_to

    def said_gate(self) -> Gate:
        return self.open_to

    def device(self, token_hash: str) -> DeviceState | None:
        return self.devices.get(token_hash)

    def conversation(self, conversation: ConversationId) -> ConversationState | None:
        return self.conversations.get(conversation)

    def channel_named(self, key: str) -> ConversationId | None:
        return next((state.id for state in self.conversations.values() if state.name_key == key), None)

    def direct_of(self, pair: tuple[UserId, UserId]) -> ConversationId | None:
        return next((state.id for state in self.conversations.values() if state.pair == pair), None)

    def conversations_of(self, user: UserId) -> frozenset[ConversationId]:
        return frozenset(state.id for state in self.conversations.values() if user in state.members)

    def mark_of(self, user: UserId, conversation: ConversationId) -> ReadMove | None:
        return self.reads.get((user, conversation))

    def claim_is_stale(self, user: UserState) -> bool:
        return user.id in self.stale

    def hosts_of(self, user: UserId) -> frozenset[str]:
        return frozenset({self.hosts[user]} if user in self.hosts else ())

    def next_rows(self) -> tuple[int, int, int]:
        return self._rows

    # ------------------------------------------------------------------ what tests do

    def draft(self, now: datetime = NOON) -> Draft:
        """Return a draft on top of this world."""
        return Draft(self, now, self.messages)

    def publish(self, draft: Draft, *decisions: Decision) -> None:
        """Apply decisions to a draft and make all that is in it the published state."""
        for decision in decisions:
            draft.apply(decision)
        self.users |= draft.users
        for revoked in draft.revoked:
            self.devices.pop(revoked, None)
        self.devices |= draft.devices
        self.open_to = draft.gate or self.open_to
        self.conversations |= draft.conversations
        for gone in draft.gone():
            del self.conversations[gone]
        self.reads |= draft.reads
        for entry in draft.entries():
            key = ConversationId(entry.conversation)
            self.log.setdefault(key, []).append(entry)
            if isinstance(entry, Message):
                self.messages[MessageKey(key, entry.number)] = entry
        self.messages |= draft.revised
        self._rows = (draft.next_user, draft.next_device, draft.next_conversation)

    def guest(self, nick: str) -> UserId:
        """Make a guest with a device whose token hash is `hash-` and the nick."""
        draft = self.draft()
        decision = user.make_guest(draft, nick=parse_nick(nick), token_hash=f"hash-{nick}")
        self.publish(draft, decision)
        return decision.users[-1].id

    def guest_takes(self, nick: str) -> UserId:
        """Make a guest who takes over a stale claim."""
        draft = self.draft()
        decision = user.make_guest(draft, nick=parse_nick(nick), token_hash=f"taker-of-{nick}")
        self.publish(draft, decision)
        return decision.users[-1].id

    def channel(self, name: str, maker: UserId, *others: UserId, topic: str = "") -> ConversationState:
        """Make a channel with members."""
        draft = self.draft()
        made = parse_channel(name)
        self.publish(draft, channel.create_channel(draft, maker, "", name=made, topic=topic))
        for other in others:
            self.publish(
                self.draft(), channel.join(self.draft(), other, "", target=parse_target(name), name=None)
            )
        return self.named(name)

    def say(self, who: UserId, target: str, text: str) -> AnyEntry:
        """Send a message; return its entry."""
        decision = say(self.draft(), who, target, text)
        self.publish(self.draft(), decision)
        return decision.entries[-1]

    def named(self, name: str) -> ConversationState:
        """Return a channel by name."""
        found = self.channel_named(parse_channel(name).key)
        assert found is not None
        return self.conversations[found]


def say(draft: Draft, who: UserId, target: str, text: str, *, action: bool = False) -> Decision:
    """Decide a message."""
    return message.send(
        draft,
        who,
        "",
        target=parse_target(target),
        text=text,
        action=action,
        mentions=message.mention_keys(text),
    )


def join(draft: Draft, who: UserId, name: str) -> Decision:
    """Decide that somebody joins a channel by its name, which makes it where it is missing."""
    return channel.join(draft, who, "", target=parse_target(name), name=parse_channel(name))


def part(draft: Draft, who: UserId, name: str, reason: str = "") -> Decision:
    """Decide that somebody leaves a channel."""
    return channel.part(draft, who, "", target=parse_target(name), reason=reason)


def numbers(entries: Iterable[AnyEntry]) -> list[int]:
    """Return the numbers of entries."""
    return [entry.number for entry in entries]


def code_of(refused: Refused) -> tuple[ErrorCode, str | None]:
    """Return the code and the field of a refusal."""
    return refused.code, refused.field
