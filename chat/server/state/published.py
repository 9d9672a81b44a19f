"""The published state as the world that rules ask; see `domain.draft.World`.

The journal's thread asks while it decides; nobody else changes anything meanwhile.
"""

from chat.ids import ConversationId, UserId
from chat.protocol.records import Gate, Presence, UserKind
from chat.server.domain.model import ConversationState, DeviceState, ReadMove, UserState
from chat.server.ports import Loaded
from chat.server.state.conversations import Conversations
from chat.server.state.directory import Directory
from chat.server.state.roster import Roster
from chat.server.state.session import Session


class Published:
    """Users, conversations and sessions together."""

    def __init__(self, loaded: Loaded, roster: Roster, *, guests: bool = True) -> None:
        """Begin with what the store loaded, before anything is accepted.

        Without `guests` nobody is let in as one, whatever the gate is.
        """
        self._gate = loaded.gate
        self._guests = guests
        self.directory = Directory(loaded.users, loaded.devices)
        self.conversations = Conversations(loaded.conversations, loaded.reads)
        self.roster = roster
        self._rows = (loaded.next_user, loaded.next_device, loaded.next_conversation)

    def user(self, user: UserId) -> UserState | None:
        """Return a user by id."""
        return self.directory.user(user)

    def nick_holder(self, key: str) -> UserId | None:
        """Return who holds the claim on a nick."""
        return self.directory.nick_holder(key)

    def nicks_like(self, looks: frozenset[str]) -> frozenset[UserId]:
        """Return those whose nicks look like this."""
        return self.directory.nicks_like(looks)

    def channels_like(self, looks: frozenset[str]) -> frozenset[ConversationId]:
        """Return the channels whose names look like this."""
        return self.conversations.channels_like(looks)

    def devices_of(self, user: UserId) -> tuple[DeviceState, ...]:
        """Return all devices of a user."""
        return self.directory.devices_of(user)

    def gate(self) -> Gate:
        """Return whom the server lets in."""
        if not self._guests and self._gate in (Gate.OPEN, Gate.NO_REGISTRATION):
            return Gate.NO_GUESTS
        return self._gate

    def said_gate(self) -> Gate:
        """Return what was said last of whom the server lets in, whatever else keeps people out."""
        return self._gate

    def set_gate(self, gate: Gate) -> None:
        """Let in whom the gate says from now on; the journal's thread."""
        self._gate = gate

    def device(self, token_hash: str) -> DeviceState | None:
        """Return a device by the hash of its token."""
        return self.directory.device(token_hash)

    def conversation(self, conversation: ConversationId) -> ConversationState | None:
        """Return a conversation by id."""
        slot = self.conversations.slot(conversation)
        return slot.value if slot else None

    def channel_named(self, key: str) -> ConversationId | None:
        """Return a channel by the key of its name."""
        return self.conversations.channel_named(key)

    def direct_of(self, pair: tuple[UserId, UserId]) -> ConversationId | None:
        """Return the direct conversation of two users."""
        return self.conversations.direct_of(pair)

    def conversations_of(self, user: UserId) -> frozenset[ConversationId]:
        """Return what a user is a member of."""
        return self.conversations.of_user(user)

    def read_of(self, user: UserId, conversation: ConversationId) -> int:
        """Return a user's read position."""
        mark = self.conversations.mark_of(user, conversation)
        return mark.number if mark else 0

    def mark_of(self, user: UserId, conversation: ConversationId) -> ReadMove | None:
        """Return the last move of a user's read position; None before the first."""
        return self.conversations.mark_of(user, conversation)

    def claim_is_stale(self, user: UserState) -> bool:
        """Return whether a user's claim on the nick may be taken over."""
        return user.kind is UserKind.GUEST and self.roster.claim_ran_out(user.id)

    def hosts_of(self, user: UserId) -> frozenset[str]:
        """Return the IP addresses that a user is here from."""
        return frozenset(session.host for session in self.roster.sessions_of(user))

    def presence_of(self, user: UserId) -> Presence:
        """Return what others see of a user now."""
        if not self.roster.present(user):
            return Presence.OFFLINE
        return Presence(self.directory.known(user).status.value)

    def watchers(self, conversation: ConversationId, but: UserId) -> list[Session]:
        """Return the sessions of others that watch a conversation and may still read it."""
        state = self.conversation(conversation)
        if state is None:
            return []
        sessions = self.roster.watchers(conversation)
        return [each for each in sessions if each.user != but and state.may_read(each.user)]

    def next_rows(self) -> tuple[int, int, int]:
        """Return the next free rows of users, devices and conversations."""
        return self._rows

    def advance_rows(self, rows: tuple[int, int, int]) -> None:
        """Note the rows that are free after a published batch."""
        self._rows = rows
