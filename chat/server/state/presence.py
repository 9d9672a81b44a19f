"""Telling those who look: somebody came, went, or is typing. Not in any log. Any thread."""

from collections.abc import Iterable
from datetime import datetime

from chat.clock import Clock
from chat.ids import ConversationId, UserId
from chat.protocol.codec import encode
from chat.protocol.events import AnyEvent, PresenceChanged, TypingSeen
from chat.protocol.records import Presence
from chat.server.domain.model import moment
from chat.server.state.housekeeping import departure
from chat.server.state.journal.queue import JournalQueue
from chat.server.state.published import Published
from chat.server.state.session import Session


class PresenceTeller:
    """Tells presence and typing to the sessions that watch a conversation of that user."""

    def __init__(self, world: Published, queue: JournalQueue, clock: Clock) -> None:
        self._world = world
        self._queue = queue
        self._clock = clock

    def came(self, user: UserId) -> None:
        """Tell that a user is here."""
        self._tell(user, None)

    def went(self, user: UserId) -> None:
        """Tell that a user is gone, and have it stored when."""
        when = moment(self._clock.now())
        self._tell(user, when)
        self._queue.put(departure(user, when))

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
        event = TypingSeen(conversation=conversation, user=user, nick=nick)
        _push(event, self._world.watchers(conversation, but=user))

    def _tell(self, user: UserId, went: datetime | None) -> None:
        """Tell how a user is seen, until that is still true once it was told.

        Another thread may tell at the same time of something newer, or older: whoever tells last looks last.
        """
        told = None
        while (presence := self._world.presence_of(user)) is not told:
            told = presence
            nick = self._world.directory.known(user).nick
            seen = went if presence is Presence.OFFLINE else None
            event = PresenceChanged(user=user, nick=nick, presence=presence, last_seen=seen)
            _push(event, self._onlookers(user))

    def _onlookers(self, user: UserId) -> set[Session]:
        """Return the sessions of others that watch a conversation in which they see the user."""
        places = self._world.conversations.showing(user)
        return {session for place in places for session in self._world.watchers(place, but=user)}


def _push(event: AnyEvent, sessions: Iterable[Session]) -> None:
    line = encode(event)
    for session in sessions:
        session.peer.push(line)
