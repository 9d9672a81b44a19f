"""Users, devices and nick claims, as published. Any thread; the journal's thread alone changes them."""

from collections.abc import Iterable

from chat.ids import UserId
from chat.server.domain.model import DeviceState, UserState
from chat.server.state.locks import Rank, RankedLock


class Directory:
    """Who exists, by id, by nick and by device token."""

    def __init__(self, users: Iterable[UserState], devices: Iterable[DeviceState]) -> None:
        self._lock = RankedLock(Rank.DIRECTORY)
        self._users: dict[UserId, UserState] = {}
        self._nicks: dict[str, UserId] = {}
        self._devices: dict[str, DeviceState] = {}
        self.publish(users, devices)

    def publish(self, users: Iterable[UserState], devices: Iterable[DeviceState]) -> None:
        """Replace users by what was committed, and add devices; the journal's thread."""
        with self._lock:
            changed = list(users)
            for user in changed:
                before = self._users.get(user.id)
                if before is not None and self._nicks.get(before.nick_key) == user.id:
                    del self._nicks[before.nick_key]
                self._users[user.id] = user
            for user in changed:
                if user.holds_nick:
                    self._nicks[user.nick_key] = user.id
            for device in devices:
                self._devices[device.token_hash] = device

    def user(self, user: UserId) -> UserState | None:
        """Return a user by id."""
        with self._lock:
            return self._users.get(user)

    def known(self, user: UserId) -> UserState:
        """Return a user who is known to exist."""
        with self._lock:
            return self._users[user]

    def many(self, users: Iterable[UserId]) -> list[UserState]:
        """Return users who are known to exist, under one taking of the lock."""
        with self._lock:
            return [self._users[user] for user in users]

    def nick_holder(self, key: str) -> UserId | None:
        """Return who holds the claim on a nick."""
        with self._lock:
            return self._nicks.get(key)

    def device(self, token_hash: str) -> DeviceState | None:
        """Return a device by the hash of its token."""
        with self._lock:
            return self._devices.get(token_hash)

    def everybody(self) -> list[UserState]:
        """Return all users."""
        with self._lock:
            return list(self._users.values())
