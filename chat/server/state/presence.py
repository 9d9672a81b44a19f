"""Telling those who look: somebody came, went, or is typing. Not in any log. Any thread."""

from collections.abc import Iterable

from chat.ids import ConversationId, UserId
from chat.protocol.codec import encode
from chat.protocol.events import AnyEvent, PresenceChanged, TypingSeen
from chat.protocol.records import Presence
from chat.server.state.housekeeping import departure
from chat.server.state.journal.queue import JournalQueue
from chat.server.state.published import Published
from chat.server.state.session import Session


class PresenceTeller:
    """Tells presence and typing to the sessions that watch a conversation of that user."""

    def __init__(self, world: Published, queue: JournalQueue) -> None:
        self._world = world
        self._queue = queue

    def presence_of(self, user: UserId) -> Presence:
        """Return what others see of a user now."""
        if not self._world.roster.present(user):
            return Presence.OFFLINE
        return Presence(self._world.directory.known(user).status.value)

    def came(self, user: UserId) -> None:
        """Tell that a user is here."""
        self._tell(user, self.presence_of(user))

    def went(self, user: UserId) -> None:
        """Tell that a user is gone, and have it stored when."""
        self._tell(user, Presence.OFFLINE)
        self._queue.put(departure(user))

    def ended(self, session: Session, *, at_once: bool) -> None:
        """Note that a session is over; its user counts as gone after the grace, or at once."""
        if self._world.roster.end(session, at_once=at_once):
            self.went(session.user)

    def tick(self) -> None:
        """Tell of those whose grace is over; called by the reader's timer."""
        for user in self._world.roster.expire():
            self.went(user)

    def typing(self, conversation: ConversationId, user: UserId) -> None:
        """Tell the others who watch a conversation that somebody is typing there."""
        nick = self._world.directory.known(user).nick
        watchers = self._world.roster.watchers([conversation])
        event = TypingSeen(conversation=conversation, user=user, nick=nick)
        _push(event, (session for session in watchers if session.user != user))

    def _tell(self, user: UserId, presence: Presence) -> None:
        state = self._world.directory.known(user)
        event = PresenceChanged(user=user, nick=state.nick, presence=presence)
        watchers = self._world.roster.watchers(self._world.conversations.of_user(user))
        _push(event, (session for session in watchers if session.user != user))


def _push(event: AnyEvent, sessions: Iterable[Session]) -> None:
    line = encode(event)
    for session in sessions:
        session.peer.push(line)
