"""Users, devices and nick claims, as published. Any thread; the journal's thread alone changes them."""

from collections.abc import Iterable

from chat.ids import DeviceId, UserId
from chat.server.domain.look_alikes import looks_of
from chat.server.domain.model import DeviceState, UserState
from chat.server.state.locks import Rank, RankedLock


class Directory:
    """Who exists, by id, by nick and by device token."""

    def __init__(self, users: Iterable[UserState], devices: Iterable[DeviceState]) -> None:
        self._lock = RankedLock(Rank.DIRECTORY)
        self._users: dict[UserId, UserState] = {}
        self._nicks: dict[str, UserId] = {}
        self._looks: dict[str, frozenset[UserId]] = {}
        self._devices: dict[str, DeviceState] = {}
        self._devices_of: dict[UserId, dict[DeviceId, DeviceState]] = {}
        self.publish(users, devices)

    def publish(
        self,
        users: Iterable[UserState],
        devices: Iterable[DeviceState],
        revoked: Iterable[DeviceState] = (),
    ) -> None:
        """Replace users and devices by what was committed, revoked ones first; the journal's thread."""
        with self._lock:
            changed = list(users)
            for user in changed:
                before = self._users.get(user.id)
                if before is not None and self._nicks.get(before.nick_key) == user.id:
                    del self._nicks[before.nick_key]
                    self._look(before, there=False)
                self._users[user.id] = user
            for user in changed:
                if user.holds_nick:
                    self._nicks[user.nick_key] = user.id
                    self._look(user, there=True)
            for device in revoked:
                self._devices.pop(device.token_hash, None)
                self._devices_of.get(device.user, {}).pop(device.id, None)
            for device in devices:
                self._devices[device.token_hash] = device
                self._devices_of.setdefault(device.user, {})[device.id] = device

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

    def nicks_like(self, looks: frozenset[str]) -> frozenset[UserId]:
        """Return who holds a nick that looks like this; see `look_alikes.looks_of`."""
        with self._lock:
            return frozenset(user for look in looks for user in self._looks.get(look, ()))

    def devices_of(self, user: UserId) -> tuple[DeviceState, ...]:
        """Return all devices of a user."""
        with self._lock:
            return tuple(self._devices_of.get(user, {}).values())

    def device(self, token_hash: str) -> DeviceState | None:
        """Return a device by the hash of its token."""
        with self._lock:
            return self._devices.get(token_hash)

    def everybody(self) -> list[UserState]:
        """Return all users."""
        with self._lock:
            return list(self._users.values())

    def _look(self, user: UserState, *, there: bool) -> None:
        """Note what a nick looks like, or no more; the lock is held."""
        for look in looks_of(user.nick, user.nick_key):
            same = self._looks.get(look, frozenset())
            same = same | {user.id} if there else same - {user.id}
            if same:
                self._looks[look] = same
            else:
                self._looks.pop(look, None)
