"""Who is here: sessions by device and user, what they watch, and when somebody counts as gone.

Any thread. A device has at most one session; a newer one marks the older dead in the same step.
"""

from collections.abc import Iterable
from typing import NamedTuple

from chat.clock import Clock
from chat.ids import ConversationId, DeviceId, UserId
from chat.server.state.locks import Rank, RankedLock
from chat.server.state.session import Session

OFFLINE_AFTER = 5.0
"""Seconds after the last session before others are told, so that a reconnect makes no noise."""

CLAIM_KEPT = 3600.0
"""Seconds that a guest keeps the claim on a nick after the last session."""


class Arrival(NamedTuple):
    """What a new session changed."""

    replaced: Session | None = None
    """The older session of the same device, dead from now on."""
    came_online: bool = False
    """Whether the user counted as offline before."""
    claim_had_run_out: bool = False
    """Whether somebody may have taken the nick, up to this moment."""


class Roster:
    """All sessions that said hello."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = RankedLock(Rank.ROSTER)
        self._devices: dict[DeviceId, Session] = {}
        self._users: dict[UserId, tuple[Session, ...]] = {}
        self._watchers: dict[ConversationId, set[Session]] = {}
        self._leaving: dict[UserId, float] = {}
        self._ended: dict[UserId, float] = {}
        self._started = clock.monotonic()

    def register(self, session: Session, user: UserId, device: DeviceId) -> Arrival:
        """Note a session that said hello; it is told from who it is here."""
        with self._lock:
            session.identify(user, device)
            if session.closed:
                # the link ended while its hello was being decided: they were here for that moment
                if user not in self._users:
                    self._ended[user] = self._clock.monotonic()
                return Arrival()
            ran_out = self._claim_ran_out(user)
            came_online = not self._is_present(user)
            older = self._devices.get(device)
            if older is not None:
                older.closed = True
                self._remove(older)
            self._leaving.pop(user, None)
            self._devices[device] = session
            self._users[user] = (*self._users.get(user, ()), session)
            return Arrival(older, came_online, ran_out)

    def end(self, session: Session, *, at_once: bool) -> bool:
        """Note that a session is over; returns whether its user is offline from this moment.

        That is so only when it was the last one and `at_once` is set; else `expire` tells later.
        """
        with self._lock:
            session.closed = True
            if not session.identified or self._devices.get(session.device) is not session:
                return False
            self._remove(session)
            if session.user in self._users:
                return False
            self._ended[session.user] = self._clock.monotonic()
            if not at_once:
                self._leaving[session.user] = self._clock.monotonic() + OFFLINE_AFTER
            return at_once

    def expire(self) -> list[UserId]:
        """Return those who count as offline from now on."""
        now = self._clock.monotonic()
        with self._lock:
            gone = [user for user, when in self._leaving.items() if when <= now]
            for user in gone:
                del self._leaving[user]
            return gone

    def present(self, user: UserId) -> bool:
        """Return whether a user counts as here."""
        with self._lock:
            return self._is_present(user)

    def present_among(self, users: Iterable[UserId]) -> set[UserId]:
        """Return those of the users who count as here, under one taking of the lock."""
        with self._lock:
            return {user for user in users if self._is_present(user)}

    def claim_ran_out(self, user: UserId) -> bool:
        """Return whether a guest is away for so long that the nick may be taken."""
        with self._lock:
            return self._claim_ran_out(user)

    def sessions_of(self, user: UserId) -> tuple[Session, ...]:
        """Return the sessions of a user."""
        with self._lock:
            return self._users.get(user, ())

    def everyone(self) -> list[Session]:
        """Return all sessions."""
        with self._lock:
            return list(self._devices.values())

    def watch(self, session: Session, conversations: frozenset[ConversationId]) -> None:
        """Replace what a session watches."""
        with self._lock:
            if not session.closed:
                self._unwatch(session)
                session.watching = conversations
                for conversation in conversations:
                    self._watchers.setdefault(conversation, set()).add(session)

    def watchers(self, conversation: ConversationId) -> tuple[Session, ...]:
        """Return the sessions that watch a conversation."""
        with self._lock:
            return tuple(self._watchers.get(conversation, ()))

    def _is_present(self, user: UserId) -> bool:
        return user in self._users or user in self._leaving

    def _claim_ran_out(self, user: UserId) -> bool:
        if self._is_present(user):
            return False
        return self._clock.monotonic() - self._ended.get(user, self._started) > CLAIM_KEPT

    def _remove(self, session: Session) -> None:
        del self._devices[session.device]
        rest = tuple(other for other in self._users[session.user] if other is not session)
        if rest:
            self._users[session.user] = rest
        else:
            del self._users[session.user]
        self._unwatch(session)

    def _unwatch(self, session: Session) -> None:
        for conversation in session.watching:
            watchers = self._watchers[conversation]
            watchers.discard(session)
            if not watchers:
                del self._watchers[conversation]
        session.watching = frozenset()
